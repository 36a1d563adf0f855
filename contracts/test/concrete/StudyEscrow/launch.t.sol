// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {StudyEscrow} from "../../../src/StudyEscrow.sol";
import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {ConsentState, Launch, RosterStatus, Status, StudyView} from "../../../src/types/Study.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {StudyFixture} from "../../utils/StudyFixture.sol";

contract LaunchTest is StudyFixture {
    /// when the terms are valid
    /// - it should move the budget and the fee from the funder
    /// - it should open the study with the terms
    /// - it should emit StudyLaunched
    /// study, when there is: it should show its terms and what has become of it
    /// studyId: it should be the hash of chain, contract, funder, plan and salt
    function test_OpensTheStudyAndTakesTheBudget() external {
        Launch memory plan = terms();
        (plan.allowed, plan.lateEnrolment) = (keccak256("allowed"), true);
        bytes32 expected =
            keccak256(abi.encode(block.chainid, address(escrow), researcher, plan.planDigest, plan.salt));
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.StudyLaunched(
            expected,
            researcher,
            researcher,
            plan.planDigest,
            plan.budget,
            plan.rounds,
            plan.enrolBy,
            plan.settleBy,
            plan.minOwners,
            plan.maxOwners,
            plan.allowed,
            plan.lateEnrolment,
            plan.consentRequired,
            plan.scoring,
            0
        );
        bytes32 id = launch(plan);

        assertEq(id, expected, "id");
        assertEq(escrow.studyId(researcher, plan.planDigest, plan.salt), expected, "studyId");
        assertEq(token.balanceOf(address(escrow)), BUDGET, "held");
        assertEq(token.balanceOf(researcher), 9 * BUDGET, "left");
        StudyView memory study = escrow.study(id);
        assertEq(
            abi.encode(study),
            abi.encode(
                StudyView({
                    status: Status.Open,
                    researcher: researcher,
                    planDigest: plan.planDigest,
                    budget: BUDGET,
                    cumulativePayout: 0,
                    paid: 0,
                    refunded: 0,
                    rounds: 3,
                    lastRound: 0,
                    enrolBy: plan.enrolBy,
                    settleBy: plan.settleBy,
                    minOwners: 2,
                    maxOwners: 4,
                    ownerCount: 0,
                    voterCount: 0,
                    roster: RosterStatus.Settled,
                    lateEnrolment: true,
                    allowed: plan.allowed,
                    payoutsRoot: 0,
                    funder: researcher,
                    consentRequired: false,
                    scoring: SCORING,
                    feeBps: 0,
                    feePaid: 0,
                    consents: ConsentState.Whole,
                    withdrawals: 0
                })
            ),
            "study"
        );
    }

    /// study, when there is no such study: it should be empty
    function test_UnknownStudyHasStatusNone() external view {
        StudyView memory none;
        assertEq(abi.encode(escrow.study(keccak256("unknown"))), abi.encode(none), "none");
    }

    /// when the terms are valid: it should open the study with the terms
    function test_SamePlanWithAnotherSaltIsAnotherStudy() external {
        Launch memory plan = terms();
        bytes32 first = launch(plan);
        plan.salt = bytes32(uint256(1));
        assertTrue(launch(plan) != first, "two studies");
        assertEq(token.balanceOf(address(escrow)), 2 * BUDGET, "held");
    }

    /// when the funder launched the same plan with the same salt before: it should revert
    function test_RevertWhen_LaunchedBefore() external {
        bytes32 id = launch();
        Launch memory plan = terms();
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_StudyExists.selector, id));
        launch(plan);
    }

    /// when the budget is zero: it should revert
    function test_RevertWhen_BudgetIsZero() external {
        Launch memory plan = terms();
        plan.budget = 0;
        vm.expectRevert(IStudyEscrow.StudyEscrow_BudgetZero.selector);
        launch(plan);
    }

    /// when there are no rounds, or 2^24 or more: it should revert
    function test_RevertWhen_RoundsAreZero() external {
        Launch memory plan = terms();
        plan.rounds = 0;
        vm.expectRevert(IStudyEscrow.StudyEscrow_RoundsZero.selector);
        launch(plan);
    }

    /// when enrolBy has passed, settleBy is not after enrolBy, or settleBy is 2^40 or more: it should revert
    function test_RevertWhen_DeadlinesAreInvalid() external {
        uint64 now_ = uint64(START);
        _expectDeadlinesInvalid(now_ - 1, now_ + 10);
        _expectDeadlinesInvalid(now_ + 10, now_ + 10);
        _expectDeadlinesInvalid(now_ + 10, now_ + 9);
        _expectDeadlinesInvalid(now_ + 10, uint64(1) << 40);
    }

    /// when the terms are valid: it should open the study with the terms
    function test_AcceptsTheTightestDeadlines() external {
        Launch memory plan = terms();
        plan.enrolBy = uint64(START);
        plan.settleBy = uint64(START + 1);
        assertTrue(escrow.study(launch(plan)).status == Status.Open, "open");
    }

    /// when minOwners is zero, above maxOwners, or maxOwners above the limit: it should revert
    function test_RevertWhen_OwnerLimitsAreInvalid() external {
        _expectOwnerLimitsInvalid(0, 4);
        _expectOwnerLimitsInvalid(5, 4);
        _expectOwnerLimitsInvalid(1, 1025);
    }

    /// when the terms are valid: it should open the study with the terms
    function test_AcceptsTheWidestOwnerLimits() external {
        Launch memory plan = terms();
        (plan.minOwners, plan.maxOwners) = (1, escrow.MAX_OWNERS());
        assertEq(escrow.study(launch(plan)).maxOwners, 1024, "limit");
    }

    /// when the allowance or the balance falls short: it should revert
    function test_RevertWhen_AllowanceFallsShort() external {
        vm.prank(researcher);
        token.approve(address(escrow), BUDGET - 1);
        Launch memory plan = terms();
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(escrow), BUDGET - 1, BUDGET
            )
        );
        launch(plan);
    }

    /// when the allowance or the balance falls short: it should revert
    function test_RevertWhen_BalanceFallsShort() external {
        Launch memory plan = terms();
        plan.budget = 10 * BUDGET + 1;
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector, researcher, 10 * BUDGET, 10 * BUDGET + 1
            )
        );
        launch(plan);
    }

    /// when the token keeps a fee: it should revert
    function test_RevertWhen_TokenKeepsAFee() external {
        (HookedToken hooked, StudyEscrow other) = _hooked();
        hooked.takeFee(1);
        Launch memory plan = terms();
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_FundingMismatch.selector, BUDGET, BUDGET - 1)
        );
        vm.prank(researcher);
        other.launch(plan);
    }

    /// when the token calls back into launch: it should refuse the inner call
    function test_RefusesToBeReentered() external {
        (HookedToken hooked, StudyEscrow other) = _hooked();
        Launch memory plan = terms();
        hooked.callOnTransfer(address(other), abi.encodeCall(IStudyEscrow.launch, (plan)));
        vm.prank(researcher);
        other.launch(plan);
        assertEq(hooked.calls(), 1, "called back");
        assertTrue(!hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
    }

    function _hooked() private returns (HookedToken hooked, StudyEscrow other) {
        hooked = new HookedToken();
        other = new StudyEscrow(hooked, datasets, parameters);
        hooked.mint(researcher, BUDGET);
        hooked.approveFor(researcher, address(other), BUDGET);
    }

    function _expectDeadlinesInvalid(uint64 enrolBy, uint64 settleBy) private {
        Launch memory plan = terms();
        (plan.enrolBy, plan.settleBy) = (enrolBy, settleBy);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_DeadlinesInvalid.selector, START, enrolBy, settleBy
            )
        );
        launch(plan);
    }

    function _expectOwnerLimitsInvalid(uint16 minOwners, uint16 maxOwners) private {
        Launch memory plan = terms();
        (plan.minOwners, plan.maxOwners) = (minOwners, maxOwners);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_OwnerLimitsInvalid.selector, minOwners, maxOwners, 1024
            )
        );
        launch(plan);
    }
}
