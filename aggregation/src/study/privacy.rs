//! What noise protects in a study, and what a study spends: see `docs/PRIVACY.md`.

use serde::{Deserialize, Serialize};

use super::validate::{PlanError, positive, require};
use super::{ModelSpec, StudyPlan};
use crate::plan::RoundPlan;
use crate::privacy::{SampledGaussian, zcdp_epsilon};

/// What noise protects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "unit", rename_all = "lowercase")]
pub enum Privacy {
    /// All rows of an owner together: whether it took part with them, or with nothing.
    Owner(OwnerPrivacy),
    /// Each row: whether it was there, or one that counts for nothing in its place.
    Record(RecordPrivacy),
}

/// Each owner adds discrete Gaussian noise to its clipped, quantised update before it is masked, so that the noise of the
/// fewest owners whose sum may be opened suffices. Each owner weighs 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnerPrivacy {
    /// The least scale of the noise in an opened sum, in units of the clip.
    pub noise_multiplier: f64,
    /// The δ for which ε is told.
    pub delta: f64,
    /// The same of the statistics round's sum. Without it nothing of the rows enters the statistics: inputs are scaled by
    /// the ranges that the plan states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistics_multiplier: Option<f64>,
    /// How many rounds may die after their cut was shown and be counted as opened; owners report in no more.
    #[serde(default)]
    pub dead_rounds: u64,
}

/// DP-SGD at each owner (Abadi et al., Deep Learning with Differential Privacy, CCS 2016), in place of
/// `training.local_epochs` and `training.batch_size`. Each owner's own noise suffices: nobody else's is counted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordPrivacy {
    /// The noise's standard deviation in a step, in units of `clip`.
    pub noise_multiplier: f64,
    /// The δ for which ε is told.
    pub delta: f64,
    /// L2 bound on one row's gradient.
    pub clip: f64,
    /// The probability with which each row is in a step, for itself.
    pub sampling_rate: f64,
    /// Steps in a round.
    pub steps: u32,
    /// How many rounds may die after their cut was shown and be counted as opened; owners report in no more.
    #[serde(default)]
    pub dead_rounds: u64,
}

/// What was spent, or will be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spend {
    /// ε.
    pub epsilon: f64,
    /// δ.
    pub delta: f64,
}

impl Privacy {
    /// δ.
    #[must_use]
    pub const fn delta(&self) -> f64 {
        match self {
            Self::Owner(OwnerPrivacy { delta, .. }) | Self::Record(RecordPrivacy { delta, .. }) => *delta,
        }
    }

    const fn dead_rounds(&self) -> u64 {
        match self {
            Self::Owner(OwnerPrivacy { dead_rounds, .. })
            | Self::Record(RecordPrivacy { dead_rounds, .. }) => *dead_rounds,
        }
    }
}

impl StudyPlan {
    /// The largest weight of an owner: 1 where an owner is protected as a whole, since a count of rows would tell about
    /// it and would scale what noise has to hide.
    #[must_use]
    pub const fn max_weight(&self) -> u32 {
        match self.privacy {
            Some(Privacy::Owner(_)) => 1,
            _ => self.aggregation.max_weight,
        }
    }

    /// How many owners' noise is counted on in every opened sum: the smallest group's, but for those who collude and take
    /// theirs away; every owner is taken to be curious, so one at least.
    #[must_use]
    pub fn counted_noise(&self) -> u16 {
        let corrupt = self.cohort.corrupt_among(usize::from(self.cohort.max_owners)).max(1);
        usize::from(self.aggregation.min_group).saturating_sub(corrupt) as u16
    }

    /// The noise multiplier of the statistics round, if its sum is of the owners' rows and carries noise.
    #[must_use]
    pub const fn statistics_noise(&self) -> Option<f64> {
        match &self.privacy {
            Some(Privacy::Owner(privacy)) => privacy.statistics_multiplier,
            _ => None,
        }
    }

    /// Whether inputs are scaled by the ranges that the plan states, and round 0 takes nothing from the rows: wherever
    /// something is protected, and the statistics carry no noise.
    #[must_use]
    pub const fn scales_by_range(&self) -> bool {
        self.privacy.is_some() && self.statistics_noise().is_none()
    }

    /// How many training rounds an owner may report in, dead ones included; without noise as many as there are.
    #[must_use]
    pub fn releases(&self) -> u64 {
        self.privacy
            .as_ref()
            .map_or(self.round_limit(), |privacy| self.rounds.saturating_add(privacy.dead_rounds()))
    }

