//! Local training.

use serde::Deserialize;
use tributary_aggregation::study::{ControlVariates, EarlyStop, Schedule, Training};

use super::super::PlanOverrides;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrainingForm {
    local_epochs: u32,
    #[serde(default)]
    batch_size: u32,
    learning_rate: f64,
    #[serde(default)]
    weight_decay: f64,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    momentum: f64,
    #[serde(default)]
    proximal_mu: f64,
    #[serde(default)]
    schedule: Schedule,
    #[serde(default)]
    control_variates: bool,
    #[serde(default)]
    early_stop: Option<EarlyStop>,
}

/// How control variates are bounded, where the study has them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Scaffold {
    clip: f64,
}

/// About the gradient of a loss on standardised inputs.
impl Default for Scaffold {
    fn default() -> Self {
        Self { clip: 2.0 }
    }
}

impl super::Form {
    /// Local training, as the command line changes it.
    pub(in super::super) fn training(&self, overrides: &PlanOverrides) -> Training {
        let form = &self.training;
        let has_control = overrides.control_variates || form.control_variates;
        Training {
            local_epochs: form.local_epochs,
            batch_size: form.batch_size,
            learning_rate: form.learning_rate,
            weight_decay: form.weight_decay,
            seed: overrides.seed.unwrap_or(form.seed),
            momentum: form.momentum,
            proximal_mu: overrides.proximal_mu.unwrap_or(form.proximal_mu),
            schedule: form.schedule,
            control_variates: has_control.then_some(ControlVariates { clip: self.scaffold.clip }),
            early_stop: form.early_stop,
        }
    }
}
