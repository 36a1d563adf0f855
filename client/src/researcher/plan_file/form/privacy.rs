//! `[privacy]` of a study file: what noise protects, by its amount or by what may be spent.

use serde::Deserialize;
use tributary_aggregation::privacy::least_multiplier;
use tributary_aggregation::study::{OwnerPrivacy, Privacy, RecordPrivacy, StudyPlan};

use super::super::PlanFileError;

/// What is protected, with either `noise_multiplier` or `epsilon`, which the whole study then keeps to.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "unit", rename_all = "lowercase")]
pub(in super::super) enum PrivacyForm {
    /// All rows of an owner together.
    Owner(OwnerForm),
    /// Each row.
    Record(RecordForm),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct OwnerForm {
    noise_multiplier: Option<f64>,
    epsilon: Option<f64>,
    delta: f64,
    statistics_multiplier: Option<f64>,
    #[serde(default)]
    dead_rounds: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct RecordForm {
    noise_multiplier: Option<f64>,
    epsilon: Option<f64>,
    delta: f64,
    clip: f64,
    sampling_rate: f64,
    steps: u32,
    #[serde(default)]
    dead_rounds: u64,
}

impl PrivacyForm {
    /// The plan's section, for a plan that is whole but for it.
    ///
    /// # Errors
    /// If both or neither of noise and ε are given, or no noise brings the study to that ε.
    pub(in super::super) fn for_plan(&self, plan: &StudyPlan) -> Result<Privacy, PlanFileError> {
        let key = |key: &str, reason: &str| PlanFileError::Key { key: key.into(), reason: reason.into() };
        let (given, target) = match self {
            Self::Owner(OwnerForm { noise_multiplier, epsilon, .. })
            | Self::Record(RecordForm { noise_multiplier, epsilon, .. }) => (*noise_multiplier, *epsilon),
        };
        match (given, target) {
            (Some(multiplier), None) => Ok(self.with(multiplier)),
            (None, Some(target)) => {
                let mut plan = plan.clone();
                let found = least_multiplier(target, |multiplier| {
                    plan.privacy = Some(self.with(multiplier));
                    plan.whole_spend().ok().flatten().map_or(f64::INFINITY, |spend| spend.epsilon)
                });
                found.map(|multiplier| self.with(multiplier)).ok_or_else(|| {
                    key(
                        "privacy.epsilon",
                        "no noise brings the study to it: raise it, have fewer rounds, or more noise on the statistics",
                    )
                })
            }
            _ => Err(key("privacy", "give either noise_multiplier or epsilon")),
        }
    }

    fn with(&self, noise_multiplier: f64) -> Privacy {
        match *self {
            Self::Owner(OwnerForm { delta, statistics_multiplier, dead_rounds, .. }) => {
                Privacy::Owner(OwnerPrivacy { noise_multiplier, delta, statistics_multiplier, dead_rounds })
            }
            Self::Record(RecordForm { delta, clip, sampling_rate, steps, dead_rounds, .. }) => {
                Privacy::Record(RecordPrivacy {
                    noise_multiplier,
                    delta,
                    clip,
                    sampling_rate,
                    steps,
                    dead_rounds,
                })
            }
        }
    }
}
