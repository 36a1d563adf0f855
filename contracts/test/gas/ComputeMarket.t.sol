// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {JobTerms} from "../../src/types/Compute.sol";
import {ComputeFixture} from "../utils/ComputeFixture.sol";

/// What a transaction costs, base fee and calldata included: each call runs as a transaction of its own.
/// forge-config: default.isolate = true
contract ComputeMarketGasTest is ComputeFixture {
    function test_Course() external {
        JobTerms memory t = terms();
        vm.prank(requester);
        bytes32 id = market.post(t);
        _record("post");
        offerAll(id);
        _record("offer");
        seal(id);
        _record("sealOffers");
        draw(id);
        _record("draw (3 of 5)");
        address[] memory drawn = drawnOf(id);
        for (uint256 i = 0; i < 3; ++i) {
            commit(id, drawn[i], RIGHT);
        }
        _record("commit");
        for (uint256 i = 0; i < 3; ++i) {
            reveal(id, drawn[i], RIGHT);
        }
        _record("reveal");
        market.conclude(id);
        _record("conclude");
        market.release(id, drawn[0]);
        _record("release (paid)");
        market.withdraw(drawn[0]);
        _record("withdraw");
    }

    function test_DrawOf16From64() external {
        addProviders(59);
        JobTerms memory t = terms();
        (t.replicas, t.quorum) = (16, 9);
        start(t);
        _record("draw (16 of 64)");
    }

    function test_Stake() external {
        vm.prank(providers[0]);
        market.stake(1e18);
        _record("stake");
        vm.prank(providers[0]);
        market.unstake(1e18);
        _record("unstake");
        vm.warp(START + 8 days);
        market.withdrawStake(providers[0]);
        _record("withdrawStake");
    }

    function test_Slash() external {
        bytes32 id = start();
        conclude(id);
        market.release(id, drawnOf(id)[0]);
        _record("release (slashed)");
        market.payTreasury();
        _record("payTreasury");
    }

    function test_Expire() external {
        bytes32 id = post();
        vm.warp(START + 1 hours + 1);
        market.expire(id);
        _record("expire");
    }

    function _record(string memory name) private {
        vm.snapshotGasLastCall("ComputeMarket", name);
    }
}
