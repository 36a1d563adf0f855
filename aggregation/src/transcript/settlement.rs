//! What the committee says about a round on chain.

use super::record::RoundTranscript;
use crate::hash::digest;
use crate::ids::{Digest, StudyId};
use crate::scoring::Ledger;

/// The contract's `Settlement`, but for the root of the payouts tree, which is the caller's to make from `payouts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettlementFields {
    /// The study.
    pub study: StudyId,
    /// The committee's epoch.
    pub epoch: u64,
    /// The round.
    pub round: u64,
    /// Digest of all groups' contexts.
    pub context: Digest,
    /// Digest of all groups' sealed sums' digests.
    pub sums: Digest,
    /// Digest of utilities and scores.
    pub scores: Digest,
    /// The model after the round.
    pub model: Digest,
    /// SHA-256 of the transcript.
    pub transcript: Digest,
    /// Sum of `payouts`, in the token's smallest unit.
    pub cumulative_payout: u128,
    /// What each owner is owed after the round, all rounds together.
    pub payouts: Ledger,
}

impl SettlementFields {
    /// The fields of a verified transcript and of its bytes' digest.
    pub(super) fn of(transcript: &RoundTranscript, digest_of_bytes: Digest) -> Self {
        let over_groups = |label: &str, digests: Vec<Digest>| {
            let parts: Vec<&[u8]> = digests.iter().map(AsRef::as_ref).collect();
            digest(label, &parts)
        };
        Self {
            study: transcript.study,
            epoch: transcript.epoch,
            round: transcript.round,
            context: over_groups("settlement-context", transcript.groups.iter().map(|g| g.context).collect()),
            sums: over_groups("settlement-sums", transcript.groups.iter().map(|g| g.sum).collect()),
            scores: scores_digest(transcript),
            model: transcript.model_after,
            transcript: digest_of_bytes,
            cumulative_payout: transcript.cumulative.total(),
            payouts: transcript.cumulative.clone(),
        }
    }
}

/// Over utilities (i64), numerators (i128) and denominator (u64), little-endian.
fn scores_digest(transcript: &RoundTranscript) -> Digest {
    let utilities: Vec<u8> = transcript.utilities.iter().flat_map(|u| u.to_le_bytes()).collect();
    let numerators: Vec<u8> = transcript.scores.numerators.iter().flat_map(|n| n.to_le_bytes()).collect();
    let denominator = transcript.scores.denominator.to_le_bytes();
    digest("settlement-scores", &[&utilities, &numerators, &denominator])
}
