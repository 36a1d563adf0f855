// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IDatasetRegistry} from "./interfaces/IDatasetRegistry.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";
import {IStudyEscrow} from "./interfaces/IStudyEscrow.sol";
import {ConsentState, Enrolled, RosterStatus, Status, StudyView} from "./types/Study.sol";

/// @title What the escrow knows about studies: the stored records, and how they are read
abstract contract StudyRecords is IStudyEscrow {
    /// One owner of one study. `claimed`, `sequence` and `withdrawn` stay when the owner leaves the roster.
    struct Enrolment {
        bytes32 identity;

        uint128 claimed;
        uint40 sequence;
        /// The epoch that was registered when the owner came; of one who has gone, when it went.
        uint32 since;
        /// Is on the roster.
        bool enrolled;
        /// Went in the epoch `since`, whose committee counts it.
        bool counted;
        /// Withdrew its consent while the roster was sealed, and is still on it.
        bool pending;
        /// Withdrew its consent when a committee counted it, or was being made with it.
        bool withdrawn;
    }

    /// Blank lines part the storage slots. The first is all that a change of the roster needs, apart from the owner's
    /// own. Four more are touched by a settlement, two by a claim, none of which is zero by then: the first to settle
    /// or to claim pays no more than the others.
    struct StudyState {
        Status status;
        RosterStatus rosterStatus;
        ConsentState consents;
        bool consentRequired;
        bool lateEnrolment;
        /// Whether `allowed` is to be looked at.
        bool listed;
        uint40 enrolBy;
        uint40 settleBy;
        uint24 lastRound;
        uint24 rounds;
        uint32 epoch;
        uint16 maxOwners;
        uint16 ownerCount;
        /// Counted from the first registration on; before it every owner on the roster votes.
        uint16 voters;

        /// Of the budget: not granted.
        uint128 left;
        /// Of the budget: granted, and not paid yet.
        uint128 due;

        uint128 budget;
        uint128 feePaid;

        bytes32 payoutsRoot;

        bytes32 keyHash;

        bytes32 planDigest;

        bytes32 allowed;

        address researcher;
        uint16 minOwners;
        uint16 feeBps;
        /// Owners with `pending`.
        uint16 withdrawals;

        address funder;

        bytes32 scoring;

        /// No list of the owners: the events tell who they are, and `enrolments` whether that is all of them.
        mapping(address => Enrolment) enrolments;
    }

    /// In place of a root before the first settlement. It is no tree's: nobody knows 32 or 64 bytes that hash to it.
    bytes32 internal constant NO_PAYOUTS = keccak256("Tributary: nothing has been granted yet");

    uint256 private constant BASIS_POINTS = 10_000;

    /// @inheritdoc IStudyEscrow
    IERC20 public immutable token;
    /// @inheritdoc IStudyEscrow
    IDatasetRegistry public immutable datasets;
    /// @inheritdoc IStudyEscrow
    IProtocolParameters public immutable parameters;

    mapping(bytes32 id => StudyState) internal _studies;

    constructor(IERC20 token_, IDatasetRegistry datasets_, IProtocolParameters parameters_) {
        if (address(token_).code.length == 0) revert StudyEscrow_TokenInvalid(address(token_));
        if (address(datasets_).code.length == 0) revert StudyEscrow_DatasetsInvalid(address(datasets_));
        if (address(parameters_).code.length == 0) {
            revert StudyEscrow_ParametersInvalid(address(parameters_));
        }
        (token, datasets, parameters) = (token_, datasets_, parameters_);
    }

    // -------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IStudyEscrow
    function studyId(address funder, bytes32 planDigest, bytes32 salt) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), funder, planDigest, salt));
    }

    /// @inheritdoc IStudyEscrow
    function study(bytes32 id) external view returns (StudyView memory shown) {
        StudyState storage state = _studies[id];
        shown.status = state.status;
        shown.researcher = state.researcher;
        shown.planDigest = state.planDigest;
        shown.budget = state.budget;
        shown.cumulativePayout = _granted(state);
        shown.paid = shown.cumulativePayout - state.due;
        shown.refunded = state.status == Status.Closed ? _refundable(state) : 0;
        shown.rounds = state.rounds;
        shown.lastRound = state.lastRound;
        shown.enrolBy = state.enrolBy;
        shown.settleBy = state.settleBy;
        shown.minOwners = state.minOwners;
        shown.maxOwners = state.maxOwners;
        shown.ownerCount = state.ownerCount;
        shown.voterCount = _voterCount(state);
        shown.roster = state.rosterStatus;
        shown.lateEnrolment = state.lateEnrolment;
        shown.allowed = state.allowed;
        shown.payoutsRoot = state.lastRound == 0 ? bytes32(0) : state.payoutsRoot;
        shown.funder = state.funder;
        shown.consentRequired = state.consentRequired;
        shown.scoring = state.scoring;
        shown.feeBps = state.feeBps;
        shown.feePaid = state.feePaid;
        shown.consents = state.consents;
        shown.withdrawals = state.withdrawals;
    }

    /// @inheritdoc IStudyEscrow
    function enrolments(bytes32 id, address[] calldata owners)
        external
        view
        returns (Enrolled[] memory shown, uint16 ownerCount)
    {
        StudyState storage state = _studies[id];
        shown = new Enrolled[](owners.length);
        for (uint256 i = 0; i < owners.length; ++i) {
            shown[i] = _enrolled(state, owners[i]);
        }
        ownerCount = state.ownerCount;
    }

    /// @inheritdoc IStudyEscrow
    function enrolment(bytes32 id, address owner) external view returns (Enrolled memory) {
        return _enrolled(_studies[id], owner);
    }

    /// @inheritdoc IStudyEscrow
    function isEnrolled(bytes32 id, address owner) external view returns (bool) {
        return _studies[id].enrolments[owner].enrolled;
    }

    /// @inheritdoc IStudyEscrow
    function isVoter(bytes32 id, address owner) external view returns (bool) {
        StudyState storage state = _studies[id];
        return _isVoter(state.enrolments[owner], state.epoch);
    }

    /// @inheritdoc IStudyEscrow
    function claimed(bytes32 id, address owner) external view returns (uint128) {
        return _studies[id].enrolments[owner].claimed;
    }

    /// @inheritdoc IStudyEscrow
    function committee(bytes32 id) external view returns (uint64 epoch, bytes32 keyHash) {
        StudyState storage state = _studies[id];
        return (state.epoch, state.keyHash);
    }

    /// @inheritdoc IStudyEscrow
    function quorum(bytes32 id) external view returns (uint256) {
        return _quorum(_studies[id]);
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _open(bytes32 id) internal view returns (StudyState storage state) {
        state = _studies[id];
        if (state.status != Status.Open) revert StudyEscrow_StudyNotOpen(id, state.status);
    }

    function _requireBeforeSettleBy(bytes32 id, StudyState storage state) internal view {
        uint40 settleBy = state.settleBy;
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp > settleBy) revert StudyEscrow_SettlementOver(id, settleBy, block.timestamp);
    }

    /// What settled rounds have granted.
    function _granted(StudyState storage state) internal view returns (uint128) {
        return state.budget - state.left;
    }

    /// The fee on an amount, rounded down.
    function _fee(uint256 amount, uint256 feeBps) internal pure returns (uint256) {
        return amount * feeBps / BASIS_POINTS;
    }

    /// The treasury's part of the fee, collected or not.
    function _feeEarned(StudyState storage state) internal view returns (uint128) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint128(_fee(_granted(state), state.feeBps)); // not above the fee, which `launch` found to fit
    }

    /// What goes back when a study closes: all that is not granted, for nothing is granted after this, and the fee on it.
    function _refundable(StudyState storage state) internal view returns (uint128) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return state.left + uint128(_fee(state.budget, state.feeBps)) - _feeEarned(state); // the same
    }

    /// Whoever came after the last registration has no vote until the next: newcomers can't vote themselves in.
    function _isVoter(Enrolment storage record, uint64 epoch) internal view returns (bool) {
        return record.enrolled && (epoch == 0 || record.since < epoch);
    }

    function _voterCount(StudyState storage state) internal view returns (uint16) {
        return state.epoch == 0 ? state.ownerCount : state.voters;
    }

    function _quorum(StudyState storage state) internal view returns (uint256) {
        uint256 size = _voterCount(state);
        uint256 corrupt = size == 0 ? 0 : (size - 1) / 3;
        return (size + corrupt) / 2 + 1;
    }

    function _enrolled(StudyState storage state, address owner) private view returns (Enrolled memory) {
        Enrolment storage record = state.enrolments[owner];
        uint32 since = record.enrolled ? record.since : 0;
        return Enrolled(owner, record.identity, record.sequence, since);
    }
}
