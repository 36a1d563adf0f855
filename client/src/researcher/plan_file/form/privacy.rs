//! `[privacy]` of a study file: what noise protects, by its amount or by what may be spent.

use serde::Deserialize;
use tributary_aggregation::privacy::least_multiplier;
use tributary_aggregation::study::{OwnerPrivacy, Privacy, StudyPlan};

use super::super::PlanFileError;

/// What is protected.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    /// All rows of an owner together.
    Owner,
}

/// Either `noise_multiplier` or `epsilon`, which the whole study then keeps to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct PrivacyForm {
    unit: Unit,
    noise_multiplier: Option<f64>,
    epsilon: Option<f64>,
    delta: f64,
    statistics_multiplier: Option<f64>,
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
        let Unit::Owner = self.unit;
        let with = |noise_multiplier| {
            Privacy::Owner(OwnerPrivacy {
                noise_multiplier,
                delta: self.delta,
                statistics_multiplier: self.statistics_multiplier,
                dead_rounds: self.dead_rounds,
            })
        };
        match (self.noise_multiplier, self.epsilon) {
            (Some(multiplier), None) => Ok(with(multiplier)),
            (None, Some(target)) => {
                let mut plan = plan.clone();
                let found = least_multiplier(target, |multiplier| {
                    plan.privacy = Some(with(multiplier));
                    plan.whole_spend().ok().flatten().map_or(f64::INFINITY, |spend| spend.epsilon)
                });
                found.map(with).ok_or_else(|| {
                    key(
                        "privacy.epsilon",
                        "no noise brings the study to it: raise it, have fewer rounds, or more noise on the statistics",
                    )
                })
            }
            _ => Err(key("privacy", "give either noise_multiplier or epsilon")),
        }
    }
}
