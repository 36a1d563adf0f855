//! What a run of the key generation gives.

use std::fmt;

use thiserror::Error;

use super::message::DkgMessage;
use crate::committee::codec::DecodeError;
use crate::committee::key::{CommitteeKey, CommitteeKeyError, KeyShare};
use crate::committee::params::ParamsError;
use crate::committee::points::LayoutError;
use crate::ids::OwnerId;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Hashes of commitments are collected.
    Commit,
    /// Commitments and sealed shares are collected.
    Deal,
    /// Complaints are collected.
    Verdict,
    /// Answers to complaints are collected.
    Justify,
    /// The run is over.
    Finished,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Commit => "commit",
            Self::Deal => "deal",
            Self::Verdict => "verdict",
            Self::Justify => "justify",
            Self::Finished => "finished",
        })
    }
}

/// What a member did that everybody can see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// It said nothing before the phase's deadline.
    Silent(Phase),
    /// It revealed another commitment than it had announced.
    OtherCommitment,
    /// It was complained about and did not answer exactly those complaints.
    Unanswered,
    /// It revealed a share that does not fit its commitment.
    FalseShare,
}

/// A member that is dropped, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The member.
    pub owner: OwnerId,
    /// What it did.
    pub kind: FaultKind,
}

/// The run failed and is to be repeated, with a fresh context and without these members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restart {
    /// The members to drop, by index; at least one.
    pub faults: Vec<Fault>,
}

impl Restart {
    /// The members to drop.
    #[must_use]
    pub fn without(&self) -> Vec<OwnerId> {
        self.faults.iter().map(|fault| fault.owner).collect()
    }
}

/// The key that a run made.
#[derive(Debug)]
pub struct DkgOutcome {
    /// The committee's key: the same for every honest member.
    pub committee_key: CommitteeKey,
    /// This member's share of it.
    pub share: KeyShare,
    /// The members whose shares are in it, in index order: all of the run's.
    pub qualified: Vec<OwnerId>,
}

/// What a member does next.
#[derive(Debug)]
pub enum Output {
    /// Send this to all members.
    Broadcast(DkgMessage),
    /// The key is made.
    Done(Box<DkgOutcome>),
    /// Drop these members and start again.
    Restart(Restart),
}

/// A message or a set-up that a member refuses. The run stands as it was before.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DkgError {
    /// No such committee.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// An index that no member has.
    #[error("member {me} is not one of the {members} members of this run")]
    Index {
        /// The index.
        me: u64,
        /// The number of members.
        members: usize,
    },
    /// One owner twice in the committee.
    #[error("{owner} is listed twice: an owner has one seat")]
    Duplicate {
        /// The owner.
        owner: OwnerId,
    },
    /// The secret key does not belong to this member's published seal key.
    #[error("the seal secret does not match the seal key that is published for this member")]
    OwnSealKey,
    /// Nothing can be sealed to this key.
    #[error("nothing can be sealed to {owner}'s seal key: drop this member")]
    SealKey {
        /// The member.
        owner: OwnerId,
    },
    /// A sender that is not of the committee.
    #[error("{owner} is not a member of this run")]
    Stranger {
        /// The sender.
        owner: OwnerId,
    },
    /// A message of another run.
    #[error("{owner} sent a message of another run; it is ignored")]
    OtherRun {
        /// The sender.
        owner: OwnerId,
    },
    /// A second, different message in one phase. The first one counts.
    #[error("{owner} sent two different messages for the {phase} phase; the first one counts")]
    Contradiction {
        /// The sender.
        owner: OwnerId,
        /// The phase.
        phase: Phase,
    },
    /// A message that no honest member sends.
    #[error("{owner}: {source}")]
    Malformed {
        /// The sender.
        owner: OwnerId,
        /// What is wrong.
        source: DecodeError,
    },
    /// The run is over.
    #[error("this run is over; a new one needs a new context")]
    Finished,
    /// The sum of all commitments is degenerate, which has probability 2⁻²⁵⁵ if one member is honest.
    #[error("the sum of all commitments is no key: {0}")]
    Degenerate(#[from] CommitteeKeyError),
    /// `threshold_crypto` changed its encodings.
    #[error(transparent)]
    Layout(#[from] LayoutError),
}
