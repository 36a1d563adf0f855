// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IUsageAnchor} from "../../../src/interfaces/IUsageAnchor.sol";
import {UsageFixture} from "../../utils/UsageFixture.sol";

contract VerifyTest is UsageFixture {
    function setUp() public override {
        super.setUp();
        anchor(0, 5);
        anchor(5, 1);
        anchor(6, 8);
    }

    /// when the proof is of this receipt: it should say yes, in every batch
    /// leaf: it should be the double hash of publisher, stream, number and receipt
    function test_SaysYesInEveryBatch() external view {
        for (uint64 i = 0; i < 14; ++i) {
            bytes32[] memory path = i < 5 ? proof(0, 5, i) : i == 5 ? proof(5, 1, i) : proof(6, 8, i);
            assertTrue(usage.verify(publisher, STREAM, i, receipt(i), path), "in its batch");
            assertEq(usage.leaf(publisher, STREAM, i, receipt(i)), leaf(publisher, STREAM, i), "leaf");
        }
    }

    /// when the proof is of another receipt, number, batch, stream or publisher: it should say no
    function test_SaysNoToEverythingElse() external {
        bytes32[] memory path = proof(0, 5, 3);
        _no(publisher, STREAM, 3, receipt(2), path);
        _no(publisher, STREAM, 2, receipt(3), path);
        _no(publisher, STREAM, 2, receipt(2), path);
        _no(publisher, STREAM, 8, receipt(3), path);
        _no(publisher, STREAM, 3, receipt(3), new bytes32[](0));
        _no(publisher, STREAM, 3, receipt(3), proof(0, 5, 2));
        // The same root under another name or by another publisher proves nothing about these receipts.
        bytes32 copied = root(0, 5);
        vm.prank(stranger);
        usage.anchor(STREAM, copied, 0, 5);
        _no(stranger, STREAM, 3, receipt(3), path);
        vm.prank(publisher);
        usage.anchor(keccak256("other"), copied, 0, 5);
        _no(publisher, keccak256("other"), 3, receipt(3), path);
    }

    /// when an inner node is passed for a receipt: it should say no
    function test_SaysNoToAnInnerNode() external view {
        // The root with no path, and an inner node with the rest of a leaf's path.
        _no(publisher, STREAM, 0, root(0, 5), new bytes32[](0));
        bytes32[] memory nodes = tree(publisher, STREAM, 0, 5);
        bytes32[] memory path = new bytes32[](1);
        path[0] = nodes[2];
        _no(publisher, STREAM, 0, nodes[1], path);
    }

    /// when the stream has no receipt of that number: it should revert
    function test_RevertWhen_TheNumberIsNotAnchored() external {
        bytes32[] memory path = proof(6, 8, 13);
        vm.expectRevert(
            abi.encodeWithSelector(IUsageAnchor.UsageAnchor_NotAnchored.selector, publisher, STREAM, 14, 14)
        );
        usage.verify(publisher, STREAM, 14, receipt(14), path);
        vm.expectRevert(
            abi.encodeWithSelector(IUsageAnchor.UsageAnchor_NotAnchored.selector, stranger, STREAM, 0, 0)
        );
        usage.verify(stranger, STREAM, 0, receipt(0), path);
    }

    function _no(address who, bytes32 stream, uint64 sequence, bytes32 receipt_, bytes32[] memory path)
        private
        view
    {
        assertTrue(!usage.verify(who, stream, sequence, receipt_, path), "no proof of this");
    }
}
