//! Training a settled model further on a site's own rows, for that site alone.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tributary_aggregation::hash::digest;
use tributary_aggregation::study::Training;

use crate::dataset::Examples;
use crate::training::metrics::Metrics;
use crate::training::{Model, TrainError, TrainJob, Trainer};

/// A model for one site, and what it is worth on rows of the site that it has not seen.
pub struct Personalised {
    /// Its weights.
    pub weights: Vec<f32>,
    /// Rows that it was trained on.
    pub trained: usize,
    /// The study's model on the rows that were held back.
    pub before: Metrics,
    /// This model on the same rows.
    pub after: Metrics,
}

/// Trains `weights` on all rows but a share that is held back, and measures both models on that share.
///
/// Which rows are held back follows from `seed` alone, class by class: the same rows of the same file every time.
///
/// # Errors
/// If a side of the split has no rows, training diverges, or the weights don't fit the model.
pub fn personalise(
    trainer: &dyn Trainer,
    model: Model<'_>,
    weights: &[f32],
    examples: &Examples,
    training: &Training,
    held_back: f64,
    seed: u64,
) -> Result<Personalised, TrainError> {
    let (own, held) = split(&examples.labels(), held_back, seed);
    if own.is_empty() || held.is_empty() {
        return Err(TrainError::NoRows);
    }
    let select = |rows: &[usize]| examples.select(rows).ok_or(TrainError::NoRows);
    let (own, held) = (select(&own)?, select(&held)?);
    let seed = digest("personalise-order", &[&seed.to_le_bytes()]).0;
    let job = TrainJob { model, weights, examples: &own, training, seed, correction: None, noise: None };
    let delta = trainer.train(&job, &mut |_| ())?.delta;
    let after: Vec<f32> = weights.iter().zip(delta).map(|(weight, delta)| weight + delta).collect();
    Ok(Personalised {
        before: trainer.evaluate(model, weights, &held)?,
        after: trainer.evaluate(model, &after, &held)?,
        trained: own.rows(),
        weights: after,
    })
}

/// Row numbers to train on and row numbers held back, each ascending.
fn split(labels: &[bool], share: f64, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let mut rng = ChaCha20Rng::from_seed(digest("personalise-split", &[&seed.to_le_bytes()]).0);
    let (mut own, mut held) = (Vec::new(), Vec::new());
    for class in [false, true] {
        let mut rows: Vec<usize> = (0..labels.len()).filter(|row| labels[*row] == class).collect();
        for last in (1..rows.len()).rev() {
            // The high word of the product: uniform up to a bias of rows / 2^64.
            let product = u128::from(rng.next_u64()) * (last as u128 + 1);
            rows.swap(last, (product >> 64) as usize);
        }
        let cut = (rows.len() as f64 * share).round() as usize;
        held.extend(rows.drain(..cut.min(rows.len())));
        own.extend(rows);
    }
    own.sort_unstable();
    held.sort_unstable();
    (own, held)
}

#[cfg(test)]
mod tests {
    use tributary_aggregation::study::LayerSpec;

    use super::*;
    use crate::training::Torch;

    /// A site where the rule of all others is turned round.
    fn site() -> Examples {
        let xs: Vec<f32> = (0..40).map(|i| (i as f32 - 19.5) / 10.0).collect();
        let labels: Vec<bool> = xs.iter().map(|x| *x < 0.0).collect();
        Examples::binary(xs, 1, &labels).unwrap()
    }

    fn training() -> Training {
        Training { local_epochs: 200, batch_size: 8, learning_rate: 0.5, ..Training::default() }
    }

    #[test]
    fn a_site_unlike_the_others_gains_on_rows_that_were_held_back() {
        let (spec, global) = (LayerSpec { hidden: vec![] }, [2.0, 0.0]);
        let run = |seed| {
            personalise(&Torch::new(), Model::Layers(&spec), &global, &site(), &training(), 0.25, seed)
                .unwrap()
        };
        let one = run(1);
        assert_eq!((one.trained, one.before.rows, one.after.rows), (30, 10, 10));
        assert!(one.after.log_loss < one.before.log_loss);
        assert_eq!((one.before.auc, one.after.auc), (Some(0.0), Some(1.0)));
        let again = run(1);
        assert_eq!((again.weights, again.after), (one.weights, one.after));
    }

    #[test]
    fn a_split_takes_every_row_once_and_each_class_by_its_share() {
        let labels: Vec<bool> = (0..40).map(|i| i % 4 == 0).collect();
        let (own, held) = split(&labels, 0.3, 7);
        let mut all = [own.clone(), held.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, (0..40).collect::<Vec<_>>());
        assert_eq!((held.len(), held.iter().filter(|row| labels[**row]).count()), (12, 3));
        assert_eq!(split(&labels, 0.3, 7), (own, held.clone()));
        assert_ne!(split(&labels, 0.3, 8).1, held);
    }

    #[test]
    fn a_side_without_rows_is_an_error() {
        let (spec, global) = (LayerSpec { hidden: vec![] }, [2.0, 0.0]);
        for share in [0.0, 1.0] {
            let refused =
                personalise(&Torch::new(), Model::Layers(&spec), &global, &site(), &training(), share, 1);
            assert!(matches!(refused, Err(TrainError::NoRows)));
        }
    }
}
