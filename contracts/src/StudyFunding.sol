// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {StudyRecords} from "./StudyRecords.sol";
import {IStudyEscrow} from "./interfaces/IStudyEscrow.sol";
import {Launch, Status} from "./types/Study.sol";

/// @title What a study is launched with, the protocol's fee, and what goes back
abstract contract StudyFunding is StudyRecords, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @inheritdoc IStudyEscrow
    uint16 public constant MAX_OWNERS = 1024;

    /// @inheritdoc IStudyEscrow
    function funding(uint128 budget) external view returns (uint256) {
        return budget + _fee(budget, parameters.studyFeeBps());
    }

    /// @inheritdoc IStudyEscrow
    function launch(Launch calldata plan) external nonReentrant returns (bytes32 id) {
        return _launch(plan);
    }

    /// @inheritdoc IStudyEscrow
    function launchWithPermit(
        Launch calldata plan,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (bytes32 id) {
        // Whoever sees the permit can submit it first; then it fails here, but its allowance is there already.
        try IERC20Permit(address(token)).permit(msg.sender, address(this), value, deadline, v, r, s) {}
            catch {}
        return _launch(plan);
    }

    /// @inheritdoc IStudyEscrow
    function collectFee(bytes32 id) external nonReentrant {
        StudyState storage state = _studies[id];
        uint128 earned = _feeEarned(state);
        uint128 amount = earned - state.feePaid;
        if (amount == 0) revert StudyEscrow_NothingToCollect(id);
        state.feePaid = earned;
        address treasury = parameters.treasury();
        emit FeeCollected(id, treasury, amount);
        token.safeTransfer(treasury, amount);
    }

    /// @inheritdoc IStudyEscrow
    function close(bytes32 id) external nonReentrant {
        StudyState storage state = _open(id);
        if (msg.sender != state.researcher && msg.sender != state.funder) {
            revert StudyEscrow_NotResearcherNorFunder(id, msg.sender);
        }
        // Once the whole budget is granted, no later round can grant anything.
        if (state.lastRound != state.rounds && state.left != 0) {
            revert StudyEscrow_RoundsOutstanding(id, state.lastRound, state.rounds);
        }
        uint128 amount = _end(state);
        emit StudyClosed(id, state.lastRound, amount);
        token.safeTransfer(state.funder, amount);
    }

    /// @inheritdoc IStudyEscrow
    function refund(bytes32 id) external nonReentrant {
        StudyState storage state = _open(id);
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp <= state.settleBy) {
            revert StudyEscrow_SettlementStillOpen(id, state.settleBy, block.timestamp);
        }
        uint128 amount = _end(state);
        emit StudyRefunded(id, state.lastRound, amount);
        token.safeTransfer(state.funder, amount);
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _launch(Launch calldata plan) private returns (bytes32 id) {
        _requireTermsValid(plan);
        id = studyId(msg.sender, plan.planDigest, plan.salt);
        StudyState storage state = _studies[id];
        if (state.status != Status.None) revert StudyEscrow_StudyExists(id);

        uint16 feeBps = parameters.studyFeeBps();
        if (feeBps > plan.maxFeeBps) revert StudyEscrow_FeeAboveMaximum(feeBps, plan.maxFeeBps);
        uint256 total = plan.budget + _fee(plan.budget, feeBps);
        if (total > type(uint128).max) revert StudyEscrow_BudgetTooLarge(plan.budget);

        _store(state, plan);
        state.feeBps = feeBps;
        _emitLaunched(id, plan, feeBps);

        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), total);
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != total) revert StudyEscrow_FundingMismatch(total, received);
    }

    function _store(StudyState storage state, Launch calldata plan) private {
        state.status = Status.Open;
        state.consentRequired = plan.consentRequired;
        state.lateEnrolment = plan.lateEnrolment;
        // forge-lint: disable-next-line(unsafe-typecast)
        (state.enrolBy, state.settleBy) = (uint40(plan.enrolBy), uint40(plan.settleBy)); // they fit: see below
        // forge-lint: disable-next-line(unsafe-typecast)
        state.rounds = uint24(plan.rounds); // the same
        state.maxOwners = plan.maxOwners;
        (state.left, state.budget) = (plan.budget, plan.budget);
        state.payoutsRoot = NO_PAYOUTS;
        state.planDigest = plan.planDigest;
        (state.listed, state.allowed) = (plan.allowed != 0, plan.allowed);
        (state.researcher, state.minOwners) = (plan.researcher, plan.minOwners);
        state.funder = msg.sender;
        state.scoring = plan.scoring;
    }

    function _emitLaunched(bytes32 id, Launch calldata plan, uint16 feeBps) private {
        emit StudyLaunched(
            id,
            plan.researcher,
            msg.sender,
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
            feeBps
        );
    }

    /// Closes a study and says what goes back.
    function _end(StudyState storage state) private returns (uint128 amount) {
        state.status = Status.Closed;
        return _refundable(state);
    }

    function _requireTermsValid(Launch calldata plan) private view {
        if (plan.budget == 0) revert StudyEscrow_BudgetZero();
        if (plan.rounds == 0) revert StudyEscrow_RoundsZero();
        if (plan.rounds > type(uint24).max) {
            revert StudyEscrow_RoundsTooMany(plan.rounds, type(uint24).max);
        }
        // forge-lint: disable-next-line(block-timestamp)
        bool ordered = block.timestamp <= plan.enrolBy && plan.enrolBy < plan.settleBy;
        if (!ordered || plan.settleBy > type(uint40).max) {
            revert StudyEscrow_DeadlinesInvalid(block.timestamp, plan.enrolBy, plan.settleBy);
        }
        if (plan.minOwners == 0 || plan.maxOwners < plan.minOwners || plan.maxOwners > MAX_OWNERS) {
            revert StudyEscrow_OwnerLimitsInvalid(plan.minOwners, plan.maxOwners, MAX_OWNERS);
        }
        if (plan.researcher == address(0)) revert StudyEscrow_ResearcherZero();
        if (!parameters.isScoringRule(plan.scoring)) revert StudyEscrow_ScoringRuleUnknown(plan.scoring);
    }
}
