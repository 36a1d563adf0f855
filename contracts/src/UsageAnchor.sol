// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IUsageAnchor} from "./interfaces/IUsageAnchor.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {Anchored} from "./types/Usage.sol";

/// @title UsageAnchor
/// @notice See `IUsageAnchor`. It has no owner and moves no money.
contract UsageAnchor is IUsageAnchor, EIP712 {
    struct Stream {
        uint64 next;
        uint64 batches;

        mapping(uint64 index => Anchored) anchored;
    }

    bytes32 private constant ANCHOR_TYPEHASH =
        keccak256("Anchor(address publisher,bytes32 stream,bytes32 root,uint64 fromSeq,uint64 count)");

    /// @inheritdoc IUsageAnchor
    uint64 public constant MAX_COUNT = 1 << 20;

    mapping(address publisher => mapping(bytes32 stream => Stream)) private _streams;

    constructor() EIP712("Tributary", "1") {}

    /// @inheritdoc IUsageAnchor
    function anchor(bytes32 stream, bytes32 root, uint64 fromSeq, uint64 count)
        external
        returns (uint64 index)
    {
        return _append(msg.sender, stream, root, fromSeq, count);
    }

    /// @inheritdoc IUsageAnchor
    function anchorFor(
        address publisher,
        bytes32 stream,
        bytes32 root,
        uint64 fromSeq,
        uint64 count,
        bytes calldata signature
    ) external returns (uint64 index) {
        if (publisher == address(0)) revert UsageAnchor_PublisherZero();
        bytes32 digest = anchorDigest(publisher, stream, root, fromSeq, count);
        if (!Signatures.isValid(publisher, digest, signature)) {
            revert UsageAnchor_SignatureInvalid(publisher);
        }
        return _append(publisher, stream, root, fromSeq, count);
    }

    /// @inheritdoc IUsageAnchor
    function verify(
        address publisher,
        bytes32 stream,
        uint64 sequence,
        bytes32 receipt,
        bytes32[] calldata proof
    ) external view returns (bool) {
        uint64 index = batchOf(publisher, stream, sequence);
        bytes32 root = _streams[publisher][stream].anchored[index].root;
        return MerkleProof.verifyCalldata(proof, root, leaf(publisher, stream, sequence, receipt));
    }

    /// @inheritdoc IUsageAnchor
    function next(address publisher, bytes32 stream) external view returns (uint64) {
        return _streams[publisher][stream].next;
    }

    /// @inheritdoc IUsageAnchor
    function batches(address publisher, bytes32 stream) external view returns (uint64) {
        return _streams[publisher][stream].batches;
    }

    /// @inheritdoc IUsageAnchor
    function batch(address publisher, bytes32 stream, uint64 index) external view returns (Anchored memory) {
        Stream storage state = _streams[publisher][stream];
        if (index >= state.batches) {
            revert UsageAnchor_BatchUnknown(publisher, stream, index, state.batches);
        }
        return state.anchored[index];
    }

    /// @inheritdoc IUsageAnchor
    function batchOf(address publisher, bytes32 stream, uint64 sequence) public view returns (uint64) {
        Stream storage state = _streams[publisher][stream];
        if (sequence >= state.next) {
            revert UsageAnchor_NotAnchored(publisher, stream, sequence, state.next);
        }
        // The last batch that starts at or before `sequence`, found in at most 64 halvings.
        (uint64 low, uint64 high) = (0, state.batches - 1);
        while (low < high) {
            uint64 middle = high - (high - low) / 2;
            if (state.anchored[middle].fromSeq <= sequence) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    /// @inheritdoc IUsageAnchor
    function leaf(address publisher, bytes32 stream, uint64 sequence, bytes32 receipt)
        public
        pure
        returns (bytes32)
    {
        return keccak256(bytes.concat(keccak256(abi.encode(publisher, stream, sequence, receipt))));
    }

    /// @inheritdoc IUsageAnchor
    function anchorDigest(address publisher, bytes32 stream, bytes32 root, uint64 fromSeq, uint64 count)
        public
        view
        returns (bytes32)
    {
        return
            _hashTypedDataV4(keccak256(abi.encode(ANCHOR_TYPEHASH, publisher, stream, root, fromSeq, count)));
    }

    /// @inheritdoc IUsageAnchor
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    function _append(address publisher, bytes32 stream, bytes32 root, uint64 fromSeq, uint64 count)
        private
        returns (uint64 index)
    {
        if (root == 0) revert UsageAnchor_RootZero();
        if (count == 0 || count > MAX_COUNT) revert UsageAnchor_CountInvalid(count, MAX_COUNT);
        Stream storage state = _streams[publisher][stream];
        if (fromSeq != state.next) {
            revert UsageAnchor_NotContiguous(publisher, stream, fromSeq, state.next);
        }
        index = state.batches;
        // At MAX_COUNT a batch, 2^44 batches come before an overflow.
        (state.next, state.batches) = (fromSeq + count, index + 1);
        state.anchored[index] = Anchored(root, fromSeq, count, uint64(block.timestamp));
        emit UsageAnchored(publisher, stream, index, root, fromSeq, count);
    }
}
