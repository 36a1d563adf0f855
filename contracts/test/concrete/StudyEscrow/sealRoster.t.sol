// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {RosterStatus, Status} from "../../../src/types/Study.sol";
import {StudyFixture} from "../../utils/StudyFixture.sol";

contract SealRosterTest is StudyFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = launch();
    }

    /// when there is something to seal
    /// - it should fix the roster, whoever calls
    /// - it should emit RosterSealed
    function test_SealsAFullStudyWhoeverCalls() external {
        enrolAll(id);
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.RosterSealed(id, 4);
        vm.prank(stranger);
        escrow.sealRoster(id);
        _assertStatus(RosterStatus.Sealed);
    }

    /// when there is something to seal
    /// - it should fix the roster, whoever calls
    /// - it should emit RosterSealed
    function test_SealsBeforeTheStudyIsFullOnceEnrolmentIsOver() external {
        enrol(id, 0);
        enrol(id, 1);
        vm.warp(terms().enrolBy + 1);
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.RosterSealed(id, 2);
        escrow.sealRoster(id);
    }

    /// when there is something to seal: it should fix the roster, whoever calls
    function test_SealsAfterEveryKindOfChange() external {
        _assertStatus(RosterStatus.Settled);
        enrolAll(id);
        _assertStatus(RosterStatus.Changed);
        register(id, 1, committeeKey());
        _assertStatus(RosterStatus.Settled);
        enrol(id, 0, keccak256("a new machine"));
        _assertStatus(RosterStatus.Changed);
        register(id, 2, committeeKey());
        removeOwner(id, 3);
        _assertStatus(RosterStatus.Changed);
        register(id, 3, committeeKey());
        leaveStudy(id, 2);
        _assertStatus(RosterStatus.Changed);
        register(id, 4, committeeKey());
        _assertStatus(RosterStatus.Settled);
    }

    /// when there is something to seal: it should fix the roster, whoever calls
    function test_SettlementsGoOnWhileTheRosterIsSealed() external {
        enrolAll(id);
        register(id, 1, committeeKey());
        leaveStudy(id, 3);
        escrow.sealRoster(id);
        settle(id, 1);
        assertEq(escrow.study(id).lastRound, 1, "settled");
    }

    /// when the study is unknown or closed: it should revert
    function test_RevertWhen_StudyIsUnknownOrClosed() external {
        bytes32 unknown = keccak256("unknown");
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_StudyNotOpen.selector, unknown, Status.None)
        );
        escrow.sealRoster(unknown);
        vm.warp(terms().settleBy + 1);
        escrow.refund(id);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_StudyNotOpen.selector, id, Status.Closed)
        );
        escrow.sealRoster(id);
    }

    /// when settleBy has passed: it should revert
    function test_RevertWhen_SettleByHasPassed() external {
        enrolAll(id);
        uint64 settleBy = terms().settleBy;
        vm.warp(settleBy + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_SettlementOver.selector, id, settleBy, settleBy + 1
            )
        );
        escrow.sealRoster(id);
    }

    /// when the roster is sealed already: it should revert
    function test_RevertWhen_SealedAlready() external {
        enrolAll(id);
        escrow.sealRoster(id);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_RosterIsSealed.selector, id));
        escrow.sealRoster(id);
    }

    /// when no committee is registered, when owners may still enrol: it should revert
    function test_RevertWhen_OwnersMayStillEnrol() external {
        for (uint256 i = 0; i < 3; ++i) {
            enrol(id, i);
        }
        vm.warp(terms().enrolBy);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_EnrolmentStillOpen.selector, id, terms().enrolBy, 3, 4
            )
        );
        escrow.sealRoster(id);
    }

    /// when no committee is registered, when fewer than minOwners are there: it should revert
    function test_RevertWhen_TooFewOwnersEnrolled() external {
        enrol(id, 0);
        vm.warp(terms().enrolBy + 1);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_TooFewOwners.selector, id, 1, 2));
        escrow.sealRoster(id);
    }

    /// when a committee is registered and the roster has not changed since: it should revert
    function test_RevertWhen_NothingHasChanged() external {
        enrolAll(id);
        register(id, 1, committeeKey());
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NothingToSeal.selector, id));
        escrow.sealRoster(id);
    }

    function _assertStatus(RosterStatus expected) private view {
        assertEq(uint256(escrow.study(id).roster), uint256(expected), "status");
    }
}
