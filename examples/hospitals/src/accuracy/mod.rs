//! `hospitals accuracy`: is the model that the hospitals train under secure aggregation worth it?

mod comparison;
mod variants;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use hospitals::cohort::Cohort;
use hospitals::measure::Metrics;
use hospitals::outcome::{Hospital, Outcome};
use hospitals::sites;
use hospitals::study::{Settings, Study};
use serde::Serialize;

use crate::StudyArgs;
use crate::place::Place;
use comparison::Comparison;
use variants::Variant;

/// How far below the pooled model the study's may be.
const MARGIN: f64 = 0.02;

/// Compares the model of several studies with each owner's own and with one trained on pooled data
#[derive(Debug, Args)]
pub struct AccuracyArgs {
    /// How many studies of each kind, with the seeds 1, 2, …
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    #[command(flatten)]
    study: StudyArgs,
    /// Whose rows
    #[arg(long, default_value = "heart")]
    cohort: Cohort,
    /// Compare ways of training
    #[arg(long)]
    compare: bool,
    /// The ways of training
    #[arg(long, value_name = "FILE", default_value_os_t = committed())]
    variants: PathBuf,
    /// Only this one of them; may be given several times
    #[arg(long, value_name = "NAME", requires = "compare")]
    variant: Vec<String>,
    /// Keep all files in this directory, which must be empty or missing [default: target/accuracy, replaced by the next
    /// run]
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Write the numbers to this file, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// The variants of this repository.
fn committed() -> PathBuf {
    sites::root().join("examples/hospitals/variants.toml")
}

/// What models are worth by the cohort's measure, on the union of all test sets.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Scores {
    seed: Option<u64>,
    alone: Vec<f64>,
    federated: f64,
    pooled: f64,
    gains: Gains,
}

/// By how much each owner is better off, on its own test set, than with its own model; `None` where the test set has no
/// such measure.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
struct Gains {
    /// With the study's model.
    federated: Vec<Option<f64>>,
    /// If it trains that further for itself, and keeps what it gets where it helps on rows held back.
    personalised: Vec<Option<f64>>,
    /// With the pooled model.
    pooled: Vec<Option<f64>>,
}

/// Runs the studies and prints the table. `true` if the study's model is better than every single owner's own and close
/// to the pooled one; if variants are compared, always.
pub fn run(args: &AccuracyArgs) -> Result<bool> {
    let place = Place::take(args.keep.as_deref(), "accuracy")?;
    let file = args.study.file.clone().unwrap_or_else(|| args.cohort.study_file());
    let variants =
        args.compare.then(|| variants::read(&args.variants, &args.variant, args.cohort)).transpose()?;
    match variants {
        None => {
            let all = studies(args, &file, &Variant::plain(), &place)?;
            let verdict = Verdict::of(&all)?;
            let demo = args.cohort.settings(PathBuf::new(), 1)?;
            let titles: Vec<&str> = demo.sites.iter().map(|site| site.title.as_str()).collect();
            print(&verdict.table(args.cohort, &titles, &all))?;
            let json =
                serde_json::json!({ "seeds": all, "median": verdict.median, "holds": verdict.holds() });
            write(args.json.as_deref(), &json)?;
            Ok(verdict.holds())
        }
        Some(variants) => {
            let mut comparison = Comparison::new(args.cohort, args.seeds);
            for variant in &variants {
                comparison.add(&variant.name, studies(args, &file, variant, &place)?);
                // Each takes minutes: what is known is kept.
                write(args.json.as_deref(), &serde_json::to_value(&comparison)?)?;
            }
            print(&comparison.table()?)?;
            Ok(true)
        }
    }
}

fn print(text: &str) -> Result<()> {
    Ok(std::io::stdout().lock().write_all(text.as_bytes())?)
}

fn write(path: Option<&Path>, json: &serde_json::Value) -> Result<()> {
    let Some(path) = path else { return Ok(()) };
    fs::write(path, serde_json::to_vec_pretty(json)?)
        .with_context(|| format!("{} can't be written", path.display()))
}

