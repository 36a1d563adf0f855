//! `hospitals modules`: do modules that researchers bring get, in a study, to the loss that plain PyTorch gets to on pooled
//! rows?

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum as _};
use hospitals::brought::Brought;
use hospitals::sites::root;
use hospitals::study::{Settings, Study};
use serde::{Deserialize, Serialize};

use crate::place::Place;

/// How far the federated loss may be above the pooled one, as a share of it.
const MARGIN: f64 = 0.02;

/// Trains modules of a researcher's own in studies, and in plain PyTorch on pooled rows, and compares the losses
#[derive(Debug, Args)]
pub struct ModulesArgs {
    /// A Python with PyTorch
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// Only this module
    #[arg(long, value_name = "NAME")]
    only: Option<Brought>,
    /// Keep all files in this directory, which must be empty or missing [default: target/modules, replaced by the next run]
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Write the numbers to this file, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// What Python prints.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Pooled {
    rows: u64,
    steps: u64,
    before: f64,
    train: f64,
    test: f64,
}

/// Losses on all owners' rows together, and on the researcher's.
#[derive(Debug, Clone, Copy, Serialize)]
struct Losses {
    train: f64,
    test: f64,
}

#[derive(Debug, Clone, Serialize)]
struct Compared {
    name: &'static str,
    title: &'static str,
    pooled: Pooled,
    federated: Losses,
    /// The federated loss over the pooled one, on the rows that both were trained on.
    ratio: f64,
}

/// Runs the studies and prints the losses. `true` if each ratio is at most 1.02.
pub fn run(args: &ModulesArgs) -> Result<bool> {
    let place = Place::take(args.keep.as_deref(), "modules")?;
    let mut all = Vec::new();
    for brought in Brought::value_variants() {
        if args.only.is_none_or(|only| only == *brought) {
            all.push(one(args, *brought, &place.path().join(brought.name()))?);
        }
    }
    print!("{}", table(&all));
    if let Some(path) = &args.json {
        fs::write(path, serde_json::to_vec_pretty(&all)?)
            .with_context(|| format!("{} can't be written", path.display()))?;
    }
    Ok(all.iter().all(|compared| compared.ratio <= 1.0 + MARGIN))
}

fn one(args: &ModulesArgs, brought: Brought, folder: &Path) -> Result<Compared> {
    let settings = brought.lay_out(folder)?;
    eprintln!("{:>12} {}: PyTorch trains on pooled rows", "modules", brought.title());
    let pooled = pooled(&args.python, brought, &settings)?;
    eprintln!("{:>12} {}: the study runs under secure aggregation", "modules", brought.title());
    let federated = federated(settings)?;
    let ratio = federated.train / pooled.train;
    Ok(Compared { name: brought.name(), title: brought.title(), pooled, federated, ratio })
}

fn pooled(python: &Path, brought: Brought, settings: &Settings) -> Result<Pooled> {
    let mut command = Command::new(python);
    command.arg(root().join("examples/hospitals/modules/pooled.py")).arg(&settings.study_file);
    command.args(["--model", brought.name(), "--train"]);
    command.args(settings.sites.iter().map(|site| &site.train));
    command.arg("--test").arg(&settings.holdout);
    let output = command.output().with_context(|| format!("{} can't be started", python.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!("Python failed ({}): {}{text}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_str(text.trim()).with_context(|| format!("Python printed no losses: {text}"))
}

fn federated(settings: Settings) -> Result<Losses> {
    let holdout = settings.holdout.clone();
    let mut study = Study::new(settings)?;
    study.start_everything()?;
    let (completed, reason) = study.wait_end()?;
    if !completed {
        bail!("the study was aborted: {reason}");
    }
    let train: Vec<&Path> = study.sites().iter().map(|site| site.train.as_path()).collect();
    let loss = |files: &[&Path]| -> Result<f64> { Ok(study.evaluate_on(files)?.union.loss) };
    Ok(Losses { train: loss(&train)?, test: loss(&[&holdout])? })
}

fn table(all: &[Compared]) -> String {
    let width = all.iter().map(|compared| compared.title.len()).max().unwrap_or(0);
    let mut text =
        format!("\n  {:width$}  {:>8}  {:>18}  {:>18}\n", "", "before", "PyTorch, pooled", "the study");
    text += &format!(
        "  {:width$}  {:>8}  {:>9} {:>8}  {:>9} {:>8}  {:>6}\n",
        "loss on rows for", "training", "training", "holdout", "training", "holdout", "ratio"
    );
    for Compared { title, pooled, federated, ratio, .. } in all {
        text += &format!(
            "  {title:width$}  {:>8.4}  {:>9.4} {:>8.4}  {:>9.4} {:>8.4}  {ratio:>6.4}\n",
            pooled.before, pooled.train, pooled.test, federated.train, federated.test
        );
    }
    let holds = all.iter().all(|compared| compared.ratio <= 1.0 + MARGIN);
    let verdict = if holds { "yes" } else { "NO" };
    text + &format!(
        "\n  each study's loss within {:.0} % of PyTorch's on pooled rows: {verdict}\n",
        MARGIN * 100.0
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_whether_every_ratio_holds() {
        let compared = |ratio: f64| Compared {
            name: "cox",
            title: "a model",
            pooled: Pooled { rows: 9, steps: 5, before: 2.0, train: 1.0, test: 1.1 },
            federated: Losses { train: ratio, test: 1.2 },
            ratio,
        };
        let good = table(&[compared(1.019), compared(0.5)]);
        assert!(good.contains("1.0190") && good.contains("within 2 %") && good.ends_with("yes\n"), "{good}");
        assert!(table(&[compared(1.0), compared(1.021)]).ends_with("NO\n"));
    }
}
