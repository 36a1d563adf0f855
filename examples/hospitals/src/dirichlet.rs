//! A table split among owners so that they differ: the usual way to make one data set look as if several sites had
//! gathered it (Hsu, Qi, Brown, Measuring the Effects of Non-Identical Data Distribution, 2019).
//!
//! Each class is dealt out by proportions from a Dirichlet distribution: the smaller its concentration, the more an owner
//! has of few classes. Here it is ½, for which the proportions are squares of normal variables divided by their sum.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// Tries before a split that leaves nobody too little is given up.
const TRIES: u32 = 10_000;

/// Which rows each owner has.
///
/// A split in which somebody has fewer than `fewest` rows of two classes each is drawn anew: nobody could train on it. So
/// the distribution is that of Dirichlet(½), given that everybody can take part. `None` if no draw of many was such.
#[must_use]
pub fn split(classes: &[u32], owners: usize, fewest: usize, seed: u64) -> Option<Vec<Vec<usize>>> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    (0..TRIES).find_map(|_| {
        let dealt = deal(classes, owners, &mut rng);
        dealt.iter().all(|rows| is_enough(rows, classes, fewest)).then_some(dealt)
    })
}

fn is_enough(rows: &[usize], classes: &[u32], fewest: usize) -> bool {
    let mut of_class = std::collections::BTreeMap::<u32, usize>::new();
    for row in rows {
        *of_class.entry(classes[*row]).or_default() += 1;
    }
    of_class.values().filter(|count| **count >= fewest).count() >= 2
}

fn deal(classes: &[u32], owners: usize, rng: &mut ChaCha20Rng) -> Vec<Vec<usize>> {
    let mut all = classes.to_vec();
    all.sort_unstable();
    all.dedup();
    let mut dealt = vec![Vec::new(); owners];
    for class in all {
        let mut rows: Vec<usize> = (0..classes.len()).filter(|row| classes[*row] == class).collect();
        shuffle(&mut rows, rng);
        let weights: Vec<f64> = (0..owners).map(|_| normal(rng).powi(2)).collect();
        let total: f64 = weights.iter().sum();
        let (mut begin, mut sum) = (0, 0.0);
        for (owner, weight) in weights.iter().enumerate() {
            sum += weight;
            let last = owner + 1 == owners;
            let end = if last { rows.len() } else { (sum / total * rows.len() as f64).round() as usize };
            dealt[owner].extend_from_slice(&rows[begin..end.max(begin)]);
            begin = end.max(begin);
        }
    }
    dealt
}

/// Fisher and Yates.
pub(crate) fn shuffle<T>(items: &mut [T], rng: &mut ChaCha20Rng) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(last as u64 + 1, rng) as usize);
    }
}

/// A number below `bound`, each as likely as the others.
fn below(bound: u64, rng: &mut ChaCha20Rng) -> u64 {
    let most = u64::MAX - u64::MAX % bound;
    loop {
        let drawn = rng.next_u64();
        if drawn < most {
            return drawn % bound;
        }
    }
}

/// Box and Muller.
fn normal(rng: &mut ChaCha20Rng) -> f64 {
    let mut unit = || (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    // From (0, 1], so that the logarithm is finite.
    let (radius, angle) = ((-2.0 * (1.0 - unit()).ln()).sqrt(), std::f64::consts::TAU * unit());
    radius * angle.cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes() -> Vec<u32> {
        (0..600).map(|row| u32::from(row % 3 == 0)).collect()
    }

    #[test]
    fn every_row_is_dealt_once_and_the_seed_decides() {
        let dealt = split(&classes(), 8, 5, 1).unwrap();
        let mut rows: Vec<usize> = dealt.concat();
        rows.sort_unstable();
        assert_eq!(rows, (0..600).collect::<Vec<_>>());
        assert_eq!(split(&classes(), 8, 5, 1).unwrap(), dealt);
        assert_ne!(split(&classes(), 8, 5, 2).unwrap(), dealt);
    }

    #[test]
    fn everybody_can_train_and_nobody_has_what_the_others_have() {
        let classes = classes();
        let dealt = split(&classes, 8, 5, 3).unwrap();
        let share = |rows: &Vec<usize>| {
            rows.iter().filter(|row| classes[**row] == 1).count() as f64 / rows.len() as f64
        };
        let shares: Vec<f64> = dealt.iter().map(share).collect();
        assert!(dealt.iter().all(|rows| is_enough(rows, &classes, 5)));
        let (low, high) =
            shares.iter().fold((1.0_f64, 0.0_f64), |(low, high), x| (low.min(*x), high.max(*x)));
        assert!(high - low > 0.3, "{shares:?}");
    }

    #[test]
    fn what_no_draw_can_give_is_given_up() {
        assert_eq!(split(&[0; 100], 4, 1, 1), None, "there is one class only");
    }

    #[test]
    fn proportions_have_the_distributions_mean_and_variance() {
        // Of Dirichlet(½) over k parts: mean 1/k, variance (k − 1) / (k² (k/2 + 1)).
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let (owners, rows, draws) = (4, 1000, 2000);
        let one_class = vec![0; rows];
        let firsts: Vec<f64> =
            (0..draws).map(|_| deal(&one_class, owners, &mut rng)[0].len() as f64 / rows as f64).collect();
        let mean = firsts.iter().sum::<f64>() / f64::from(draws);
        let variance = firsts.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(draws);
        assert!((mean - 0.25).abs() < 0.02, "{mean}");
        assert!((variance - 3.0 / (16.0 * 3.0)).abs() < 0.006, "{variance}");
    }
}
