// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ComputeMarket} from "../../src/ComputeMarket.sol";
import {IComputeMarket} from "../../src/interfaces/IComputeMarket.sol";
import {JobStatus, JobTerms, Outcome, ReplicaStatus} from "../../src/types/Compute.sol";
import {BlockingToken} from "../mocks/BlockingToken.sol";
import {ComputeFixture} from "../utils/ComputeFixture.sol";
import {moreVm} from "../utils/MoreVm.sol";

/// Providers that do not compute, requesters that do not pay, and both together.
contract ComputeAttacks is ComputeFixture {
    // ------------------------------------------------------------------------------------------------ copying

    function test_ACopiedCommitmentOpensForNobodyElse() external {
        bytes32 id = start();
        address[] memory drawn = drawnOf(id);
        commit(id, drawn[0], RIGHT);
        // Seen in the pool of waiting transactions, and committed to without computing anything.
        bytes32 copied = commitmentOf(id, drawn[0], RIGHT);
        vm.prank(drawn[1]);
        market.commit(id, copied);
        commit(id, drawn[2], RIGHT);
        reveal(id, drawn[0], RIGHT);
        // Now digest and salt are public.
        vm.prank(drawn[1]);
        vm.expectRevert(
            abi.encodeWithSelector(
                IComputeMarket.ComputeMarket_CommitmentMismatch.selector,
                id,
                drawn[1],
                keccak256(abi.encode(block.chainid, address(market), id, drawn[1], RIGHT, saltOf(drawn[0]))),
                copied
            )
        );
        market.reveal(id, RIGHT, saltOf(drawn[0]));
        reveal(id, drawn[2], RIGHT);
        conclude(id);
        assertRelease(id, drawn[1], Outcome.Silent, 0, BOND / 2);
        assertConserved(id);
    }

    function test_NobodyRevealsWithAnothersSaltOrForAnother() external {
        bytes32 id = start();
        address[] memory drawn = drawnOf(id);
        for (uint256 i = 0; i < 3; ++i) {
            commit(id, drawn[i], i == 1 ? WRONG : RIGHT);
        }
        // Another's words, from its own address and from a stranger's.
        vm.prank(drawn[1]);
        vm.expectPartialRevert(IComputeMarket.ComputeMarket_CommitmentMismatch.selector);
        market.reveal(id, RIGHT, saltOf(drawn[0]));
        vm.prank(stranger);
        expectReplicaStatusInvalid(id, stranger, ReplicaStatus.None);
        market.reveal(id, RIGHT, saltOf(drawn[0]));
    }

    function test_NobodyRevealsBeforeAllHaveCommitted() external {
        bytes32 id = start();
        address[] memory drawn = drawnOf(id);
        commit(id, drawn[0], RIGHT);
        // Otherwise the others would commit to what they see.
        vm.prank(drawn[0]);
        vm.expectPartialRevert(IComputeMarket.ComputeMarket_CommitStillOpen.selector);
        market.reveal(id, RIGHT, saltOf(drawn[0]));
    }

    function test_WhoDidNotCommitCantRevealWhatOthersDid() external {
        bytes32 id = start();
        address[] memory drawn = drawnOf(id);
        commit(id, drawn[0], RIGHT);
        commit(id, drawn[1], RIGHT);
        vm.warp(market.job(id).commitBy + 1);
        reveal(id, drawn[0], RIGHT);
        vm.prank(drawn[2]);
        vm.expectPartialRevert(IComputeMarket.ComputeMarket_CommitOver.selector);
        market.commit(id, RIGHT);
        vm.prank(drawn[2]);
        expectReplicaStatusInvalid(id, drawn[2], ReplicaStatus.Drawn);
        market.reveal(id, RIGHT, saltOf(drawn[2]));
    }

    // ------------------------------------------------------------------------------------------------- quorum

    function test_AColludingMinorityIsSlashed() external {
        JobTerms memory t = terms();
        (t.replicas, t.quorum) = (5, 3);
        bytes32 id = start(t);
        // Two agree on a lie and reveal first.
        address[] memory drawn = drawnOf(id);
        for (uint256 i = 0; i < 5; ++i) {
            commit(id, drawn[i], i < 2 ? WRONG : RIGHT);
        }
        for (uint256 i = 0; i < 5; ++i) {
            reveal(id, drawn[i], i < 2 ? WRONG : RIGHT);
        }
        market.conclude(id);
        assertEq(market.job(id).result, RIGHT, "the honest result");
        for (uint256 i = 0; i < 5; ++i) {
            if (i < 2) assertRelease(id, drawn[i], Outcome.Wrong, 0, BOND / 2);
            else assertRelease(id, drawn[i], Outcome.Paid, REWARD, 0);
        }
        assertEq(market.treasuryDue(), 2 * (REWARD + BOND / 2), "nobody in the job gains by it");
        assertConserved(id);
    }

    function test_AJobWithNoQuorumCostsTheRequesterNothingAndTheHonestNoStake() external {
        bytes32 id = start();
        address[] memory drawn = drawnOf(id);
        bytes32[3] memory digests = [RIGHT, WRONG, keccak256("other")];
        for (uint256 i = 0; i < 3; ++i) {
            commit(id, drawn[i], digests[i]);
        }
        for (uint256 i = 0; i < 3; ++i) {
            reveal(id, drawn[i], digests[i]);
        }
        market.conclude(id);
        assertStatus(id, JobStatus.Failed);
        for (uint256 i = 0; i < 3; ++i) {
            assertRelease(id, drawn[i], Outcome.Unpaid, 0, 0);
            assertStake(drawn[i], STAKE, 0, 0);
        }
        market.withdraw(requester);
        assertEq(token.balanceOf(requester), FUNDS, "all back");
        assertConserved(id);
    }

    function test_AProviderThatNeverRevealsHoldsNobodyUp() external {
        bytes32 id = start();
        address[] memory drawn = drawnOf(id);
        for (uint256 i = 0; i < 3; ++i) {
            commit(id, drawn[i], RIGHT);
        }
        reveal(id, drawn[0], RIGHT);
        reveal(id, drawn[1], RIGHT);
        conclude(id);
        assertRelease(id, drawn[0], Outcome.Paid, REWARD, 0);
        assertRelease(id, drawn[2], Outcome.Silent, 0, BOND / 2);
        assertEq(market.owed(requester), REWARD, "its pay goes back");
        assertConserved(id);
    }

    // ---------------------------------------------------------------------------------------------- requester

    function test_ARequesterCantPickItsProviders() external {
        bytes32 id = post();
        offerAll(id);
        // It can't seal early, nor again for another block, nor draw before the hash is known.
        vm.prank(requester);
        vm.expectPartialRevert(IComputeMarket.ComputeMarket_OffersStillOpen.selector);
        market.sealOffers(id);
        seal(id);
        vm.prank(requester);
        vm.expectPartialRevert(IComputeMarket.ComputeMarket_BlockHashPending.selector);
        market.draw(id);
        moreVm.roll(FIRST_BLOCK + 5);
        vm.prank(requester);
        vm.expectPartialRevert(IComputeMarket.ComputeMarket_AlreadySealed.selector);
        market.sealOffers(id);
        // Whoever draws, and whenever: the block decides.
        moreVm.setBlockhash(FIRST_BLOCK, keccak256("block"));
        uint256 snapshot = moreVm.snapshotState();
        vm.prank(requester);
        market.draw(id);
        address[] memory byRequester = drawnOf(id);
        moreVm.revertToState(snapshot);
        moreVm.roll(FIRST_BLOCK + 200);
        moreVm.setBlockhash(FIRST_BLOCK, keccak256("block"));
        vm.prank(stranger);
        market.draw(id);
        assertEq(abi.encode(drawnOf(id)), abi.encode(byRequester), "the same");
    }

    function test_ARequesterGainsNothingByHavingAnHonestProviderSlashed() external {
        // The requester controls two of the three and lets them outvote the honest one.
        bytes32 id = start();
        answer(id, 2, 1);
        market.conclude(id);
        address[] memory drawn = drawnOf(id);
        assertRelease(id, drawn[2], Outcome.Wrong, 0, BOND / 2);
        // What it paid for the honest one is gone, as it would be if it had been paid; so is the slash.
        assertEq(market.owed(requester), 0, "nothing back");
        assertEq(market.treasuryDue(), REWARD + BOND / 2, "to the treasury");
    }

    function test_ARequesterCantTakeItsPayBackOnceItIsPosted() external {
        bytes32 id = start();
        answer(id, 3, 0);
        vm.warp(START + 365 days);
        vm.prank(requester);
        expectStatusInvalid(id, JobStatus.Running);
        market.expire(id);
        // However late somebody concludes, who agreed is paid.
        market.conclude(id);
        assertRelease(id, drawnOf(id)[0], Outcome.Paid, REWARD, 0);
    }

    // -------------------------------------------------------------------------------------------------- stake

    function test_StakeCantLeaveBeforeItIsSlashed() external {
        bytes32 id = start();
        address liar = drawnOf(id)[2];
        vm.prank(liar);
        vm.expectPartialRevert(IComputeMarket.ComputeMarket_StakeTooSmall.selector);
        market.unstake(STAKE - BOND + 1);
        vm.prank(liar);
        market.unstake(STAKE - BOND);
        vm.warp(START + 30 days);
        market.withdrawStake(liar);
        assertStake(liar, 0, BOND, 0);
        market.conclude(id);
        assertRelease(id, liar, Outcome.Silent, 0, BOND / 2);
        assertStake(liar, BOND / 2, 0, 0);
        assertConserved(id);
    }

    function test_StakeThatIsLeavingBacksNoOffer() external {
        bytes32 id = post();
        vm.prank(providers[0]);
        market.unstake(STAKE);
        vm.prank(providers[0]);
        vm.expectPartialRevert(IComputeMarket.ComputeMarket_StakeTooSmall.selector);
        market.offer(id);
    }

    function test_TheSameStakeIsNotSlashedTwiceOrForTwoJobs() external {
        JobTerms memory t = terms();
        bytes32[] memory jobs = new bytes32[](5);
        for (uint256 i = 0; i < 5; ++i) {
            t.salt = bytes32(i);
            (t.bond, t.slashBps) = (STAKE / 5, 10_000);
            jobs[i] = post(t);
            offerAll(jobs[i]);
        }
        assertStake(providers[0], 0, STAKE, 0);
        vm.warp(START + 1 hours + 1);
        for (uint256 i = 0; i < 5; ++i) {
            market.sealOffers(jobs[i]);
        }
        for (uint256 i = 0; i < 5; ++i) {
            draw(jobs[i]);
        }
        vm.warp(START + 1 days);
        uint256 left = STAKE;
        for (uint256 i = 0; i < 5; ++i) {
            market.conclude(jobs[i]);
            Outcome outcome = market.release(jobs[i], providers[0]);
            if (outcome == Outcome.Silent) left -= STAKE / 5;
            vm.expectPartialRevert(IComputeMarket.ComputeMarket_ReplicaStatusInvalid.selector);
            market.release(jobs[i], providers[0]);
            assertConserved(jobs);
        }
        assertStake(providers[0], left, 0, 0);
    }

    // ----------------------------------------------------------------------------------------------- griefing

    function test_TinyJobsBindNobodyWhoDoesNotOffer() external {
        JobTerms memory t = terms();
        (t.reward, t.bond) = (1, 1);
        for (uint256 i = 0; i < 50; ++i) {
            t.salt = bytes32(i);
            post(t);
        }
        assertStake(providers[0], STAKE, 0, 0);
        // And a tiny bond can't be lost for less than it is.
        bytes32 id = start();
        t.salt = bytes32(uint256(50));
        t.offerBy = uint64(block.timestamp + 1 hours);
        bytes32 tiny = start(t);
        conclude(tiny);
        assertRelease(tiny, drawnOf(tiny)[0], Outcome.Silent, 0, 1);
        assertTrue(market.job(id).escrowed > 0, "another job goes on");
    }

    function test_AnAddressThatTheTokenBlocksStopsNobodyElse() external {
        BlockingToken blocking = new BlockingToken();
        market = new ComputeMarket(blocking, parameters);
        blocking.mint(requester, FUNDS);
        blocking.approveFor(requester, address(market), FUNDS);
        for (uint256 i = 0; i < 5; ++i) {
            blocking.mint(providers[i], STAKE);
            blocking.approveFor(providers[i], address(market), STAKE);
            vm.prank(providers[i]);
            market.stake(STAKE);
        }
        bytes32 id = start();
        address[] memory drawn = drawnOf(id);
        blocking.setBlocked(requester, true);
        blocking.setBlocked(drawn[0], true);
        answer(id, 2, 0);
        market.conclude(id);
        for (uint256 i = 0; i < 3; ++i) {
            market.release(id, drawn[i]);
        }
        market.withdraw(drawn[1]);
        market.payTreasury();
        assertEq(blocking.balanceOf(drawn[1]), REWARD, "paid");
        vm.expectRevert(abi.encodeWithSelector(BlockingToken.BlockingToken_Blocked.selector, requester));
        market.withdraw(requester);
        blocking.setBlocked(requester, false);
        market.withdraw(requester);
        assertEq(blocking.balanceOf(requester), FUNDS - 2 * REWARD, "kept for it");
    }

    // ---------------------------------------------------------------------------------------------- deadlines

    function test_EverySecondBelongsToOnePhase() external {
        bytes32 id = start();
        address[] memory drawn = drawnOf(id);
        uint256 commitBy = market.job(id).commitBy;
        uint256 revealBy = market.job(id).revealBy;
        commit(id, drawn[0], RIGHT);
        vm.warp(commitBy);
        commit(id, drawn[1], RIGHT);
        vm.prank(drawn[0]);
        vm.expectPartialRevert(IComputeMarket.ComputeMarket_CommitStillOpen.selector);
        market.reveal(id, RIGHT, saltOf(drawn[0]));
        vm.warp(commitBy + 1);
        vm.prank(drawn[2]);
        vm.expectPartialRevert(IComputeMarket.ComputeMarket_CommitOver.selector);
        market.commit(id, RIGHT);
        reveal(id, drawn[0], RIGHT);
        // In the last second a reveal is taken, and nobody can conclude over it.
        vm.warp(revealBy);
        vm.expectPartialRevert(IComputeMarket.ComputeMarket_RevealStillOpen.selector);
        market.conclude(id);
        reveal(id, drawn[1], RIGHT);
        market.conclude(id);
        assertStatus(id, JobStatus.Agreed);
    }
}
