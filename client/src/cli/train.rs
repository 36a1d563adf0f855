//! `tributary baseline` and `tributary evaluate`: what a model is worth without, and after, a study.

use std::fs;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;
use tributary_aggregation::hash::digest;
use tributary_aggregation::ids::OwnerId;
use tributary_aggregation::optimizer::ModelState;
use tributary_aggregation::study::{StudyPlan, Training};

use super::check::MappingArgs;
use crate::dataset::{Mapping, Standardiser, Table};
use crate::researcher::model_file::FinalModel;
use crate::training::metrics::Metrics;
use crate::training::{Torch, TrainJob, Trainer, order_seed};

/// Train in one place with a study's model and hyperparameters: one owner alone, or all data pooled
#[derive(Debug, Clone, Args)]
pub struct BaselineArgs {
    /// The study's plan (JSON)
    #[arg(long)]
    pub plan: PathBuf,
    /// CSV or Parquet file to train on; several are pooled
    #[arg(long = "train", required = true)]
    pub train: Vec<PathBuf>,
    /// How the files become what the study asks for
    #[command(flatten)]
    pub mapping: MappingArgs,
    /// CSV or Parquet file to measure on; several are measured one by one and together
    #[arg(long = "test", required = true)]
    pub test: Vec<PathBuf>,
    /// Seed of the initial model and of the rows' order [default: the plan's]
    #[arg(long)]
    pub seed: Option<u64>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Measure a study's model
#[derive(Debug, Clone, Args)]
pub struct EvaluateArgs {
    /// The study's plan (JSON)
    #[arg(long)]
    pub plan: PathBuf,
    /// The model's file
    #[arg(long)]
    pub model: PathBuf,
    /// How the files become what the study asks for
    #[command(flatten)]
    pub mapping: MappingArgs,
    /// CSV or Parquet file to measure on; several are measured one by one and together
    #[arg(long = "test", required = true)]
    pub test: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// A model's metrics on each test set and on all of them together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Rows that the model was trained on; `None` where that is nobody's to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_rows: Option<usize>,
    /// Per test file, in the order given.
    pub tests: Vec<TestReport>,
    /// On the rows of all test files.
    pub union: Metrics,
}

/// A model's metrics on one test set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestReport {
    /// The file.
    pub file: PathBuf,
    /// Its metrics.
    #[serde(flatten)]
    pub metrics: Metrics,
}

/// Runs `tributary baseline` and prints its report.
///
/// # Errors
/// If a file is unfit or training diverges.
pub fn run_baseline(args: &BaselineArgs) -> Result<()> {
    print(&baseline(args)?, args.json)
}

/// Runs `tributary evaluate` and prints its report.
///
/// # Errors
/// If a file is unfit or the model belongs to another study.
pub fn run_evaluate(args: &EvaluateArgs) -> Result<()> {
    print(&evaluate(args)?, args.json)
}

/// Trains on the pooled rows with the study's model for as many epochs as the study has, all in one place, and with the
/// step size of its first round.
///
/// # Errors
/// If a file is unfit or training diverges.
pub fn baseline(args: &BaselineArgs) -> Result<Report> {
    let (_, plan) = read_plan(&args.plan)?;
    let mapping = args.mapping.read(&plan.schema)?;
    let train = args.train.iter().map(|path| Table::for_training(path, &plan.schema, &mapping));
    let train = pool(&train.collect::<Result<Vec<_>, _>>()?)?;
    let standardiser = Standardiser::from_table(&train);
    let examples = standardiser.apply(&train)?;

    let seed = args.seed.unwrap_or(plan.training.seed);
    let epochs = u64::from(plan.training.local_epochs).saturating_mul(plan.rounds);
    let local_epochs = u32::try_from(epochs).unwrap_or(u32::MAX);
    // Nobody's model to stay near, and no rounds for a schedule.
    let training = Training { local_epochs, seed, proximal_mu: 0.0, ..plan.training.clone() };
    let initial_seed = digest("baseline", &[&seed.to_le_bytes()]).0;
    let initial = ModelState::initial(&plan.model, examples.width(), initial_seed).weights;
    let job = TrainJob {
        spec: &plan.model,
        weights: &initial,
        examples: &examples,
        training: &training,
        seed: order_seed(seed, &OwnerId([0; 20]), 0),
        correction: None,
    };
    let trained = Torch::new().train(&job, &mut |_| {})?;
    let weights: Vec<f32> = initial.iter().zip(&trained.delta).map(|(old, delta)| old + delta).collect();
    measure(&plan, &standardiser, &weights, (&args.test, &mapping), Some(train.rows()))
}

