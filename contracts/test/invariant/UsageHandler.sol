// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Anchored} from "../../src/types/Usage.sol";
import {UsageFixture} from "../utils/UsageFixture.sol";

/// Plays two publishers with two streams each, honest and not, and keeps its own copy of what was anchored.
contract UsageHandler is UsageFixture {
    address[2] public publishers;
    bytes32[2] public streams = [keccak256("a"), keccak256("b")];
    mapping(address => mapping(bytes32 => Anchored[])) private _copy;
    uint256 public accepted;
    uint256 public refused;

    constructor() {
        super.setUp();
        publishers = [publisher, stranger];
    }

    /// Set up already: forge calls every function of a handler.
    function setUp() public override {}

    function anchorNext(uint256 who, uint256 stream, bytes32 root_, uint64 count) external {
        uint64 from = usage.next(publishers[who % 2], streams[stream % 2]);
        _try(who, stream, root_, from, uint64(bound(count, 1, 1 << 20)));
    }

    function anchorAnything(uint256 who, uint256 stream, bytes32 root_, uint64 from, uint64 count) external {
        // Near the end as often as far from it.
        uint64 end = usage.next(publishers[who % 2], streams[stream % 2]);
        if (from % 2 == 0) from = uint64(bound(from, end > 3 ? end - 3 : 0, end + 3));
        if (count % 2 == 0) count = uint64(bound(count, 0, (1 << 20) + 1));
        _try(who, stream, root_, from, count);
    }

    function pass(uint256 duration) external {
        vm.warp(block.timestamp + bound(duration, 0, 1 days));
    }

    function copyCount(address who, bytes32 stream) external view returns (uint256) {
        return _copy[who][stream].length;
    }

    function copyOf(address who, bytes32 stream, uint256 index) external view returns (Anchored memory) {
        return _copy[who][stream][index];
    }

    function usageAddress() external view returns (address) {
        return address(usage);
    }

    function _try(uint256 who, uint256 pick, bytes32 root_, uint64 from, uint64 count) private {
        (address by, bytes32 stream) = (publishers[who % 2], streams[pick % 2]);
        Anchored[] storage copy = _copy[by][stream];
        uint64 end = copy.length == 0 ? 0 : copy[copy.length - 1].fromSeq + copy[copy.length - 1].count;
        bool may = root_ != 0 && from == end && count > 0 && count <= 1 << 20;
        vm.prank(by);
        try usage.anchor(stream, root_, from, count) {
            assertTrue(may, "a batch that does not fit was taken");
            copy.push(Anchored(root_, from, count, uint64(block.timestamp)));
            ++accepted;
        } catch {
            assertTrue(!may, "the next batch was refused");
            ++refused;
        }
    }
}
