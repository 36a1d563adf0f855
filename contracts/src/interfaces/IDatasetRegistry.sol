// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {Grant, Listing, Purpose} from "../types/Dataset.sol";

/// @title Datasets as tokens, and their owners' consents to studies
/// @notice A dataset is an ERC-721 token "Tributary Dataset" (TRIB-D). Nothing personal is kept: a salted commitment to
/// the description (Croissant with DUO codes and an ODRL offer), where the sealed description is, and a price.
///
/// Consent: for one study of one escrow, by the owner of a dataset, until a given second. An owner has at most one
/// consent for a study. It ends by revocation or when its time is up. A token can't change hands while consents given
/// with it are not revoked, so that a consent never outlives its giver's ownership unnoticed; erasing a dataset revokes
/// them.
///
/// A revocation tells the escrow (`IConsentSink`), with `NOTICE_GAS` of gas at least and at most; what the escrow does
/// with it can't stop the revocation.
///
/// Signatures: EIP-712, domain "Tributary", "1", by the owner's key or as its contract says (ERC-1271); anyone may relay
/// them. Two counters make each good once:
/// - of an owner (`nonces`): List(address owner,bytes32 commitment,string uri,uint128 price,uint64 nonce),
///   Update(address owner,uint256 dataset,bytes32 commitment,string uri,uint128 price,uint64 nonce),
///   Erase(address owner,uint256 dataset,bytes32 receipt,uint64 nonce);
/// - of an owner's consent to a study (`grantOf`), so that a signature that is held back blocks nothing else:
///   Consent(address owner,uint256 dataset,address escrow,bytes32 study,uint64 until,uint64 nonce),
///   Revoke(address owner,uint256 dataset,address escrow,bytes32 study,uint64 nonce).
/// Every revocation raises the consent's counter, also if there was nothing to revoke: no consent signed before it can
/// be used after it.
interface IDatasetRegistry is IERC721Metadata, IERC4906 {
    // ------------------------------------------------------------------------------------------------- events

    event DatasetListed(
        uint256 indexed dataset, address indexed owner, bytes32 commitment, string uri, uint128 price
    );
    event DatasetUpdated(
        uint256 indexed dataset, address indexed owner, bytes32 commitment, string uri, uint128 price
    );
    /// @param receipt Salted commitment to the erasure receipt.
    event DatasetErased(uint256 indexed dataset, address indexed owner, bytes32 receipt);
    /// @param nonce What the signature covers.
    event ConsentGranted(
        uint256 indexed dataset,
        bytes32 indexed study,
        address indexed owner,
        address escrow,
        uint64 until,
        uint64 nonce
    );
    /// @param nonce The consent's counter before: consents signed for it or less are void.
    event ConsentRevoked(
        uint256 indexed dataset, bytes32 indexed study, address indexed owner, address escrow, uint64 nonce
    );
    /// @notice The escrow refused the notice of a revocation. The consent is revoked all the same.
    event NoticeFailed(address indexed escrow, bytes32 indexed study, address indexed owner);

    // ------------------------------------------------------------------------------------------------- errors

    /// @notice There is no such dataset, or it is erased.
    error DatasetRegistry_Unknown(uint256 dataset);
    error DatasetRegistry_NotOwner(uint256 dataset, address caller, address owner);
    error DatasetRegistry_OwnerZero();
    error DatasetRegistry_CommitmentZero();
    error DatasetRegistry_UriLengthInvalid(uint256 length, uint256 maximum);
    error DatasetRegistry_ReceiptZero();
    error DatasetRegistry_EscrowZero();
    error DatasetRegistry_StudyZero();
    /// @notice In the past.
    error DatasetRegistry_UntilPassed(uint64 until, uint256 timestamp);
    /// @notice A consent may be prolonged, not shortened: revoke it.
    error DatasetRegistry_UntilShortened(uint64 until, uint64 granted);
    /// @notice The owner's consent to this study is given with another dataset: revoke it first.
    error DatasetRegistry_OtherDataset(uint256 dataset, uint256 granted);
    /// @notice Revoke the consents given with this dataset first, or name them when erasing it.
    error DatasetRegistry_GrantsOpen(uint256 dataset, uint64 openGrants);
    /// @notice No consent with this dataset is open for this study.
    error DatasetRegistry_NotGranted(uint256 dataset, address escrow, bytes32 study);
    error DatasetRegistry_NonceInvalid(address owner, uint64 nonce, uint64 expected);
    error DatasetRegistry_SignatureInvalid(address owner, bytes32 digest);
    /// @notice Too little gas for the escrow to be told: send more.
    error DatasetRegistry_GasTooLow(uint256 gasLeft, uint256 needed);