/// Measures a study's model.
///
/// # Errors
/// If a file is unfit or the model belongs to another study.
pub fn evaluate(args: &EvaluateArgs) -> Result<Report> {
    let (plan_bytes, plan) = read_plan(&args.plan)?;
    let path = args.model.display();
    let bytes = fs::read(&args.model).with_context(|| format!("can't read the model {path}"))?;
    let model = FinalModel::from_bytes(&bytes).with_context(|| path.to_string())?;
    model.check(&plan_bytes, &plan).with_context(|| path.to_string())?;
    let mapping = args.mapping.read(&plan.schema)?;
    measure(&plan, &model.standardiser, &model.weights, (&args.test, &mapping), None)
}

fn read_plan(path: &Path) -> Result<(Vec<u8>, StudyPlan)> {
    let bytes = fs::read(path).with_context(|| format!("can't read the plan {}", path.display()))?;
    let plan = StudyPlan::from_json(&bytes).with_context(|| path.display().to_string())?;
    Ok((bytes, plan))
}

fn pool(tables: &[Table]) -> Result<Table> {
    Table::concat(&tables.iter().collect::<Vec<_>>()).context("give at least one file")
}

fn measure(
    plan: &StudyPlan,
    standardiser: &Standardiser,
    weights: &[f32],
    (files, mapping): (&[PathBuf], &Mapping),
    train_rows: Option<usize>,
) -> Result<Report> {
    let metrics = |table: &Table| -> Result<Metrics> {
        Ok(Torch::new().evaluate(&plan.model, weights, &standardiser.apply(table)?)?)
    };
    let tables = files.iter().map(|path| Table::for_evaluation(path, &plan.schema, mapping));
    let tables = tables.collect::<Result<Vec<_>, _>>()?;
    let mut tests = Vec::with_capacity(files.len());
    for (file, table) in files.iter().zip(&tables) {
        tests.push(TestReport { file: file.clone(), metrics: metrics(table)? });
    }
    Ok(Report { train_rows, tests, union: metrics(&pool(&tables)?)? })
}

fn print(report: &Report, json: bool) -> Result<()> {
    let mut out = stdout().lock();
    if json {
        serde_json::to_writer(&mut out, report)?;
        writeln!(out)?;
        return Ok(());
    }
    if let Some(rows) = report.train_rows {
        writeln!(out, "trained on {rows} rows")?;
    }
    let name = |test: &TestReport| test.file.display().to_string();
    let width =
        report.tests.iter().map(|test| name(test).chars().count()).max().unwrap_or(0).max("test set".len());
    writeln!(
        out,
        "{:width$}  {:>6}  {:>8}  {:>6}  {:>8}",
        "test set", "rows", "accuracy", "AUC", "log loss"
    )?;
    let rows = report.tests.iter().map(|test| (name(test), test.metrics));
    for (name, m) in rows.chain([("all".to_owned(), report.union)]) {
        let auc = m.auc.map_or("-".to_owned(), |auc| format!("{auc:.3}"));
        writeln!(out, "{name:width$}  {:>6}  {:>8.3}  {auc:>6}  {:>8.3}", m.rows, m.accuracy, m.log_loss)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
