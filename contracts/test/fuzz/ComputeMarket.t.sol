// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {JobStatus, JobTerms, JobView, Outcome} from "../../src/types/Compute.sol";
import {ComputeFixture} from "../utils/ComputeFixture.sol";

contract ComputeMarketFuzzTest is ComputeFixture {
    /// Whatever the terms and the answers: who agreed is paid, who was wrong or silent is slashed, the requester gets back
    /// what no answer earned, and not a unit is lost.
    function testFuzz_Course(uint256 shape, uint256 reward, uint256 bond, uint16 slashBps, uint256 answers)
        external
    {
        JobTerms memory t = terms();
        t.replicas = uint8(bound(shape, 1, 5));
        t.quorum = uint8(bound(shape >> 8, t.replicas / 2 + 1, t.replicas));
        (t.reward, t.bond) = (uint128(bound(reward, 1, 100e18)), uint128(bound(bond, 1, STAKE)));
        t.slashBps = uint16(bound(slashBps, 1, 10_000));
        bytes32 id = start(t);
        address[] memory drawn = drawnOf(id);

        // Two bits for each replica: silent, committed only, wrong, right.
        uint256[4] memory counts;
        for (uint256 i = 0; i < drawn.length; ++i) {
            uint256 kind = (answers >> (2 * i)) % 4;
            ++counts[kind];
            if (kind > 0) commit(id, drawn[i], kind == 2 ? WRONG : RIGHT);
        }
        vm.warp(market.job(id).commitBy + 1);
        for (uint256 i = 0; i < drawn.length; ++i) {
            uint256 kind = (answers >> (2 * i)) % 4;
            if (kind > 1) reveal(id, drawn[i], kind == 2 ? WRONG : RIGHT);
        }
        conclude(id);

        bytes32 result = counts[3] >= t.quorum ? RIGHT : counts[2] >= t.quorum ? WRONG : bytes32(0);
        assertEq(market.job(id).result, result, "result");
        assertStatus(id, result == 0 ? JobStatus.Failed : JobStatus.Agreed);
        uint256 slash = (uint256(t.bond) * t.slashBps + 9_999) / 10_000;
        uint256 toTreasury = 0;
        for (uint256 i = 0; i < drawn.length; ++i) {
            uint256 kind = (answers >> (2 * i)) % 4;
            bytes32 digest = kind == 2 ? WRONG : RIGHT;
            if (kind < 2) {
                assertRelease(id, drawn[i], Outcome.Silent, 0, slash);
                toTreasury += slash;
            } else if (result == 0) {
                assertRelease(id, drawn[i], Outcome.Unpaid, 0, 0);
            } else if (digest == result) {
                assertRelease(id, drawn[i], Outcome.Paid, t.reward, 0);
            } else {
                assertRelease(id, drawn[i], Outcome.Wrong, 0, slash);
                toTreasury += slash + t.reward;
            }
        }
        uint256 silent = result == 0 ? t.replicas : counts[0] + counts[1];
        assertEq(market.owed(requester), silent * t.reward, "back to the requester");
        assertEq(market.treasuryDue(), toTreasury, "to the treasury");
        assertEq(market.job(id).escrowed, 0, "nothing left in escrow");
        assertConserved(id);
    }

    /// Whatever the hash and the number of offers: exactly the replicas are drawn, each of them once.
    function testFuzz_Draw(bytes32 hash, uint256 offers, uint256 replicas) external {
        vm.assume(hash != 0);
        addProviders(12);
        JobTerms memory t = terms();
        t.replicas = uint8(bound(replicas, 1, 16));
        t.quorum = t.replicas / 2 + 1;
        bytes32 id = post(t);
        offers = bound(offers, t.replicas, 17);
        for (uint256 i = 0; i < offers; ++i) {
            offer(id, providers[i]);
        }
        seal(id);
        draw(id, hash);
        assertEq(drawnOf(id).length, t.replicas, "drawn");
        assertEq(spareOf(id).length, offers - t.replicas, "not drawn");
    }

    /// Stake is always in one of its places, and comes out in full.
    function testFuzz_Stake(uint128 more, uint128 out, uint256 wait) external {
        address provider = providers[0];
        more = uint128(bound(more, 1, FUNDS - STAKE));
        vm.prank(provider);
        market.stake(more);
        bytes32 id = post();
        offer(id, provider);
        uint256 free = uint256(STAKE) + more - BOND;
        out = uint128(bound(out, 1, free));
        vm.prank(provider);
        market.unstake(out);
        assertStake(provider, free - out, BOND, out);
        wait = bound(wait, 0, 14 days);
        vm.warp(START + wait);
        try market.withdrawStake(provider) {
            assertTrue(wait > 7 days, "too early");
            assertEq(token.balanceOf(provider), FUNDS - STAKE - more + out, "out");
        } catch {
            assertTrue(wait <= 7 days, "too late");
        }
        assertConserved(id);
    }
}
