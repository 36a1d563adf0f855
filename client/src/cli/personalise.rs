//! `tributary owner personalise`: the study's model, trained further on a site's own rows. Nothing leaves the site.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;
use tributary_aggregation::study::{StudyPlan, Training};

use super::check::MappingArgs;
use super::common::SandboxArgs;
use crate::dataset::Table;
use crate::owner::personalise::personalise;
use crate::researcher::model_file::FinalModel;
use crate::training::Code;
use crate::training::metrics::Metrics;

/// Train the study's model further on your own rows; the result stays here
#[derive(Debug, Clone, Args)]
pub struct PersonaliseArgs {
    /// The study's plan (JSON)
    #[arg(long)]
    pub plan: PathBuf,
    /// The study's module, if the plan names one
    #[arg(long)]
    pub module: Option<PathBuf>,
    /// The study's model
    #[arg(long)]
    pub model: PathBuf,
    /// CSV file with your rows
    #[arg(long)]
    pub data: PathBuf,
    /// How the file's columns are the study's
    #[command(flatten)]
    pub mapping: MappingArgs,
    /// Where the site's own model is written
    #[arg(long)]
    pub output: PathBuf,
    /// Passes over your rows [default: as many as in a round of the study]
    #[arg(long)]
    pub epochs: Option<u32>,
    /// Step size [default: the study's]
    #[arg(long)]
    pub learning_rate: Option<f64>,
    /// Share of your rows that is held back to measure both models on
    #[arg(long, default_value_t = 0.25)]
    pub held_back: f64,
    /// Seed of what is held back and of the rows' order [default: the plan's]
    #[arg(long)]
    pub seed: Option<u64>,
    /// The walls around training
    #[command(flatten)]
    pub sandbox: SandboxArgs,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Rows that the site's model was trained on.
    pub trained_rows: usize,
    /// The study's model on the rows that were held back.
    pub before: Metrics,
    /// The site's model on the same rows.
    pub after: Metrics,
}

/// Runs `tributary owner personalise`: writes the site's model and prints what both are worth.
///
/// # Errors
/// If a file is unfit, or training diverges; nothing is written then.
pub fn run(args: &PersonaliseArgs) -> Result<()> {
    let report = personalised(args)?;
    if args.json {
        println!("{}", serde_json::to_string(&report)?);
        return Ok(());
    }
    println!("trained on {} rows, measured on {} others:", report.trained_rows, report.before.rows);
    for (name, metrics) in [("the study's model", &report.before), ("this site's model", &report.after)] {
        let auc = metrics.auc.map_or("-".to_owned(), |auc| format!("{auc:.3}"));
        let accuracy = metrics.accuracy.map_or("-".to_owned(), |accuracy| format!("{accuracy:.3}"));
        println!("{name}  accuracy {accuracy}  AUC {auc}  loss {:.3}", metrics.loss);
    }
    println!("written to {}", args.output.display());
    Ok(())
}

/// The same without printing.
///
/// # Errors
/// As [`run`].
pub fn personalised(args: &PersonaliseArgs) -> Result<Report> {
    if !(args.held_back > 0.0 && args.held_back < 1.0) {
        bail!("--held-back {} must be above 0 and below 1: a share of your rows", args.held_back);
    }
    let plan_bytes =
        std::fs::read(&args.plan).with_context(|| format!("can't read the plan {}", args.plan.display()))?;
    let plan = StudyPlan::from_json(&plan_bytes).with_context(|| args.plan.display().to_string())?;
    let path = args.model.display();
    let bytes = std::fs::read(&args.model).with_context(|| format!("can't read the model {path}"))?;
    let model = FinalModel::from_bytes(&bytes).with_context(|| path.to_string())?;
    model.check(&plan_bytes, &plan).with_context(|| path.to_string())?;
    let table = Table::for_training(&args.data, &plan.schema, &args.mapping.read(&plan.schema)?)?;
    let examples = model.standardiser.apply(&table)?;
    let training = Training {
        local_epochs: args.epochs.unwrap_or(plan.training.local_epochs),
        learning_rate: args.learning_rate.unwrap_or(plan.training.learning_rate),
        ..plan.training.clone()
    };
    let seed = args.seed.unwrap_or(plan.training.seed);
    let trainer = args.sandbox.trainer(&plan)?;
    let (weights, share) = (&model.weights, args.held_back);
    let file = args.module.as_ref().map(std::fs::read).transpose().context("can't read the module")?;
    let code = Code::of(&plan, file, trainer.as_ref())?;
    let own = personalise(trainer.as_ref(), code.model(), weights, &examples, &training, share, seed)
        .context("can't train on these rows: there must be some of them on both sides of --held-back")?;
    let file = FinalModel { weights: own.weights, ..model };
    std::fs::write(&args.output, file.to_bytes())
        .with_context(|| format!("can't write the model {}", args.output.display()))?;
    Ok(Report { trained_rows: own.trained, before: own.before, after: own.after })
}
