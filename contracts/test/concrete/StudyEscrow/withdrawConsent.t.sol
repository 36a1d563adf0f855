// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {
    ConsentState,
    Launch,
    RosterStatus,
    Settlement,
    Status,
    StudyView
} from "../../../src/types/Study.sol";
import {ConsentFixture} from "../../utils/ConsentFixture.sol";

contract WithdrawConsentTest is ConsentFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = startConsented();
    }

    /// when the owner is on the roster and the committee counts it
    /// - it should strike the owner, whoever calls
    /// - it should keep what the owner has earned
    /// - it should emit ConsentWithdrawn
    function test_ARevocationStrikesTheOwner() external {
        settle(id, 1);
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.ConsentWithdrawn(id, owners[3], 1);
        revoke(id, 3);

        assertTrue(!escrow.isEnrolled(id, owners[3]), "off the roster");
        assertEq(sequenceOf(id, owners[3]), 2, "sequence");
        StudyView memory study = escrow.study(id);
        assertEq(study.ownerCount, 3, "owners");
        assertEq(study.voterCount, 3, "voters");
        assertTrue(study.roster == RosterStatus.Changed, "changed");
        assertTrue(study.consents == ConsentState.OneMore, "one more");
        claim(id, 1, 3);
        assertEq(token.balanceOf(owners[3]), 4e18, "what it earned");
    }

    /// when the owner is on the roster and the committee counts it
    /// - it should strike the owner, whoever calls
    /// - it should emit ConsentWithdrawn
    function test_AnybodyCallsItIfTheEscrowWasNotTold() external {
        revokeUnheard(id, 2);
        assertTrue(escrow.isEnrolled(id, owners[2]), "not told");
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.ConsentWithdrawn(id, owners[2], 1);
        vm.prank(stranger);
        escrow.withdrawConsent(id, owners[2]);
        assertTrue(!escrow.isEnrolled(id, owners[2]), "off the roster");
        assertTrue(consents(id) == ConsentState.OneMore, "one more");
    }

    /// when the owner is on the roster and the committee counts it: it should leave the committee one more settlement
    /// settleRound, when an owner that the committee counts withdrew its consent
    /// - it should settle one more round, the one that was under way
    /// - it should revert after that, or if the committee was registered after the withdrawal
    function test_ItEndsTheCommitteeAfterOneMoreSettlement() external {
        revoke(id, 3);
        settle(id, 1);
        assertTrue(consents(id) == ConsentState.Stopped, "stopped");
        _expectStopped(1, 2);
        registerNext(id);
        assertTrue(consents(id) == ConsentState.Whole, "whole");
        settleIn(id, 2, 2);
        assertEq(escrow.study(id).lastRound, 2, "goes on without it");
    }

    /// when the owner is on the roster and the committee counts it: it should leave the committee one more settlement
    function test_ASecondWithdrawalDoesNotBuyASettlement() external {
        revoke(id, 3);
        revoke(id, 2);
        settle(id, 1);
        revoke(id, 1);
        assertTrue(consents(id) == ConsentState.Stopped, "stays stopped");
        _expectStopped(1, 2);
    }

    /// registerCommittee, when a quorum signed
    /// - it should let the committee settle, unless somebody withdrew consent while it was made
    function test_TheNextCommitteeNeedsNoSettlementInBetween() external {
        revoke(id, 3);
        registerNext(id);
        assertTrue(consents(id) == ConsentState.Whole, "whole");
        settleIn(id, 2, 1);
        settleIn(id, 2, 2);
    }

    /// when the owner came after the last registration
    /// - it should strike the owner
    /// - it should leave the committee as it is
    function test_OneWhoCameLateCostsNoCommittee() external {
        leaveStudy(id, 3);
        grant(id, 3);
        registerNext(id);
        enrol(id, 3);
        revoke(id, 3);
        assertTrue(!escrow.isEnrolled(id, owners[3]), "off the roster");
        assertTrue(consents(id) == ConsentState.Whole, "this committee does not count it");
        // And may come again.
        grant(id, 3);
        enrol(id, 3);
        assertTrue(escrow.isEnrolled(id, owners[3]), "back");
    }

    /// enrol, when the owner is not on the roster, when the study requires consent,
    /// when the owner withdrew from under a committee of this study before
    /// - it should revert
    function test_OneWhoCostACommitteeDoesNotComeBack() external {
        revoke(id, 3);
        grant(id, 3);
        bytes memory signature = signEnrol(id, 3, "again", 2);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_ConsentWithdrawnBefore.selector, id, owners[3])
        );
        escrow.enrol(id, owners[3], "again", 2, new bytes32[](0), signature);
    }

    // --------------------------------------------------------------------------------------- who left before

    /// when the owner has left, and the committee counts it: it should leave the committee one more settlement
    function test_OneWhoLeftFirstIsCountedStill() external {
        leaveStudy(id, 3);
        assertTrue(consents(id) == ConsentState.Whole, "leaving alone changes nothing");
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.ConsentWithdrawn(id, owners[3], 2);
        revoke(id, 3);
        assertTrue(consents(id) == ConsentState.OneMore, "one more");
        _expectNotEnrolled(owners[3]);
    }

    /// when the owner is on the roster and the committee counts it: it should leave the committee one more settlement
    function test_OneWhoLeftAndCameBackIsCountedStill() external {
        leaveStudy(id, 3);
        enrol(id, 3);
        assertTrue(!escrow.isVoter(id, owners[3]), "a newcomer");
        revoke(id, 3);
        assertTrue(consents(id) == ConsentState.OneMore, "one more");
        assertTrue(!escrow.isEnrolled(id, owners[3]), "off the roster");
    }

    /// when the owner is neither on the roster nor counted by the committee: it should revert
    /// when the owner came after the last registration: it should leave the committee as it is
    function test_OneWhoLeftUnderAFormerCommitteeIsNot() external {
        leaveStudy(id, 3);
        registerNext(id);
        revoke(id, 3);
        assertTrue(consents(id) == ConsentState.Whole, "whole");
        _expectNotEnrolled(owners[3]);
        // Back under the second committee, and gone before the third: no committee counted it.
        grant(id, 3);
        enrol(id, 3);
        revoke(id, 3);
        assertTrue(consents(id) == ConsentState.Whole, "whole");
    }

    /// when the owner has left, and the committee counts it: it should leave the committee one more settlement
    function test_OneWhoWasRemovedIsCountedStill() external {
        removeOwner(id, 3);
        revoke(id, 3);
        assertTrue(consents(id) == ConsentState.OneMore, "one more");
    }

    // -------------------------------------------------------------------------------------- while it is sealed

    /// when the owner's withdrawal is remembered and the roster is still sealed: it should revert
    /// when the roster is sealed
    /// - it should remember the withdrawal and emit ConsentPending
    /// - it should leave the committee that counts the owner one more settlement
    /// when the withdrawal is remembered and the roster is open again
    /// - it should strike the owner, whatever it has granted since
    /// settleRound, when an owner that the committee counts withdrew its consent
    /// - it should revert after that, or if the committee was registered after the withdrawal
    /// registerCommittee, when a quorum signed
    /// - it should let the committee settle, unless somebody withdrew consent while it was made
    function test_WhileSealedItIsRemembered() external {
        leaveStudy(id, 3);
        escrow.sealRoster(id);
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.ConsentPending(id, owners[2]);
        revoke(id, 2);
        assertTrue(escrow.isEnrolled(id, owners[2]), "the roster is sealed");
        assertEq(escrow.study(id).withdrawals, 1, "remembered");
        assertTrue(consents(id) == ConsentState.OneMore, "the committee that is there");
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_RosterIsSealed.selector, id));
        escrow.withdrawConsent(id, owners[2]);

        settle(id, 1);
        _expectStopped(1, 2);
        registerNext(id);
        _expectStopped(2, 2);
        assertTrue(consents(id) == ConsentState.Stopped, "this committee counts it");
        escrow.withdrawConsent(id, owners[2]);
        assertEq(escrow.study(id).withdrawals, 0, "done");
        assertTrue(consents(id) == ConsentState.Stopped, "still");
        registerNext(id);
        settleIn(id, 3, 2);
    }

    /// when the roster is sealed: it should remember the withdrawal and emit ConsentPending
    /// settleRound, when an owner that the committee counts withdrew its consent
    /// - it should revert after that, or if the committee was registered after the withdrawal
    /// sealRoster, when owners withdrew while it was sealed and are still on it: it should revert
    function test_WhileTheFirstRosterIsSealed() external {
        vm.warp(START);
        (uint64 settleBy, bytes32 other) = (terms().settleBy, launch(otherTerms()));
        enrolConsenting(other);
        escrow.sealRoster(other);
        revoke(other, 0);
        assertTrue(escrow.isEnrolled(other, owners[0]), "sealed");
        registerNext(other);
        assertTrue(consents(other) == ConsentState.Stopped, "nothing settles");
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_WithdrawalsPending.selector, other, 1)
        );
        this.sealChanged(other);
        escrow.withdrawConsent(other, owners[0]);
        registerNext(other);
        settleIn(other, 2, 1);
        grant(other, 0, settleBy);
        bytes memory signature = signEnrol(other, 0, "again", 2);
        vm.expectPartialRevert(IStudyEscrow.StudyEscrow_LateEnrolmentExcluded.selector);
        escrow.enrol(other, owners[0], "again", 2, new bytes32[](0), signature);
    }

    /// when the withdrawal is remembered and the roster is open again
    /// - it should strike the owner, whatever it has granted since
    function test_AGrantSinceDoesNotSaveOneWhoseWithdrawalIsRemembered() external {
        leaveStudy(id, 3);
        escrow.sealRoster(id);
        revoke(id, 2);
        grant(id, 2);
        registerNext(id);
        escrow.withdrawConsent(id, owners[2]);
        assertTrue(!escrow.isEnrolled(id, owners[2]), "off the roster");
        assertEq(escrow.study(id).withdrawals, 0, "done");
    }

    /// Something else changed too, and somebody seals before the withdrawal was carried out.
    function sealChanged(bytes32 other) external {
        enrol(other, 1, "another identity");
        escrow.sealRoster(other);
    }

    /// leaveStudy, when the signature is the owner's: it should take the owner off the roster, whoever relays
    /// removeOwner, when a quorum signed: it should take the owner off the roster, whoever relays
    function test_OneWhoseWithdrawalIsRememberedMayLeaveOrBeRemoved() external {
        leaveStudy(id, 3);
        escrow.sealRoster(id);
        revoke(id, 2);
        revoke(id, 1);
        registerNext(id);
        leaveStudy(id, 2);
        assertEq(escrow.study(id).withdrawals, 1, "one of two");
        (address[] memory signers, bytes[] memory signatures) =
            signedByVoters(id, escrow.removeDigest(id, owners[1], 1));
        escrow.removeOwner(id, owners[1], signers, signatures);
        assertEq(escrow.study(id).withdrawals, 0, "none");
        registerNext(id);
        assertTrue(consents(id) == ConsentState.Whole, "whole");
    }

    /// when the owner left or was removed while its withdrawal was remembered
    /// - it should count the owner no longer, once, and change nothing else
    function test_OneWhoWentWhileItsWithdrawalWasRememberedIsCountedOnce() external {
        leaveStudy(id, 3);
        escrow.sealRoster(id);
        revoke(id, 2);
        registerNext(id);
        leaveStudy(id, 2);
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.ConsentWithdrawn(id, owners[2], 2);
        escrow.withdrawConsent(id, owners[2]);
        assertTrue(consents(id) == ConsentState.Stopped, "as before");
        assertEq(escrow.study(id).ownerCount, 2, "on the roster");
        assertEq(escrow.study(id).withdrawals, 0, "none waits");
        _expectNotEnrolled(owners[2]);
    }

    // ------------------------------------------------------------------------------------------------ refusals

    /// when the study is unknown or closed: it should revert
    function test_RevertWhen_TheStudyIsUnknownOrClosed() external {
        bytes32 unknown = keccak256("unknown");
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_StudyNotOpen.selector, unknown, Status.None)
        );
        escrow.withdrawConsent(unknown, owners[0]);
        vm.warp(terms().settleBy + 1);
        escrow.refund(id);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_StudyNotOpen.selector, id, Status.Closed)
        );
        escrow.withdrawConsent(id, owners[0]);
    }

    /// when the study does not require consent: it should revert
    function test_RevertWhen_ConsentIsNotRequired() external {
        vm.warp(START);
        Launch memory plan = terms();
        plan.salt = "other";
        bytes32 other = launch(plan);
        enrol(other, 0);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_ConsentNotRequired.selector, other));
        escrow.withdrawConsent(other, owners[0]);
    }

    /// when the owner is neither on the roster nor counted by the committee: it should revert
    function test_RevertWhen_TheOwnerIsNotConcerned() external {
        _expectNotEnrolled(stranger);
    }

    /// when the owner consents: it should revert
    function test_RevertWhen_TheOwnerConsents() external {
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_ConsentLive.selector, id, owners[0]));
        escrow.withdrawConsent(id, owners[0]);
    }

    // ----------------------------------------------------------------------------------------------- internals

    function otherTerms() private view returns (Launch memory plan) {
        plan = consentedTerms();
        plan.salt = "other";
    }

    function _expectStopped(uint64 epoch, uint64 round) private {
        (Settlement memory s, bytes memory signature) = signedIn(id, epoch, round);
        bytes memory key = committeeKey();
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_ConsentWithdrawnSince.selector, id, epoch)
        );
        escrow.settleRound(s, signature, key);
    }

    function _expectNotEnrolled(address owner) private {
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NotEnrolled.selector, id, owner));
        escrow.withdrawConsent(id, owner);
    }
}
