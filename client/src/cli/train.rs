//! `tributary baseline` and `tributary evaluate`: what a model is worth without, and after, a study.

use std::fs;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;
use tributary_aggregation::hash::digest;
use tributary_aggregation::ids::OwnerId;
use tributary_aggregation::study::{StudyPlan, Training};

use super::check::MappingArgs;
use crate::dataset::{Mapping, Standardiser, Table};
use crate::researcher::model_file::FinalModel;
use crate::sandbox::{Demand, Limits, Sandboxed};
use crate::training::metrics::Metrics;
use crate::training::{Code, Torch, TrainJob, Trainer, order_seed};

/// What a module may use where nobody waits for it.
const LIMITS: Limits = Limits { memory: 4 << 30, job: Duration::from_secs(24 * 3600) };

/// Train in one place with a study's model and hyperparameters: one owner alone, or all data pooled
#[derive(Debug, Clone, Args)]
pub struct BaselineArgs {
    /// The study's plan (JSON)
    #[arg(long)]
    pub plan: PathBuf,
    /// The study's module, if the plan names one
    #[arg(long)]
    pub module: Option<PathBuf>,
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
    /// The study's module, if the plan names one
    #[arg(long)]
    pub module: Option<PathBuf>,
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
    let (code, trainer) = code(&plan, args.module.as_deref())?;
    let train = pool(&train.collect::<Result<Vec<_>, _>>()?)?;
    let standardiser = Standardiser::from_table(&train);
    let examples = standardiser.apply(&train)?;

    let seed = args.seed.unwrap_or(plan.training.seed);
    let epochs = u64::from(plan.training.local_epochs).saturating_mul(plan.rounds);
    let local_epochs = u32::try_from(epochs).unwrap_or(u32::MAX);
    // Nobody's model to stay near, and no rounds for a schedule.
    let training = Training { local_epochs, seed, proximal_mu: 0.0, ..plan.training.clone() };
    let initial_seed = digest("baseline", &[&seed.to_le_bytes()]).0;
    let initial = code.initial(initial_seed).weights;
    let job = TrainJob {
        model: code.model(),
        weights: &initial,
        examples: &examples,
        training: &training,
        seed: order_seed(seed, &OwnerId([0; 20]), 0),
        correction: None,
        noise: None,
    };
    let trained = trainer.train(&job, &mut |_| {})?;
    let weights: Vec<f32> = initial.iter().zip(&trained.delta).map(|(old, delta)| old + delta).collect();
    let trained = (&standardiser, weights.as_slice());
    measure(&plan, (&code, trainer.as_ref()), trained, (&args.test, &mapping), Some(train.rows()))
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
    let (code, trainer) = code(&plan, args.module.as_deref())?;
    let trained = (&model.standardiser, model.weights.as_slice());
    measure(&plan, (&code, trainer.as_ref()), trained, (&args.test, &mapping), None)
}

fn read_plan(path: &Path) -> Result<(Vec<u8>, StudyPlan)> {
    let bytes = fs::read(path).with_context(|| format!("can't read the plan {}", path.display()))?;
    let plan = StudyPlan::from_json(&bytes).with_context(|| path.display().to_string())?;
    Ok((bytes, plan))
}

/// What the plan trains, and what trains it: a module that somebody brought is confined.
fn code(plan: &StudyPlan, module: Option<&Path>) -> Result<(Code, Box<dyn Trainer>)> {
    let trainer: Box<dyn Trainer> = match plan.model.module() {
        None => Box::new(Torch::new()),
        Some(_) => Box::new(Sandboxed::new(LIMITS, Demand::Required)?),
    };
    let read =
        |path: &Path| fs::read(path).with_context(|| format!("can't read the module {}", path.display()));
    let file = module.map(read).transpose()?;
    Ok((Code::of(plan, file, trainer.as_ref())?, trainer))
}

fn pool(tables: &[Table]) -> Result<Table> {
    Table::concat(&tables.iter().collect::<Vec<_>>()).context("give at least one file")
}

fn measure(
    plan: &StudyPlan,
    (code, trainer): (&Code, &dyn Trainer),
    (standardiser, weights): (&Standardiser, &[f32]),
    (files, mapping): (&[PathBuf], &Mapping),
    train_rows: Option<usize>,
) -> Result<Report> {
    let metrics = |table: &Table| -> Result<Metrics> {
        Ok(trainer.evaluate(code.model(), weights, &standardiser.apply(table)?)?)
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
        "{:width$}  {:>6}  {:>8}  {:>6}  {:>8}  {:>8}",
        "test set", "rows", "accuracy", "AUC", "log loss", "loss"
    )?;
    let rows = report.tests.iter().map(|test| (name(test), &test.metrics));
    for (name, m) in rows.chain([("all".to_owned(), &report.union)]) {
        let shown = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.3}"));
        let (accuracy, auc, log_loss) = (shown(m.accuracy), shown(m.auc), shown(m.log_loss));
        write!(out, "{name:width$}  {:>6}  {accuracy:>8}  {auc:>6}  {log_loss:>8}  {:>8.3}", m.rows, m.loss)?;
        for (metric, value) in &m.named {
            write!(out, "  {} {value:.3}", metric.escape_debug())?;
        }
        writeln!(out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
