// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IComputeMarket} from "./interfaces/IComputeMarket.sol";
import {JobStatus, JobTerms, JobView, ReplicaStatus, ReplicaView} from "./types/Compute.sol";

/// @title What is stored about jobs, and how it is read
abstract contract ComputeRecords is IComputeMarket {
    /// One provider's part in one job. `word` is its commitment until it reveals, then the digest.
    struct Replica {
        ReplicaStatus status;

        bytes32 word;
    }

    /// Blank lines part the storage slots.
    struct Job {
        address requester;
        JobStatus status;
        uint8 replicas;
        uint8 quorum;
        uint16 slashBps;
        uint8 offers;
        uint8 committed;
        uint8 revealed;
        uint8 agreed;
        /// Replicas that were released with pay.
        uint8 paid;

        uint128 reward;
        uint128 bond;

        uint40 offerBy;
        /// Known from the draw on.
        uint40 commitBy;
        uint48 sealedAt;
        uint32 commitSeconds;
        uint32 revealSeconds;

        bytes32 spec;

        bytes32 result;

        mapping(uint256 index => address) offered;

        mapping(address provider => Replica) parts;

        mapping(bytes32 digest => uint8) tally;
    }

    /// @inheritdoc IComputeMarket
    uint32 public constant DRAW_WINDOW = 1 days;

    mapping(bytes32 id => Job) internal _jobs;

    /// @inheritdoc IComputeMarket
    function jobId(address requester, JobTerms calldata terms) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), requester, keccak256(abi.encode(terms))));
    }

    /// @inheritdoc IComputeMarket
    function job(bytes32 id) external view returns (JobView memory shown) {
        Job storage state = _jobs[id];
        shown.status = state.status;
        shown.requester = state.requester;
        shown.spec = state.spec;
        shown.reward = state.reward;
        shown.bond = state.bond;
        shown.replicas = state.replicas;
        shown.quorum = state.quorum;
        shown.slashBps = state.slashBps;
        shown.offerBy = state.offerBy;
        shown.sealedAt = state.sealedAt;
        shown.offers = state.offers;
        shown.committed = state.committed;
        shown.revealed = state.revealed;
        shown.agreed = state.agreed;
        shown.result = state.result;
        if (state.status == JobStatus.None) return shown;
        shown.drawBy = _drawBy(state);
        if (state.commitBy != 0) (shown.commitBy, shown.revealBy) = (state.commitBy, _revealBy(state));
        shown.escrowed = _escrowed(state);
    }

    /// @inheritdoc IComputeMarket
    function replica(bytes32 id, address provider) external view returns (ReplicaView memory shown) {
        Job storage state = _jobs[id];
        Replica storage part = state.parts[provider];
        shown.status = part.status;
        shown.word = part.word;
    }

    /// @inheritdoc IComputeMarket
    function offeredBy(bytes32 id, uint256 index) external view returns (address) {
        return _jobs[id].offered[index];
    }

    /// @inheritdoc IComputeMarket
    function commitmentOf(bytes32 id, address provider, bytes32 digest, bytes32 salt)
        public
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(block.chainid, address(this), id, provider, digest, salt));
    }

    function _escrowed(Job storage state) private view returns (uint256) {
        JobStatus status = state.status;
        if (status == JobStatus.Agreed) return uint256(state.reward) * (state.agreed - state.paid);
        if (status == JobStatus.Failed || status == JobStatus.Expired) return 0;
        return uint256(state.reward) * state.replicas;
    }

    function _drawBy(Job storage state) internal view returns (uint40) {
        return state.offerBy + DRAW_WINDOW;
    }

    function _revealBy(Job storage state) internal view returns (uint40) {
        return state.commitBy + state.revealSeconds;
    }
}
