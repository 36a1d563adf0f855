// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// Where a job stands.
/// `Offering`: providers offer; `Sealed`: the block that decides the draw is fixed; `Running`: the drawn replicas commit
/// and reveal; `Agreed`: a quorum revealed the same result; `Failed`: none did; `Expired`: it was never drawn.
enum JobStatus {
    None,
    Offering,
    Sealed,
    Running,
    Agreed,
    Failed,
    Expired
}

/// What one provider is in one job. `Done`: its bond is free again, or slashed.
enum ReplicaStatus {
    None,
    Offered,
    Drawn,
    Committed,
    Revealed,
    Done
}

/// How a replica ended. `Paid`: it revealed the agreed result; `Unpaid`: it did what it had to, and got its bond back
/// without pay (not drawn, or no quorum); `Wrong`: it revealed another result than the quorum; `Silent`: it was drawn
/// and did not reveal.
enum Outcome {
    Unpaid,
    Paid,
    Wrong,
    Silent
}

/// What a requester posts a job with.
struct JobTerms {
    /// Salted commitment to the job's description, whose result digest is to be determined by it alone.
    bytes32 spec;
    /// Tokens for each replica that reveals the agreed result; above zero.
    uint128 reward;
    /// Tokens of its stake that each provider puts at risk; above zero.
    uint128 bond;
    /// Providers that run the job: 1 to `MAX_REPLICAS`.
    uint8 replicas;
    /// Equal results that make a result the agreed one: more than half of the replicas, and at most all.
    uint8 quorum;
    /// What a wrong or silent replica loses of its bond, in 1/10,000: 1 to 10,000.
    uint16 slashBps;
    /// Last second in which providers may offer.
    uint64 offerBy;
    /// Seconds, from the draw, in which the drawn providers commit.
    uint32 commitSeconds;
    /// Seconds after that in which they reveal.
    uint32 revealSeconds;
    /// Tells apart the jobs that one requester posts with the same terms.
    bytes32 salt;
}

/// A job as shown to readers. Times are in seconds and inclusive; zero where they are not known yet.
struct JobView {
    JobStatus status;
    address requester;
    bytes32 spec;
    uint128 reward;
    uint128 bond;
    uint8 replicas;
    uint8 quorum;
    uint16 slashBps;
    uint64 offerBy;
    /// Last second in which it can be drawn; after it anybody may `expire`.
    uint64 drawBy;
    uint64 commitBy;
    uint64 revealBy;
    /// Block whose hash decides the draw.
    uint64 sealedAt;
    uint8 offers;
    uint8 committed;
    uint8 revealed;
    /// Replicas that revealed the agreed result.
    uint8 agreed;
    /// The agreed result; zero as long as there is none.
    bytes32 result;
    /// Tokens of the requester's that are still held for replicas which have not been released.
    uint256 escrowed;
}

/// One provider's part in one job.
struct ReplicaView {
    ReplicaStatus status;
    /// Its commitment; from the reveal on the digest that it revealed.
    bytes32 word;
}

/// A provider's stake, in the token's smallest unit.
struct StakeView {
    /// Neither in a job nor leaving.
    uint128 free;
    /// Bonds in jobs.
    uint128 bonded;
    /// On its way out.
    uint128 leaving;
    /// Last second before it can be withdrawn; zero if none is leaving.
    uint64 leavesAt;
}
