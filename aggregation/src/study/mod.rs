//! The plan of a study: the one document that says what is trained, on which columns, how, and for what pay.
//!
//! It travels as JSON. Its digest, SHA-256 of exactly those bytes, is on chain, so there is nothing to canonicalise:
//! whoever holds the bytes can check them. Unknown fields are refused.

mod clip;
mod duo;
mod early_stop;
mod image;
mod label;
mod model;
mod overview;
mod privacy;
mod schema;
mod training;
mod validate;

use serde::{Deserialize, Serialize};

pub use clip::AdaptiveClip;
pub use duo::{Disease, Duo, Kind as DuoKind, PurposeTerm, TermError};
pub use early_stop::{EarlyStop, Waiting};
pub use image::ImageInput;
pub use label::{Label, LabelKind};
pub use model::{Activation, Layer, LayerSpec, MAX_MODULE_BYTES, ModelSpec, ModuleSpec};
pub use overview::{OVERVIEW_BINS, OverviewBlock, OverviewKind};
pub use privacy::{OwnerPrivacy, Privacy, RecordPrivacy, Spend};
pub use schema::{Feature, FeatureKind, Schema};
pub use training::{ControlVariates, Schedule, Training};
pub use validate::PlanError;

use crate::committee::sample::{committee_size, corrupt_among};
use crate::hash::sha256;
use crate::ids::{Digest, OwnerId};

/// The version of the plan's form that this code reads.
pub const PLAN_VERSION: u32 = 1;

/// The one scoring rule that this program measures by: Shapley values of a round's groups ([`crate::scoring`]).
pub const SCORING_RULE: &str = "group-shapley-1";

/// Everything about a study that its parties agree on beforehand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyPlan {
    /// [`PLAN_VERSION`].
    pub version: u32,
    /// A name for people.
    pub name: String,
    /// The researcher's address.
    pub researcher: OwnerId,
    /// What the study does, the conditions that it keeps to, and the diseases that it is about, strictly ascending: owners
    /// compare it with their datasets' terms before they grant their consent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub purpose: Vec<PurposeTerm>,
    /// Training rounds (the statistics round, 0, is not counted).
    pub rounds: u64,
    /// The columns and the label.
    pub schema: Schema,
    /// The model that every owner trains.
    pub model: ModelSpec,
    /// Local training.
    pub training: Training,
    /// The server-side update rule.
    pub optimizer: OptimizerSpec,
    /// How updates are bounded, quantised and grouped.
    pub aggregation: Aggregation,
    /// How many owners.
    pub cohort: Cohort,
    /// What noise protects, and how well; without it there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy: Option<Privacy>,
    /// How contributions are measured.
    pub scoring: Scoring,
    /// How contributions are paid.
    pub payment: Payment,
    /// How long each phase may take.
    pub deadlines: Deadlines,
    /// Salted commitment to the researcher's holdout: see [`holdout_commitment`].
    pub holdout_commitment: Digest,
}

/// The server-side update rule: Reddi et al., Adaptive Federated Optimization (ICLR 2021).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "lowercase", deny_unknown_fields)]
pub enum OptimizerSpec {
    /// McMahan et al. 2017: the model moves by the weighted mean update, times `learning_rate` (1 is plain `FedAvg`).
    FedAvg {
        /// Server learning rate.
        learning_rate: f64,
    },
    /// Hsu et al. 2019: the model moves by a decaying sum of mean updates, times `learning_rate`.
    FedAvgM {
        /// Server learning rate.
        learning_rate: f64,
        /// How much of the last direction stays.
        momentum: f64,
    },
    /// Adagrad on the mean update.
    FedAdagrad {
        /// Server learning rate (η).
        learning_rate: f64,
        /// Decay of the first moment; 0 keeps none.
        beta1: f64,
        /// Adaptivity (τ).
        epsilon: f64,
    },
    /// Yogi on the mean update.
    FedYogi {
        /// Server learning rate (η).
        learning_rate: f64,
        /// Decay of the first moment.
        beta1: f64,
        /// Decay of the second moment.
        beta2: f64,
        /// Adaptivity (τ).
        epsilon: f64,
    },
    /// Adam on the mean update.
    FedAdam {
        /// Server learning rate (η).
        learning_rate: f64,
        /// Decay of the first moment.
        beta1: f64,
        /// Decay of the second moment.
        beta2: f64,
        /// Adaptivity (τ).
        epsilon: f64,
    },
}

/// How updates are bounded, quantised and grouped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aggregation {
    /// L2 bound on one owner's update.
    pub clip: f64,
    /// Whether it follows the updates, and how; without it, it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adaptive_clip: Option<AdaptiveClip>,
    /// Bits per coordinate.
    pub bits: u8,
    /// Largest weight (rows) that one owner may claim.
    pub max_weight: u32,
    /// The fewest owners whose sum may be opened.
    pub min_group: u16,
    /// The most groups in a round.
    pub max_groups: u16,
    /// The round numbers that owners are summed in changing groups for, counted from 1; rounds beyond it have one group.
    /// Sums over overlapping groups tell more about single owners the more there are of them.
    #[serde(default = "default_rotation_budget")]
    pub rotation_budget: u64,
}

const fn default_rotation_budget() -> u64 {
    100
}

