// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Enrolled, Launch} from "../../../src/types/Study.sol";
import {ConsentFixture} from "../../utils/ConsentFixture.sol";
import {domainOf} from "../../utils/TypedData.sol";

/// What can be asked about a study and its owners. It has owner 0 on its roster, and no committee.
contract StudyViewsTest is ConsentFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = launch();
        enrol(id, 0);
    }

    /// claimed, when the owner was paid nothing: it should be zero
    function test_NobodyWasPaidAtFirst() external view {
        assertEq(escrow.claimed(id, owners[0]), 0, "an owner");
        assertEq(escrow.claimed(id, stranger), 0, "a stranger");
    }

    /// claimed, when it was paid: it should be all that it was paid, also after it has left
    function test_WhatWasPaidIsCountedAlsoAfterTheOwnerHasLeft() external {
        id = _started();
        settle(id, 1);
        claim(id, 1, 2);
        assertEq(escrow.claimed(id, owners[2]), 3e18, "paid");
        leaveStudy(id, 2);
        assertEq(escrow.claimed(id, owners[2]), 3e18, "and gone");
        settle(id, 3);
        claim(id, 3, 2);
        assertEq(escrow.claimed(id, owners[2]), 9e18, "all of it");
    }

    /// committee, when none is registered: it should be epoch zero and no hash
    function test_ThereIsNoCommitteeAtFirst() external view {
        (uint64 epoch, bytes32 keyHash) = escrow.committee(id);
        assertEq(epoch, 0, "epoch");
        assertEq(keyHash, bytes32(0), "key");
    }

    /// enrolment, when the owner was never on the roster: it should be empty
    /// isEnrolled, when it never was, or has left: it should say no
    /// isVoter, when the owner is not on the roster: it should say no
    function test_AStrangerIsNotEnrolled() external view {
        assertTrue(!escrow.isEnrolled(id, stranger), "enrolled");
        assertTrue(!escrow.isVoter(id, stranger), "votes");
        assertEq(abi.encode(escrow.enrolment(id, stranger)), abi.encode(Enrolled(stranger, 0, 0, 0)), "entry");
    }

    /// isVoter, when no committee is registered: it should say yes for everybody on the roster
    function test_EverybodyOnTheRosterVotesBeforeTheFirstCommittee() external {
        assertTrue(escrow.isVoter(id, owners[0]), "votes");
        assertTrue(!escrow.isVoter(id, owners[1]), "not there yet");
        enrol(id, 1);
        assertTrue(escrow.isVoter(id, owners[1]), "votes now");
    }

    /// quorum, when there are no voters: it should be one
    /// quorum, when there are: it should be more than half of them and of the third that may lie
    function test_AQuorumOutvotesTheThirdThatMayLie() external {
        Launch memory plan = terms();
        (plan.salt, plan.maxOwners) = ("many", 10);
        id = launch(plan);
        _makeOwners(10);
        uint8[11] memory expected = [1, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7];
        assertEq(escrow.quorum(id), expected[0], "of nobody");
        for (uint256 i = 0; i < 10; ++i) {
            enrol(id, i);
            assertEq(escrow.quorum(id), expected[i + 1], "of so many");
        }
    }

    /// funding: it should be the budget and the fee on it at today's rate, rounded down
    function test_TheFeeOfAFundingIsRoundedDown() external {
        assertEq(escrow.funding(BUDGET), BUDGET, "no fee");
        chargeFee();
        assertEq(escrow.funding(10_000), 10_000 + uint256(FEE), "the fee");
        assertEq(escrow.funding(10_000 / FEE - 1), 10_000 / FEE - 1, "less than a unit");
        parameters.setStudyFee(1_000);
        assertEq(escrow.funding(10_000), 11_000, "today's");
    }

    /// domainSeparator: it should be EIP-712's for this contract and chain
    function test_TheDomainIsOfThisContractAndChain() external {
        for (uint256 i = 0; i < 2; ++i) {
            uint256 chain = 31_337 + i;
            vm.chainId(chain);
            assertEq(escrow.domainSeparator(), domainOf(address(escrow)), "separator");
        }
    }

    function _started() private returns (bytes32) {
        Launch memory plan = terms();
        plan.salt = "started";
        return start(plan);
    }
}
