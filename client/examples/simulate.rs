//! What a study's hyperparameters are good for: its rounds in one process, without network, masks or chain.
//!
//! The owners' updates go through the study's own clipping, quantisation, sum and server optimizer (masks cancel out of a
//! sum to the bit, so they change nothing). Compares the federated model with each owner's own and with the pooled one,
//! by AUC on all owners' test rows together:
//!
//! ```sh
//! cargo run -p tributary-client --example simulate -- --study examples/hospitals/study.toml \
//!     --data .data/heart_disease_uci.csv --site-column dataset --seeds 5
//! ```

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tributary_aggregation::hash::digest;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::optimizer::{
    ModelState, ServerOptimizer, control_delta, correction, step_clip, step_control,
};
use tributary_aggregation::plan::RoundPlan;
use tributary_aggregation::study::{LabelKind, Privacy, Schema, StudyPlan, Training};
use tributary_aggregation::update::{Layout, Part, Quantised, dequantise};
use tributary_client::dataset::{Standardiser, Table, standardiser, statistics_report};
use tributary_client::researcher::plan_file::{PlanOverrides, StudyFile};
use tributary_client::training::{Code, RecordNoise, Torch, TrainJob, Trainer, order_seed};

/// Rows of each site that nobody trains on, and, of the rest, rows that go to the researcher.
const TEST_SHARE: f64 = 0.25;
const HOLDOUT_SHARE: f64 = 0.2;

#[derive(Parser)]
struct Arguments {
    /// The study's file
    #[arg(long)]
    study: PathBuf,
    /// One CSV file with all sites' rows
    #[arg(long)]
    data: PathBuf,
    /// The column that names a row's site
    #[arg(long)]
    site_column: String,
    /// Repetitions, each with another split and other seeds
    #[arg(long, default_value_t = 5)]
    seeds: u64,
    /// The first repetition's seed
    #[arg(long, default_value_t = 1)]
    first_seed: u64,
    /// Print the federated model's AUC after every round
    #[arg(long)]
    rounds_too: bool,
    #[command(flatten)]
    overrides: PlanOverrides,
}

struct Site {
    train: Table,
    test: Table,
}

/// AUC and accuracy on the rows of all test sets.
type Score = (f64, f64);

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut scores: Vec<(String, Vec<Score>)> = Vec::new();
    for seed in arguments.first_seed..arguments.first_seed + arguments.seeds {
        let overrides = PlanOverrides { seed: Some(seed), ..arguments.overrides.clone() };
        let plan =
            StudyFile::read(&arguments.study)?.into_plan(&overrides, OwnerId([0; 20]), Digest([0; 32]))?;
        let sites = split(&arguments, &plan.schema, seed)?;
        let tests: Vec<&Table> = sites.values().map(|site| &site.test).collect();
        let test = Table::concat(&tests).context("no sites")?;
        let trains: Vec<&Table> = sites.values().map(|site| &site.train).collect();
        let pooled = Table::concat(&trains).context("no sites")?;

        let mut row = vec![("federated".to_owned(), federated(&plan, &sites, &test, arguments.rounds_too)?)];
        row.push((format!("pooled ({} rows)", pooled.rows()), central(&plan, &pooled, &test)?));
        for (name, site) in &sites {
            row.push((
                format!("{name} alone ({} rows)", site.train.rows()),
                central(&plan, &site.train, &test)?,
            ));
        }
        scores.resize_with(row.len(), Default::default);
        for (column, (name, score)) in scores.iter_mut().zip(row) {
            column.0 = name;
            column.1.push(score);
        }
    }
    print(&scores);
    Ok(())
}

