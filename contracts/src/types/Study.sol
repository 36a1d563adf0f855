// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice Where a study stands. `None` means that no study has this id.
enum Status {
    None,
    Open,
    Closed
}

/// @notice Where a study's roster stands.
enum RosterStatus {
    /// As it was when the committee was last registered.
    Settled,
    /// Owners came, went or changed their identity since.
    Changed,
    /// Fixed until the next committee is registered.
    Sealed
}

/// @notice Whether the committee that is registered may settle, in a study that requires its owners' consent.
enum ConsentState {
    /// All owners that it counts consented.
    Whole,
    /// One of them withdrew: it may settle one more round, the one that was under way.
    OneMore,
    /// It may settle nothing more; the next committee may.
    Stopped
}

/// @notice What is fixed when a study is launched.
struct Launch {
    /// SHA-256 of the plan's JSON bytes.
    bytes32 planDigest;
    /// Tokens put up for owners, in the token's smallest unit; payouts never exceed it. The fee comes on top.
    uint128 budget;
    /// Number of training rounds, below 2^24; rounds are numbered from 1.
    uint64 rounds;
    /// Last second (Unix time) at which an owner may enrol.
    uint64 enrolBy;
    /// Last second (Unix time) at which a round may settle.
    uint64 settleBy;
    /// Fewest owners with which the study may start.
    uint16 minOwners;
    /// Most owners that may enrol.
    uint16 maxOwners;
    /// Lets one funder launch the same plan more than once.
    bytes32 salt;
    /// Root of the Merkle tree of the addresses that may enrol; 0 lets anybody enrol. Leaves are
    /// keccak256(bytes.concat(keccak256(abi.encode(address)))), pairs are sorted (OpenZeppelin's standard tree).
    bytes32 allowed;
    /// Whether new owners may enrol after the first committee is registered.
    bool lateEnrolment;
    /// Who runs the study; the funder is whoever launches it.
    address researcher;
    /// Whether owners need a consent in the dataset registry that lasts until `settleBy`.
    bool consentRequired;
    /// The scoring rule, one that `IProtocolParameters` allows: keccak256 of its name.
    bytes32 scoring;
    /// The highest fee that the funder accepts, in basis points of what is granted.
    uint16 maxFeeBps;
}

/// @notice An owner's claim, as `IStudyEscrow.claimFor` has it.
struct Claim {
    address owner;
    uint128 cumulative;
    bytes32[] proof;
}

/// @notice An owner on a study's roster, or the owner's empty place.
struct Enrolled {
    address owner;
    /// Commitment to the owner's MLS signature key; 0 if the owner is not on the roster.
    bytes32 identity;
    /// Accepted changes of this owner's enrolment so far: the next one must sign this number.
    uint64 sequence;
    /// The epoch that was registered when the owner came on the roster; 0 before the first registration.
    uint64 since;
}

/// @notice The committee's statement about one round. Its EIP-712 digest is what the committee signs.
struct Settlement {
    bytes32 study;
    /// The committee epoch whose key signs.
    uint64 epoch;
    /// From 1 to the study's number of rounds.
    uint64 round;
    /// The round's context digest.
    bytes32 context;
    /// Digest of the groups' published sealed sums.
    bytes32 sums;
    /// Digest of the owners' scores.
    bytes32 scores;
    /// Digest of the model after this round.
    bytes32 model;
    /// Digest of the round's published transcript.
    bytes32 transcript;
    /// Root of the Merkle tree over (owner, cumulative payout).
    bytes32 payoutsRoot;
    /// Sum of all owners' payouts in that tree, in the token's smallest unit.
    uint128 cumulativePayout;
}

/// @notice A study as `IStudyEscrow.study` shows it.
/// @dev fee = budget * feeBps / 10,000, rounded down; held = budget + fee - paid - refunded - feePaid.
struct StudyView {
    Status status;
    /// Who runs the study, and may close it.
    address researcher;
    bytes32 planDigest;
    /// Tokens put up for owners at launch.
    uint128 budget;
    /// What settled rounds have granted to owners so far.
    uint128 cumulativePayout;
    /// What owners have been paid so far.
    uint128 paid;
    /// What went back to the funder.
    uint128 refunded;
    uint64 rounds;
    /// The highest settled round; 0 before the first.
    uint64 lastRound;
    uint64 enrolBy;
    uint64 settleBy;
    uint16 minOwners;
    uint16 maxOwners;
    /// Owners on the roster.
    uint16 ownerCount;
    /// Those of them who decide on committees and removals.
    uint16 voterCount;
    RosterStatus roster;
    bool lateEnrolment;
    /// Root of the addresses that may enrol; 0 if anybody may.
    bytes32 allowed;
    /// The Merkle root that claims are checked against; 0 before the first settlement.
    bytes32 payoutsRoot;
    /// Who put up the money, and gets back what was not granted.
    address funder;
    bool consentRequired;
    /// The scoring rule: keccak256 of its name.
    bytes32 scoring;
    /// The fee, in basis points of what is granted, as it was at launch.
    uint16 feeBps;
    /// What went to the treasury so far.
    uint128 feePaid;
    /// Whether the registered committee may settle.
    ConsentState consents;
    /// Owners on the roster who withdrew while it was sealed: they go (`withdrawConsent`) before it is sealed again.
    uint16 withdrawals;
}
