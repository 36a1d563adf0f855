// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IUsageAnchor} from "../../../src/interfaces/IUsageAnchor.sol";
import {UsageFixture} from "../../utils/UsageFixture.sol";

contract BatchTest is UsageFixture {
    /// when there is: it should be its root, its first number, how many there are, and when it was anchored
    /// batchOf, when there is: it should be the place of its batch
    function test_FindsTheBatchOfEveryNumber() external {
        // Batches of 1, 2, ... 9 receipts.
        uint64 from = 0;
        for (uint64 count = 1; count < 10; ++count) {
            anchor(from, count);
            from += count;
            uint64 sequence = 0;
            for (uint64 index = 0; index < count; ++index) {
                assertEq(usage.batch(publisher, STREAM, index).fromSeq, sequence, "start");
                for (uint64 i = 0; i <= index; ++i) {
                    assertEq(usage.batchOf(publisher, STREAM, sequence++), index, "place");
                }
            }
        }
    }

    /// when there is no such batch: it should revert
    /// batchOf, when there is no receipt of that number: it should revert
    function test_RevertWhen_ThereIsNoSuchBatch() external {
        vm.expectRevert(
            abi.encodeWithSelector(IUsageAnchor.UsageAnchor_BatchUnknown.selector, publisher, STREAM, 0, 0)
        );
        usage.batch(publisher, STREAM, 0);
        anchor(0, 5);
        vm.expectRevert(
            abi.encodeWithSelector(IUsageAnchor.UsageAnchor_BatchUnknown.selector, publisher, STREAM, 1, 1)
        );
        usage.batch(publisher, STREAM, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IUsageAnchor.UsageAnchor_NotAnchored.selector, publisher, STREAM, 5, 5)
        );
        usage.batchOf(publisher, STREAM, 5);
    }

    /// batches, when the stream is empty: it should be zero
    /// next, when the stream is empty: it should be zero
    function test_AnEmptyStream() external view {
        assertEq(usage.batches(publisher, STREAM), 0, "batches");
        assertEq(usage.next(publisher, STREAM), 0, "next");
    }
}
