//! `study.toml`: a study as a researcher writes it down, and the plan that it becomes.

mod form;

use std::path::Path;

use clap::{Args, ValueEnum};
use serde::Deserialize;
use thiserror::Error;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::study::{
    Aggregation, Deadlines, Layer, LayerSpec, ModelSpec, ModuleSpec, PLAN_VERSION, Payment, PlanError,
    Schema, Scoring, StudyPlan,
};

/// The token's smallest units in one token.
const TOKEN: u128 = 10_u128.pow(18);

/// A study file was refused.
#[derive(Debug, Error)]
pub enum PlanFileError {
    /// Can't be read from disk.
    #[error("can't read the study file {path}: {source}")]
    Unreadable {
        /// The path.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not TOML, an unknown key, or a value of the wrong type: the message shows the line.
    #[error("study file: {0}")]
    Syntax(String),
    /// A key holds what nobody could run.
    #[error("study file, key {key}: {reason}")]
    Key {
        /// Path of the key.
        key: String,
        /// What is wrong and what to do.
        reason: String,
    },
}

/// The built-in models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ModelChoice {
    /// Logistic regression.
    Logistic,
    /// A multilayer perceptron, as `[mlp]` of the study file says.
    Mlp,
}

/// The server-side update rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lowercase")]
pub enum OptimizerChoice {
    /// Federated averaging.
    FedAvg,
    /// Federated averaging with momentum.
    FedAvgM,
    /// Adagrad on the mean update.
    FedAdagrad,
    /// Adam on the mean update.
    FedAdam,
    /// Yogi on the mean update.
    FedYogi,
}

/// What the command line changes about a study file.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub struct PlanOverrides {
    /// Training rounds
    #[arg(long)]
    pub rounds: Option<u64>,
    /// Model to train
    #[arg(long)]
    pub model: Option<ModelChoice>,
    /// Server-side update rule
    #[arg(long)]
    pub optimizer: Option<OptimizerChoice>,
    /// Seed of the rows' order in local training
    #[arg(long)]
    pub seed: Option<u64>,
    /// How strongly an owner's model is held near the round's (FedProx)
    #[arg(long, value_name = "MU")]
    pub proximal_mu: Option<f64>,
    /// Let owners correct their steps by what they know of each other's gradients (SCAFFOLD)
    #[arg(long)]
    pub control_variates: bool,
    /// Address of an owner that may take part; several for several owners, none for anybody
    #[arg(long = "allow")]
    pub allow: Vec<OwnerId>,
}

/// A study as its file says it: without the researcher's address and the holdout's commitment.
#[derive(Debug, Clone)]
pub struct StudyFile {
    form: form::Form,
    schema: Schema,
    module: Option<ModuleSpec>,
}

impl StudyFile {
    /// Reads a study file.
    ///
    /// # Errors
    /// If it can't be read, or for what [`Self::parse`] refuses.
    pub fn read(path: &Path) -> Result<Self, PlanFileError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| PlanFileError::Unreadable { path: path.display().to_string(), source })?;
        let mut file = Self::parse(&text)?;
        // Beside the study file, wherever that is called from.
        if let (Some(module), Some(folder)) = (&mut file.form.module, path.parent()) {
            *module = folder.join(&*module);
        }
        Ok(file)
    }

    /// Reads a study file's text.
    ///
    /// # Errors
    /// If it is not TOML of the right form; unknown keys are refused.
    pub fn parse(text: &str) -> Result<Self, PlanFileError> {
        let form: form::Form =
            toml::from_str(text).map_err(|error| PlanFileError::Syntax(error.to_string()))?;
        let schema = form.schema()?;
        if form.model.is_some() == form.module.is_some() {
            let reason = "names a built-in model, or else `module` a file of your own: one of the two".into();
            return Err(PlanFileError::Key { key: "model".into(), reason });
        }
        Ok(Self { form, schema, module: None })
    }

    /// The columns and the label: what a holdout is checked against.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The file of the study's own module, if it has one.
    #[must_use]
    pub fn module(&self) -> Option<&Path> {
        self.form.module.as_deref()
    }

    /// Says what is in that file.
    pub fn set_module(&mut self, spec: ModuleSpec) {
        self.module = Some(spec);
    }

    fn model(&self, choice: Option<ModelChoice>) -> Result<ModelSpec, PlanFileError> {
        let wrong = |reason: &str| PlanFileError::Key { key: "module".into(), reason: reason.into() };
        match (&self.module, choice.or(self.form.model)) {
            (Some(_), Some(_)) => Err(wrong("is what the study trains: leave --model away")),
            (Some(module), None) => Ok(ModelSpec::Module(module.clone())),
            (None, Some(choice)) if self.form.module.is_none() => Ok(self.form.layers(choice)),
            _ => Err(wrong("was not read yet")),
        }
    }

    /// The plan.
    ///
    /// # Errors
    /// Naming the key of the first value that nobody could run.
    pub fn into_plan(
        self,
        overrides: &PlanOverrides,
        researcher: OwnerId,
        holdout_commitment: Digest,
    ) -> Result<StudyPlan, PlanFileError> {
        let model = self.model(overrides.model)?;
        let form = self.form;
        let mut allowed =
            if overrides.allow.is_empty() { form.owners.allowed.clone() } else { overrides.allow.clone() };
        allowed.sort_unstable();
        allowed.dedup();
        let mut plan = StudyPlan {
            version: PLAN_VERSION,
            name: form.name.clone(),
            researcher,
            purpose: form.purpose()?,
            rounds: overrides.rounds.unwrap_or(form.rounds),
            schema: self.schema,
            scoring: form.scoring.clone().unwrap_or_else(|| form::scoring(&model)),
            model,
            training: form.training(overrides),
            optimizer: form.optimizer(overrides.optimizer.unwrap_or(form.optimizer)),
            aggregation: form.aggregation.clone(),
            cohort: form.owners.cohort(allowed)?,
            privacy: None,
            payment: form.payment.in_units()?,
            deadlines: form.deadlines.clone().into(),
            holdout_commitment,
        };
        plan.validate().map_err(in_file_terms)?;
        if let Some(privacy) = &form.privacy {
            plan.privacy = Some(privacy.for_plan(&plan)?);
            plan.validate().map_err(in_file_terms)?;
        }
        Ok(plan)
    }
}

/// The plan's name of a field, as the key of the study file that it came from.
fn in_file_terms(error: PlanError) -> PlanFileError {
    match error {
        PlanError::Malformed(message) => PlanFileError::Syntax(message),
        PlanError::Field { field, reason } => {
            let mut key = field.strip_prefix("schema.").unwrap_or(&field).to_owned();
            for (plan, file) in [
                ("model.hidden", "mlp.hidden"),
                ("model.module", "module"),
                ("training.control_variates.clip", "scaffold.clip"),
                ("cohort.min_owners", "owners.min"),
                ("cohort.max_owners", "owners.max"),
                ("cohort.max_corrupt_bps", "owners.max_corrupt"),
                ("cohort.allowed", "owners.allowed"),
                ("payment.per_round", "payment.tokens_per_round"),
                ("payment.base_share_bps", "payment.base_share"),
            ] {
                if let Some(rest) = key.strip_prefix(plan) {
                    key = format!("{file}{rest}");
                }
            }
            PlanFileError::Key { key, reason }
        }
    }
}

#[cfg(test)]
mod tests;
