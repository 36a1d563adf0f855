// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {StudyDigests} from "./StudyDigests.sol";
import {IStudyEscrow} from "./interfaces/IStudyEscrow.sol";
import {BLS12381} from "./libraries/BLS12381.sol";
import {ConsentState, RosterStatus} from "./types/Study.sol";

/// @title Who is on a study's roster, and which committee speaks for it
/// @notice Changes of the roster gather until somebody seals it; the next committee is registered for exactly the
/// sealed roster.
abstract contract StudyRoster is StudyDigests {
    /// @inheritdoc IStudyEscrow
    function enrol(
        bytes32 id,
        address owner,
        bytes32 identity,
        uint64 sequence,
        bytes32[] calldata allowedProof,
        bytes calldata signature
    ) external {
        StudyState storage state = _open(id);
        _requireNotSealed(id, state);
        _requireEnrolmentOpen(id, state);
        if (identity == 0) revert StudyEscrow_IdentityZero(id, owner);
        Enrolment storage record = state.enrolments[owner];
        if (record.identity == identity) revert StudyEscrow_AlreadyEnrolled(id, owner);
        if (sequence != record.sequence) {
            revert StudyEscrow_SequenceInvalid(id, owner, sequence, record.sequence);
        }
        // Who is on the roster already replaces its identity, and keeps its vote.
        bool comes = !record.enrolled;
        if (comes) _requireAdmissible(id, state, owner, record, allowedProof);
        _requireSignature(owner, enrolDigest(id, owner, identity, sequence), signature);

        record.identity = identity;
        // forge-lint: disable-next-line(unsafe-typecast)
        record.sequence = uint40(sequence) + 1; // it equals the uint40 that was there
        if (comes) {
            uint32 epoch = state.epoch;
            // Who went and comes back under the same committee is counted by it still.
            if (record.since != epoch) record.counted = false;
            (record.enrolled, record.since) = (true, epoch);
            ++state.ownerCount;
        }
        state.rosterStatus = RosterStatus.Changed;
        emit OwnerEnrolled(id, owner, identity, sequence);
    }

    /// @inheritdoc IStudyEscrow
    function leaveStudy(bytes32 id, address owner, bytes calldata signature) external {
        StudyState storage state = _open(id);
        _requireNotSealed(id, state);
        uint64 sequence = _requireEnrolled(id, state, owner).sequence;
        _requireSignature(owner, leaveDigest(id, owner, sequence), signature);

        _strike(state, owner);
        emit OwnerLeft(id, owner, sequence);
    }

    /// @inheritdoc IStudyEscrow
    function removeOwner(bytes32 id, address owner, address[] calldata signers, bytes[] calldata signatures)
        external
    {
        StudyState storage state = _open(id);
        _requireNotSealed(id, state);
        // While owners still come, a few early ones must not be able to keep the others out.
        if (state.epoch == 0) _requireEnrolmentEnded(id, state);
        uint64 sequence = _requireEnrolled(id, state, owner).sequence;
        _requireQuorum(id, state, removeDigest(id, owner, sequence), signers, signatures);

        _strike(state, owner);
        emit OwnerRemoved(id, owner, sequence, signers);
    }

    /// @inheritdoc IStudyEscrow
    function sealRoster(bytes32 id) external {
        StudyState storage state = _open(id);
        _requireBeforeSettleBy(id, state);
        _requireNotSealed(id, state);
        if (state.epoch == 0) {
            _requireEnrolmentEnded(id, state);
            if (state.ownerCount < state.minOwners) {
                revert StudyEscrow_TooFewOwners(id, state.ownerCount, state.minOwners);
            }
        } else if (state.rosterStatus != RosterStatus.Changed) {
            revert StudyEscrow_NothingToSeal(id);
        }
        uint16 withdrawals = state.withdrawals;
        if (withdrawals != 0) revert StudyEscrow_WithdrawalsPending(id, withdrawals);
        state.rosterStatus = RosterStatus.Sealed;
        emit RosterSealed(id, state.ownerCount);
    }

    /// @inheritdoc IStudyEscrow
    function registerCommittee(
        bytes32 id,
        uint64 epoch,
        bytes calldata key,
        address[] calldata signers,
        bytes[] calldata signatures
    ) external {
        StudyState storage state = _open(id);
        _requireBeforeSettleBy(id, state);
        if (state.rosterStatus != RosterStatus.Sealed) revert StudyEscrow_RosterNotSealed(id);
        if (epoch <= state.epoch) revert StudyEscrow_EpochNotNewer(id, epoch, state.epoch);
        if (epoch > type(uint32).max) revert StudyEscrow_EpochTooLarge(id, epoch, type(uint32).max);
        BLS12381.requireKey(key);
        bytes32 keyHash = keccak256(key);
        _requireQuorum(id, state, committeeKeyDigest(id, epoch, keyHash), signers, signatures);

        // forge-lint: disable-next-line(unsafe-typecast)
        state.epoch = uint32(epoch); // it fits: see above
        state.keyHash = keyHash;
        // This committee counts those who withdrew while it was made.
        state.consents = state.withdrawals == 0 ? ConsentState.Whole : ConsentState.Stopped;
        // All who are on the roster came under an earlier epoch than this one.
        state.voters = state.ownerCount;
        state.rosterStatus = RosterStatus.Settled;
        emit CommitteeRegistered(id, epoch, key, signers);
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _requireAdmissible(
        bytes32 id,
        StudyState storage state,
        address owner,
        Enrolment storage record,
        bytes32[] calldata allowedProof
    ) private view {
        if (state.epoch != 0 && !state.lateEnrolment) {
            revert StudyEscrow_LateEnrolmentExcluded(id, owner);
        }
        if (state.ownerCount >= state.maxOwners) revert StudyEscrow_StudyFull(id, state.maxOwners);
        if (state.listed) {
            bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(owner))));
            if (!MerkleProof.verifyCalldata(allowedProof, state.allowed, leaf)) {
                revert StudyEscrow_NotAllowed(id, owner);
            }
        }
        if (!state.consentRequired) return;
        if (record.withdrawn) revert StudyEscrow_ConsentWithdrawnBefore(id, owner);
        (uint64 until, uint64 settleBy) = (datasets.grantedUntil(address(this), id, owner), state.settleBy);
        if (until == 0) revert StudyEscrow_ConsentMissing(id, owner);
        if (until < settleBy) revert StudyEscrow_ConsentTooShort(id, owner, until, settleBy);
    }

    /// Takes an owner off the roster.
    function _strike(StudyState storage state, address owner) internal {
        Enrolment storage record = state.enrolments[owner];
        uint32 epoch = state.epoch;
        if (epoch != 0 && _isVoter(record, epoch)) {
            --state.voters;
            record.counted = true;
        }
        if (record.pending) {
            --state.withdrawals;
            record.pending = false;
        }

        (record.identity, record.enrolled, record.since) = (0, false, epoch);
        ++record.sequence;
        --state.ownerCount;
        state.rosterStatus = RosterStatus.Changed;
    }

    function _requireNotSealed(bytes32 id, StudyState storage state) private view {
        if (state.rosterStatus == RosterStatus.Sealed) revert StudyEscrow_RosterIsSealed(id);
    }

    function _requireEnrolled(bytes32 id, StudyState storage state, address owner)
        private
        view
        returns (Enrolment storage record)
    {
        record = state.enrolments[owner];
        if (!record.enrolled) revert StudyEscrow_NotEnrolled(id, owner);
    }

    function _requireEnrolmentOpen(bytes32 id, StudyState storage state) private view {
        uint40 until = state.epoch == 0 ? state.enrolBy : state.settleBy;
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp > until) revert StudyEscrow_EnrolmentOver(id, until, block.timestamp);
    }

    /// The first committee is fixed only when the set of owners is: else a few early owners could register theirs.
    function _requireEnrolmentEnded(bytes32 id, StudyState storage state) private view {
        uint256 count = state.ownerCount;
        // forge-lint: disable-next-line(block-timestamp)
        if (count < state.maxOwners && block.timestamp <= state.enrolBy) {
            revert StudyEscrow_EnrolmentStillOpen(id, state.enrolBy, count, state.maxOwners);
        }
    }

    /// A quorum of the voters signed `digest`. Ascending, so that nobody counts twice.
    function _requireQuorum(
        bytes32 id,
        StudyState storage state,
        bytes32 digest,
        address[] calldata signers,
        bytes[] calldata signatures
    ) private view {
        if (signers.length != signatures.length) {
            revert StudyEscrow_SignerCountMismatch(signers.length, signatures.length);
        }
        uint256 needed = _quorum(state);
        if (signers.length < needed) revert StudyEscrow_QuorumMissed(signers.length, needed);
        uint64 epoch = state.epoch;
        address previous = address(0);
        for (uint256 i = 0; i < signers.length; ++i) {
            address signer = signers[i];
            if (signer <= previous) revert StudyEscrow_SignersNotAscending(previous, signer);
            if (!_isVoter(state.enrolments[signer], epoch)) revert StudyEscrow_NotVoter(id, signer);
            _requireSignature(signer, digest, signatures[i]);
            previous = signer;
        }
    }
}
