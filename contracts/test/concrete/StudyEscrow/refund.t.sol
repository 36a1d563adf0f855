// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {StudyEscrow} from "../../../src/StudyEscrow.sol";
import {TributaryToken} from "../../../src/TributaryToken.sol";
import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {Status} from "../../../src/types/Study.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {StudyFixture} from "../../utils/StudyFixture.sol";

contract RefundTest is StudyFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = start();
    }

    /// when settleBy has passed
    /// - it should return to the funder what was not granted and the fee on it, whoever calls
    /// - it should emit StudyRefunded
    function test_ReturnsWhatWasNotGrantedWhoeverCalls() external {
        settle(id, 2);
        claim(id, 2, 3);
        vm.warp(terms().settleBy + 1);
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.StudyRefunded(id, 2, BUDGET - 20e18);
        vm.prank(stranger);
        escrow.refund(id);
        assertTrue(escrow.study(id).status == Status.Closed, "closed");
        assertEq(escrow.study(id).refunded, BUDGET - 20e18, "refunded");
        assertEq(token.balanceOf(researcher), 10 * BUDGET - 20e18, "researcher");
        assertEq(token.balanceOf(stranger), 0, "nothing to the caller");
        assertEq(token.balanceOf(address(escrow)), 12e18, "kept for claims");
    }

    /// when settleBy has passed: it should return all of it if nothing settled
    function test_ReturnsTheWholeBudgetWhenNothingSettled() external {
        vm.warp(terms().settleBy + 1);
        escrow.refund(id);
        assertEq(token.balanceOf(researcher), 10 * BUDGET, "researcher");
        assertEq(token.balanceOf(address(escrow)), 0, "nothing stays behind");
    }

    /// when settleBy has passed: it should return to the funder what was not granted and the fee on it, whoever calls
    function test_WorksAfterTheLastRoundWhenTheResearcherNeverCloses() external {
        settle(id, 3);
        vm.warp(terms().settleBy + 1);
        escrow.refund(id);
        assertEq(token.balanceOf(researcher), 10 * BUDGET - 30e18, "researcher");
    }

    /// when settleBy has not passed: it should revert
    function test_RevertWhen_SettleByHasNotPassed() external {
        uint64 settleBy = terms().settleBy;
        vm.warp(settleBy);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_SettlementStillOpen.selector, id, settleBy, settleBy
            )
        );
        escrow.refund(id);
    }

    /// when the study is unknown or closed: it should revert
    function test_RevertWhen_RefundedAlready() external {
        vm.warp(terms().settleBy + 1);
        escrow.refund(id);
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
        escrow.refund(unknown);
    }

    /// when the token calls back: it should refuse the inner call
    function test_RefusesToBeReentered() external {
        HookedToken hooked = new HookedToken();
        (token, escrow) = (TributaryToken(address(hooked)), new StudyEscrow(hooked, datasets, parameters));
        hooked.mint(researcher, BUDGET);
        hooked.approveFor(researcher, address(escrow), BUDGET);
        id = start();
        settle(id, 1);
        vm.warp(terms().settleBy + 1);
        hooked.callOnTransfer(
            address(escrow), abi.encodeCall(IStudyEscrow.claimFor, (id, owners[0], 1e18, proofAfter(1, 0)))
        );
        escrow.refund(id);
        assertTrue(hooked.calls() == 1 && !hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertEq(hooked.balanceOf(address(escrow)), 10e18, "kept for claims");
    }
}
