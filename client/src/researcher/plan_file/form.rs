//! The keys of a study file, with their defaults.

mod columns;
mod optimizer;
mod privacy;
mod training;

use std::path::PathBuf;

use tributary_aggregation::ids::OwnerId;
use tributary_aggregation::study::{Activation, Cohort, Duo, ImageInput, Metric, PurposeTerm, SCORING_RULE};

use super::{
    Aggregation, Deadlines, Deserialize, Layer, LayerSpec, ModelChoice, ModelSpec, OptimizerChoice, Payment,
    PlanFileError, Scoring, TOKEN,
};
use columns::{FeatureForm, LabelForm};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    pub name: String,
    pub rounds: u64,
    #[serde(default)]
    purpose: Vec<String>,
    /// One of the built-in models, or else a module.
    pub model: Option<ModelChoice>,
    /// A TorchScript file, beside the study file.
    pub module: Option<PathBuf>,
    pub optimizer: OptimizerChoice,
    #[serde(default)]
    features: Vec<FeatureForm>,
    #[serde(default)]
    image: Option<ImageInput>,
    #[serde(default)]
    overview: bool,
    label: LabelForm,
    #[serde(default)]
    further_labels: Vec<LabelForm>,
    #[serde(default)]
    mlp: Mlp,
    training: training::TrainingForm,
    #[serde(default)]
    scaffold: training::Scaffold,
    #[serde(default)]
    fedavg: optimizer::FedAvg,
    #[serde(default)]
    fedavgm: optimizer::FedAvgM,
    #[serde(default)]
    fedadagrad: optimizer::FedAdagrad,
    #[serde(default)]
    fedadam: optimizer::Adaptive,
    #[serde(default)]
    fedyogi: optimizer::Adaptive,
    pub aggregation: Aggregation,
    pub owners: Owners,
    pub privacy: Option<privacy::PrivacyForm>,
    pub scoring: Option<Scoring>,
    pub payment: PaymentForm,
    #[serde(default)]
    pub deadlines: DeadlinesForm,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Mlp {
    hidden: Vec<u32>,
    activation: Activation,
}

impl Default for Mlp {
    fn default() -> Self {
        Self { hidden: vec![16], activation: Activation::Relu }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Owners {
    pub min: u16,
    pub max: u16,
    #[serde(default)]
    pub allowed: Vec<OwnerId>,
    #[serde(default = "max_corrupt")]
    max_corrupt: f64,
    #[serde(default)]
    late: bool,
    #[serde(default)]
    consent: bool,
}

/// The share that a plan allows if its file says nothing.
fn max_corrupt() -> f64 {
    f64::from(Cohort::DEFAULT_MAX_CORRUPT_BPS) / 10_000.0
}

impl Owners {
    /// In the plan's terms.
    pub(super) fn cohort(&self, allowed: Vec<OwnerId>) -> Result<Cohort, PlanFileError> {
        if !(0.0..1.0).contains(&self.max_corrupt) {
            let reason = "is a share of the owners: from 0 to 0.3333".into();
            return Err(PlanFileError::Key { key: "owners.max_corrupt".into(), reason });
        }
        Ok(Cohort {
            min_owners: self.min,
            max_owners: self.max,
            allowed,
            max_corrupt_bps: (self.max_corrupt * 10_000.0).round() as u16,
            late_enrolment: self.late,
            consent: self.consent,
        })
    }
}

/// By the loss: how both sorts of model are measured if the file says nothing.
pub(super) fn scoring(model: &ModelSpec) -> Scoring {
    let metric = match model {
        ModelSpec::Layers(_) => Metric::NegLogLoss,
        ModelSpec::Module(_) => Metric::NegLoss,
    };
    Scoring { rule: SCORING_RULE.into(), metric, tolerance_micros: 100 }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PaymentForm {
    tokens_per_round: u64,
    #[serde(default)]
    base_share: f64,
}

impl PaymentForm {
    pub(super) fn in_units(&self) -> Result<Payment, PlanFileError> {
        if !(0.0..=1.0).contains(&self.base_share) {
            let reason =
                "must be from 0 to 1: the share of each round's pool that is split equally".to_owned();
            return Err(PlanFileError::Key { key: "payment.base_share".into(), reason });
        }
        Ok(Payment {
            // Cannot overflow: 2^64 × 10^18 is below 2^124.
            per_round: u128::from(self.tokens_per_round) * TOKEN,
            base_share_bps: (self.base_share * 10_000.0).round() as u16,
        })
    }
}

/// Defaults for sites on the internet with people near them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DeadlinesForm {
    silence_s: u32,
    enrol_s: u32,
    committee_s: u32,
    gather_s: u32,
    join_s: u32,
    report_s: u32,
    release_s: u32,
    settle_s: u32,
    study_s: u32,
}

impl Default for DeadlinesForm {
    fn default() -> Self {
        Self {
            silence_s: 60,
            enrol_s: 3600,
            committee_s: 300,
            gather_s: 300,
            join_s: 60,
            report_s: 3600,
            release_s: 60,
            settle_s: 300,
            study_s: 7 * 24 * 3600,
        }
    }
}

impl From<DeadlinesForm> for Deadlines {
    fn from(form: DeadlinesForm) -> Self {
        Self {
            silence_s: form.silence_s,
            enrol_s: form.enrol_s,
            committee_s: form.committee_s,
            gather_s: form.gather_s,
            join_s: form.join_s,
            report_s: form.report_s,
            release_s: form.release_s,
            settle_s: form.settle_s,
            study_s: form.study_s,
        }
    }
}

impl Form {
    /// Codes or DUO's shorthands, in any order.
    pub(super) fn purpose(&self) -> Result<Vec<PurposeTerm>, PlanFileError> {
        let read = |word: &String| match Duo::named(word) {
            Ok(term) => Ok(PurposeTerm::Term(term)),
            Err(_) => word.parse(),
        };
        let mut purpose = self
            .purpose
            .iter()
            .map(read)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| PlanFileError::Key { key: "purpose".into(), reason: error.to_string() })?;
        purpose.sort_unstable();
        purpose.dedup();
        Ok(purpose)
    }

    /// A built-in model.
    pub(super) fn layers(&self, choice: ModelChoice) -> ModelSpec {
        let hidden = match choice {
            ModelChoice::Logistic => Vec::new(),
            ModelChoice::Mlp => {
                let activation = self.mlp.activation;
                self.mlp.hidden.iter().map(|units| Layer { units: *units, activation }).collect()
            }
        };
        ModelSpec::Layers(LayerSpec { hidden })
    }
}