    /// What an owner, or each of its rows, spends with reports in `rounds` training rounds, and in the statistics round if
    /// `statistics`; `None` where nothing is protected.
    ///
    /// # Errors
    /// If the plan's sums are too wide.
    pub fn spend(&self, rounds: u64, statistics: bool) -> Result<Option<Spend>, crate::plan::PlanError> {
        let Some(privacy) = &self.privacy else { return Ok(None) };
        let epsilon = match privacy {
            Privacy::Owner(owner) => {
                let mut rho = 0.0;
                if rounds > 0 {
                    rho += RoundPlan::training(self)?.release_zcdp() * rounds as f64;
                }
                if statistics && owner.statistics_multiplier.is_some() {
                    rho += RoundPlan::statistics(self)?.release_zcdp();
                }
                zcdp_epsilon(rho, owner.delta)
            }
            Privacy::Record(record) => {
                let steps = rounds.saturating_mul(record.steps.into());
                SampledGaussian { rate: record.sampling_rate, multiplier: record.noise_multiplier }
                    .epsilon(steps, record.delta)
            }
        };
        Ok(Some(Spend { epsilon, delta: privacy.delta() }))
    }

    /// The most that an owner spends in the study: with the statistics, and every round that it may report in.
    ///
    /// # Errors
    /// If the plan's sums are too wide.
    pub fn whole_spend(&self) -> Result<Option<Spend>, crate::plan::PlanError> {
        self.spend(self.releases(), true)
    }

    pub(super) fn validate_privacy(&self) -> Result<(), PlanError> {
        let Some(privacy) = &self.privacy else { return Ok(()) };
        let delta = privacy.delta();
        require(delta > 0.0 && delta < 1.0, "privacy.delta", "must be above 0 and below 1, such as 1e-5")?;
        require(
            privacy.dead_rounds() <= self.rounds,
            "privacy.dead_rounds",
            "must not be more than the rounds",
        )?;
        require(
            !self.schema.overview,
            "schema.overview",
            "counts rows without noise: a study that protects its owners can't have one",
        )?;
        match privacy {
            Privacy::Owner(owner) => self.validate_owner_privacy(owner)?,
            Privacy::Record(record) => self.validate_record_privacy(record)?,
        }
        // So little noise that nobody could write down what is spent.
        let spend = self.whole_spend().ok().flatten();
        require(
            spend.is_some_and(|spend| spend.epsilon.is_finite()),
            "privacy.noise_multiplier",
            "is so small that nothing is protected",
        )
    }

    fn validate_owner_privacy(&self, owner: &OwnerPrivacy) -> Result<(), PlanError> {
        require(
            self.training.control_variates.is_none(),
            "training.control_variates",
            "can't be summed in a study that protects its owners: the noise is made for updates of aggregation.clip alone. Leave \
             either them or privacy out",
        )?;
        require(
            self.counted_noise() >= 1,
            "aggregation.min_group",
            "must exceed the owners that may collude (cohort.max_corrupt_bps of cohort.max_owners): else no honest owner's \
             noise is sure to be in a sum",
        )?;
        positive(owner.noise_multiplier, "privacy.noise_multiplier")?;
        if let Some(multiplier) = owner.statistics_multiplier {
            positive(multiplier, "privacy.statistics_multiplier")?;
        }
        let wide = |error: crate::plan::PlanError| PlanError::Field {
            field: "privacy.noise_multiplier".into(),
            reason: error.to_string(),
        };
        RoundPlan::training(self).map_err(wide)?;
        RoundPlan::statistics(self).map(drop).map_err(wide)
    }

    fn validate_record_privacy(&self, record: &RecordPrivacy) -> Result<(), PlanError> {
        require(
            matches!(self.model, ModelSpec::Layers(_)),
            "privacy.unit",
            "record needs a built-in model: what a module makes of one row can't be told from what it makes of another",
        )?;
        positive(record.noise_multiplier, "privacy.noise_multiplier")?;
        positive(record.clip, "privacy.clip")?;
        require(
            record.sampling_rate > 0.0 && record.sampling_rate <= 1.0,
            "privacy.sampling_rate",
            "must be above 0 and at most 1",
        )?;
        require((1..=100_000).contains(&record.steps), "privacy.steps", "must be from 1 to 100000")
    }
}

#[cfg(test)]
mod tests;
