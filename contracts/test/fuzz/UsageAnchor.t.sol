// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IUsageAnchor} from "../../src/interfaces/IUsageAnchor.sol";
import {UsageFixture} from "../utils/UsageFixture.sol";

contract UsageAnchorFuzzTest is UsageFixture {
    /// Whatever the sizes, every number is found in its batch and proven there, and nowhere else.
    function testFuzz_Verify(uint8[6] calldata sizes, uint256 pick, uint256 other) external {
        uint64 from = 0;
        uint64[6] memory starts;
        uint64[6] memory counts;
        for (uint256 i = 0; i < 6; ++i) {
            (starts[i], counts[i]) = (from, uint64(bound(sizes[i], 1, 12)));
            anchor(starts[i], counts[i]);
            from += counts[i];
        }
        uint64 sequence = uint64(bound(pick, 0, from - 1));
        uint64 place = usage.batchOf(publisher, STREAM, sequence);
        assertTrue(starts[place] <= sequence && sequence < starts[place] + counts[place], "place");
        bytes32[] memory path = proof(starts[place], counts[place], sequence);
        assertTrue(usage.verify(publisher, STREAM, sequence, receipt(sequence), path), "proven");
        uint64 wrong = uint64(bound(other, 0, from - 1));
        // A batch of one needs no path: there the empty one is right.
        if (wrong == sequence || path.length == 0) return;
        assertTrue(!usage.verify(publisher, STREAM, wrong, receipt(wrong), path), "another receipt");
        assertTrue(!usage.verify(publisher, STREAM, wrong, receipt(sequence), path), "another number");
    }

    /// A batch is taken exactly if it starts at the stream's end and has a fair size.
    function testFuzz_Anchor(uint64 first, uint64 from, uint64 count) external {
        first = uint64(bound(first, 1, 1 << 20));
        anchorAnything(0, first);
        if (from % 3 > 0) from = uint64(bound(from, uint256(first) - 1, uint256(first) + 1));
        if (count % 2 > 0) count = uint64(bound(count, 0, (1 << 20) + 1));
        if (count == 0 || count > 1 << 20) {
            vm.expectRevert(
                abi.encodeWithSelector(IUsageAnchor.UsageAnchor_CountInvalid.selector, count, uint64(1 << 20))
            );
        } else if (from != first) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IUsageAnchor.UsageAnchor_NotContiguous.selector, publisher, STREAM, from, first
                )
            );
        }
        anchorAnything(from, count);
    }

    function anchorAnything(uint64 from, uint64 count) private {
        vm.prank(publisher);
        usage.anchor(STREAM, keccak256("root"), from, count);
    }
}
