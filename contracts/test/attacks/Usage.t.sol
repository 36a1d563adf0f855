// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IUsageAnchor} from "../../src/interfaces/IUsageAnchor.sol";
import {UsageFixture} from "../utils/UsageFixture.sol";

/// A publisher that wants its past changed, and those who want to borrow another's.
contract UsageAttacks is UsageFixture {
    function test_APublisherCantReplaceWhatItAnchored() external {
        anchor(0, 5);
        bytes32 rewritten = keccak256("without the embarrassing receipt");
        vm.prank(publisher);
        vm.expectRevert(
            abi.encodeWithSelector(IUsageAnchor.UsageAnchor_NotContiguous.selector, publisher, STREAM, 0, 5)
        );
        usage.anchor(STREAM, rewritten, 0, 5);
        assertEq(usage.batch(publisher, STREAM, 0).root, root(0, 5), "as it was");
    }

    function test_APublisherCantLeaveAReceiptOut() external {
        anchor(0, 5);
        bytes32 later = root(6, 4);
        vm.prank(publisher);
        vm.expectRevert(
            abi.encodeWithSelector(IUsageAnchor.UsageAnchor_NotContiguous.selector, publisher, STREAM, 6, 5)
        );
        usage.anchor(STREAM, later, 6, 4);
    }

    function test_NobodyAnchorsInAnothersName() external {
        vm.prank(stranger);
        usage.anchor(STREAM, keccak256("forged"), 0, 5);
        assertEq(usage.next(publisher, STREAM), 0, "the publisher's stream is its own");
    }

    function test_OfTwoSignedBatchesForOnePlaceOneIsTaken() external {
        bytes32 other = keccak256("other");
        bytes memory first = ecdsa(PUBLISHER_KEY, digest(publisher, root(0, 5), 0, 5));
        bytes memory second = ecdsa(PUBLISHER_KEY, digest(publisher, other, 0, 5));
        usage.anchorFor(publisher, STREAM, root(0, 5), 0, 5, first);
        vm.expectPartialRevert(IUsageAnchor.UsageAnchor_NotContiguous.selector);
        usage.anchorFor(publisher, STREAM, other, 0, 5, second);
    }

    /// A proof holds for one publisher, one stream and one number, even where somebody copied the root.
    function test_Trap_ProofsNotBoundToTheirPool() external {
        anchor(0, 5);
        bytes32[] memory path = proof(0, 5, 3);
        assertTrue(usage.verify(publisher, STREAM, 3, receipt(3), path), "where it belongs");
        bytes32 copied = root(0, 5);
        vm.prank(stranger);
        usage.anchor(STREAM, copied, 0, 5);
        assertTrue(!usage.verify(stranger, STREAM, 3, receipt(3), path), "another publisher");
        vm.prank(publisher);
        usage.anchor(keccak256("other"), copied, 0, 5);
        assertTrue(!usage.verify(publisher, keccak256("other"), 3, receipt(3), path), "another stream");
        vm.prank(publisher);
        usage.anchor(STREAM, copied, 5, 5);
        assertTrue(!usage.verify(publisher, STREAM, 8, receipt(3), path), "another batch");
        assertTrue(!usage.verify(publisher, STREAM, 2, receipt(3), path), "another number");
    }

    /// Two streams of one publisher, and two publishers, never wait for each other.
    function test_Trap_ParallelCallsNeedingExtraNonces() external {
        vm.prank(publisher);
        usage.anchor(keccak256("b"), keccak256("root"), 0, 3);
        anchor(0, 5);
        vm.prank(publisher);
        usage.anchor(keccak256("b"), keccak256("root"), 3, 3);
        assertEq(usage.next(publisher, STREAM), 5, "one");
        assertEq(usage.next(publisher, keccak256("b")), 6, "the other");
    }

    /// What was anchored is checked by the contract itself: a receipt that is not in it is not proven.
    function test_Trap_ProofEmittedButNeverVerified() external {
        anchor(0, 5);
        assertTrue(!usage.verify(publisher, STREAM, 3, keccak256("invented"), proof(0, 5, 3)), "no");
    }
}
