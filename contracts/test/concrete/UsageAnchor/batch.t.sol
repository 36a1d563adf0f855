// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IUsageAnchor} from "../../../src/interfaces/IUsageAnchor.sol";
import {UsageFixture} from "../../utils/UsageFixture.sol";

contract BatchTest is UsageFixture {
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
}
