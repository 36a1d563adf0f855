// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {StudyEscrow} from "../../../src/StudyEscrow.sol";
import {TributaryToken} from "../../../src/TributaryToken.sol";
import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {Settlement, Status, StudyView} from "../../../src/types/Study.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {StudyFixture} from "../../utils/StudyFixture.sol";

contract CloseTest is StudyFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = start();
    }

    /// when the last round has settled, or all of the budget is granted
    /// - it should return what was not granted and the fee on it to the funder
    /// - it should keep what owners may still claim
    /// - it should emit StudyClosed
    function test_ReturnsWhatWasNotGranted() external {
        settle(id, 3);
        claim(id, 3, 0);
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.StudyClosed(id, 3, BUDGET - 30e18);
        vm.prank(researcher);
        escrow.close(id);

        StudyView memory study = escrow.study(id);
        assertTrue(study.status == Status.Closed, "closed");
        assertEq(study.refunded, BUDGET - 30e18, "refunded");
        assertEq(token.balanceOf(researcher), 10 * BUDGET - 30e18, "researcher");
        assertEq(token.balanceOf(address(escrow)), 27e18, "kept for claims");
        assertEq(token.balanceOf(address(escrow)), study.budget - study.paid - study.refunded, "held");
    }

    /// when rounds are outstanding and not all of the budget is granted: it should revert
    /// when the last round has settled, or all of the budget is granted
    /// - it should return what was not granted and the fee on it to the funder
    function test_ClosesBeforeTheLastRoundWhenAllWasGranted() external {
        Settlement memory s = settlement(id, 1);
        s.cumulativePayout = BUDGET - 1;
        escrow.settleRound(s, signSettlement(s), committeeKey());
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_RoundsOutstanding.selector, id, 1, 3));
        vm.prank(researcher);
        escrow.close(id);
        (s.round, s.cumulativePayout) = (2, BUDGET);
        escrow.settleRound(s, signSettlement(s), committeeKey());
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.StudyClosed(id, 2, 0);
        vm.prank(researcher);
        escrow.close(id);
        assertEq(token.balanceOf(address(escrow)), BUDGET, "all kept for claims");
    }

    /// when the last round has settled, or all of the budget is granted
    /// - it should return what was not granted and the fee on it to the funder
    /// - it should keep what owners may still claim
    function test_ReturnsNothingWhenAllWasGranted() external {
        Settlement memory s = settlement(id, 3);
        s.cumulativePayout = BUDGET;
        escrow.settleRound(s, signSettlement(s), committeeKey());
        vm.prank(researcher);
        escrow.close(id);
        assertEq(escrow.study(id).refunded, 0, "refunded");
        assertEq(token.balanceOf(address(escrow)), BUDGET, "all kept for claims");
    }

    /// when the caller is neither the researcher nor the funder: it should revert
    function test_RevertWhen_CallerIsNotTheResearcher() external {
        settle(id, 3);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NotResearcherNorFunder.selector, id, stranger)
        );
        vm.prank(stranger);
        escrow.close(id);
    }

    /// when rounds are outstanding and not all of the budget is granted: it should revert
    function test_RevertWhen_RoundsAreOutstanding() external {
        settle(id, 2);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_RoundsOutstanding.selector, id, 2, 3));
        vm.prank(researcher);
        escrow.close(id);
    }

    /// when the study is unknown or closed: it should revert
    /// refund, when the study is unknown or closed: it should revert
    function test_RevertWhen_ClosedAlready() external {
        settle(id, 3);
        vm.prank(researcher);
        escrow.close(id);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_StudyNotOpen.selector, id, Status.Closed)
        );
        vm.prank(researcher);
        escrow.close(id);
        vm.warp(terms().settleBy + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_StudyNotOpen.selector, id, Status.Closed)
        );
        escrow.refund(id);
    }

    /// when the study is unknown or closed: it should revert
    function test_RevertWhen_StudyIsUnknown() external {
        bytes32 unknown = keccak256("unknown");
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_StudyNotOpen.selector, unknown, Status.None)
        );
        escrow.close(unknown);
    }

    /// when the token calls back: it should refuse the inner call
    function test_RefusesToBeReentered() external {
        HookedToken hooked = new HookedToken();
        (token, escrow) = (TributaryToken(address(hooked)), new StudyEscrow(hooked, datasets, parameters));
        hooked.mint(researcher, BUDGET);
        hooked.approveFor(researcher, address(escrow), BUDGET);
        id = start();
        settle(id, 3);
        hooked.callOnTransfer(
            address(escrow), abi.encodeCall(IStudyEscrow.claimFor, (id, owners[0], 3e18, proofAfter(3, 0)))
        );
        vm.prank(researcher);
        escrow.close(id);
        assertEq(hooked.calls(), 1, "called back");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertEq(hooked.balanceOf(address(escrow)), 30e18, "kept for claims");
    }
}
