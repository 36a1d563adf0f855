// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {JobTerms, JobView, Outcome, ReplicaView, StakeView} from "../types/Compute.sol";
import {IProtocolParameters} from "./IProtocolParameters.sol";

/// @title Jobs that several staked providers run, and that are paid where they agree
/// @notice A requester posts a job and its whole pay. Providers offer, each with a bond from its stake. A block hash draws
/// `replicas` of them: neither the requester nor the providers choose. The drawn commit to the digest of their result,
/// then reveal it. If `quorum` of them revealed the same digest, they are paid; who revealed another, or did not reveal,
/// is slashed. All of it ends by itself: every deadline has a function that anybody may call after it.
///
/// Money: what the contract holds = stakes + pay in escrow + what is owed to accounts + what is due to the treasury.
/// Slashes go to the treasury, and so does the pay of a replica that revealed a wrong result: nobody in a job gains by
/// another's slash. The pay of a silent replica goes back to the requester, and all of it if there was no quorum.
///
/// A commitment is keccak256(abi.encode(block.chainid, address(this), job, provider, digest, salt)): nobody can use
/// another's, neither before nor after it is revealed. Copying before the commitment, from a partner who tells, can't be
/// seen here; nor can a quorum that lies together. More replicas make that dearer.
interface IComputeMarket {
    // ------------------------------------------------------------------------------------------------- events

    event Staked(address indexed provider, uint128 amount);
    /// @param amount Tokens on their way out, in all.
    event UnstakeStarted(address indexed provider, uint128 amount, uint64 leavesAt);
    event Unstaked(address indexed provider, uint128 amount);

    event JobPosted(
        bytes32 indexed job,
        address indexed requester,
        bytes32 spec,
        uint128 reward,
        uint128 bond,
        uint8 replicas,
        uint8 quorum,
        uint16 slashBps,
        uint64 offerBy,
        uint32 commitSeconds,
        uint32 revealSeconds
    );
    event OfferMade(bytes32 indexed job, address indexed provider);
    /// @param sealedAt The block whose hash decides: this one. Nobody knows it while sending the transaction, though who
    /// proposes the block can throw a hash away.
    event OffersSealed(bytes32 indexed job, uint8 offers, uint64 sealedAt);
    event ReplicaDrawn(bytes32 indexed job, address indexed provider);
    event JobDrawn(bytes32 indexed job, uint64 commitBy, uint64 revealBy);
    event ResultCommitted(bytes32 indexed job, address indexed provider, bytes32 commitment);
    event ResultRevealed(bytes32 indexed job, address indexed provider, bytes32 digest);
    /// @param agreed Replicas that revealed `result`.
    /// @param revealed Replicas that revealed anything.
    /// @param refunded Tokens now owed to the requester.
    event JobAgreed(
        bytes32 indexed job, bytes32 indexed result, uint8 agreed, uint8 revealed, uint256 refunded
    );
    event JobFailed(bytes32 indexed job, uint8 revealed, uint256 refunded);
    event JobExpired(bytes32 indexed job, uint8 offers, uint256 refunded);
    /// @param paid Tokens now owed to the provider.
    /// @param slashed Tokens of its bond now due to the treasury.
    event ReplicaReleased(
        bytes32 indexed job, address indexed provider, Outcome outcome, uint128 paid, uint128 slashed
    );
    event Withdrawn(address indexed account, uint256 amount);
    event TreasuryPaid(address indexed treasury, uint256 amount);

    // ------------------------------------------------------------------------------------------------- errors

    error ComputeMarket_TokenInvalid(address token);
    error ComputeMarket_ParametersInvalid(address parameters);
    error ComputeMarket_AmountZero();
    /// @notice The token moved another amount than it was asked to.
    error ComputeMarket_FundingMismatch(uint256 expected, uint256 received);
    error ComputeMarket_StakeTooLarge(address provider, uint256 stake);
    /// @notice Neither bonds in jobs nor what is leaving counts as free.
    error ComputeMarket_StakeTooSmall(address provider, uint128 wanted, uint128 free);
    error ComputeMarket_NothingLeaving(address provider);
    error ComputeMarket_StakeStillLeaving(address provider, uint64 leavesAt, uint256 timestamp);
    error ComputeMarket_NothingOwed(address account);

    error ComputeMarket_SpecZero();
    error ComputeMarket_ReplicasInvalid(uint8 replicas, uint8 quorum, uint8 maxReplicas);
    error ComputeMarket_SlashInvalid(uint16 slashBps);
    error ComputeMarket_TimesInvalid(
        uint64 offerBy, uint32 commitSeconds, uint32 revealSeconds, uint256 timestamp
    );
    error ComputeMarket_JobExists(bytes32 job);
    /// @notice There is no such job, or it is past or before the status that is needed.
    error ComputeMarket_StatusInvalid(bytes32 job, uint8 status);
    error ComputeMarket_OffersOver(bytes32 job, uint64 offerBy, uint256 timestamp);
    error ComputeMarket_OffersStillOpen(bytes32 job, uint64 offerBy, uint256 timestamp);
    error ComputeMarket_OffersFull(bytes32 job, uint8 maxOffers);
    error ComputeMarket_OfferExists(bytes32 job, address provider);
    error ComputeMarket_TooFewOffers(bytes32 job, uint8 offers, uint8 replicas);
    error ComputeMarket_BlockHashPending(bytes32 job, uint64 sealedAt);
    /// @notice More than 256 blocks have passed since: seal again.
    error ComputeMarket_BlockHashGone(bytes32 job, uint64 sealedAt);
    error ComputeMarket_AlreadySealed(bytes32 job, uint64 sealedAt);
    error ComputeMarket_DrawOver(bytes32 job, uint64 drawBy, uint256 timestamp);
    error ComputeMarket_DrawStillOpen(bytes32 job, uint64 drawBy, uint256 timestamp);
    error ComputeMarket_ReplicaStatusInvalid(bytes32 job, address provider, uint8 status);
    error ComputeMarket_CommitmentZero(bytes32 job);
    error ComputeMarket_CommitOver(bytes32 job, uint64 commitBy, uint256 timestamp);
    error ComputeMarket_CommitStillOpen(bytes32 job, uint64 commitBy, uint256 timestamp);
    error ComputeMarket_RevealOver(bytes32 job, uint64 revealBy, uint256 timestamp);
    error ComputeMarket_RevealStillOpen(bytes32 job, uint64 revealBy, uint256 timestamp);
    error ComputeMarket_DigestZero(bytes32 job);
    error ComputeMarket_CommitmentMismatch(bytes32 job, address provider, bytes32 opened, bytes32 commitment);

