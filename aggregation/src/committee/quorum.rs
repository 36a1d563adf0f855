//! Combining a quorum of shares: the whole first, the single shares only if the whole is wrong.
//!
//! Checking one share costs two pairings, checking the combined value no more; so shares are combined unchecked, and
//! only a wrong result makes every share answer for itself.

use std::collections::BTreeMap;

use thiserror::Error;

use super::params::CommitteeParams;

/// The shares do not make a quorum.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QuorumError {
    /// An index that no member has.
    #[error("share index {index} is not below {members}, the number of members")]
    Index {
        /// The index.
        index: u64,
        /// The number of members.
        members: usize,
    },
    /// Not enough shares.
    #[error("{got} shares are not a quorum of {quorum}: wait for more members")]
    TooFew {
        /// The shares that were given.
        got: usize,
        /// The shares that are needed.
        quorum: usize,
    },
    /// Members gave wrong shares, and without them there are not enough.
    #[error(
        "members {liars:?} gave wrong shares; {left} are left of a quorum of {quorum}: ask other members"
    )]
    BadShares {
        /// Indices of the members whose shares are wrong.
        liars: Vec<u64>,
        /// The right shares.
        left: usize,
        /// The shares that are needed.
        quorum: usize,
    },
    /// Every share is right, yet their combination is not what it should be: the fault is not a member's.
    #[error("every share is right and still they do not combine: what they are shares of is malformed")]
    Malformed,
}

/// Combines the first quorum of `shares`; if that fails, drops the shares that are not right and tries again.
/// Returns the value and the indices of those whose shares were found wrong.
pub(crate) fn combine<S, T>(
    params: CommitteeParams,
    shares: &BTreeMap<u64, S>,
    whole: impl Fn(&[(u64, &S)]) -> Option<T>,
    is_right: impl Fn(u64, &S) -> bool,
) -> Result<(T, Vec<u64>), QuorumError> {
    let quorum = params.quorum();
    if let Some((&index, _)) = shares.iter().find(|(index, _)| !params.contains(**index)) {
        return Err(QuorumError::Index { index, members: params.members() });
    }
    if shares.len() < quorum {
        return Err(QuorumError::TooFew { got: shares.len(), quorum });
    }
    let first: Vec<(u64, &S)> = shares.iter().map(|(index, share)| (*index, share)).take(quorum).collect();
    if let Some(value) = whole(&first) {
        return Ok((value, Vec::new()));
    }
    let (right, wrong): (Vec<_>, Vec<_>) = shares
        .iter()
        .map(|(index, share)| (*index, share))
        .partition(|(index, share)| is_right(*index, share));
    let liars: Vec<u64> = wrong.into_iter().map(|(index, _)| index).collect();
    if liars.is_empty() {
        return Err(QuorumError::Malformed);
    }
    match right.get(..quorum) {
        None => Err(QuorumError::BadShares { liars, left: right.len(), quorum }),
        Some(right) => whole(right).map(|value| (value, liars)).ok_or(QuorumError::Malformed),
    }
}
