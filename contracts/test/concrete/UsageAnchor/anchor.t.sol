// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IUsageAnchor} from "../../../src/interfaces/IUsageAnchor.sol";
import {Anchored} from "../../../src/types/Usage.sol";
import {UsageFixture} from "../../utils/UsageFixture.sol";

contract AnchorTest is UsageFixture {
    /// when the batch is next
    /// - it should append it to the caller's stream, and no other
    /// - it should emit UsageAnchored
    /// batch, when there is: it should be its root, its first number, how many there are, and when it was anchored
    /// batches, when it is not: it should be how many batches there are
    /// next, when it is not: it should be the number after the last
    function test_AppendsToTheCallersStream() external {
        vm.expectEmit(address(usage));
        emit IUsageAnchor.UsageAnchored(publisher, STREAM, 0, root(0, 5), 0, 5);
        assertEq(anchor(0, 5), 0, "first");
        vm.warp(START + 60);
        vm.expectEmit(address(usage));
        emit IUsageAnchor.UsageAnchored(publisher, STREAM, 1, root(5, 1), 5, 1);
        assertEq(anchor(5, 1), 1, "second");

        assertEq(usage.next(publisher, STREAM), 6, "next");
        assertEq(usage.batches(publisher, STREAM), 2, "batches");
        Anchored memory batch = usage.batch(publisher, STREAM, 1);
        assertEq(batch.root, root(5, 1), "root");
        assertEq(batch.fromSeq, 5, "from");
        assertEq(batch.count, 1, "count");
        assertEq(batch.timestamp, START + 60, "time");
    }

    /// when the batch is next: it should append it to the caller's stream, and no other
    /// next, when the stream is empty: it should be zero
    function test_KeepsStreamsApart() external {
        anchor(0, 5);
        assertEq(usage.next(stranger, STREAM), 0, "another publisher's");
        assertEq(usage.next(publisher, keccak256("other")), 0, "another stream");
        vm.prank(stranger);
        usage.anchor(STREAM, keccak256("root"), 0, 2);
        vm.prank(publisher);
        usage.anchor(keccak256("other"), keccak256("root"), 0, 3);
        assertEq(usage.next(publisher, STREAM), 5, "as it was");
    }

    /// when the batch is next: it should append it to the caller's stream, and no other
    function test_TakesTheLargestBatch() external {
        uint64 most = usage.MAX_COUNT();
        vm.prank(publisher);
        usage.anchor(STREAM, keccak256("root"), 0, most);
        assertEq(usage.next(publisher, STREAM), 1 << 20, "next");
    }

    /// when the root is zero: it should revert
    function test_RevertWhen_TheRootIsZero() external {
        vm.expectRevert(IUsageAnchor.UsageAnchor_RootZero.selector);
        usage.anchor(STREAM, 0, 0, 1);
    }

    /// when the count is zero or above the most: it should revert
    function test_RevertWhen_TheCountIsOutOfRange() external {
        uint64[3] memory counts = [0, (1 << 20) + 1, type(uint64).max];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IUsageAnchor.UsageAnchor_CountInvalid.selector, counts[i], uint64(1 << 20)
                )
            );
            usage.anchor(STREAM, keccak256("root"), 0, counts[i]);
        }
    }

    /// when the batch does not start where the last one ended
    /// - it should revert, for a gap, an overlap and a repetition
    function test_RevertWhen_TheBatchIsNotNext() external {
        anchor(0, 5);
        // A repetition, an overlap, a gap, and the far end.
        uint64[4] memory froms = [0, 4, 6, type(uint64).max];
        for (uint256 i = 0; i < 4; ++i) {
            vm.prank(publisher);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IUsageAnchor.UsageAnchor_NotContiguous.selector, publisher, STREAM, froms[i], 5
                )
            );
            usage.anchor(STREAM, keccak256("root"), froms[i], 5);
        }
    }
}
