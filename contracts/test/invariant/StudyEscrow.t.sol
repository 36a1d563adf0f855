// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {StudyEscrow} from "../../src/StudyEscrow.sol";
import {Enrolled, Status, StudyView} from "../../src/types/Study.sol";
import {Base} from "../utils/Base.sol";
import {Handler} from "./Handler.sol";
import {RosterBooks} from "./RosterBooks.sol";

contract StudyEscrowInvariantTest is Base {
    Handler private handler;
    StudyEscrow private escrow;

    function setUp() external {
        handler = new Handler();
        escrow = handler.escrow();
    }

    /// What forge calls at random.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_PaidAndRefundedAndFeesAndHeldIsFunded() external view {
        uint256 held = handler.token().balanceOf(address(escrow));
        assertEq(
            handler.paid() + handler.refunded() + handler.feePaid() + held,
            handler.funded(),
            "by the handler's books"
        );
        assertEq(handler.token().balanceOf(handler.TREASURY()), handler.feePaid(), "the treasury's");

        uint256 owed = 0;
        for (uint256 i = 0; i < handler.studyCount(); ++i) {
            StudyView memory study = escrow.study(handler.studies(i));
            owed += study.budget + _fee(study) - study.paid - study.refunded - study.feePaid;
        }
        assertEq(held, owed, "by the escrow's books");
    }

    function invariant_PaidAtMostGrantedAtMostBudget() external view {
        for (uint256 i = 0; i < handler.studyCount(); ++i) {
            StudyView memory study = escrow.study(handler.studies(i));
            assertTrue(study.paid <= study.cumulativePayout, "paid <= granted");
            assertTrue(study.cumulativePayout <= study.budget, "granted <= budget");
            uint256 earned = uint256(study.cumulativePayout) * study.feeBps / 10_000;
            assertTrue(study.feePaid <= earned, "the fee is paid on what is granted");
            uint256 back = study.budget + _fee(study) - study.cumulativePayout - earned;
            assertEq(
                study.refunded, study.status == Status.Closed ? back : 0, "all that was not granted goes back"
            );
        }
    }

    function invariant_OwnersHoldWhatTheyWerePaid() external view {
        uint256 total = 0;
        for (uint256 i = 0; i < handler.ownerCount(); ++i) {
            address owner = handler.owners(i);
            assertEq(handler.token().balanceOf(owner), handler.paidTo(owner), "balance");
            uint256 claimed = 0;
            for (uint256 j = 0; j < handler.studyCount(); ++j) {
                claimed += escrow.claimed(handler.studies(j), owner);
            }
            assertEq(claimed, handler.paidTo(owner), "claimed");
            total += claimed;
        }
        assertEq(total, handler.paid(), "paid");
    }

    function invariant_ARoundSettlesAtMostOnce() external view {
        for (uint256 i = 0; i < handler.studyCount(); ++i) {
            bytes32 id = handler.studies(i);
            StudyView memory study = escrow.study(id);
            assertTrue(study.lastRound <= study.rounds, "no round beyond the last");
            for (uint64 round = 1; round <= study.rounds; ++round) {
                assertEq(handler.settlements(id, round), round <= study.lastRound ? 1 : 0, "once");
            }
        }
    }

    /// That no committee settles with what was revoked is asserted by the handler with every settlement.
    function invariant_ConsentsAreAsTheBooksSay() external view {
        for (uint256 i = 0; i < handler.studyCount(); ++i) {
            bytes32 id = handler.studies(i);
            StudyView memory study = escrow.study(id);
            assertTrue(study.consents == handler.consentState(id), "state");
            assertEq(study.withdrawals, handler.waiting(id), "withdrawals");
            if (!study.consentRequired || study.status != Status.Open) continue;
            for (uint256 j = 0; j < handler.ownerCount(); ++j) {
                address owner = handler.owners(j);
                if (!escrow.isEnrolled(id, owner) || handler.waits(id, owner)) continue;
                assertTrue(
                    handler.datasets().isGranted(address(escrow), id, owner), "on the roster without consent"
                );
            }
        }
    }

    function _fee(StudyView memory study) private pure returns (uint256) {
        return uint256(study.budget) * study.feeBps / 10_000;
    }

    function invariant_TheRosterIsAsTheBooksSay() external view {
        for (uint256 i = 0; i < handler.studyCount(); ++i) {
            bytes32 id = handler.studies(i);
            StudyView memory study = escrow.study(id);
            (address[] memory voters,) = handler.voters(id);
            assertEq(study.ownerCount, handler.present(id), "owners");
            assertEq(study.voterCount, voters.length, "voters");
            assertTrue(study.roster == handler.rosterStatus(id), "status");
            assertTrue(study.ownerCount <= study.maxOwners, "not above the most");
            assertTrue(voters.length == 0 || 2 * escrow.quorum(id) > voters.length, "a quorum is a majority");

            address[] memory owners = new address[](handler.ownerCount());
            for (uint256 j = 0; j < owners.length; ++j) {
                owners[j] = handler.owners(j);
            }
            (Enrolled[] memory shown, uint16 count) = escrow.enrolments(id, owners);
            assertEq(count, study.ownerCount, "counted with them");
            uint256 seen = 0;
            for (uint256 j = 0; j < owners.length; ++j) {
                address owner = owners[j];
                RosterBooks.Book memory book = handler.book(id, owner);
                bytes memory entry = abi.encode(Enrolled(owner, book.identity, book.sequence, book.since));
                assertEq(abi.encode(escrow.enrolment(id, owner)), entry, "enrolment");
                assertEq(abi.encode(shown[j]), entry, "entry");
                assertTrue(escrow.isEnrolled(id, owner) == book.present, "present");
                assertTrue((shown[j].identity != 0) == book.present, "an identity while it is there");
                if (book.present) ++seen;
            }
            assertEq(seen, count, "nobody else");
        }
    }
}
