// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IComputeMarket} from "../../src/interfaces/IComputeMarket.sol";
import {JobStatus, JobTerms, Outcome} from "../../src/types/Compute.sol";
import {ComputeFixture} from "../utils/ComputeFixture.sol";

/// What goes wrong in systems that do this today, and does not here.
contract ComputeTraps is ComputeFixture {
    /// A job that nobody offers for ends, and its whole pay goes back.
    function test_Trap_AnInvoiceNobodyAccepts() external {
        bytes32 id = post();
        vm.warp(START + 1 hours + 1);
        vm.prank(stranger);
        market.expire(id);
        market.withdraw(requester);
        assertEq(token.balanceOf(requester), FUNDS, "all of it is back");
    }

    /// Nobody works before the whole pay is in escrow, and nothing runs on after it: a job is paid once and is over.
    function test_Trap_LeasesThatRunOnUnpaid() external {
        JobTerms memory t = terms();
        t.reward = uint128(FUNDS);
        vm.prank(requester);
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientBalance.selector);
        market.post(t);
        bytes32 id = start();
        assertEq(market.job(id).escrowed, 3 * REWARD, "in escrow before the work");
        answer(id, 3, 0);
        market.conclude(id);
        assertRelease(id, drawnOf(id)[0], Outcome.Paid, REWARD, 0);
        expectStatusInvalid(id, JobStatus.Agreed);
        market.commit(id, RIGHT);
    }

    /// Who is late loses what it knew it would lose, and the event says so; who did its part is paid however late it asks.
    function test_Trap_ClaimsCancelledSilentlyWhenLate() external {
        bytes32 id = start();
        answer(id, 2, 0);
        market.conclude(id);
        address[] memory drawn = drawnOf(id);
        vm.warp(START + 10 * 365 days);
        assertRelease(id, drawn[0], Outcome.Paid, REWARD, 0);
        vm.warp(START + 20 * 365 days);
        market.withdraw(drawn[0]);
        assertEq(token.balanceOf(drawn[0]), FUNDS - STAKE + REWARD, "paid");
        vm.prank(drawn[2]);
        expectStatusInvalid(id, JobStatus.Agreed);
        market.reveal(id, RIGHT, saltOf(drawn[2]));
        assertRelease(id, drawn[2], Outcome.Silent, 0, BOND / 2);
    }

    /// Jobs posted side by side have ids that their terms make: no counter, no order.
    function test_Trap_ParallelCallsNeedingExtraNonces() external {
        JobTerms memory a = terms();
        JobTerms memory b = terms();
        b.salt = bytes32(uint256(1));
        (bytes32 first, bytes32 second) = (market.jobId(requester, a), market.jobId(requester, b));
        assertEq(post(b), second, "in any order");
        assertEq(post(a), first, "in any order");
    }

    /// A commitment holds for one chain, one market, one job and one provider.
    function test_Trap_ProofsNotBoundToTheirPool() external {
        bytes32 id = start();
        JobTerms memory t = terms();
        t.salt = bytes32(uint256(1));
        bytes32 other = start(t);
        address provider;
        // Three of five are drawn for each job: somebody is drawn for both.
        for (uint256 i = 0; i < 5; ++i) {
            if (_isDrawn(id, providers[i]) && _isDrawn(other, providers[i])) provider = providers[i];
        }
        bytes32[3] memory foreign = [
            commitmentOf(other, provider, RIGHT),
            keccak256(abi.encode(block.chainid, address(this), id, provider, RIGHT, saltOf(provider))),
            keccak256(abi.encode(block.chainid + 1, address(market), id, provider, RIGHT, saltOf(provider)))
        ];
        bytes32 own = commitmentOf(id, provider, RIGHT);
        for (uint256 i = 0; i < 3; ++i) {
            assertTrue(foreign[i] != own, "another commitment");
        }
        // The one made for the other job does not open here.
        id = _withCommitment(id, provider, foreign[0]);
        vm.prank(provider);
        vm.expectRevert(
            abi.encodeWithSelector(
                IComputeMarket.ComputeMarket_CommitmentMismatch.selector, id, provider, own, foreign[0]
            )
        );
        market.reveal(id, RIGHT, saltOf(provider));
    }

    /// Pay follows from the revealed digests that the contract has checked against the commitments, from nothing else.
    function test_Trap_ProofEmittedButNeverVerified() external {
        bytes32 id = start();
        address[] memory drawn = drawnOf(id);
        for (uint256 i = 0; i < 3; ++i) {
            commit(id, drawn[i], RIGHT);
        }
        // Committed by all, revealed by none: nobody is paid.
        conclude(id);
        for (uint256 i = 0; i < 3; ++i) {
            assertRelease(id, drawn[i], Outcome.Silent, 0, BOND / 2);
            assertEq(market.owed(drawn[i]), 0, "no pay");
        }
    }

    function _isDrawn(bytes32 id, address provider) private view returns (bool) {
        address[] memory drawn = drawnOf(id);
        for (uint256 i = 0; i < drawn.length; ++i) {
            if (drawn[i] == provider) return true;
        }
        return false;
    }

    function _withCommitment(bytes32 id, address provider, bytes32 commitment) private returns (bytes32) {
        // The other job's commit time may have moved the clock, but both run an hour from their draws.
        vm.warp(market.job(id).commitBy);
        vm.prank(provider);
        market.commit(id, commitment);
        vm.warp(market.job(id).commitBy + 1);
        return id;
    }
}
