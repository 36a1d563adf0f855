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

    /// when the provider was not drawn: it should free its bond, from the draw on
    function test_FreesWhoWasNotDrawn() external {
        address spare = spareOf(id)[0];
        assertRelease(id, spare, Outcome.Unpaid, 0, 0);
        assertStake(spare, STAKE, 0, 0);
        assertConserved(id);
    }

    /// when it revealed the agreed result: it should free its bond and owe it the reward
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

    /// when it revealed another result: it should slash its bond
    function test_SlashesWhoWasWrong() external {
        answer(id, 2, 1);
        market.conclude(id);
        assertRelease(id, drawn[2], Outcome.Wrong, 0, BOND / 2);
        assertStake(drawn[2], STAKE - BOND / 2, 0, 0);
        assertEq(market.treasuryDue(), REWARD + BOND / 2, "the treasury's");
        assertConserved(id);
    }

    /// when it was drawn and did not reveal: it should slash its bond, with or without a quorum
    function test_SlashesWhoDidNotReveal() external {
        answer(id, 2, 0);
        market.conclude(id);
        assertRelease(id, drawn[2], Outcome.Silent, 0, BOND / 2);
        assertEq(market.treasuryDue(), BOND / 2, "the treasury's");
        assertConserved(id);
    }

    /// when it was drawn and did not reveal: it should slash its bond, with or without a quorum
    function test_SlashesWhoOnlyCommitted() external {
        commit(id, drawn[0], RIGHT);
        conclude(id);
        assertRelease(id, drawn[0], Outcome.Silent, 0, BOND / 2);
        assertRelease(id, drawn[1], Outcome.Silent, 0, BOND / 2);
    }

    /// when it was drawn and did not reveal: it should slash its bond, with or without a quorum
    /// when there was no quorum and it revealed: it should free its bond
    function test_FreesWhoRevealedWithoutAQuorum() external {
        answer(id, 1, 1);
        market.conclude(id);
        assertRelease(id, drawn[0], Outcome.Unpaid, 0, 0);
        assertRelease(id, drawn[1], Outcome.Unpaid, 0, 0);
        assertRelease(id, drawn[2], Outcome.Silent, 0, BOND / 2);
        assertConserved(id);
    }

    /// when the slash is not a whole number: it should round up
    function test_RoundsTheSlashUp() external {
        JobTerms memory t = terms();
        (t.bond, t.slashBps) = (3, 1);
        bytes32 small = start(t);
        conclude(small);
        assertRelease(small, drawnOf(small)[0], Outcome.Silent, 0, 1);
    }

    /// when it was drawn and did not reveal: it should slash its bond, with or without a quorum
    function test_SlashesTheWholeBondIfAgreed() external {
        JobTerms memory t = terms();
        t.slashBps = 10_000;
        bytes32 hard = start(t);
        conclude(hard);
        assertRelease(hard, drawnOf(hard)[0], Outcome.Silent, 0, BOND);
    }

    /// when the job is not drawn, or the drawn replica's job is not over: it should revert
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

    /// when the job is not drawn, or the drawn replica's job is not over: it should revert
    function test_RevertWhen_TheReplicasJobIsNotOver() external {
        expectStatusInvalid(id, JobStatus.Running);
        market.release(id, drawn[0]);
    }

    /// when the provider has not offered, or was released: it should revert
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
