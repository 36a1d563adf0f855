// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {Launch, Settlement, Status, StudyView} from "../../../src/types/Study.sol";
import {ConsentFixture} from "../../utils/ConsentFixture.sol";

/// Funding with a fee, by another than the researcher, and where the money goes.
contract FeeTest is ConsentFixture {
    address private funder = vm.addr(uint256(keccak256("funder")));

    function setUp() public override {
        super.setUp();
        chargeFee();
        token.transfer(funder, 10 * BUDGET);
        vm.prank(funder);
        token.approve(address(escrow), type(uint256).max);
    }

    // ------------------------------------------------------------------------------------------------ launching

    /// launch, when the terms are valid: it should move the budget and the fee from the funder
    function test_LaunchTakesBudgetAndFeeFromTheFunder() external {
        assertEq(escrow.funding(BUDGET), uint256(BUDGET) + feeOn(BUDGET), "funding");
        Launch memory plan = terms();
        bytes32 id = _launchFunded(plan);
        assertEq(id, escrow.studyId(funder, plan.planDigest, plan.salt), "the funder's");
        assertEq(token.balanceOf(address(escrow)), escrow.funding(BUDGET), "held");
        assertEq(token.balanceOf(researcher), 10 * BUDGET, "not from the researcher");
        StudyView memory study = escrow.study(id);
        assertEq(study.funder, funder, "funder");
        assertEq(study.researcher, researcher, "researcher");
        assertEq(study.feeBps, FEE, "fee");
        assertEq(study.budget, BUDGET, "budget");
    }

    /// launch, when the terms are valid: it should fix the fee for this study
    /// collectFee, when rounds have granted something since
    /// - it should pay the fee on it, as it was at launch, to the treasury of the day, whoever calls
    function test_AStudyKeepsTheFeeItWasLaunchedWith() external {
        bytes32 id = _start();
        parameters.setStudyFee(1_000);
        settle(id, 1);
        escrow.collectFee(id);
        assertEq(escrow.study(id).feePaid, feeOn(10e18), "the old fee");
    }

    /// launch, when the fee is above what the funder accepts: it should revert
    function test_RevertWhen_TheFeeIsAboveWhatTheFunderAccepts() external {
        Launch memory plan = terms();
        plan.maxFeeBps = FEE - 1;
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_FeeAboveMaximum.selector, FEE, FEE - 1)
        );
        _launchFunded(plan);
        plan.maxFeeBps = FEE;
        _launchFunded(plan);
    }

    /// launch, when the scoring rule is not allowed: it should revert
    function test_RevertWhen_TheScoringRuleIsNotAllowed() external {
        Launch memory plan = terms();
        plan.scoring = keccak256("unknown");
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_ScoringRuleUnknown.selector, plan.scoring)
        );
        _launchFunded(plan);
        parameters.forbidScoringRule(SCORING);
        plan.scoring = SCORING;
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_ScoringRuleUnknown.selector, SCORING));
        _launchFunded(plan);
    }

    /// launch, when there is no researcher: it should revert
    function test_RevertWhen_ThereIsNoResearcher() external {
        Launch memory plan = terms();
        plan.researcher = address(0);
        vm.expectRevert(IStudyEscrow.StudyEscrow_ResearcherZero.selector);
        _launchFunded(plan);
    }

    /// launch, when budget and fee are above 2^128 - 1: it should revert
    function test_RevertWhen_BudgetAndFeeDontFit() external {
        Launch memory plan = terms();
        plan.budget = type(uint128).max;
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_BudgetTooLarge.selector, plan.budget));
        _launchFunded(plan);
    }

    /// launch, when there are no rounds, or 2^24 or more: it should revert
    function test_RevertWhen_ThereAreTooManyRounds() external {
        Launch memory plan = terms();
        plan.rounds = 2 ** 24;
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_RoundsTooMany.selector, plan.rounds, 2 ** 24 - 1)
        );
        _launchFunded(plan);
        plan.rounds = 2 ** 24 - 1;
        assertEq(escrow.study(_launchFunded(plan)).rounds, 2 ** 24 - 1, "as many as that");
    }

    // ---------------------------------------------------------------------------------------------- what is left

    /// close, when the last round has settled, or all of the budget is granted
    /// - it should return what was not granted and the fee on it to the funder
    /// - it should emit StudyClosed
    function test_CloseReturnsTheFeeOnWhatWasNotGrantedToTheFunder() external {
        bytes32 id = _start();
        settle(id, 3);
        escrow.collectFee(id);
        claim(id, 3, 2);
        uint128 back = BUDGET - 30e18 + feeOn(BUDGET) - feeOn(30e18);
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.StudyClosed(id, 3, back);
        vm.prank(funder);
        escrow.close(id);
        assertEq(token.balanceOf(funder), 10 * BUDGET - 30e18 - feeOn(30e18), "funder");
        assertEq(token.balanceOf(researcher), 10 * BUDGET, "nothing to the researcher");
        _assertConserved(id);
    }

    /// close, when the last round has settled, or all of the budget is granted
    /// - it should return what was not granted and the fee on it to the funder
    function test_TheResearcherMayCloseAndTheFunderIsPaid() external {
        bytes32 id = _start();
        settle(id, 3);
        vm.prank(researcher);
        escrow.close(id);
        assertTrue(escrow.study(id).status == Status.Closed, "closed");
        assertEq(token.balanceOf(researcher), 10 * BUDGET, "nothing to the researcher");
        _assertConserved(id);
    }

    /// refund, when settleBy has passed: it should return all of it if nothing settled
    function test_RefundReturnsTheWholeFeeWhenNothingSettled() external {
        bytes32 id = _start();
        vm.warp(terms().settleBy + 1);
        escrow.refund(id);
        assertEq(token.balanceOf(funder), 10 * BUDGET, "all of it");
        _assertConserved(id);
    }

    /// close, when the last round has settled, or all of the budget is granted
    /// - it should keep what owners may still claim
    /// collectFee, when rounds have granted something since: it should do so after the study has closed
    function test_AllIsGone() external {
        bytes32 id = _start();
        Settlement memory s = settlement(id, 3);
        escrow.settleRound(s, signSettlement(s), committeeKey());
        vm.prank(researcher);
        escrow.close(id);
        for (uint256 i = 0; i < owners.length; ++i) {
            claim(id, 3, i);
        }
        escrow.collectFee(id);
        assertEq(token.balanceOf(address(escrow)), 0, "nothing stays behind");
        _assertConserved(id);
    }

    // ----------------------------------------------------------------------------------------------- internals

    function _launchFunded(Launch memory plan) private returns (bytes32) {
        vm.prank(funder);
        return escrow.launch(plan);
    }

    function _start() private returns (bytes32 id) {
        id = _launchFunded(terms());
        enrolAll(id);
        register(id, 1, committeeKey());
    }

    function _assertConserved(bytes32 id) private view {
        StudyView memory study = escrow.study(id);
        uint256 held = token.balanceOf(address(escrow));
        assertEq(
            uint256(study.paid) + study.refunded + study.feePaid + held,
            uint256(study.budget) + feeOn(study.budget),
            "conserved"
        );
    }
}
