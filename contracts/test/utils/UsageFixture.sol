// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {UsageAnchor} from "../../src/UsageAnchor.sol";
import {Base} from "./Base.sol";
import {StandardTree} from "./StandardTree.sol";
import {typedDigest} from "./TypedData.sol";

/// The log of anchors, a publisher with a stream, and trees over its receipts.
abstract contract UsageFixture is Base {
    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant PUBLISHER_KEY = uint256(keccak256("publisher"));
    bytes32 internal constant STREAM = keccak256("stream");

    address internal publisher = vm.addr(PUBLISHER_KEY);
    address internal stranger = vm.addr(uint256(keccak256("stranger")));
    UsageAnchor internal usage;

    function setUp() public virtual {
        vm.warp(START);
        usage = new UsageAnchor();
    }

    function receipt(uint64 sequence) internal pure returns (bytes32) {
        return keccak256(abi.encode("receipt", sequence));
    }

    function leaf(address who, bytes32 stream, uint64 sequence) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(who, stream, sequence, receipt(sequence)))));
    }

    function tree(address who, bytes32 stream, uint64 from, uint64 count)
        internal
        pure
        returns (bytes32[] memory)
    {
        bytes32[] memory leaves = new bytes32[](count);
        for (uint64 i = 0; i < count; ++i) {
            leaves[i] = leaf(who, stream, from + i);
        }
        return StandardTree.build(leaves);
    }

    function root(uint64 from, uint64 count) internal view returns (bytes32) {
        return tree(publisher, STREAM, from, count)[0];
    }

    function proof(uint64 from, uint64 count, uint64 sequence) internal view returns (bytes32[] memory) {
        bytes32[] memory nodes = tree(publisher, STREAM, from, count);
        return StandardTree.proof(nodes, leaf(publisher, STREAM, sequence));
    }

    /// Anchors the publisher's next batch.
    function anchor(uint64 from, uint64 count) internal returns (uint64) {
        bytes32 root_ = root(from, count);
        vm.prank(publisher);
        return usage.anchor(STREAM, root_, from, count);
    }

    /// EIP-712 with domain and type written out, so that the contract's own are checked against them.
    function digest(address who, bytes32 root_, uint64 from, uint64 count) internal view returns (bytes32) {
        bytes32 typeHash =
            keccak256("Anchor(address publisher,bytes32 stream,bytes32 root,uint64 fromSeq,uint64 count)");
        bytes32 content = keccak256(abi.encode(typeHash, who, STREAM, root_, from, count));
        return typedDigest(address(usage), content);
    }
}