/// Splits each site's rows, class by class so that small sites keep both classes everywhere.
fn split(arguments: &Arguments, schema: &Schema, seed: u64) -> Result<BTreeMap<String, Site>> {
    let mut reader = csv::Reader::from_path(&arguments.data)
        .with_context(|| format!("can't read {}", arguments.data.display()))?;
    let header = reader.headers()?.clone();
    let place = |name: &str| {
        header
            .iter()
            .position(|column| column == name)
            .with_context(|| format!("there is no column {name:?}"))
    };
    let (site, label) = (place(&arguments.site_column)?, place(&schema.label.name)?);
    let LabelKind::Binary { positive_above } = &schema.label.kind else {
        bail!("the label must be of two classes");
    };
    let mut strata: BTreeMap<(String, bool), Vec<csv::StringRecord>> = BTreeMap::new();
    for record in reader.records() {
        let record = record?;
        let positive = record[label].parse::<f64>()? > *positive_above;
        strata.entry((record[site].to_owned(), positive)).or_default().push(record);
    }
    let mut rng = ChaCha20Rng::from_seed(digest("split", &[&seed.to_le_bytes()]).0);
    let mut parts: BTreeMap<String, [Vec<csv::StringRecord>; 2]> = BTreeMap::new();
    for ((site, _), mut rows) in strata {
        for last in (1..rows.len()).rev() {
            rows.swap(last, rng.next_u64() as usize % (last + 1));
        }
        let test = (rows.len() as f64 * TEST_SHARE).round() as usize;
        let holdout = ((rows.len() - test) as f64 * HOLDOUT_SHARE).round() as usize;
        let part = parts.entry(site).or_default();
        part[0].extend(rows.drain(..test));
        part[1].extend(rows.drain(holdout..));
    }
    let table = |rows: &[csv::StringRecord]| -> Result<Table> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&header)?;
        rows.iter().try_for_each(|row| writer.write_record(row))?;
        Ok(Table::from_bytes(&writer.into_inner()?, schema)?)
    };
    let sites = parts.into_iter().map(|(name, [test, train])| {
        Ok((name, Site { train: table(&train)?.with_both_classes(schema)?, test: table(&test)? }))
    });
    sites.collect()
}

/// The study: a statistics round, then its rounds of training.
fn federated(
    plan: &StudyPlan,
    sites: &BTreeMap<String, Site>,
    test: &Table,
    print_rounds: bool,
) -> Result<Score> {
    let statistics: Vec<_> =
        sites.values().map(|site| (statistics_report(plan, &site.train), site.train.rows())).collect();
    // The same noise in every run: what is measured here is not to be published.
    let mut noise = ChaCha20Rng::from_seed(digest("noise", &[&plan.training.seed.to_le_bytes()]).0);
    let (mean, weight) = weighted_mean(&RoundPlan::statistics(plan)?, &statistics, &mut noise)?;
    let standardiser = standardiser(plan, &mean, weight)?;
    let examples = sites.values().map(|site| standardiser.apply(&site.train));
    let examples = examples.collect::<Result<Vec<_>, _>>()?;

    let (trainer, rule, round_plan) =
        (Torch::new(), ServerOptimizer::from(&plan.optimizer), RoundPlan::training(plan)?);
    let (mut state, code) = initial(plan)?;
    let mut own: Vec<Option<Vec<f32>>> = vec![None; examples.len()];
    for round in 1..=plan.rounds {
        let training = &plan.training.in_round(state.round, plan.rounds);
        let has_control = plan.training.control_variates.is_some();
        let layout = Layout::in_round(plan, &state);
        let (mut updates, mut norms) = (Vec::new(), Vec::new());
        for (index, (examples, own)) in examples.iter().zip(&mut own).enumerate() {
            let seed = order_seed(plan.training.seed, &OwnerId([index as u8; 20]), round);
            let (model, weights) = (code.model(), &state.weights);
            let correction = has_control.then(|| correction(&state, own.as_deref())).transpose()?;
            let correction = correction.as_deref();
            let secret = digest("simulated-rows", &[&seed]).0;
            let noise = match &plan.privacy {
                Some(Privacy::Record(privacy)) => Some(RecordNoise { privacy, seed: &secret }),
                _ => None,
            };
            let job = TrainJob { model, weights, examples, training, seed, correction, noise };
            let trained = trainer.train(&job, &mut |_| {})?;
            let norm = trained.delta.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
            norms.push(format!("{norm:.2}"));
            let mut values = trained.delta;
            if has_control {
                let change = control_delta(&state, &values, trained.steps, training.learning_rate)?;
                values.extend(change);
            }
            layout.tell_within(&mut values)?;
            layout.clip(&mut values)?;
            if let Some(range) = layout.range(Part::Control) {
                let own = own.get_or_insert_with(|| vec![0.0; range.len()]);
                own.iter_mut().zip(&values[range]).for_each(|(own, change)| *own += change);
            }
            layout.scale(&mut values)?;
            updates.push((values, examples.rows()));
        }
        let (mut mean, weight) = weighted_mean(&round_plan, &updates, &mut noise)?;
        layout.unscale(&round_plan, weight, &mut mean)?;
        let part = |part| layout.range(part).map(|range| mean[range].to_vec());
        state = rule.step(&state, &part(Part::Update).unwrap_or_default())?;
        if let Some(change) = part(Part::Control) {
            step_control(&mut state, &[(change, weight)])?;
        }
        if let Some(range) = layout.range(Part::Within) {
            step_clip(&mut state, &plan.aggregation, &[(mean[range.start], weight)]);
        }
        if print_rounds {
            let (auc, _) = score(plan, &standardiser, &state.weights, test)?;
            println!(
                "seed {} round {round:>3}: AUC {auc:.3}, update norms {}",
                plan.training.seed,
                norms.join(" ")
            );
        }
    }
    score(plan, &standardiser, &state.weights, test)
}