    // ----------------------------------------------------------------------------------------------- datasets

    /// @notice Lists a dataset of the caller.
    /// @param commitment Salted commitment to the description, not a bare hash of it; not zero.
    /// @param uri Where the sealed description is; 1 to `MAX_URI` bytes.
    /// @param price Asked for a study's use, in the token's smallest unit; 0 asks nothing.
    /// @return dataset Its number, from 1.
    function list(bytes32 commitment, string calldata uri, uint128 price) external returns (uint256 dataset);

    /// @notice `list` for an owner by its signature over `List`.
    function listFor(
        address owner,
        bytes32 commitment,
        string calldata uri,
        uint128 price,
        uint64 nonce,
        bytes calldata signature
    ) external returns (uint256 dataset);

    /// @notice Replaces a dataset's description and price. Consents stay.
    function update(uint256 dataset, bytes32 commitment, string calldata uri, uint128 price) external;

    /// @notice `update` by the owner's signature over `Update`.
    function updateFor(
        uint256 dataset,
        bytes32 commitment,
        string calldata uri,
        uint128 price,
        uint64 nonce,
        bytes calldata signature
    ) external;

    /// @notice Revokes the consents given with a dataset, deletes what is kept of it, and burns the token.
    /// @param receipt Salted commitment to the erasure receipt; not zero.
    /// @param open What consents given with this dataset are for: all that are not revoked, each once.
    function erase(uint256 dataset, bytes32 receipt, Purpose[] calldata open) external;

    /// @notice `erase` by the owner's signature over `Erase`.
    function eraseFor(
        uint256 dataset,
        bytes32 receipt,
        Purpose[] calldata open,
        uint64 nonce,
        bytes calldata signature
    ) external;

    /// @notice Makes what the caller signed for its present counter (`nonces`) void.
    function voidNonce() external;

    // ----------------------------------------------------------------------------------------------- consents

    /// @notice Gives a dataset to a study, by its owner's signature over `Consent`; prolongs a consent that is there.
    /// @param until Last second (Unix time); not in the past, and not before that of a consent that is there.
    /// @param nonce The consent's counter (`grantOf`).
    function grant(
        uint256 dataset,
        address escrow,
        bytes32 study,
        uint64 until,
        uint64 nonce,
        bytes calldata signature
    ) external;

    /// @notice Revokes the caller's consent to a study, and makes void what it signed before. Tells the escrow.
    /// @param dataset A dataset of the caller; if there is a consent, the one it is given with.
    function revoke(uint256 dataset, address escrow, bytes32 study) external;

    /// @notice `revoke` by the owner's signature over `Revoke`.
    function revokeFor(uint256 dataset, address escrow, bytes32 study, uint64 nonce, bytes calldata signature)
        external;

    // -------------------------------------------------------------------------------------------------- views

    /// @notice The most bytes of a URI.
    function MAX_URI() external view returns (uint256);

    /// @notice The gas with which an escrow is told of a revocation.
    function NOTICE_GAS() external view returns (uint256);

    function listing(uint256 dataset) external view returns (Listing memory);

    /// @notice Whether an owner consents to a study now.
    function isGranted(address escrow, bytes32 study, address owner) external view returns (bool);

    /// @notice Last second of the consent that an owner gives to a study now; 0 if it gives none.
    function grantedUntil(address escrow, bytes32 study, address owner) external view returns (uint64);

    function grantOf(address escrow, bytes32 study, address owner) external view returns (Grant memory);

    /// @notice The counter that an owner's next signature over `List`, `Update` or `Erase` covers.
    function nonces(address owner) external view returns (uint256);

    function listDigest(address owner, bytes32 commitment, string calldata uri, uint128 price, uint64 nonce)
        external
        view
        returns (bytes32);

    function updateDigest(
        address owner,
        uint256 dataset,
        bytes32 commitment,
        string calldata uri,
        uint128 price,
        uint64 nonce
    ) external view returns (bytes32);

    function eraseDigest(address owner, uint256 dataset, bytes32 receipt, uint64 nonce)
        external
        view
        returns (bytes32);

    function consentDigest(
        address owner,
        uint256 dataset,
        address escrow,
        bytes32 study,
        uint64 until,
        uint64 nonce
    ) external view returns (bytes32);

    function revokeDigest(address owner, uint256 dataset, address escrow, bytes32 study, uint64 nonce)
        external
        view
        returns (bytes32);

    /// @notice The EIP-712 domain separator (see also ERC-5267 `eip712Domain`).
    function domainSeparator() external view returns (bytes32);
}
