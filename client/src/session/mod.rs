//! The study's group: who is in it, and what its members tell each other where the coordinator can't listen.
//!
//! MLS (RFC 9420) through `openmls`. The coordinator delivers, but is no member.

mod change;
#[cfg(test)]
mod change_tests;
mod group;
mod identity;
mod provider;
mod roster;
mod sealed;
#[cfg(test)]
mod tests;

use thiserror::Error;
use tributary_aggregation::ids::OwnerId;

pub use change::{Change, Proposed, peek};
pub use group::{Group, Incoming, Received};
pub use identity::{Identity, MaskKeys, mls_public_key};
pub use provider::{Provider, Storage, StorageError};
pub use roster::{Member, check_key_package};
pub use sealed::{Owners, SealedOwner, SealedRoster};

/// Something in the group is not as it must be.
#[derive(Debug, Error)]
pub enum SessionError {
    /// The MLS library refused a message or an operation.
    #[error("MLS refused to {action}: {reason}")]
    Mls {
        /// What was being done.
        action: &'static str,
        /// The library's reason.
        reason: String,
    },
    /// A leaf of the group does not show whom it belongs to.
    #[error("an MLS leaf is not acceptable: {0}")]
    Leaf(&'static str),
    /// A leaf's wallet signature or enrolled key does not fit.
    #[error("the MLS leaf of {owner} is not acceptable: {reason}")]
    Foreign {
        /// The address that the leaf claims.
        owner: OwnerId,
        /// What does not fit.
        reason: &'static str,
    },
    /// A commit does what no commit may.
    #[error("a commit of {committer} is not acceptable: {reason}; the group stays as it was")]
    Commit {
        /// Who made it.
        committer: OwnerId,
        /// What it does.
        reason: &'static str,
    },
    /// A welcome into a group that too few of the voters are in.
    #[error(
        "only {present} of the voters are in the group, a quorum is {quorum}: it is not the study's group"
    )]
    TooFewVoters {
        /// The voters in it.
        present: usize,
        /// How many are enough.
        quorum: usize,
    },
    /// Somebody is in the group who should not be, or the other way round.
    #[error("the MLS group is not the study's roster on chain: {owner} {reason}")]
    Roster {
        /// Who.
        owner: OwnerId,
        /// What is wrong.
        reason: &'static str,
    },
}

fn refused<E: std::fmt::Display>(action: &'static str) -> impl FnOnce(E) -> SessionError {
    move |error| SessionError::Mls { action, reason: error.to_string() }
}
