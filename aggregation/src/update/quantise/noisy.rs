//! Noise on an owner's integers, before they are masked.

use rand_core::CryptoRng;

use super::Quantised;
use crate::plan::RoundPlan;
use crate::privacy::discrete_gaussians;
use crate::update::{UpdateError, Word, Words};

impl Quantised {
    /// As [`Self::new`]; then adds the plan's noise, if it has any, drawn from `rng`. To be called once for each report:
    /// the same update twice under one draw of noise would be worth one draw only, twice under two is counted twice.
    ///
    /// A noise beyond the tail that the plan's words have room for (below 2^−66 for a whole round) is not cut off: it is
    /// added modulo 2^w, and what was spent stays as it was.
    ///
    /// # Errors
    /// As [`Self::new`], or if the noise can't be drawn.
    pub fn noisy(
        plan: &RoundPlan,
        values: &[f32],
        weight: u32,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, UpdateError> {
        let mut exact = Self::exact(plan, values, weight)?;
        if let Some(share) = plan.noise() {
            let noise = discrete_gaussians(share.sigma, plan.vector_len(), rng)?;
            match &mut exact.words {
                Words::Narrow(words) => add_noise(plan, words, &noise, share.tail())?,
                Words::Wide(words) => add_noise(plan, words, &noise, share.tail())?,
            }
        }
        Ok(exact)
    }
}

/// Adds each coordinate's noise, and the tail that keeps it above zero. First looks, in integers, whether what was
/// rounded is as short as the noise was made for.
fn add_noise<W: Word>(
    plan: &RoundPlan,
    words: &mut [W],
    noise: &[i64],
    tail: u64,
) -> Result<(), UpdateError> {
    let half = u64::from(plan.half_range());
    let squares: u128 = words
        .iter()
        .take(plan.vector_len())
        .map(|word| u128::from(word.to_u64().abs_diff(half)).pow(2))
        .sum();
    let norm = (squares as f64).sqrt();
    if norm > plan.sensitivity() {
        return Err(UpdateError::NotClipped { norm, bound: plan.sensitivity() });
    }
    for (word, noise) in words.iter_mut().zip(noise) {
        // Modulo the machine word, a multiple of 2^w: packing keeps the low w bits.
        *word = word.plus(W::from_u64(tail.wrapping_add_signed(*noise)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::super::tests::plan;
    use super::*;
    use crate::plan::Norm;
    use crate::update::dequantise;

    fn noisy_plan(vector_len: usize, bits: u8, multiplier: f64) -> RoundPlan {
        plan(vector_len, bits, Norm::L2(1.0), 1).with_noise(multiplier, 3).unwrap()
    }

    /// The opened sum of four owners that all sent `value` in every coordinate.
    fn noisy_sum(plan: &RoundPlan, value: f32, rng: &mut ChaCha20Rng) -> Vec<f64> {
        let modulus = 1_u64 << plan.word_bits();
        let mut sums = vec![0_u64; plan.words()];
        for _ in 0..4 {
            let words =
                Quantised::noisy(plan, &vec![value; plan.vector_len()], 1, rng).unwrap().to_integers();
            sums.iter_mut().zip(words).for_each(|(sum, word)| *sum = (*sum + word) % modulus);
        }
        assert_eq!(sums.pop(), Some(4));
        dequantise(plan, &sums, 4).unwrap().iter().map(|mean| f64::from(*mean)).collect()
    }

    #[test]
    fn an_opened_sum_carries_noise_of_the_calibrated_variance_and_no_bias() {
        let mut rng = ChaCha20Rng::from_seed([11; 32]);
        for (bits, multiplier) in [(8, 0.3), (16, 1.0), (24, 2.0)] {
            let plan = noisy_plan(1000, bits, multiplier);
            let mut means = Vec::new();
            for _ in 0..10 {
                means.extend(noisy_sum(&plan, 0.02, &mut rng));
            }
            let step = 1.0 / f64::from(plan.half_range());
            let quantised = (0.02 / step).round() * step;
            // Three owners' noise is calibrated; four owners' is in the sum, and the mean divides by four.
            let sigma = plan.noise().unwrap().sigma as f64 * step * 2.0 / 4.0;
            let count = means.len() as f64;
            let mean = means.iter().sum::<f64>() / count;
            let variance = means.iter().map(|mean| (mean - quantised).powi(2)).sum::<f64>() / count;
            assert!((mean - quantised).abs() < 5.0 * sigma / count.sqrt(), "{bits}: {mean}");
            assert!(
                (variance / sigma.powi(2) - 1.0).abs() < 5.0 * (2.0 / count).sqrt(),
                "{bits}: {variance}"
            );
            let three = plan.sensitivity() * multiplier * step / 4.0;
            assert!(variance > three.powi(2), "no less than what three owners are counted on for");
        }
    }

    #[test]
    fn a_plan_with_noise_takes_nothing_without() {
        let plan = noisy_plan(4, 16, 1.0);
        assert!(matches!(Quantised::new(&plan, &[0.1; 4], 1), Err(UpdateError::NoNoise)));
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let first = Quantised::noisy(&plan, &[0.1; 4], 1, &mut rng).unwrap().to_integers();
        let again = Quantised::noisy(&plan, &[0.1; 4], 1, &mut rng).unwrap().to_integers();
        assert_ne!(first[..4], again[..4], "fresh noise each time");
        assert!(matches!(Quantised::noisy(&plan, &[0.1; 4], 2, &mut rng), Err(UpdateError::Weight { .. })));
        assert!(matches!(
            Quantised::noisy(&plan, &[0.9; 4], 1, &mut rng),
            Err(UpdateError::NotClipped { .. })
        ));
    }

    #[test]
    fn without_noise_in_the_plan_nothing_is_added() {
        let plan = plan(4, 16, Norm::L2(1.0), 5);
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let noisy = Quantised::noisy(&plan, &[0.1; 4], 5, &mut rng).unwrap().to_integers();
        assert_eq!(noisy, Quantised::new(&plan, &[0.1; 4], 5).unwrap().to_integers());
    }

    proptest! {
        #[test]
        fn no_rounding_makes_a_vector_longer_than_the_noise_is_made_for(
            bits in 4u8..=24, values in prop::collection::vec(-1f32..=1.0, 1..400),
        ) {
            let plan = noisy_plan(values.len(), bits, 1.0);
            let mut values = values;
            crate::update::clip_l2(&mut values, 1.0).unwrap();
            let exact = Quantised::exact(&plan, &values, 1).unwrap().to_integers();
            let half = i128::from(plan.half_range());
            let squares: i128 = exact[..values.len()].iter().map(|word| (i128::from(*word) - half).pow(2)).sum();
            prop_assert!((squares as f64).sqrt() <= plan.sensitivity());
        }
    }
}