fn studies(args: &AccuracyArgs, file: &Path, variant: &Variant, place: &Place) -> Result<Vec<Scores>> {
    let folder = place.path().join(variant.name.replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
    fs::create_dir_all(&folder).with_context(|| format!("{} can't be made", folder.display()))?;
    let study_file = folder.join("study.toml");
    fs::write(&study_file, variant.of(file)?)
        .with_context(|| format!("{} can't be written", study_file.display()))?;
    if let Some(module) = args.cohort.module() {
        let name = module.file_name().context("a module without a name")?;
        fs::copy(&module, folder.join(name))
            .with_context(|| format!("{} can't be copied", module.display()))?;
    }
    let mut all = Vec::new();
    for seed in 1..=args.seeds {
        eprintln!(
            "{:>12} {}, seed {seed} of {}: the study runs under secure aggregation",
            "accuracy", variant.name, args.seeds
        );
        all.push(one(args, &study_file, seed, folder.join(format!("seed-{seed}")))?);
    }
    Ok(all)
}

fn one(args: &AccuracyArgs, study_file: &Path, seed: u64, directory: PathBuf) -> Result<Scores> {
    let mut study = Study::new(Settings {
        study_file: study_file.to_owned(),
        researcher_args: args.study.researcher_args(seed),
        ..args.cohort.settings(directory, seed)?
    })?;
    study.start_everything()?;
    let (completed, reason) = study.wait_end()?;
    if !completed {
        bail!("the study of seed {seed} was aborted: {reason}");
    }
    let outcome = Outcome::of(&study)?;
    let measure = args.cohort.measure();
    let worth = |metrics: Metrics| measure.of(&metrics).context("the test sets have one class only");
    let gain = |with: &Metrics, own: &Hospital| Some(measure.of(with)? - measure.of(&own.alone_own)?);
    let gains = |with: &dyn Fn(&Hospital) -> Metrics| {
        outcome.hospitals.iter().map(|own| gain(&with(own), own)).collect()
    };
    let personalised = |(site, own): (usize, &Hospital)| -> Result<Option<f64>> {
        let report = study.personalise(site)?;
        Ok(report.tests.get(site).and_then(|metrics| gain(metrics, own)))
    };
    Ok(Scores {
        seed: Some(seed),
        alone: outcome.hospitals.iter().map(|hospital| worth(hospital.alone)).collect::<Result<_>>()?,
        federated: worth(outcome.federated)?,
        pooled: worth(outcome.pooled)?,
        gains: Gains {
            federated: gains(&|own| own.federated_own),
            personalised: outcome.hospitals.iter().enumerate().map(personalised).collect::<Result<_>>()?,
            pooled: gains(&|own| own.pooled_own),
        },
    })
}

struct Verdict {
    median: Scores,
}

impl Verdict {
    fn of(all: &[Scores]) -> Result<Self> {
        let sites = all.first().context("no study was run")?.alone.len();
        let over_seeds = |of: &dyn Fn(&Scores) -> Option<f64>| {
            median(all.iter().filter_map(of).collect()).context("a study lacks a hospital")
        };
        let alone = (0..sites).map(|site| over_seeds(&|scores| scores.alone.get(site).copied()));
        let alone = alone.collect::<Result<_>>()?;
        let (federated, pooled) =
            (over_seeds(&|scores| Some(scores.federated))?, over_seeds(&|scores| Some(scores.pooled))?);
        let median = Scores { seed: None, alone, federated, pooled, gains: Gains::default() };
        Ok(Self { median })
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

    fn table(&self, cohort: Cohort, titles: &[&str], all: &[Scores]) -> String {
        let seeds: Vec<String> =
            all.iter().filter_map(|scores| scores.seed).map(|seed| seed.to_string()).collect();
        let line = |name: &str, of: &dyn Fn(&Scores) -> f64| {
            let each: String = all.iter().map(|scores| format!("  {:>6.4}", of(scores))).collect();
            format!("  {name:<22}  {:>6.4}{each}\n", of(&self.median))
        };
        let mut text =
            format!("\n  {} on the union of all test sets: {}\n\n", cohort.measure().title(), cohort.title());
        let header: String = seeds.iter().map(|seed| format!("  {:>6}", format!("seed {seed}"))).collect();
        text += &format!("  {:<22}  {:>6}{header}\n", "trained by", "median");
        for (site, title) in titles.iter().enumerate() {
            text += &line(&format!("{title} alone"), &|scores| {
                scores.alone.get(site).copied().unwrap_or(f64::NAN)
            });
        }
        text += &line("all, federated", &|scores| scores.federated);
        text += &line("all, data pooled", &|scores| scores.pooled);
        let yes = |is: bool| if is { "yes" } else { "NO" };
        let gap = self.median.pooled - self.median.federated;
        text += &format!(
            "\n  higher than every single owner's own model: {}\n  within {MARGIN} of the pooled model: {} (it is {:.4} {})\n",
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

    fn scores(seed: u64, alone: [f64; 2], federated: f64, pooled: f64) -> Scores {
        Scores { seed: Some(seed), alone: alone.to_vec(), federated, pooled, gains: Gains::default() }
    }

    #[test]
    fn medians_of_odd_and_even_numbers() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(Vec::new()), None);
    }

    #[test]
    fn the_claim_needs_both_halves() {
        let holds = |all: &[Scores]| Verdict::of(all).unwrap().holds();
        assert!(holds(&[scores(1, [0.8, 0.85], 0.86, 0.875)]));
        assert!(!holds(&[scores(1, [0.8, 0.87], 0.86, 0.875)]), "a hospital alone is better");
        assert!(!holds(&[scores(1, [0.8, 0.86], 0.86, 0.86)]), "no better than a hospital alone");
        assert!(!holds(&[scores(1, [0.8, 0.85], 0.86, 0.8801)]), "too far below pooled");
        assert!(holds(&[scores(1, [0.8, 0.85], 0.89, 0.86)]), "above pooled");
        // One bad seed of three does not move the median.
        let three = [
            scores(1, [0.8, 0.85], 0.86, 0.87),
            scores(2, [0.8, 0.85], 0.5, 0.87),
            scores(3, [0.8, 0.85], 0.86, 0.87),
        ];
        assert!(holds(&three));
        let table = Verdict::of(&three).unwrap().table(Cohort::Heart, &["North", "South"], &three);
        assert!(table.contains("North alone") && table.contains("0.8600  0.8600  0.5000  0.8600"), "{table}");
    }
}