    // ------------------------------------------------------------------------------------------------- stake

    /// @notice Adds to the caller's stake, which must be approved.
    function stake(uint128 amount) external;

    /// @notice Takes free stake out of use. It can be withdrawn after `UNSTAKE_DELAY`, counted anew for all that is
    /// leaving with each call.
    function unstake(uint128 amount) external;

    /// @notice Sends a provider what has left. Anyone may call it.
    function withdrawStake(address provider) external;

    // ------------------------------------------------------------------------------------------------- jobs

    /// @notice Posts a job and moves its whole pay, reward times replicas, from the caller, who must have approved it.
    /// @return id See `jobId`.
    function post(JobTerms calldata terms) external returns (bytes32 id);

    /// @notice The caller offers to run a job and bonds free stake for it, until `offerBy` or `MAX_OFFERS` offers.
    /// Nobody is drawn who has not offered.
    function offer(bytes32 id) external;

    /// @notice Ends the offers of a job that has enough of them and fixes the block that decides the draw. Anyone may call
    /// it after `offerBy`; again, if 256 blocks went by without a draw.
    function sealOffers(bytes32 id) external;

    /// @notice Draws the replicas by the hash of the sealed block, and starts the time for commitments. Anyone may call
    /// it from the next block on.
    function draw(bytes32 id) external;

    /// @notice A drawn provider commits to its result, until `commitBy`.
    function commit(bytes32 id, bytes32 commitment) external;

    /// @notice A provider opens its commitment: after `commitBy`, or as soon as all have committed; until `revealBy`.
    /// @param digest Digest of the result; not zero.
    function reveal(bytes32 id, bytes32 digest, bytes32 salt) external;

    /// @notice Counts the results once all have been revealed, or `revealBy` has passed. Anyone may call it.
    function conclude(bytes32 id) external;

    /// @notice Ends a job that has not been drawn by `drawBy`, or has had too few offers by `offerBy`, and gives the
    /// requester all of its pay back. Anyone may call it.
    function expire(bytes32 id) external;

    /// @notice Frees, pays or slashes one provider's part in a job: after the draw if it was not drawn, else after the
    /// job's end. Anyone may call it, once for each.
    function release(bytes32 id, address provider) external returns (Outcome);

    /// @notice Sends an account what it is owed: a provider its pay, a requester its refunds. Anyone may call it.
    function withdraw(address account) external;

    /// @notice Sends what is due to the treasury there. Anyone may call it.
    function payTreasury() external;

    // ------------------------------------------------------------------------------------------------- views

    function token() external view returns (IERC20);
    function parameters() external view returns (IProtocolParameters);

    /// @notice The most providers that run one job.
    function MAX_REPLICAS() external view returns (uint8);

    /// @notice The most offers for one job.
    function MAX_OFFERS() external view returns (uint8);

    /// @notice Seconds that stake takes to leave.
    function UNSTAKE_DELAY() external view returns (uint32);

    /// @notice The shortest time to commit or to reveal, in seconds.
    function MIN_WINDOW() external view returns (uint32);

    /// @notice The longest time for offers, commitments and reveals each, in seconds.
    function MAX_WINDOW() external view returns (uint32);

    /// @notice Seconds after `offerBy` in which a job can be drawn.
    function DRAW_WINDOW() external view returns (uint32);

    /// @notice keccak256(abi.encode(block.chainid, address(this), requester, keccak256(abi.encode(terms)))): it stands for
    /// the terms. Jobs posted side by side need no order.
    function jobId(address requester, JobTerms calldata terms) external view returns (bytes32);

    /// @notice A job's state; its status is `None` if there is no such job.
    function job(bytes32 id) external view returns (JobView memory);

    /// @notice One provider's part in a job.
    function replica(bytes32 id, address provider) external view returns (ReplicaView memory);

    /// @notice Who made an offer, by its number from 0.
    function offeredBy(bytes32 id, uint256 index) external view returns (address);

    function stakeOf(address provider) external view returns (StakeView memory);

    /// @notice What `withdraw` would send.
    function owed(address account) external view returns (uint256);

    /// @notice What `payTreasury` would send.
    function treasuryDue() external view returns (uint256);

    /// @notice What a provider commits to.
    function commitmentOf(bytes32 id, address provider, bytes32 digest, bytes32 salt)
        external
        view
        returns (bytes32);
}
