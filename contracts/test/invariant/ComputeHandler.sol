// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ComputeMarket} from "../../src/ComputeMarket.sol";
import {JobStatus, JobView, ReplicaStatus, StakeView} from "../../src/types/Compute.sol";
import {moreVm} from "../utils/MoreVm.sol";
import {ComputeSteps} from "./ComputeSteps.sol";

/// Plays `ComputeSteps` at random, one by one and in the order of a job's course.
contract ComputeHandler is ComputeSteps {
    /// Takes a job to its next phase, so that runs get far: random steps alone seldom end a job in agreement.
    function advance(uint256 pick, uint256 seed) public {
        bytes32 id = _job(pick);
        if (id == 0) return postOne(seed, seed >> 16, seed >> 32, seed >> 48);
        JobView memory shown = market.job(id);
        if (shown.status == JobStatus.Offering && block.timestamp <= shown.offerBy) {
            for (uint256 i = 0; i < 5; ++i) {
                offerFor(pick, i);
            }
            vm.warp(uint256(shown.offerBy) + 1);
        } else if (shown.status == JobStatus.Offering) {
            sealOne(pick);
            moreVm.roll(block.number + 1);
        } else if (shown.status == JobStatus.Sealed) {
            drawOne(pick, keccak256(abi.encode(seed)));
        } else if (shown.status == JobStatus.Running && block.timestamp <= shown.commitBy) {
            _each(id, seed, true);
            vm.warp(uint256(shown.commitBy) + 1);
        } else if (shown.status == JobStatus.Running) {
            _each(id, seed, false);
            vm.warp(uint256(shown.revealBy) + 1);
            concludeOne(pick);
        } else {
            for (uint256 i = 0; i < 5; ++i) {
                releaseOne(pick, i);
            }
        }
    }

    /// Takes a job through all its phases.
    function course(uint256 pick, uint256 seed) external {
        for (uint256 i = 0; i < 6; ++i) {
            advance(pick, uint256(keccak256(abi.encode(seed, i))));
        }
    }

    /// Lets each of the drawn commit or reveal, but for one in eight that keeps silent; one in three lies.
    function _each(bytes32 id, uint256 seed, bool commits) private {
        address[] memory drawn = drawnOf(id);
        for (uint256 i = 0; i < drawn.length; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (seed % 8 == 0) continue;
            if (commits) _commit(id, drawn[i], seed >> 8);
            else _reveal(id, drawn[i], false);
        }
    }

    // --------------------------------------------------------------------------------------------------- views

    function count() external view returns (uint256) {
        return jobs.length;
    }

    function contractAddress() external view returns (ComputeMarket) {
        return market;
    }

    function providerAt(uint256 i) external view returns (address) {
        return providers[i];
    }

    function requesterAddress() external view returns (address) {
        return requester;
    }

    function held() external view returns (uint256) {
        return token.balanceOf(address(market));
    }

    /// Ends all jobs and takes everything out, as anybody could after all deadlines.
    function drain() external {
        vm.warp(block.timestamp + 90 days);
        for (uint256 i = 0; i < jobs.length; ++i) {
            JobStatus status = market.job(jobs[i]).status;
            if (status == JobStatus.Offering || status == JobStatus.Sealed) market.expire(jobs[i]);
            if (status == JobStatus.Running) market.conclude(jobs[i]);
            uint256 offers = market.job(jobs[i]).offers;
            for (uint256 j = 0; j < offers; ++j) {
                address provider = market.offeredBy(jobs[i], j);
                if (market.replica(jobs[i], provider).status == ReplicaStatus.Done) continue;
                market.release(jobs[i], provider);
            }
            assertEq(market.job(jobs[i]).escrowed, 0, "escrow");
        }
        for (uint256 i = 0; i < providers.length; ++i) {
            StakeView memory shown = market.stakeOf(providers[i]);
            assertEq(shown.bonded, 0, "bonds");
            if (shown.free > 0) {
                vm.prank(providers[i]);
                market.unstake(shown.free);
            }
            if (market.owed(providers[i]) > 0) market.withdraw(providers[i]);
        }
        vm.warp(block.timestamp + 8 days);
        for (uint256 i = 0; i < providers.length; ++i) {
            if (market.stakeOf(providers[i]).leaving > 0) market.withdrawStake(providers[i]);
        }
        if (market.owed(requester) > 0) market.withdraw(requester);
        if (market.treasuryDue() > 0) market.payTreasury();
    }
}
