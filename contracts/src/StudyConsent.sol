// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {StudyRoster} from "./StudyRoster.sol";
import {IConsentSink} from "./interfaces/IConsentSink.sol";
import {IStudyEscrow} from "./interfaces/IStudyEscrow.sol";
import {ConsentState, RosterStatus, Status} from "./types/Study.sol";

/// @title What follows when an owner does not consent to a study any more
/// @notice It goes from the roster, and the committee that counts it may settle one more round at most.
abstract contract StudyConsent is StudyRoster {
    /// @inheritdoc IStudyEscrow
    function withdrawConsent(bytes32 id, address owner) external {
        StudyState storage state = _open(id);
        if (!state.consentRequired) revert StudyEscrow_ConsentNotRequired(id);
        Enrolment storage record = state.enrolments[owner];
        if (!_concerned(state, record)) revert StudyEscrow_NotEnrolled(id, owner);
        if (record.pending) {
            if (state.rosterStatus == RosterStatus.Sealed) revert StudyEscrow_RosterIsSealed(id);
        } else if (datasets.isGranted(address(this), id, owner)) {
            revert StudyEscrow_ConsentLive(id, owner);
        }
        _withdraw(id, state, owner);
    }

    /// @inheritdoc IConsentSink
    function consentRevoked(bytes32 id, address owner) external {
        StudyState storage state = _studies[id];
        if (state.status != Status.Open || !state.consentRequired) return;
        Enrolment storage record = state.enrolments[owner];
        // One that is remembered goes by `withdrawConsent`: nothing follows from a second revocation.
        if (!_concerned(state, record) || record.pending) return;
        if (datasets.isGranted(address(this), id, owner)) return;
        _withdraw(id, state, owner);
    }

    // ---------------------------------------------------------------------------------------------- internals

    /// Once remembered, a withdrawal holds, whatever the owner grants after it: else it could keep the roster from being
    /// sealed.
    function _withdraw(bytes32 id, StudyState storage state, address owner) private {
        Enrolment storage record = state.enrolments[owner];
        bool counted = _counted(state, record);
        bool isSealed = state.rosterStatus == RosterStatus.Sealed;
        if (counted && state.consents == ConsentState.Whole) state.consents = ConsentState.OneMore;
        // It costs the study a committee: once is enough.
        if (counted || isSealed) record.withdrawn = true;

        uint40 sequence = record.sequence;
        if (record.enrolled) {
            if (isSealed) {
                record.pending = true;
                ++state.withdrawals;
                emit ConsentPending(id, owner);
                return;
            }
            _strike(state, owner);
        }
        // What the committee may settle is decided: the owner counts no longer.
        record.counted = false;
        emit ConsentWithdrawn(id, owner, sequence);
    }

    /// Whether an owner is on the roster, or counted by the committee that is registered.
    function _concerned(StudyState storage state, Enrolment storage record) private view returns (bool) {
        return record.enrolled || _counted(state, record);
    }

    /// Whether the committee that is registered was made with this owner on the roster.
    function _counted(StudyState storage state, Enrolment storage record) private view returns (bool) {
        uint32 epoch = state.epoch;
        return epoch != 0 && (_isVoter(record, epoch) || (record.counted && record.since == epoch));
    }
}