/// How many owners the study takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cohort {
    /// Fewer never start.
    pub min_owners: u16,
    /// Enrolment closes at once when these are there.
    pub max_owners: u16,
    /// The addresses that may take part, strictly ascending. Empty: anybody may, and then nobody can tell how many owners
    /// are one party (Douceur, The Sybil Attack, 2002).
    #[serde(default)]
    pub allowed: Vec<OwnerId>,
    /// The share of owners, in ten-thousandths, that may collude with the coordinator: what the size of a sampled
    /// committee and the mask graphs of large groups are made for.
    #[serde(default = "default_max_corrupt")]
    pub max_corrupt_bps: u16,
    /// Whether owners may enrol when the study has begun.
    #[serde(default)]
    pub late_enrolment: bool,
    /// Whether an owner takes part only while a grant of its dataset to this study is live on chain.
    #[serde(default)]
    pub consent: bool,
}

/// One in ten.
const fn default_max_corrupt() -> u16 {
    Cohort::DEFAULT_MAX_CORRUPT_BPS
}

impl Cohort {
    /// The most owners that a plan may take.
    pub const MOST_OWNERS: u16 = 256;

    /// The share of corrupt owners, in ten-thousandths, where a plan says nothing.
    pub const DEFAULT_MAX_CORRUPT_BPS: u16 = 1000;

    /// How many of `owners` may collude with the coordinator.
    #[must_use]
    pub fn corrupt_among(&self, owners: usize) -> usize {
        corrupt_among(owners, self.max_corrupt_bps)
    }

    /// How many of an epoch's `owners` are its committee.
    #[must_use]
    pub fn committee_size(&self, owners: usize) -> usize {
        committee_size(owners, self.max_corrupt_bps)
    }

    /// Whether the plan lets `owner` take part.
    #[must_use]
    pub fn allows(&self, owner: &OwnerId) -> bool {
        self.allowed.is_empty() || self.allowed.binary_search(owner).is_ok()
    }
}

/// The metric on the holdout that a coalition's model is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Area under the ROC curve.
    Auc,
    /// Share of rows classified right at probability one half.
    Accuracy,
    /// Minus the mean log loss.
    NegLogLoss,
    /// Minus the loss that the study's module computes: its `eval_loss`, or else its `loss`.
    NegLoss,
    /// What the study's module computes under this name, and more of it is better.
    Module(String),
}

/// How contributions are measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scoring {
    /// How an owner's worth follows from its groups' coalitions, by the name that the chain knows the digest of:
    /// [`SCORING_RULE`].
    #[serde(default = "scoring_rule")]
    pub rule: String,
    /// The metric on the researcher's holdout.
    pub metric: Metric,
    /// By how many millionths a member's own utility may differ from the proposed one.
    pub tolerance_micros: u32,
}

fn scoring_rule() -> String {
    SCORING_RULE.to_owned()
}

/// How contributions are paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// Paid out per training round, in the token's smallest unit; decimal digits in a string (JSON numbers are too small).
    #[serde(with = "crate::decimal::amount")]
    pub per_round: u128,
    /// Ten-thousandths of each round's pool that all who were in the sum share equally; the rest goes by score.
    pub base_share_bps: u16,
}

/// How long each phase may take, in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadlines {
    /// An owner not heard from for this long is silent. Owners send a heartbeat three times as often.
    pub silence_s: u32,
    /// Enrolment, from the study's creation.
    pub enrol_s: u32,
    /// Forming the MLS group, the key generation and the committee's registration, together.
    pub committee_s: u32,
    /// Waiting for absent owners before a round is announced without them.
    pub gather_s: u32,
    /// Beacon, join.
    pub join_s: u32,
    /// Training and reporting: an owner that still sends heartbeats is not cut before this.
    pub report_s: u32,
    /// Release of decryption shares.
    pub release_s: u32,
    /// Evaluation and settlement.
    pub settle_s: u32,
    /// The whole study; after it the contract refunds what was not settled.
    pub study_s: u32,
}

impl StudyPlan {
    /// Reads and validates a plan.
    ///
    /// # Errors
    /// If `bytes` is not a plan of this version, or one that nobody could run safely; the error names the field.
    pub fn from_json(bytes: &[u8]) -> Result<Self, PlanError> {
        let plan: Self = serde_json::from_slice(bytes).map_err(|e| PlanError::Malformed(e.to_string()))?;
        plan.validate()?;
        Ok(plan)
    }

    /// The plan as JSON.
    ///
    /// # Errors
    /// If the plan is invalid.
    pub fn to_json(&self) -> Result<Vec<u8>, PlanError> {
        self.validate()?;
        serde_json::to_vec_pretty(self).map_err(|e| PlanError::Malformed(e.to_string()))
    }

    /// The highest round number that the study may use: a round whose cut was shown and that could not be finished gives
    /// its number up (nobody releases a second cut for it), so there are twice as many numbers as rounds to settle.
    #[must_use]
    pub fn round_limit(&self) -> u64 {
        self.rounds.saturating_mul(2)
    }

    /// The most groups of a round: one for the statistics, and one once the rotation budget is spent.
    #[must_use]
    pub const fn max_groups(&self, round: u64) -> u16 {
        if round == 0 || round > self.aggregation.rotation_budget { 1 } else { self.aggregation.max_groups }
    }

    /// Coordinates of the model: the length of an update.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        self.model.parameter_count(self.schema.inputs())
    }

    /// All that the study can pay, in the token's smallest unit.
    #[must_use]
    pub fn budget(&self) -> u128 {
        self.payment.per_round.saturating_mul(u128::from(self.rounds))
    }

    /// Digest of a plan's bytes: what the chain holds.
    #[must_use]
    pub fn digest_of(bytes: &[u8]) -> Digest {
        sha256(bytes)
    }
}

/// Salted commitment to a holdout: nobody can guess its rows from it.
#[must_use]
pub fn holdout_commitment(salt: &[u8; 32], holdout: &[u8]) -> Digest {
    crate::hash::digest("holdout", &[salt, holdout])
}