/// As the secure sum has it: weighted integers, with the plan's noise, added, divided; and the sum of the weights.
fn weighted_mean(
    plan: &RoundPlan,
    updates: &[(Vec<f32>, usize)],
    noise: &mut ChaCha20Rng,
) -> Result<(Vec<f32>, u64)> {
    let low = u64::MAX >> (u64::BITS - plan.word_bits());
    let mut sums = vec![0_u64; plan.words()];
    for (update, rows) in updates {
        let weight = if plan.max_weight() == 1 { 1 } else { u32::try_from(*rows)? };
        let integers = Quantised::noisy(plan, update, weight, noise)?.to_integers();
        sums.iter_mut().zip(integers).for_each(|(sum, integer)| *sum = sum.wrapping_add(integer) & low);
    }
    let weight = sums.pop().context("an empty plan")?;
    Ok((dequantise(plan, &sums, weight)?, weight))
}

/// The same model and hyperparameters in one place, as many epochs as the study has.
fn central(plan: &StudyPlan, train: &Table, test: &Table) -> Result<Score> {
    let standardiser = Standardiser::from_table(train);
    let examples = standardiser.apply(train)?;
    let local_epochs = plan.training.local_epochs * u32::try_from(plan.rounds)?;
    let training = Training { local_epochs, proximal_mu: 0.0, ..plan.training.clone() };
    let (state, code) = initial(plan)?;
    let job = TrainJob {
        model: code.model(),
        weights: &state.weights,
        examples: &examples,
        training: &training,
        seed: order_seed(plan.training.seed, &OwnerId([0; 20]), 0),
        correction: None,
        noise: None,
    };
    let trained = Torch::new().train(&job, &mut |_| {})?;
    let weights: Vec<f32> = state.weights.iter().zip(trained.delta).map(|(old, delta)| old + delta).collect();
    score(plan, &standardiser, &weights, test)
}

/// The built-in model of a plan, and where it starts from.
fn initial(plan: &StudyPlan) -> Result<(ModelState, Code)> {
    let seed = digest("simulated-model", &[&plan.training.seed.to_le_bytes()]).0;
    let code = Code::of(plan, None, &Torch::new())?;
    Ok((code.initial(seed), code))
}

fn score(plan: &StudyPlan, standardiser: &Standardiser, weights: &[f32], test: &Table) -> Result<Score> {
    let (_, code) = initial(plan)?;
    let metrics = Torch::new().evaluate(code.model(), weights, &standardiser.apply(test)?)?;
    ensure!(metrics.auc.is_some(), "the test rows are of one class");
    Ok((metrics.auc.unwrap_or_default(), metrics.accuracy.unwrap_or_default()))
}

fn print(scores: &[(String, Vec<Score>)]) {
    let width = scores.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    println!("{:width$}  median AUC  accuracy  AUC per seed", "on all test rows");
    for (name, scores) in scores {
        let median = |pick: fn(&Score) -> f64| {
            let mut values: Vec<f64> = scores.iter().map(pick).collect();
            values.sort_by(f64::total_cmp);
            f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2])
        };
        let all: Vec<String> = scores.iter().map(|(auc, _)| format!("{auc:.3}")).collect();
        println!("{name:width$}  {:>10.3}  {:>8.3}  {}", median(|s| s.0), median(|s| s.1), all.join(" "));
    }
}
