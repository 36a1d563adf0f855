// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {UsageAnchor} from "../../src/UsageAnchor.sol";
import {Anchored} from "../../src/types/Usage.sol";
import {Base} from "../utils/Base.sol";
import {UsageHandler} from "./UsageHandler.sol";

contract UsageAnchorInvariantTest is Base {
    UsageHandler private handler;
    UsageAnchor private usage;

    function setUp() external {
        handler = new UsageHandler();
        usage = UsageAnchor(handler.usageAddress());
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// Append-only: everything that was ever taken is still there, as it was; and contiguous: no number is missing.
    function invariant_NothingIsEverReplacedAndNoNumberIsMissing() external view {
        for (uint256 i = 0; i < 4; ++i) {
            (address who, bytes32 stream) = (handler.publishers(i / 2), handler.streams(i % 2));
            uint256 count = handler.copyCount(who, stream);
            assertEq(usage.batches(who, stream), count, "batches");
            uint256 next = 0;
            for (uint64 j = 0; j < count; ++j) {
                Anchored memory batch = usage.batch(who, stream, j);
                assertEq(abi.encode(batch), abi.encode(handler.copyOf(who, stream, j)), "as it was");
                assertEq(batch.fromSeq, next, "contiguous");
                next += batch.count;
            }
            assertEq(usage.next(who, stream), next, "next");
        }
    }
}
