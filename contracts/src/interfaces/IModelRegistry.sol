// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {Model} from "../types/Model.sol";
import {Status} from "../types/Study.sol";
import {IStudyEscrow} from "./IStudyEscrow.sol";

/// @title Exported models as NFTs (ERC-721 "Tributary Model", ERC-2981, ERC-4906)
/// @notice The researcher of a closed study mints its model, once. What proves the model is the committee: the
/// payouts tree of the last settled round, which its BLS signature covers, has one leaf
///   keccak256(bytes.concat(keccak256(abi.encode(MODEL_TAG, study, digest, round))))   with round a uint64
/// beside the payouts. Its preimage has four words, a payout's has two: neither can pass for the other. The study's id
/// covers chain and escrow, so a proof is good for one study on one chain.
///
/// The token's id is the study's id as a number. Royalties go to the model's splitter (`IRoyaltySplitter`), which
/// divides them among the data owners by their final payouts and the researcher.
interface IModelRegistry is IERC721Metadata, IERC2981, IERC4906 {
    // ------------------------------------------------------------------------------------------------- events

    /// @param round The study's last settled round, of which the digest is.
    event ModelMinted(
        uint256 indexed model,
        address indexed creator,
        uint64 round,
        bytes32 digest,
        bytes32 weights,
        bytes32 provenance,
        bytes32 metadata,
        uint16 ownersBps,
        uint16 royaltyBps,
        address splitter
    );
    event SplitterDeployed(uint256 indexed model, address indexed splitter);
    /// @notice The metadata document was replaced; `MetadataUpdate` (ERC-4906) goes with it.
    event MetadataReplaced(uint256 indexed model, bytes32 metadata);

    // ------------------------------------------------------------------------------------------------- errors

    error ModelRegistry_EscrowInvalid(address escrow);
    /// @notice The splitter implementation has no code, or moves another token than the escrow.
    error ModelRegistry_SplitterInvalid(address implementation);
    error ModelRegistry_StudyNotClosed(bytes32 study, Status status);
    error ModelRegistry_NotResearcher(bytes32 study, address caller, address researcher);
    error ModelRegistry_AlreadyMinted(bytes32 study);
    /// @notice No leaf for this digest and the study's last settled round is in its payouts tree.
    error ModelRegistry_CertificateInvalid(bytes32 study, bytes32 digest, uint64 round);
    /// @notice The study granted its owners nothing: there is nothing to divide their part by.
    error ModelRegistry_NothingGranted(bytes32 study);
    /// @notice A digest is missing.
    error ModelRegistry_DigestZero(bytes32 study);
    error ModelRegistry_OwnersPartInvalid(uint16 ownersBps, uint16 least, uint16 most);
    error ModelRegistry_RoyaltyAboveLimit(uint16 royaltyBps, uint16 limit);
    error ModelRegistry_NotOwner(uint256 model, address caller, address owner);

    // ---------------------------------------------------------------------------------------------- functions

    /// @notice Mints a closed study's model to its researcher, who calls it.
    /// @param digest Digest of the model after the study's last settled round.
    /// @param proof Sorted-pair Merkle proof of the model's leaf against the study's payouts root.
    /// @param weights SHA-256 of the exported weights.
    /// @param provenance SHA-256 of the provenance statement.
    /// @param metadata SHA-256 of the metadata document.
    /// @param ownersBps The data owners' part, from `MIN_OWNERS_BPS` to 10,000 basis points. For ever.
    /// @param royaltyBps The royalty on a sale, at most `MAX_ROYALTY_BPS`. For ever.
    /// @return model The token's id: uint256(study).
    function mint(
        bytes32 study,
        bytes32 digest,
        bytes32[] calldata proof,
        bytes32 weights,
        bytes32 provenance,
        bytes32 metadata,
        uint16 ownersBps,
        uint16 royaltyBps
    ) external returns (uint256 model);

    /// @notice Deploys a model's splitter unless it is there. Anyone may call it; the address is the one it was paid at.
    function deploySplitter(uint256 model) external returns (address splitter);

    /// @notice Replaces the metadata document. The token's owner only; digests, parts and splitter stay.
    function setMetadata(uint256 model, bytes32 metadata) external;

    // -------------------------------------------------------------------------------------------------- views

    /// @notice The escrow whose studies' models are minted here.
    function escrow() external view returns (IStudyEscrow);

    /// @notice What the splitters are clones of.
    function splitterImplementation() external view returns (address);

    /// @notice keccak256("Tributary model").
    function MODEL_TAG() external view returns (bytes32);

    /// @notice The least part of a splitter's money that a model's data owners get, in basis points.
    function MIN_OWNERS_BPS() external view returns (uint16);

    /// @notice The highest royalty on a sale, in basis points.
    function MAX_ROYALTY_BPS() external view returns (uint16);

    /// @notice A minted model; reverts if there is none.
    function model(uint256 id) external view returns (Model memory);

    /// @notice Where a minted model's royalties go.
    function splitterOf(uint256 id) external view returns (address);

    /// @notice A minted model's certified digest.
    function digestOf(uint256 id) external view returns (bytes32);

    /// @notice The data owners' part of what a minted model earns, in basis points.
    function ownersBpsOf(uint256 id) external view returns (uint16);

    /// @notice The leaf that certifies a model.
    function modelLeaf(bytes32 study, bytes32 digest, uint64 round) external view returns (bytes32);
}
