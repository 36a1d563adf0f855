// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Anchored} from "../types/Usage.sol";

/// @title Append-only log of Merkle roots over signed usage receipts
/// @notice A publisher (a server) numbers the receipts it signs in a stream from 0, without gaps, and anchors them
/// batch by batch: the root of the Merkle tree over one batch, which starts where the last one ended. Nothing is ever
/// replaced or removed, so a publisher can't later deny a receipt, nor put one in.
///
/// A receipt's leaf is keccak256(bytes.concat(keccak256(abi.encode(publisher, stream, sequence, receipt)))), with the
/// receipt's digest: a proof holds for one publisher, one stream and one number. Trees are OpenZeppelin's
/// StandardMerkleTree over one leaf for each number of the batch. That a tree holds nothing else is not checked here:
/// an auditor with the receipts makes the root again.
///
/// A publisher may have somebody else send its anchors, by a signature (EIP-712, domain "Tributary", version "1", key or
/// ERC-1271 wallet) over Anchor(address publisher,bytes32 stream,bytes32 root,uint64 fromSeq,uint64 count). No nonce is
/// needed: a stream takes one batch for each starting number.
interface IUsageAnchor {
    /// @param index The batch's place in the stream, from 0.
    /// @param fromSeq Number of the batch's first receipt.
    /// @param count Receipts in the batch.
    event UsageAnchored(
        address indexed publisher,
        bytes32 indexed stream,
        uint64 indexed index,
        bytes32 root,
        uint64 fromSeq,
        uint64 count
    );

    error UsageAnchor_PublisherZero();
    error UsageAnchor_RootZero();
    error UsageAnchor_CountInvalid(uint64 count, uint64 max);
    /// @notice A batch must start where the last one ended.
    error UsageAnchor_NotContiguous(address publisher, bytes32 stream, uint64 fromSeq, uint64 expected);
    error UsageAnchor_SignatureInvalid(address publisher);
    error UsageAnchor_BatchUnknown(address publisher, bytes32 stream, uint64 index, uint64 batches);
    /// @notice The stream has no receipt of that number yet.
    error UsageAnchor_NotAnchored(address publisher, bytes32 stream, uint64 sequence, uint64 next);

    /// @notice Appends a batch to one of the caller's streams.
    /// @param stream Any name; a salted commitment where it says something about a person.
    /// @param root Root of the Merkle tree over the batch; not zero.
    /// @param fromSeq Number of the first receipt: what `next` says.
    /// @param count Receipts in the batch: 1 to `MAX_COUNT`.
    /// @return index The batch's place in the stream.
    function anchor(bytes32 stream, bytes32 root, uint64 fromSeq, uint64 count)
        external
        returns (uint64 index);

    /// @notice `anchor` for a publisher, by its signature. Anyone may relay it.
    function anchorFor(
        address publisher,
        bytes32 stream,
        bytes32 root,
        uint64 fromSeq,
        uint64 count,
        bytes calldata signature
    ) external returns (uint64 index);

    /// @notice Whether the receipt with this number and digest is in the batch that holds this number.
    /// @param proof Sorted-pair Merkle proof of its leaf.
    function verify(
        address publisher,
        bytes32 stream,
        uint64 sequence,
        bytes32 receipt,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @notice Number of the next receipt to be anchored in a stream: as many as it has.
    function next(address publisher, bytes32 stream) external view returns (uint64);

    /// @notice Batches in a stream.
    function batches(address publisher, bytes32 stream) external view returns (uint64);

    /// @notice One batch of a stream, by its place.
    function batch(address publisher, bytes32 stream, uint64 index) external view returns (Anchored memory);

    /// @notice The place of the batch that holds a receipt's number.
    function batchOf(address publisher, bytes32 stream, uint64 sequence) external view returns (uint64 index);

    /// @notice The leaf of a receipt.
    function leaf(address publisher, bytes32 stream, uint64 sequence, bytes32 receipt)
        external
        pure
        returns (bytes32);

    /// @notice The most receipts of one batch.
    function MAX_COUNT() external view returns (uint64);

    /// @notice The EIP-712 digest a publisher signs for `anchorFor`.
    function anchorDigest(address publisher, bytes32 stream, bytes32 root, uint64 fromSeq, uint64 count)
        external
        view
        returns (bytes32);

    /// @notice The EIP-712 domain separator (see also ERC-5267 `eip712Domain`).
    function domainSeparator() external view returns (bytes32);
}
