// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {StudyRoster} from "./StudyRoster.sol";
import {IStudyEscrow} from "./interfaces/IStudyEscrow.sol";
import {BLS12381} from "./libraries/BLS12381.sol";
import {Launch, Settlement, Status} from "./types/Study.sol";

/// @title StudyEscrow
/// @notice The money: funding, settlement, claims and what goes back. See `IStudyEscrow`.
contract StudyEscrow is StudyRoster, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @inheritdoc IStudyEscrow
    uint16 public constant MAX_OWNERS = 1024;

    /// RFC 9380 domain separation tag of the committee's signature on a settlement.
    bytes private constant SETTLEMENT_DOMAIN = "TRIBUTARY-V1-SETTLEMENT_BLS12381G2_XMD:SHA-256_SSWU_RO_";

    /// @inheritdoc IStudyEscrow
    IERC20 public immutable token;

    /// @param token_ What studies are funded and paid in; it must move exactly the amounts it is asked to.
    constructor(IERC20 token_) EIP712("Tributary", "1") {
        if (address(token_).code.length == 0) revert StudyEscrow_TokenInvalid(address(token_));
        token = token_;
    }

    // -------------------------------------------------------------------------------------------------- study

    /// @inheritdoc IStudyEscrow
    function launch(Launch calldata plan) external nonReentrant returns (bytes32 id) {
        return _launch(plan);
    }

    /// @inheritdoc IStudyEscrow
    function launchWithPermit(Launch calldata plan, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        nonReentrant
        returns (bytes32 id)
    {
        // Whoever sees the permit can submit it first; then it fails here, but its allowance is there already.
        try IERC20Permit(address(token)).permit(msg.sender, address(this), plan.budget, deadline, v, r, s) {}
            catch {}
        return _launch(plan);
    }

    /// @inheritdoc IStudyEscrow
    function settleRound(Settlement calldata settlement, bytes calldata signature, bytes calldata key)
        external
    {
        StudyState storage state = _open(settlement.study);
        _requireBeforeSettleBy(settlement.study, state);
        _requireSettlementFits(settlement, state);
        // Before the first registration this refuses too: no key hashes to zero.
        bytes32 keyHash = keccak256(key);
        if (keyHash != state.keyHash) {
            revert StudyEscrow_KeyMismatch(settlement.study, keyHash, state.keyHash);
        }
        bytes32 digest = settlementDigest(settlement);
        if (!BLS12381.verify(key, bytes.concat(digest), SETTLEMENT_DOMAIN, signature)) {
            revert StudyEscrow_CommitteeSignatureInvalid(settlement.study, settlement.round, digest);
        }

        state.lastRound = settlement.round;
        state.cumulativePayout = settlement.cumulativePayout;
        state.payoutsRoot = settlement.payoutsRoot;
        _emitSettled(settlement);
    }

    /// @inheritdoc IStudyEscrow
    function claimFor(bytes32 id, address owner, uint128 cumulative, bytes32[] calldata proof)
        external
        nonReentrant
    {
        StudyState storage state = _studies[id];
        Enrolment storage record = state.enrolments[owner];
        // Who has left the roster keeps its sequence, and what it earned.
        if (record.sequence == 0) revert StudyEscrow_NotEnrolled(id, owner);
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(owner, cumulative))));
        // Before the first settlement the root is zero, and nothing hashes to zero.
        if (!MerkleProof.verifyCalldata(proof, state.payoutsRoot, leaf)) {
            revert StudyEscrow_ProofInvalid(id, owner, cumulative);
        }
        uint128 before = record.claimed;
        if (cumulative <= before) revert StudyEscrow_NothingToClaim(id, owner, cumulative, before);
        uint128 amount = cumulative - before;
        uint256 paid = uint256(state.paid) + amount;
        // A tree that grants more than its settlement said must not reach into other studies' money.
        if (paid > state.cumulativePayout) {
            revert StudyEscrow_ClaimsAboveSettled(id, paid, state.cumulativePayout);
        }

        record.claimed = cumulative;
        // forge-lint: disable-next-line(unsafe-typecast)
        state.paid = uint128(paid); // not above cumulativePayout, a uint128
        emit PayoutClaimed(id, owner, amount, cumulative);
        token.safeTransfer(owner, amount);
    }

    /// @inheritdoc IStudyEscrow
    function close(bytes32 id) external nonReentrant {
        StudyState storage state = _open(id);
        if (msg.sender != state.researcher) {
            revert StudyEscrow_NotResearcher(id, msg.sender, state.researcher);
        }
        // Once the whole budget is granted, no later round can grant anything.
        if (state.lastRound != state.rounds && state.cumulativePayout != state.budget) {
            revert StudyEscrow_RoundsOutstanding(id, state.lastRound, state.rounds);
        }
        uint128 amount = _end(state);
        emit StudyClosed(id, state.lastRound, amount);
        token.safeTransfer(state.researcher, amount);
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
        token.safeTransfer(state.researcher, amount);
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _launch(Launch calldata plan) private returns (bytes32 id) {
        _requireTermsValid(plan);
        id = studyId(msg.sender, plan.planDigest, plan.salt);
        StudyState storage state = _studies[id];
        if (state.status != Status.None) revert StudyEscrow_StudyExists(id);

        state.planDigest = plan.planDigest;
        state.researcher = msg.sender;
        state.status = Status.Open;
        state.minOwners = plan.minOwners;
        state.maxOwners = plan.maxOwners;
        // forge-lint: disable-next-line(unsafe-typecast)
        (state.enrolBy, state.settleBy) = (uint40(plan.enrolBy), uint40(plan.settleBy)); // they fit: see above
        state.rounds = plan.rounds;
        state.budget = plan.budget;
        state.allowed = plan.allowed;
        state.lateEnrolment = plan.lateEnrolment;
        _emitLaunched(id, plan);

        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), plan.budget);
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != plan.budget) revert StudyEscrow_FundingMismatch(plan.budget, received);
    }

    function _emitLaunched(bytes32 id, Launch calldata plan) private {
        emit StudyLaunched(
            id,
            msg.sender,
            plan.planDigest,
            plan.budget,
            plan.rounds,
            plan.enrolBy,
            plan.settleBy,
            plan.minOwners,
            plan.maxOwners,
            plan.allowed,
            plan.lateEnrolment
        );
    }

    function _emitSettled(Settlement calldata settlement) private {
        emit RoundSettled(
            settlement.study,
            settlement.round,
            settlement.epoch,
            settlement.context,
            settlement.sums,
            settlement.scores,
            settlement.model,
            settlement.transcript,
            settlement.payoutsRoot,
            settlement.cumulativePayout
        );
    }

    /// Closes a study and says what goes back: all that is not granted, for nothing is granted after this.
    function _end(StudyState storage state) private returns (uint128 amount) {
        state.status = Status.Closed;
        return state.budget - state.cumulativePayout;
    }

    function _requireTermsValid(Launch calldata plan) private view {
        if (plan.budget == 0) revert StudyEscrow_BudgetZero();
        if (plan.rounds == 0) revert StudyEscrow_RoundsZero();
        // forge-lint: disable-next-line(block-timestamp)
        bool ordered = block.timestamp <= plan.enrolBy && plan.enrolBy < plan.settleBy;
        if (!ordered || plan.settleBy > type(uint40).max) {
            revert StudyEscrow_DeadlinesInvalid(block.timestamp, plan.enrolBy, plan.settleBy);
        }
        if (plan.minOwners == 0 || plan.maxOwners < plan.minOwners || plan.maxOwners > MAX_OWNERS) {
            revert StudyEscrow_OwnerLimitsInvalid(plan.minOwners, plan.maxOwners, MAX_OWNERS);
        }
    }

    function _requireSettlementFits(Settlement calldata settlement, StudyState storage state) private view {
        bytes32 id = settlement.study;
        if (settlement.epoch != state.epoch) {
            revert StudyEscrow_EpochNotCurrent(id, settlement.epoch, state.epoch);
        }
        if (settlement.round <= state.lastRound || settlement.round > state.rounds) {
            revert StudyEscrow_RoundInvalid(id, settlement.round, state.lastRound, state.rounds);
        }
        if (settlement.cumulativePayout < state.cumulativePayout) {
            revert StudyEscrow_PayoutShrinks(id, settlement.cumulativePayout, state.cumulativePayout);
        }
        if (settlement.cumulativePayout > state.budget) {
            revert StudyEscrow_PayoutAboveBudget(id, settlement.cumulativePayout, state.budget);
        }
    }
}
