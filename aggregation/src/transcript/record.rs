//! What stands in a round's transcript.

use serde::{Deserialize, Serialize};

use super::HexBytes;
use crate::hash::sha256;
use crate::ids::{Digest, OwnerId, StudyId};
use crate::scoring::{GroupScores, Ledger};

/// The version of the transcript's form that this code reads and writes.
pub const TRANSCRIPT_VERSION: u32 = 1;

/// One settled round, unverified. All lists of owners are in strictly ascending order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoundTranscript {
    /// [`TRANSCRIPT_VERSION`].
    pub version: u32,
    /// The study.
    pub study: StudyId,
    /// SHA-256 of the study plan's JSON.
    pub plan: Digest,
    /// The committee's epoch.
    pub epoch: u64,
    /// The epoch's committee key, a compressed point of G1.
    pub committee_key: HexBytes<48>,
    /// The round, from 1: above the last settled one.
    pub round: u64,
    /// The attempt that succeeded, from 1.
    pub attempt: u32,
    /// The attempts since the last settled round, in order. A round of which a cut was shown and that could not be finished
    /// gave its number up: its attempts are here, and the work went on under the next number.
    pub aborted: Vec<AbortedAttempt>,
    /// Transcript of the round before; nothing for the first.
    pub previous: Option<Digest>,
    /// The owners that were present when the attempt was announced.
    pub candidates: Vec<OwnerId>,
    /// The committee's signature that the groups were drawn by: a compressed point of G2.
    pub beacon: HexBytes<96>,
    /// The groups, in the order in which the beacon makes them.
    pub groups: Vec<GroupRecord>,
    /// Digest of the model state that the round started from.
    pub model_before: Digest,
    /// Digest of the model state that it made.
    pub model_after: Digest,
    /// Utilities of all 2^groups coalitions in millionths of the plan's metric; bit i of the index is group i.
    pub utilities: Vec<i64>,
    /// The groups' Shapley values.
    pub scores: GroupScores,
    /// What this round pays.
    pub payouts: Ledger,
    /// What all rounds so far pay: the leaves of the payouts tree on chain.
    pub cumulative: Ledger,
}

/// An attempt of which nothing was settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AbortedAttempt {
    /// The round.
    pub round: u64,
    /// Which attempt at it, from 1.
    pub attempt: u32,
    /// Why it was given up.
    pub reason: AbortReason,
    /// The same for people: which group, how many were missing.
    pub details: String,
    /// Who was waited for in vain.
    pub absent: Vec<OwnerId>,
}

/// Why an attempt was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbortReason {
    /// Fewer than a quorum signed the beacon.
    BeaconQuorumMissed,
    /// A group fell below the plan's `min_group`, at the roster or at the cut.
    GroupTooSmall,
    /// So many owners dropped out of a large group that some would have kept too few neighbours to mask with: see
    /// [`MaskGraph::stripped`](crate::masking::MaskGraph::stripped).
    MaskGraphTooThin,
    /// Fewer than a quorum released a group's cut.
    ReleaseQuorumMissed,
    /// Fewer than a quorum agreed on the evaluation or signed the settlement.
    SettlementQuorumMissed,
    /// The study went to a new epoch, so the round's keys and contexts ended.
    EpochEnded,
}

/// One group of the round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRecord {
    /// Place in the list, from 0.
    pub index: u16,
    /// The group's context, roster included.
    pub context: Digest,
    /// Who joined.
    pub roster: Vec<OwnerId>,
    /// Who is in the sum.
    pub online: Vec<Online>,
    /// Who joined but was cut.
    pub offline: Vec<Offline>,
    /// SHA-256 of the published sealed sum.
    pub sum: Digest,
    /// The committee's signature on the cut: a compressed point of G2.
    pub certificate: HexBytes<96>,
}

/// An owner whose update is in the group's sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Online {
    /// The owner.
    pub owner: OwnerId,
    /// Digest of its report header.
    pub report: Digest,
}

/// An owner that joined and whose update is not in the group's sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offline {
    /// The owner.
    pub owner: OwnerId,
    /// Digest of its join header.
    pub join: Digest,
    /// Why it was cut.
    pub reason: OfflineReason,
}

/// Why an owner that joined was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfflineReason {
    /// It was not heard from for longer than the plan allows.
    Silent,
    /// It was there, but its report was not complete at the hard deadline.
    Late,
    /// Its report was refused: wrong signature, context, length or digest.
    Refused,
}

impl RoundTranscript {
    /// The transcript as JSON.
    ///
    /// # Errors
    /// None for any transcript; `serde_json`'s signature has one.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec_pretty(self)
    }

    /// Digest of a transcript's bytes: what the settlement names.
    #[must_use]
    pub fn digest_of(bytes: &[u8]) -> Digest {
        sha256(bytes)
    }
}
