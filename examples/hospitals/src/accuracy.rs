//! `hospitals accuracy`: is the model that the hospitals train under secure aggregation worth it?

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use hospitals::outcome::Outcome;
use hospitals::sites;
use hospitals::study::{Settings, Study};
use serde::Serialize;

use crate::StudyArgs;
use crate::place::Place;

/// How far below the pooled model's AUC the study's may be.
const MARGIN: f64 = 0.02;

/// Compares the model of several studies with each hospital's own and with one trained on pooled data
#[derive(Debug, Args)]
pub struct AccuracyArgs {
    /// How many studies, with the seeds 1, 2, …
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    #[command(flatten)]
    study: StudyArgs,
    /// Keep all files in this directory, which must be empty or missing [default: target/accuracy, replaced by the next
    /// run]
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Write the numbers to this file, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// Areas under the ROC curve on the union of all test sets.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Aucs {
    seed: Option<u64>,
    alone: Vec<f64>,
    federated: f64,
    pooled: f64,
}

/// Runs the studies and prints the table. `true` if the study's model is better than every single hospital's own and
/// close to the pooled one.
pub fn run(args: &AccuracyArgs) -> Result<bool> {
    let place = Place::take(args.keep.as_deref(), "accuracy")?;
    let mut all = Vec::new();
    for seed in 1..=args.seeds {
        eprintln!(
            "{:>12} seed {seed} of {}: the study runs under secure aggregation",
            "accuracy", args.seeds
        );
        all.push(one(args, seed, place.path().join(format!("seed-{seed}")))?);
    }
    let verdict = Verdict::of(&all)?;
    let titles: Vec<&str> = sites::SITES.iter().map(|(_, title)| *title).collect();
    std::io::stdout().lock().write_all(verdict.table(&titles, &all).as_bytes())?;
    if let Some(path) = &args.json {
        let json = serde_json::json!({ "seeds": all, "median": verdict.median, "holds": verdict.holds() });
        std::fs::write(path, serde_json::to_vec_pretty(&json)?)
            .with_context(|| format!("{} can't be written", path.display()))?;
    }
    Ok(verdict.holds())
}

fn one(args: &AccuracyArgs, seed: u64, directory: PathBuf) -> Result<Aucs> {
    let mut study = Study::new(Settings {
        study_file: args.study.file.clone(),
        researcher_args: args.study.researcher_args(seed),
        ..Settings::demo(directory)?
    })?;
    study.start_everything()?;
    let (completed, reason) = study.wait_end()?;
    if !completed {
        bail!("the study of seed {seed} was aborted: {reason}");
    }
    let outcome = Outcome::of(&study)?;
    let auc = |metrics: hospitals::measure::Metrics| metrics.auc.context("the test sets have one class only");
    Ok(Aucs {
        seed: Some(seed),
        alone: outcome.hospitals.iter().map(|hospital| auc(hospital.alone)).collect::<Result<_>>()?,
        federated: auc(outcome.federated)?,
        pooled: auc(outcome.pooled)?,
    })
}

struct Verdict {
    median: Aucs,
}

impl Verdict {
    fn of(all: &[Aucs]) -> Result<Self> {
        let sites = all.first().context("no study was run")?.alone.len();
        let over_seeds = |of: &dyn Fn(&Aucs) -> Option<f64>| {
            median(all.iter().filter_map(of).collect()).context("a study lacks a hospital")
        };
        let alone = (0..sites).map(|site| over_seeds(&|aucs| aucs.alone.get(site).copied()));
        let alone = alone.collect::<Result<_>>()?;
        let (federated, pooled) =
            (over_seeds(&|aucs| Some(aucs.federated))?, over_seeds(&|aucs| Some(aucs.pooled))?);
        Ok(Self { median: Aucs { seed: None, alone, federated, pooled } })
    }

    fn beats_every_hospital(&self) -> bool {
        self.median.alone.iter().all(|alone| self.median.federated > *alone)
    }

    fn is_near_pooled(&self) -> bool {
        self.median.pooled - self.median.federated <= MARGIN
    }

    fn holds(&self) -> bool {
        self.beats_every_hospital() && self.is_near_pooled()
    }

    fn table(&self, titles: &[&str], all: &[Aucs]) -> String {
        let seeds: Vec<String> =
            all.iter().filter_map(|aucs| aucs.seed).map(|seed| seed.to_string()).collect();
        let line = |name: &str, of: &dyn Fn(&Aucs) -> f64| {
            let each: String = all.iter().map(|aucs| format!("  {:>6.4}", of(aucs))).collect();
            format!("  {name:<22}  {:>6.4}{each}\n", of(&self.median))
        };
        let mut text = "\n  AUC on the union of the four hospitals' test sets\n\n".to_owned();
        let header: String = seeds.iter().map(|seed| format!("  {:>6}", format!("seed {seed}"))).collect();
        text += &format!("  {:<22}  {:>6}{header}\n", "trained by", "median");
        for (site, title) in titles.iter().enumerate() {
            text +=
                &line(&format!("{title} alone"), &|aucs| aucs.alone.get(site).copied().unwrap_or(f64::NAN));
        }
        text += &line("all, federated", &|aucs| aucs.federated);
        text += &line("all, data pooled", &|aucs| aucs.pooled);
        let yes = |is: bool| if is { "yes" } else { "NO" };
        let gap = self.median.pooled - self.median.federated;
        text += &format!(
            "\n  higher than every single hospital's own model: {}\n  within {MARGIN} of the pooled model: {} (it is {:.4} {})\n",
            yes(self.beats_every_hospital()),
            yes(self.is_near_pooled()),
            gap.abs(),
            if gap > 0.0 { "below" } else { "above" },
        );
        text
    }
}

/// The middle value; of an even number of values the mean of the two middle ones.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = values.len() / 2;
    let high = *values.get(upper)?;
    if values.len() % 2 == 1 {
        return Some(high);
    }
    Some((values.get(upper.checked_sub(1)?)? + high) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aucs(seed: u64, alone: [f64; 2], federated: f64, pooled: f64) -> Aucs {
        Aucs { seed: Some(seed), alone: alone.to_vec(), federated, pooled }
    }

    #[test]
    fn medians_of_odd_and_even_numbers() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(Vec::new()), None);
    }

    #[test]
    fn the_claim_needs_both_halves() {
        let holds = |all: &[Aucs]| Verdict::of(all).unwrap().holds();
        assert!(holds(&[aucs(1, [0.8, 0.85], 0.86, 0.875)]));
        assert!(!holds(&[aucs(1, [0.8, 0.87], 0.86, 0.875)]), "a hospital alone is better");
        assert!(!holds(&[aucs(1, [0.8, 0.86], 0.86, 0.86)]), "no better than a hospital alone");
        assert!(!holds(&[aucs(1, [0.8, 0.85], 0.86, 0.8801)]), "too far below pooled");
        assert!(holds(&[aucs(1, [0.8, 0.85], 0.89, 0.86)]), "above pooled");
        // One bad seed of three does not move the median.
        let three = [
            aucs(1, [0.8, 0.85], 0.86, 0.87),
            aucs(2, [0.8, 0.85], 0.5, 0.87),
            aucs(3, [0.8, 0.85], 0.86, 0.87),
        ];
        assert!(holds(&three));
        let table = Verdict::of(&three).unwrap().table(&["North", "South"], &three);
        assert!(table.contains("North alone") && table.contains("0.8600  0.8600  0.5000  0.8600"), "{table}");
    }
}
