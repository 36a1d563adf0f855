// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IStudyEscrow} from "./interfaces/IStudyEscrow.sol";
import {Enrolled, RosterStatus, Settlement, Status, StudyView} from "./types/Study.sol";

/// @title What the escrow knows about studies: the stored records, how they are read, and what is signed over them
abstract contract StudyRecords is IStudyEscrow, EIP712 {
    /// One owner of one study. `claimed` and `sequence` stay when the owner leaves the roster.
    struct Enrolment {
        bytes32 identity;

        uint128 claimed;
        uint48 sequence;
        uint64 since;
        /// Place on the roster, from 1; 0 if the owner is not on it.
        uint16 position;
    }

    /// Blank lines part the storage slots: a settlement touches four of them, an enrolment before the first
    /// committee one, apart from the owner's own.
    struct StudyState {
        bytes32 planDigest;

        address researcher;
        uint40 enrolBy;
        uint16 minOwners;
        uint16 maxOwners;
        uint16 ownerCount;
        RosterStatus rosterStatus;

        Status status;
        uint40 settleBy;
        uint64 lastRound;
        uint64 rounds;
        uint64 epoch;
        /// Counted from the first registration on; before it every owner on the roster votes.
        uint16 voters;

        uint128 budget;
        uint128 cumulativePayout;

        bytes32 payoutsRoot;

        bytes32 keyHash;

        bytes32 allowed;

        uint128 paid;
        bool lateEnrolment;

        mapping(uint256 position => address) roster;

        mapping(address => Enrolment) enrolments;
    }

    bytes32 private constant ENROL_TYPEHASH =
        keccak256("Enrol(bytes32 study,address owner,bytes32 planDigest,bytes32 identity,uint64 sequence)");
    bytes32 private constant LEAVE_TYPEHASH = keccak256("Leave(bytes32 study,address owner,uint64 sequence)");
    bytes32 private constant REMOVE_TYPEHASH =
        keccak256("Remove(bytes32 study,address owner,uint64 sequence)");
    bytes32 private constant COMMITTEE_KEY_TYPEHASH =
        keccak256("CommitteeKey(bytes32 study,uint64 epoch,bytes32 keyHash)");
    bytes32 private constant SETTLEMENT_TYPEHASH = keccak256(
        "Settlement(bytes32 study,uint64 epoch,uint64 round,bytes32 context,bytes32 sums,bytes32 scores,"
        "bytes32 model,bytes32 transcript,bytes32 payoutsRoot,uint128 cumulativePayout)"
    );

    mapping(bytes32 id => StudyState) internal _studies;

    // -------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IStudyEscrow
    function studyId(address researcher, bytes32 planDigest, bytes32 salt) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), researcher, planDigest, salt));
    }

    /// @inheritdoc IStudyEscrow
    function study(bytes32 id) external view returns (StudyView memory shown) {
        StudyState storage state = _studies[id];
        shown.status = state.status;
        shown.researcher = state.researcher;
        shown.planDigest = state.planDigest;
        shown.budget = state.budget;
        shown.cumulativePayout = state.cumulativePayout;
        shown.paid = state.paid;
        shown.refunded = state.status == Status.Closed ? state.budget - state.cumulativePayout : 0;
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
        shown.payoutsRoot = state.payoutsRoot;
    }

    /// @inheritdoc IStudyEscrow
    function roster(bytes32 id, uint256 from, uint256 count) external view returns (Enrolled[] memory page) {
        StudyState storage state = _studies[id];
        uint256 size = state.ownerCount;
        uint256 left = from < size ? size - from : 0;
        page = new Enrolled[](count < left ? count : left);
        for (uint256 i = 0; i < page.length; ++i) {
            page[i] = _enrolled(state, state.roster[from + i + 1]);
        }
    }

    /// @inheritdoc IStudyEscrow
    function enrolment(bytes32 id, address owner) external view returns (Enrolled memory) {
        return _enrolled(_studies[id], owner);
    }

    /// @inheritdoc IStudyEscrow
    function isEnrolled(bytes32 id, address owner) external view returns (bool) {
        return _studies[id].enrolments[owner].position != 0;
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

    // ------------------------------------------------------------------------------------------- signed digests

    /// @inheritdoc IStudyEscrow
    function enrolDigest(bytes32 id, address owner, bytes32 identity, uint64 sequence)
        public
        view
        returns (bytes32)
    {
        bytes32 planDigest = _studies[id].planDigest;
        return
            _hashTypedDataV4(keccak256(abi.encode(ENROL_TYPEHASH, id, owner, planDigest, identity, sequence)));
    }

    /// @inheritdoc IStudyEscrow
    function leaveDigest(bytes32 id, address owner, uint64 sequence) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(LEAVE_TYPEHASH, id, owner, sequence)));
    }

    /// @inheritdoc IStudyEscrow
    function removeDigest(bytes32 id, address owner, uint64 sequence) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REMOVE_TYPEHASH, id, owner, sequence)));
    }

    /// @inheritdoc IStudyEscrow
    function committeeKeyDigest(bytes32 id, uint64 epoch, bytes32 keyHash) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(COMMITTEE_KEY_TYPEHASH, id, epoch, keyHash)));
    }

    /// @inheritdoc IStudyEscrow
    function settlementDigest(Settlement calldata settlement) public view returns (bytes32) {
        // Every member is one 32-byte word, so encoding the struct is encoding its members in order.
        return _hashTypedDataV4(keccak256(abi.encode(SETTLEMENT_TYPEHASH, settlement)));
    }

    /// @inheritdoc IStudyEscrow
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
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

    /// Whoever came after the last registration has no vote until the next: newcomers can't vote themselves in.
    function _isVoter(Enrolment storage record, uint64 epoch) internal view returns (bool) {
        return record.position != 0 && (epoch == 0 || record.since < epoch);
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
        return Enrolled(owner, record.identity, record.sequence, record.since);
    }
}
