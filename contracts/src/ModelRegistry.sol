// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IRoyaltySplitter} from "./interfaces/IRoyaltySplitter.sol";
import {IStudyEscrow} from "./interfaces/IStudyEscrow.sol";
import {Cid} from "./libraries/Cid.sol";
import {Splitters} from "./libraries/Splitters.sol";
import {Model} from "./types/Model.sol";
import {Split} from "./types/Split.sol";
import {Status, StudyView} from "./types/Study.sol";

/// @title ModelRegistry
/// @notice See `IModelRegistry`. Nobody administers it.
contract ModelRegistry is ERC721, IModelRegistry {
    /// What is kept of a model. The rest is the escrow's: a closed study never changes.
    struct Record {
        bytes32 digest;
        bytes32 weights;
        bytes32 provenance;
        bytes32 metadata;
        address splitter;
        uint16 ownersBps;
        uint16 royaltyBps;
    }

    uint16 private constant BPS = 10_000;
    bytes4 private constant ERC4906_ID = 0x49064906;

    /// @inheritdoc IModelRegistry
    bytes32 public constant MODEL_TAG = keccak256("Tributary model");
    /// @inheritdoc IModelRegistry
    uint16 public constant MIN_OWNERS_BPS = 5000;
    /// @inheritdoc IModelRegistry
    uint16 public constant MAX_ROYALTY_BPS = 2500;

    /// @inheritdoc IModelRegistry
    IStudyEscrow public immutable escrow;
    /// @inheritdoc IModelRegistry
    address public immutable splitterImplementation;

    mapping(uint256 id => Record) private _records;

    /// @param escrow_ Whose studies' models are minted here.
    /// @param implementation A `RoyaltySplitter` for the escrow's token.
    constructor(IStudyEscrow escrow_, address implementation) ERC721("Tributary Model", "TRIB-M") {
        if (address(escrow_).code.length == 0) revert ModelRegistry_EscrowInvalid(address(escrow_));
        if (
            implementation.code.length == 0
                || address(IRoyaltySplitter(implementation).token()) != address(escrow_.token())
        ) revert ModelRegistry_SplitterInvalid(implementation);
        escrow = escrow_;
        splitterImplementation = implementation;
    }

    // ---------------------------------------------------------------------------------------------- functions

    /// @inheritdoc IModelRegistry
    function mint(
        bytes32 study,
        bytes32 digest,
        bytes32[] calldata proof,
        bytes32 weights,
        bytes32 provenance,
        bytes32 metadata,
        uint16 ownersBps,
        uint16 royaltyBps
    ) external returns (uint256 id) {
        id = uint256(study);
        if (_ownerOf(id) != address(0)) revert ModelRegistry_AlreadyMinted(study);
        StudyView memory closed = escrow.study(study);
        _requireCertified(study, closed, digest, proof);
        if (weights == 0 || provenance == 0 || metadata == 0) revert ModelRegistry_DigestZero(study);
        _requireTermsValid(ownersBps, royaltyBps);

        address splitter = Splitters.predict(splitterImplementation, _split(closed, ownersBps), study);
        _records[id] = Record(digest, weights, provenance, metadata, splitter, ownersBps, royaltyBps);
        // Not _safeMint: who launched a study with a wallet that does not know ERC-721 must not lose its model.
        _mint(msg.sender, id);
        _emitMinted(id, closed.lastRound);
    }

    /// @inheritdoc IModelRegistry
    function deploySplitter(uint256 id) external returns (address splitter) {
        _requireOwned(id);
        Record storage record = _records[id];
        splitter = record.splitter;
        Split memory terms = _split(escrow.study(bytes32(id)), record.ownersBps);
        if (Splitters.ensure(splitterImplementation, terms, bytes32(id), splitter)) {
            emit SplitterDeployed(id, splitter);
        }
    }

    /// @inheritdoc IModelRegistry
    function setMetadata(uint256 id, bytes32 metadata) external {
        address owner = _requireOwned(id);
        if (msg.sender != owner) revert ModelRegistry_NotOwner(id, msg.sender, owner);
        if (metadata == 0) revert ModelRegistry_DigestZero(bytes32(id));
        _records[id].metadata = metadata;
        emit MetadataReplaced(id, metadata);
        emit MetadataUpdate(id);
    }

    // -------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IModelRegistry
    function model(uint256 id) external view returns (Model memory) {
        _requireOwned(id);
        Record storage record = _records[id];
        return Model({
            study: bytes32(id),
            creator: escrow.study(bytes32(id)).researcher,
            digest: record.digest,
            weights: record.weights,
            provenance: record.provenance,
            metadata: record.metadata,
            splitter: record.splitter,
            ownersBps: record.ownersBps,
            royaltyBps: record.royaltyBps
        });
    }

    /// @inheritdoc IModelRegistry
    function splitterOf(uint256 id) external view returns (address) {
        _requireOwned(id);
        return _records[id].splitter;
    }

    /// @inheritdoc IModelRegistry
    function digestOf(uint256 id) external view returns (bytes32) {
        _requireOwned(id);
        return _records[id].digest;
    }

    /// @inheritdoc IModelRegistry
    function ownersBpsOf(uint256 id) external view returns (uint16) {
        _requireOwned(id);
        return _records[id].ownersBps;
    }

    /// @inheritdoc IModelRegistry
    function modelLeaf(bytes32 study, bytes32 digest, uint64 round) public pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(MODEL_TAG, study, digest, round))));
    }

    /// @inheritdoc IERC2981
    function royaltyInfo(uint256 id, uint256 salePrice) external view returns (address, uint256) {
        _requireOwned(id);
        Record storage record = _records[id];
        return (record.splitter, Math.mulDiv(salePrice, record.royaltyBps, BPS));
    }

    /// @notice "ipfs://" and the CIDv1 of the metadata document.
    function tokenURI(uint256 id) public view override(ERC721, IERC721Metadata) returns (string memory) {
        _requireOwned(id);
        return Cid.uri(_records[id].metadata);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) public view override(ERC721, IERC165) returns (bool) {
        return id == type(IERC2981).interfaceId || id == ERC4906_ID || super.supportsInterface(id);
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _emitMinted(uint256 id, uint64 round) private {
        Record memory record = _records[id];
        emit ModelMinted(
            id,
            msg.sender,
            round,
            record.digest,
            record.weights,
            record.provenance,
            record.metadata,
            record.ownersBps,
            record.royaltyBps,
            record.splitter
        );
    }

    function _requireCertified(
        bytes32 study,
        StudyView memory closed,
        bytes32 digest,
        bytes32[] calldata proof
    ) private view {
        if (closed.status != Status.Closed) {
            revert ModelRegistry_StudyNotClosed(study, closed.status);
        }
        if (msg.sender != closed.researcher) {
            revert ModelRegistry_NotResearcher(study, msg.sender, closed.researcher);
        }
        // Where no round has settled the root is zero, and nothing hashes to zero.
        bytes32 leaf = modelLeaf(study, digest, closed.lastRound);
        if (!MerkleProof.verifyCalldata(proof, closed.payoutsRoot, leaf)) {
            revert ModelRegistry_CertificateInvalid(study, digest, closed.lastRound);
        }
        if (closed.cumulativePayout == 0) revert ModelRegistry_NothingGranted(study);
    }

    function _requireTermsValid(uint16 ownersBps, uint16 royaltyBps) private pure {
        if (ownersBps < MIN_OWNERS_BPS || ownersBps > BPS) {
            revert ModelRegistry_OwnersPartInvalid(ownersBps, MIN_OWNERS_BPS, BPS);
        }
        if (royaltyBps > MAX_ROYALTY_BPS) {
            revert ModelRegistry_RoyaltyAboveLimit(royaltyBps, MAX_ROYALTY_BPS);
        }
    }

    function _split(StudyView memory closed, uint16 ownersBps) private pure returns (Split memory) {
        return Split(closed.payoutsRoot, closed.cumulativePayout, ownersBps, closed.researcher);
    }
}
