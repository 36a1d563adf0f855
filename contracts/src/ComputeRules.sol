// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ComputeRecords} from "./ComputeRecords.sol";
import {IComputeMarket} from "./interfaces/IComputeMarket.sol";
import {JobStatus, JobTerms, ReplicaStatus} from "./types/Compute.sol";

/// @title What a job may ask for, and when each step of it may be taken
abstract contract ComputeRules is ComputeRecords {
    /// @inheritdoc IComputeMarket
    uint8 public constant MAX_REPLICAS = 16;
    /// @inheritdoc IComputeMarket
    uint8 public constant MAX_OFFERS = 64;
    /// @inheritdoc IComputeMarket
    uint32 public constant MIN_WINDOW = 5 minutes;
    /// @inheritdoc IComputeMarket
    uint32 public constant MAX_WINDOW = 30 days;

    function _requireTermsValid(JobTerms calldata terms) internal view {
        if (terms.spec == 0) revert ComputeMarket_SpecZero();
        if (terms.reward == 0 || terms.bond == 0) revert ComputeMarket_AmountZero();
        (uint8 replicas, uint8 quorum) = (terms.replicas, terms.quorum);
        // A quorum of more than half of at least one replica is at least one.
        if (replicas > MAX_REPLICAS || quorum > replicas || 2 * uint256(quorum) <= replicas) {
            revert ComputeMarket_ReplicasInvalid(replicas, quorum, MAX_REPLICAS);
        }
        if (terms.slashBps == 0 || terms.slashBps > 10_000) {
            revert ComputeMarket_SlashInvalid(terms.slashBps);
        }
        // forge-lint: disable-next-line(block-timestamp)
        bool inTime = block.timestamp <= terms.offerBy && terms.offerBy <= block.timestamp + MAX_WINDOW;
        if (!inTime || !_isWindow(terms.commitSeconds) || !_isWindow(terms.revealSeconds)) {
            revert ComputeMarket_TimesInvalid(
                terms.offerBy, terms.commitSeconds, terms.revealSeconds, block.timestamp
            );
        }
    }

    function _isWindow(uint32 length) private pure returns (bool) {
        return MIN_WINDOW <= length && length <= MAX_WINDOW;
    }

    function _in(bytes32 id, JobStatus status) internal view returns (Job storage state) {
        state = _jobs[id];
        if (state.status != status) revert ComputeMarket_StatusInvalid(id, uint8(state.status));
    }

    function _partIn(bytes32 id, Job storage state, address provider, ReplicaStatus status)
        internal
        view
        returns (Replica storage part)
    {
        part = state.parts[provider];
        if (part.status != status) {
            revert ComputeMarket_ReplicaStatusInvalid(id, provider, uint8(part.status));
        }
    }

    function _requireOffersOver(bytes32 id, Job storage state) internal view {
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp <= state.offerBy) {
            revert ComputeMarket_OffersStillOpen(id, state.offerBy, block.timestamp);
        }
    }

    function _requireDrawOpen(bytes32 id, Job storage state) internal view {
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp > _drawBy(state)) {
            revert ComputeMarket_DrawOver(id, _drawBy(state), block.timestamp);
        }
    }

    /// Nobody can reveal any more: all have, or all who committed have and nobody can commit, or time is up.
    function _requireRevealOver(bytes32 id, Job storage state) internal view {
        if (state.revealed == state.replicas) return;
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp > state.commitBy && state.revealed == state.committed) return;
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp > _revealBy(state)) return;
        revert ComputeMarket_RevealStillOpen(id, _revealBy(state), block.timestamp);
    }
}
