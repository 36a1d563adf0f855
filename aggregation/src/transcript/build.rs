//! Makes a round's transcript from its parts: what the coordinator proposes to the members.

use thiserror::Error;

use super::HexBytes;
use super::check::Disagreement;
use super::record::{AbortedAttempt, GroupRecord, RoundTranscript, TRANSCRIPT_VERSION};
use super::verify::{PublicView, VerifiedTranscript, verify};
use crate::committee::Certificate;
use crate::ids::{Digest, OwnerId};
use crate::scoring::{LedgerOverflow, PayoutError, ShapleyError, payouts, shapley};

/// What happened in a round; the rest of its transcript follows from it. Lists may be in any order.
#[derive(Debug, Clone)]
pub struct RoundParts {
    /// The round.
    pub round: u64,
    /// The attempts that were given up since the last settled round.
    pub aborted: Vec<AbortedAttempt>,
    /// The owners that were present when the attempt was announced.
    pub candidates: Vec<OwnerId>,
    /// The committee's beacon.
    pub beacon: Certificate,
    /// The groups.
    pub groups: Vec<GroupRecord>,
    /// Digest of the model state that the round started from.
    pub model_before: Digest,
    /// Digest of the model state that it made.
    pub model_after: Digest,
    /// Utilities of all coalitions, in millionths of the plan's metric; bit i of the index is group i.
    pub utilities: Vec<i64>,
}

/// No transcript can be made of the parts.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BuildError {
    /// The utilities are no game.
    #[error(transparent)]
    Shapley(#[from] ShapleyError),
    /// The pool can't be divided.
    #[error(transparent)]
    Payout(#[from] PayoutError),
    /// The payouts so far are too large.
    #[error(transparent)]
    Overflow(#[from] LedgerOverflow),
    /// More attempts than can be counted, or JSON that could not be written.
    #[error("the transcript can't be written: {0}")]
    Unwritable(String),
    /// No member would accept it.
    #[error(transparent)]
    Disagrees(#[from] Disagreement),
}

/// Computes scores and amounts, writes the transcript (the same parts give the same bytes), and verifies it as everybody
/// else will.
///
/// # Errors
/// If scores or payouts can't be computed, or the transcript would not be accepted.
pub fn build(view: &PublicView<'_>, mut parts: RoundParts) -> Result<VerifiedTranscript, BuildError> {
    sort(&mut parts);
    let before = parts.aborted.iter().filter(|aborted| aborted.round == parts.round).count();
    let attempt = u32::try_from(before + 1).map_err(|e| BuildError::Unwritable(e.to_string()))?;
    let online: Vec<Vec<OwnerId>> =
        parts.groups.iter().map(|group| group.online.iter().map(|o| o.owner).collect()).collect();
    let scores = shapley(&parts.utilities)?;
    let payouts = payouts(&view.plan.payment, &online, &scores)?;
    let cumulative = view.standing.cumulative.plus(&payouts)?;
    let transcript = RoundTranscript {
        version: TRANSCRIPT_VERSION,
        study: view.study,
        plan: view.plan_digest,
        epoch: view.epoch,
        committee_key: HexBytes(view.committee_key.to_bytes()),
        round: parts.round,
        attempt,
        aborted: parts.aborted,
        previous: view.standing.transcript,
        candidates: parts.candidates,
        beacon: HexBytes(parts.beacon.to_bytes()),
        groups: parts.groups,
        model_before: parts.model_before,
        model_after: parts.model_after,
        utilities: parts.utilities,
        scores,
        payouts,
        cumulative,
    };
    let bytes = transcript.to_json().map_err(|e| BuildError::Unwritable(e.to_string()))?;
    Ok(verify(&bytes, view, None)?)
}

fn sort(parts: &mut RoundParts) {
    parts.aborted.sort_by_key(|aborted| (aborted.round, aborted.attempt));
    parts.aborted.iter_mut().for_each(|aborted| aborted.absent.sort_unstable());
    parts.candidates.sort_unstable();
    parts.groups.sort_by_key(|group| group.index);
    for group in &mut parts.groups {
        group.roster.sort_unstable();
        group.online.sort_unstable_by_key(|online| online.owner);
        group.offline.sort_unstable_by_key(|offline| offline.owner);
    }
}
