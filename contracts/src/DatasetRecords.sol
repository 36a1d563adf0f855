// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IDatasetRegistry} from "./interfaces/IDatasetRegistry.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {Grant, GrantStatus, Listing} from "./types/Dataset.sol";

/// @title What the registry knows: datasets and consents, how they are read, and what is signed over them
abstract contract DatasetRecords is IDatasetRegistry, ERC721, EIP712, Nonces {
    struct DatasetState {
        bytes32 commitment;
        uint128 price;
        uint64 openGrants;
        string uri;
    }

    /// One slot, for an escrow reads it with every enrolment.
    struct GrantState {
        uint80 dataset;
        uint64 until;
        uint64 nonce;
        uint40 term;
        GrantStatus status;
    }

    bytes32 private constant LIST_TYPEHASH =
        keccak256("List(address owner,bytes32 commitment,string uri,uint128 price,uint64 nonce)");
    bytes32 private constant UPDATE_TYPEHASH = keccak256(
        "Update(address owner,uint256 dataset,bytes32 commitment,string uri,uint128 price,uint64 nonce)"
    );
    bytes32 private constant ERASE_TYPEHASH =
        keccak256("Erase(address owner,uint256 dataset,bytes32 receipt,uint64 nonce)");
    bytes32 private constant CONSENT_TYPEHASH = keccak256(
        "Consent(address owner,uint256 dataset,address escrow,bytes32 study,uint64 until,uint64 nonce)"
    );
    bytes32 private constant REVOKE_TYPEHASH =
        keccak256("Revoke(address owner,uint256 dataset,address escrow,bytes32 study,uint64 nonce)");

    mapping(uint256 dataset => DatasetState) internal _datasets;
    mapping(address escrow => mapping(bytes32 study => mapping(address owner => GrantState))) internal
        _grants;

    // -------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IDatasetRegistry
    function listing(uint256 dataset) external view returns (Listing memory) {
        DatasetState storage state = _datasets[dataset];
        return Listing(_ownerOf(dataset), state.commitment, state.price, state.openGrants, state.uri);
    }

    /// @inheritdoc IDatasetRegistry
    function isGranted(address escrow, bytes32 study, address owner) external view returns (bool) {
        return grantedUntil(escrow, study, owner) != 0;
    }

    /// @inheritdoc IDatasetRegistry
    function grantedUntil(address escrow, bytes32 study, address owner) public view returns (uint64) {
        // That the owner still owns the dataset needs no look: it can't be given away or burnt before.
        GrantState storage state = _grants[escrow][study][owner];
        // forge-lint: disable-next-line(block-timestamp)
        bool live = state.status == GrantStatus.Granted && block.timestamp <= state.until;
        return live ? state.until : 0;
    }

    /// @inheritdoc IDatasetRegistry
    function grantOf(address escrow, bytes32 study, address owner) external view returns (Grant memory) {
        GrantState storage state = _grants[escrow][study][owner];
        return Grant(state.dataset, state.until, state.nonce, state.term, state.status);
    }

    /// @inheritdoc IDatasetRegistry
    function nonces(address owner) public view override(IDatasetRegistry, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @inheritdoc IERC721Metadata
    function tokenURI(uint256 dataset) public view override(ERC721, IERC721Metadata) returns (string memory) {
        _requireOwned(dataset);
        return _datasets[dataset].uri;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) public view override(ERC721, IERC165) returns (bool) {
        // ERC-4906 has only events; this is the number that it gives itself.
        return id == 0x49064906 || super.supportsInterface(id);
    }

    // ------------------------------------------------------------------------------------------- signed digests

    /// @inheritdoc IDatasetRegistry
    function listDigest(address owner, bytes32 commitment, string calldata uri, uint128 price, uint64 nonce)
        public
        view
        returns (bytes32)
    {
        bytes32 uriHash = keccak256(bytes(uri));
        return
            _hashTypedDataV4(keccak256(abi.encode(LIST_TYPEHASH, owner, commitment, uriHash, price, nonce)));
    }

    /// @inheritdoc IDatasetRegistry
    function updateDigest(
        address owner,
        uint256 dataset,
        bytes32 commitment,
        string calldata uri,
        uint128 price,
        uint64 nonce
    ) public view returns (bytes32) {
        bytes32 uriHash = keccak256(bytes(uri));
        return _hashTypedDataV4(
            keccak256(abi.encode(UPDATE_TYPEHASH, owner, dataset, commitment, uriHash, price, nonce))
        );
    }

    /// @inheritdoc IDatasetRegistry
    function eraseDigest(address owner, uint256 dataset, bytes32 receipt, uint64 nonce)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(keccak256(abi.encode(ERASE_TYPEHASH, owner, dataset, receipt, nonce)));
    }

    /// @inheritdoc IDatasetRegistry
    function consentDigest(
        address owner,
        uint256 dataset,
        address escrow,
        bytes32 study,
        uint64 until,
        uint64 nonce
    ) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(abi.encode(CONSENT_TYPEHASH, owner, dataset, escrow, study, until, nonce))
        );
    }

    /// @inheritdoc IDatasetRegistry
    function revokeDigest(address owner, uint256 dataset, address escrow, bytes32 study, uint64 nonce)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(keccak256(abi.encode(REVOKE_TYPEHASH, owner, dataset, escrow, study, nonce)));
    }

    /// @inheritdoc IDatasetRegistry
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _owner(uint256 dataset) internal view returns (address owner) {
        owner = _ownerOf(dataset);
        if (owner == address(0)) revert DatasetRegistry_Unknown(dataset);
    }

    function _requireOwner(uint256 dataset) internal view {
        address owner = _owner(dataset);
        if (msg.sender != owner) revert DatasetRegistry_NotOwner(dataset, msg.sender, owner);
    }

    function _requireNonce(address owner, uint64 nonce, uint256 expected) internal pure {
        // forge-lint: disable-next-line(unsafe-typecast)
        if (nonce != expected) revert DatasetRegistry_NonceInvalid(owner, nonce, uint64(expected));
    }

    function _requireSignature(address owner, bytes32 digest, bytes calldata signature) internal view {
        if (!Signatures.isValid(owner, digest, signature)) {
            revert DatasetRegistry_SignatureInvalid(owner, digest);
        }
    }
}
