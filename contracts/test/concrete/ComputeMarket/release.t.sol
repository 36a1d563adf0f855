// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {JobStatus, JobTerms, Outcome, ReplicaStatus} from "../../../src/types/Compute.sol";
import {ComputeFixture} from "../../utils/ComputeFixture.sol";

contract ReleaseTest is ComputeFixture {
    bytes32 private id;
    address[] private drawn;

    function setUp() public override {
        super.setUp();
        id = start();
        drawn = drawnOf(id);
    }

    function test_FreesWhoWasNotDrawn() external {
        address spare = spareOf(id)[0];
        assertRelease(id, spare, Outcome.Unpaid, 0, 0);
        assertStake(spare, STAKE, 0, 0);
        assertConserved(id);
    }

    function test_PaysWhoAgreed() external {
        answer(id, 3, 0);
        market.conclude(id);
        for (uint256 i = 0; i < 3; ++i) {
            assertRelease(id, drawn[i], Outcome.Paid, REWARD, 0);
            assertStake(drawn[i], STAKE, 0, 0);
            assertEq(market.owed(drawn[i]), REWARD, "owed");
            assertConserved(id);
        }
        assertEq(market.job(id).escrowed, 0, "all paid");
    }

    function test_SlashesWhoWasWrong() external {
        answer(id, 2, 1);
        market.conclude(id);
        assertRelease(id, drawn[2], Outcome.Wrong, 0, BOND / 2);
        assertStake(drawn[2], STAKE - BOND / 2, 0, 0);
        assertEq(market.treasuryDue(), REWARD + BOND / 2, "the treasury's");
        assertConserved(id);
    }

    function test_SlashesWhoDidNotReveal() external {
        answer(id, 2, 0);
        market.conclude(id);
        assertRelease(id, drawn[2], Outcome.Silent, 0, BOND / 2);
        assertEq(market.treasuryDue(), BOND / 2, "the treasury's");
        assertConserved(id);
    }

    function test_SlashesWhoOnlyCommitted() external {
        commit(id, drawn[0], RIGHT);
        conclude(id);
        assertRelease(id, drawn[0], Outcome.Silent, 0, BOND / 2);
        assertRelease(id, drawn[1], Outcome.Silent, 0, BOND / 2);
    }

    function test_FreesWhoRevealedWithoutAQuorum() external {
        answer(id, 1, 1);
        market.conclude(id);
        assertRelease(id, drawn[0], Outcome.Unpaid, 0, 0);
        assertRelease(id, drawn[1], Outcome.Unpaid, 0, 0);
        assertRelease(id, drawn[2], Outcome.Silent, 0, BOND / 2);
        assertConserved(id);
    }

    function test_RoundsTheSlashUp() external {
        JobTerms memory t = terms();
        (t.bond, t.slashBps) = (3, 1);
        bytes32 small = start(t);
        conclude(small);
        assertRelease(small, drawnOf(small)[0], Outcome.Silent, 0, 1);
    }

    function test_SlashesTheWholeBondIfAgreed() external {
        JobTerms memory t = terms();
        t.slashBps = 10_000;
        bytes32 hard = start(t);
        conclude(hard);
        assertRelease(hard, drawnOf(hard)[0], Outcome.Silent, 0, BOND);
    }

    function test_RevertWhen_TheJobIsNotDrawn() external {
        expectStatusInvalid(0, JobStatus.None);
        market.release(0, drawn[0]);
        bytes32 other = post();
        offerAll(other);
        expectStatusInvalid(other, JobStatus.Offering);
        market.release(other, drawn[0]);
        seal(other);
        expectStatusInvalid(other, JobStatus.Sealed);
        market.release(other, drawn[0]);
    }

    function test_RevertWhen_TheReplicasJobIsNotOver() external {
        expectStatusInvalid(id, JobStatus.Running);
        market.release(id, drawn[0]);
    }

    function test_RevertWhen_TheProviderHasNotOfferedOrWasReleased() external {
        expectReplicaStatusInvalid(id, stranger, ReplicaStatus.None);
        market.release(id, stranger);
        answer(id, 3, 0);
        market.conclude(id);
        market.release(id, drawn[0]);
        expectReplicaStatusInvalid(id, drawn[0], ReplicaStatus.Done);
        market.release(id, drawn[0]);
    }
}
