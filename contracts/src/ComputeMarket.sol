// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ComputeRules} from "./ComputeRules.sol";
import {ComputeStakes} from "./ComputeStakes.sol";
import {IComputeMarket} from "./interfaces/IComputeMarket.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";
import {JobStatus, JobTerms, Outcome, ReplicaStatus} from "./types/Compute.sol";

/// @title ComputeMarket
/// @notice The course of a job. See `IComputeMarket`.
contract ComputeMarket is ComputeRules, ComputeStakes {
    /// Blocks whose hash a contract can read.
    uint256 private constant HASHES_KEPT = 256;

    /// @param token_ What is staked and paid; it must move exactly the amounts it is asked to.
    /// @param parameters_ Says where the treasury is.
    constructor(IERC20 token_, IProtocolParameters parameters_) ComputeStakes(token_, parameters_) {}

    // ------------------------------------------------------------------------------------------------- offers

    /// @inheritdoc IComputeMarket
    function post(JobTerms calldata terms) external nonReentrant returns (bytes32 id) {
        _requireTermsValid(terms);
        id = jobId(msg.sender, terms);
        Job storage state = _jobs[id];
        if (state.status != JobStatus.None) revert ComputeMarket_JobExists(id);

        (state.requester, state.status) = (msg.sender, JobStatus.Offering);
        (state.replicas, state.quorum, state.slashBps) = (terms.replicas, terms.quorum, terms.slashBps);
        (state.reward, state.bond) = (terms.reward, terms.bond);
        // forge-lint: disable-next-line(unsafe-typecast)
        state.offerBy = uint40(terms.offerBy); // at most MAX_WINDOW from now
        (state.commitSeconds, state.revealSeconds) = (terms.commitSeconds, terms.revealSeconds);
        state.spec = terms.spec;
        _emitPosted(id, terms);
        _pull(uint256(terms.reward) * terms.replicas);
    }

    /// @inheritdoc IComputeMarket
    function offer(bytes32 id) external {
        Job storage state = _in(id, JobStatus.Offering);
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp > state.offerBy) {
            revert ComputeMarket_OffersOver(id, state.offerBy, block.timestamp);
        }
        uint8 index = state.offers;
        if (index == MAX_OFFERS) revert ComputeMarket_OffersFull(id, MAX_OFFERS);
        Replica storage part = state.parts[msg.sender];
        if (part.status != ReplicaStatus.None) revert ComputeMarket_OfferExists(id, msg.sender);

        part.status = ReplicaStatus.Offered;
        state.offered[index] = msg.sender;
        state.offers = index + 1;
        emit OfferMade(id, msg.sender);
        _bond(state.bond);
    }

    // --------------------------------------------------------------------------------------------------- draw

    /// @inheritdoc IComputeMarket
    function sealOffers(bytes32 id) external {
        Job storage state = _jobs[id];
        if (state.status == JobStatus.Sealed) {
            if (block.number <= state.sealedAt + HASHES_KEPT) {
                revert ComputeMarket_AlreadySealed(id, state.sealedAt);
            }
        } else {
            _in(id, JobStatus.Offering);
        }
        _requireOffersOver(id, state);
        _requireDrawOpen(id, state);
        if (state.offers < state.replicas) {
            revert ComputeMarket_TooFewOffers(id, state.offers, state.replicas);
        }
        // forge-lint: disable-next-line(unsafe-typecast)
        (state.status, state.sealedAt) = (JobStatus.Sealed, uint48(block.number));
        emit OffersSealed(id, state.offers, uint64(block.number));
    }

    /// @inheritdoc IComputeMarket
    function draw(bytes32 id) external {
        Job storage state = _in(id, JobStatus.Sealed);
        _requireDrawOpen(id, state);
        uint48 sealedAt = state.sealedAt;
        if (block.number == sealedAt) revert ComputeMarket_BlockHashPending(id, sealedAt);
        bytes32 seed = blockhash(sealedAt);
        if (seed == 0) revert ComputeMarket_BlockHashGone(id, sealedAt);

        state.status = JobStatus.Running;
        // forge-lint: disable-next-line(unsafe-typecast)
        state.commitBy = uint40(block.timestamp + state.commitSeconds);
        _drawReplicas(id, state, uint256(keccak256(abi.encode(seed, id))));
        emit JobDrawn(id, state.commitBy, _revealBy(state));
    }

    // ------------------------------------------------------------------------------------------------ results

    /// @inheritdoc IComputeMarket
    function commit(bytes32 id, bytes32 commitment) external {
        Job storage state = _in(id, JobStatus.Running);
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp > state.commitBy) {
            revert ComputeMarket_CommitOver(id, state.commitBy, block.timestamp);
        }
        if (commitment == 0) revert ComputeMarket_CommitmentZero(id);
        Replica storage part = _partIn(id, state, msg.sender, ReplicaStatus.Drawn);
        (part.status, part.word) = (ReplicaStatus.Committed, commitment);
        ++state.committed;
        emit ResultCommitted(id, msg.sender, commitment);
    }

    /// @inheritdoc IComputeMarket
    function reveal(bytes32 id, bytes32 digest, bytes32 salt) external {
        Job storage state = _in(id, JobStatus.Running);
        // Who reveals while others may still commit gives its result away.
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp <= state.commitBy && state.committed < state.replicas) {
            revert ComputeMarket_CommitStillOpen(id, state.commitBy, block.timestamp);
        }
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp > _revealBy(state)) {
            revert ComputeMarket_RevealOver(id, _revealBy(state), block.timestamp);
        }
        if (digest == 0) revert ComputeMarket_DigestZero(id);
        Replica storage part = _partIn(id, state, msg.sender, ReplicaStatus.Committed);
        bytes32 opened = commitmentOf(id, msg.sender, digest, salt);
        if (opened != part.word) {
            revert ComputeMarket_CommitmentMismatch(id, msg.sender, opened, part.word);
        }
        (part.status, part.word) = (ReplicaStatus.Revealed, digest);
        ++state.revealed;
        uint8 count = ++state.tally[digest];
        // A quorum is more than half: at most one digest gets there.
        if (count >= state.quorum) (state.agreed, state.result) = (count, digest);
        emit ResultRevealed(id, msg.sender, digest);
    }

    /// @inheritdoc IComputeMarket
    function conclude(bytes32 id) external {
        Job storage state = _in(id, JobStatus.Running);
        _requireRevealOver(id, state);
        uint256 reward = state.reward;
        (uint8 replicas, uint8 revealed, uint8 agreed) = (state.replicas, state.revealed, state.agreed);
        uint256 refunded;
        if (agreed > 0) {
            state.status = JobStatus.Agreed;
            refunded = reward * (replicas - revealed);
            treasuryDue += reward * (revealed - agreed);
            emit JobAgreed(id, state.result, agreed, revealed, refunded);
        } else {
            state.status = JobStatus.Failed;
            refunded = reward * replicas;
            emit JobFailed(id, revealed, refunded);
        }
        owed[state.requester] += refunded;
    }

    /// @inheritdoc IComputeMarket
    function expire(bytes32 id) external {
        Job storage state = _jobs[id];
        if (state.status != JobStatus.Sealed) _in(id, JobStatus.Offering);
        _requireOffersOver(id, state);
        // With too few offers there is nothing to wait for.
        // forge-lint: disable-next-line(block-timestamp)
        if (state.offers >= state.replicas && block.timestamp <= _drawBy(state)) {
            revert ComputeMarket_DrawStillOpen(id, _drawBy(state), block.timestamp);
        }
        state.status = JobStatus.Expired;
        uint256 refunded = uint256(state.reward) * state.replicas;
        owed[state.requester] += refunded;
        emit JobExpired(id, state.offers, refunded);
    }

    /// @inheritdoc IComputeMarket
    function release(bytes32 id, address provider) external returns (Outcome outcome) {
        Job storage state = _jobs[id];
        Replica storage part = state.parts[provider];
        outcome = _outcome(id, state, provider, part);
        part.status = ReplicaStatus.Done;
        (uint128 paid, uint128 slashed) = (0, 0);
        if (outcome == Outcome.Paid) {
            paid = state.reward;
            ++state.paid;
            owed[provider] += paid;
        } else if (outcome != Outcome.Unpaid) {
            slashed = _slash(state);
        }
        _unbond(provider, state.bond, slashed);
        emit ReplicaReleased(id, provider, outcome, paid, slashed);
    }

    // ---------------------------------------------------------------------------------------------- internals

    /// Marks `replicas` of the offers by a Fisher-Yates shuffle that stops after that many steps.
    function _drawReplicas(bytes32 id, Job storage state, uint256 seed) private {
        (uint256 offers, uint256 replicas) = (state.offers, state.replicas);
        uint256[] memory order = new uint256[](offers);
        for (uint256 i = 0; i < offers; ++i) {
            order[i] = i;
        }
        for (uint256 i = 0; i < replicas; ++i) {
            // The remainder favours no offer by more than 2^-249.
            uint256 j = i + uint256(keccak256(abi.encode(seed, i))) % (offers - i);
            (order[i], order[j]) = (order[j], order[i]);
            address provider = state.offered[order[i]];
            state.parts[provider].status = ReplicaStatus.Drawn;
            emit ReplicaDrawn(id, provider);
        }
    }

    /// How a provider's part ends; reverts as long as that is not known, and if it has ended.
    function _outcome(bytes32 id, Job storage state, address provider, Replica storage part)
        private
        view
        returns (Outcome)
    {
        (JobStatus status, ReplicaStatus stage) = (state.status, part.status);
        if (status < JobStatus.Running) revert ComputeMarket_StatusInvalid(id, uint8(status));
        if (stage == ReplicaStatus.Offered) return Outcome.Unpaid;
        if (stage == ReplicaStatus.None || stage == ReplicaStatus.Done) {
            revert ComputeMarket_ReplicaStatusInvalid(id, provider, uint8(stage));
        }
        if (status == JobStatus.Running) revert ComputeMarket_StatusInvalid(id, uint8(status));
        if (stage != ReplicaStatus.Revealed) return Outcome.Silent;
        if (status == JobStatus.Failed) return Outcome.Unpaid;
        return part.word == state.result ? Outcome.Paid : Outcome.Wrong;
    }

    /// What a bond loses, rounded up.
    function _slash(Job storage state) private view returns (uint128) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint128((uint256(state.bond) * state.slashBps + 9_999) / 10_000); // at most the bond
    }

    function _emitPosted(bytes32 id, JobTerms calldata terms) private {
        emit JobPosted(
            id,
            msg.sender,
            terms.spec,
            terms.reward,
            terms.bond,
            terms.replicas,
            terms.quorum,
            terms.slashBps,
            terms.offerBy,
            terms.commitSeconds,
            terms.revealSeconds
        );
    }
}
