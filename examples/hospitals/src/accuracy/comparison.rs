//! Several ways of training on the same rows, side by side.

use anyhow::{Context as _, Result};
use hospitals::cohort::Cohort;
use serde::Serialize;

use super::{Gains, Scores, median};

/// What is compared, in the order of the table.
#[derive(Debug, Serialize)]
pub struct Comparison {
    cohort: &'static str,
    measure: &'static str,
    seeds: u64,
    variants: Vec<Measured>,
}

#[derive(Debug, Serialize)]
struct Measured {
    name: String,
    seeds: Vec<Scores>,
}

impl Comparison {
    /// Nothing yet.
    pub fn new(cohort: Cohort, seeds: u64) -> Self {
        Self { cohort: cohort.title(), measure: cohort.measure().title(), seeds, variants: Vec::new() }
    }

    /// Adds what one way of training came to, a study per seed.
    pub fn add(&mut self, name: &str, seeds: Vec<Scores>) {
        self.variants.push(Measured { name: name.to_owned(), seeds });
    }

    /// The table, in Markdown. What owners alone and the pooled data come to is taken from the first variant's studies:
    /// the others' plans train those in their own way.
    ///
    /// # Errors
    /// If nothing was measured.
    pub fn table(&self) -> Result<String> {
        let first = &self.variants.first().context("no way of training was measured")?.seeds;
        let best = |scores: &Scores| scores.alone.iter().copied().max_by(f64::total_cmp).unwrap_or(f64::NAN);
        let mut text = format!(
            "\n{measure} on the union of all test sets, median of {} seeds (lowest to highest): {}\n\n\
             | trained by | {measure} | worst owner against its own model | the same, personalised |\n\
             | --- | --- | --- | --- |\n",
            self.seeds,
            self.cohort,
            measure = self.measure
        );
        text += &line("best owner alone", first.iter().map(best).collect(), [None; 2])?;
        let pooled = worst(first, |gains| &gains.pooled);
        text += &line("pooled", first.iter().map(|scores| scores.pooled).collect(), [pooled, None])?;
        for Measured { name, seeds } in &self.variants {
            let federated = seeds.iter().map(|scores| scores.federated).collect();
            let gains = [worst(seeds, |gains| &gains.federated), worst(seeds, |gains| &gains.personalised)];
            text += &line(name, federated, gains)?;
        }
        Ok(text)
    }
}

/// The least of the owners' gains, each the median over the seeds: below zero if an owner is worse off.
fn worst(seeds: &[Scores], of: impl Fn(&Gains) -> &[Option<f64>]) -> Option<f64> {
    let owners = seeds.first().map_or(0, |scores| of(&scores.gains).len());
    let of_owner = |owner: usize| seeds.iter().filter_map(|scores| *of(&scores.gains).get(owner)?).collect();
    (0..owners).filter_map(|owner| median(of_owner(owner))).min_by(f64::total_cmp)
}

fn line(name: &str, scores: Vec<f64>, gains: [Option<f64>; 2]) -> Result<String> {
    let (low, high) = scores
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), auc| (low.min(*auc), high.max(*auc)));
    let middle = median(scores).context("a way of training has no studies")?;
    let [gain, personalised] = gains.map(|gain| gain.map_or("-".to_owned(), |gain| format!("{gain:+.3}")));
    Ok(format!("| {name} | {middle:.4} ({low:.4} to {high:.4}) | {gain} | {personalised} |\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(federated: f64, gain: f64) -> Scores {
        Scores {
            seed: Some(1),
            alone: vec![0.7, 0.8],
            federated,
            pooled: 0.9,
            gains: Gains {
                // The second owner is worse off in one study only.
                federated: vec![Some(gain), Some(if federated == 0.8 { -0.9 } else { 0.5 }), None],
                personalised: vec![Some(gain + 0.1), None, None],
                pooled: vec![Some(0.3), Some(0.2), Some(0.4)],
            },
        }
    }

    #[test]
    fn the_table_has_medians_and_what_everybody_is_compared_with() {
        let mut comparison = Comparison::new(Cohort::Heart, 3);
        assert!(comparison.table().is_err());
        comparison.add("FedAvg", vec![scores(0.85, 0.01), scores(0.86, -0.02), scores(0.80, 0.0)]);
        comparison.add("other", vec![scores(0.5, -0.3); 3]);
        let table = comparison.table().unwrap();
        for line in [
            "| best owner alone | 0.8000 (0.8000 to 0.8000) | - | - |",
            "| pooled | 0.9000 (0.9000 to 0.9000) | +0.200 | - |",
            "| FedAvg | 0.8500 (0.8000 to 0.8600) | +0.000 | +0.100 |",
            "| other | 0.5000 (0.5000 to 0.5000) | -0.300 | -0.200 |",
        ] {
            assert!(table.contains(line), "{table}");
        }
    }
}
