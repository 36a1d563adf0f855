// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// One anchored batch of usage receipts: numbers `fromSeq` to `fromSeq + count - 1`.
struct Anchored {
    bytes32 root;
    uint64 fromSeq;
    uint64 count;
    /// When it was anchored, in seconds.
    uint64 timestamp;
}
