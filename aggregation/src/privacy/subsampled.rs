//! What DP-SGD spends: steps of a Gaussian mechanism on a Poisson sample of the records.
//!
//! Mironov, Talwar, Zhang, Rényi Differential Privacy of the Sampled Gaussian Mechanism (2019), section 3.3. Two data sets
//! are neighbours if one has one record more, or a record that counts for nothing in its place.

use super::account::epsilon_at;

/// The orders of Rényi divergence that are looked at.
const LARGEST_ORDER: usize = 256;

/// Steps that each sample every record with the same probability, clip what each gives to an L2 norm of 1, and add
/// Gaussian noise to the sum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampledGaussian {
    /// Probability that a record is in a step, above 0 and at most 1.
    pub rate: f64,
    /// The noise's standard deviation in units of the clip.
    pub multiplier: f64,
}

impl SampledGaussian {
    /// ε at `delta` of `steps` steps. Infinite for parameters out of range; 0 for no steps.
    #[must_use]
    pub fn epsilon(&self, steps: u64, delta: f64) -> f64 {
        self.best(steps, delta, epsilon_at)
    }

    fn best(&self, steps: u64, delta: f64, convert: impl Fn(f64, f64, f64) -> f64) -> f64 {
        let sensible = self.rate > 0.0
            && self.rate <= 1.0
            && self.multiplier > 0.0
            && self.multiplier.is_finite()
            && delta > 0.0
            && delta < 1.0;
        if steps == 0 {
            return 0.0;
        }
        if !sensible {
            return f64::INFINITY;
        }
        let moments = self.log_moments();
        let mut least = f64::INFINITY;
        for quarter in 1..=4 * (LARGEST_ORDER - 1) {
            // The log moment is convex in α − 1 and 0 at 0: between whole orders the chord is above it
            // (Wang, Balle, Kasiviswanathan, Subsampled Rényi DP and Analytical Moments Accountant, AISTATS 2019).
            let (whole, part) = (quarter / 4, (quarter % 4) as f64 / 4.0);
            let (Some(below), Some(above)) =
                (moments.get(whole), moments.get(whole + usize::from(part > 0.0)))
            else {
                continue;
            };
            let moment = if part == 0.0 { *below } else { below + (above - below) * part };
            let excess = quarter as f64 / 4.0; // α − 1
            least = least.min(convert(1.0 + excess, steps as f64 * moment / excess, delta));
        }
        least
    }

    /// (α − 1) times the Rényi divergence of one step, by α − 1 from 0 on, for whole orders.
    fn log_moments(&self) -> Vec<f64> {
        (1..=LARGEST_ORDER).map(|order| self.log_moment(order)).collect()
    }

    /// ln Σ C(α, k) (1 − q)^(α−k) q^k exp(k(k − 1) / 2σ²).
    fn log_moment(&self, order: usize) -> f64 {
        let alpha = order as f64;
        let (sampled, left) = (self.rate.ln(), (-self.rate).ln_1p());
        let mut log_binomial = 0.0;
        let mut terms = Vec::with_capacity(order + 1);
        for index in 0..=order {
            let k = index as f64;
            // With a rate of 1 nothing is left out: 0 · −∞ would not be a number.
            let others = if index == order { 0.0 } else { (alpha - k) * left };
            terms.push(log_binomial + others + k * sampled + k * (k - 1.0) / (2.0 * self.multiplier.powi(2)));
            log_binomial += ((alpha - k) / (k + 1.0)).ln();
        }
        let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = terms.iter().map(|term| (term - largest).exp()).sum();
        let moment = largest + sum.ln();
        // So little noise that it is no number any more: nothing is protected. `max` would make 0 of it.
        if moment.is_finite() { moment.max(0.0) } else { f64::INFINITY }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::privacy::{least_multiplier, zcdp_epsilon};

    /// Mironov, Rényi Differential Privacy (CSF 2017), proposition 3: the conversion of the older published figures.
    fn plain(order: f64, rdp: f64, delta: f64) -> f64 {
        rdp - delta.ln() / (order - 1.0)
    }

    #[test]
    fn divergences_are_those_published() {
        // google/differential-privacy, rdp_privacy_accountant_test.py, test_compute_rdp_poisson_sampled_gaussian:
        // q = 0.01, σ = 2.5, 50 steps.
        let step = SampledGaussian { rate: 0.01, multiplier: 2.5 };
        for (order, published) in [(5_usize, 2.1808e-3), (50, 2.3846e-2), (100, 1.6742e2)] {
            let rdp = 50.0 * step.log_moment(order) / (order as f64 - 1.0);
            assert!((rdp / published - 1.0).abs() < 1e-4, "{order}: {rdp}");
        }
    }

    #[test]
    fn epsilons_are_those_published() {
        // tensorflow/privacy, rdp_accountant_test.py: q = 0.01, σ = 4, 10⁴ steps, δ = 10⁻⁵, whole orders.
        let step = SampledGaussian { rate: 0.01, multiplier: 4.0 };
        assert!((step.best(10_000, 1e-5, plain) - 1.258_575).abs() < 2e-3);
        assert!(step.epsilon(10_000, 1e-5) < 1.258_575);
        // tensorflow/privacy, tutorials/README.md: MNIST, batches of 256 of 60000, δ = 10⁻⁵.
        for (multiplier, epochs, published) in [(1.12, 60, 2.92), (0.6, 30, 9.74), (1.2, 10, 1.20)] {
            let steps = epochs * 60_000 / 256;
            let step = SampledGaussian { rate: 256.0 / 60_000.0, multiplier };
            let epsilon = step.best(steps, 1e-5, plain);
            // Whole and quarter orders only, and figures to two places.
            assert!(
                (epsilon / published - 1.0).abs() < 0.02,
                "{multiplier}: {epsilon}, published {published}"
            );
            assert!(step.epsilon(steps, 1e-5) < epsilon, "the newer conversion is tighter");
        }
    }

    #[test]
    fn epsilons_are_those_of_another_program() {
        // PyPI dp-accounting 0.6.0: RdpAccountant, PoissonSampledDpEvent(rate, GaussianDpEvent(multiplier)); with whole orders
        // 2 to 256, and with their quarters. Between whole orders ours is a bound.
        for (rate, multiplier, steps, delta, quarters, whole) in [
            (0.01, 4.0, 10_000, 1e-5, 1.035_385_960_6, 1.035_490_066_1),
            (256.0 / 60_000.0, 1.1, 14_062, 1e-5, 2.596_981_178_6, 2.596_981_178_6),
            (0.1, 1.0, 100, 1e-5, 7.907_977_472_8, 7.972_921_510_4),
            (0.05, 2.0, 600, 1e-5, 3.051_520_813_5, 3.051_520_813_5),
            (0.2, 1.5, 50, 1e-6, 6.548_901_675_9, 6.598_464_292_4),
        ] {
            let found = SampledGaussian { rate, multiplier }.epsilon(steps, delta);
            assert!(
                found >= quarters - 1e-8 && found <= whole + 1e-8,
                "{rate} {multiplier}: {found}, {quarters} to {whole}"
            );
        }
    }

    #[test]
    fn without_sampling_it_is_the_gaussian_mechanism() {
        for multiplier in [0.8, 2.0, 8.0] {
            let sampled = SampledGaussian { rate: 1.0, multiplier }.epsilon(10, 1e-5);
            let exact = zcdp_epsilon(10.0 * 0.5 / multiplier.powi(2), 1e-5);
            assert!(sampled >= exact - 1e-9 && sampled < exact * 1.02, "{multiplier}: {sampled} {exact}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]
        #[test]
        fn it_grows_with_steps_and_rate_and_falls_with_noise(
            rate in 0.001f64..0.9, multiplier in 0.5f64..5.0, steps in 1u64..2000,
        ) {
            let at = |rate, multiplier, steps| SampledGaussian { rate, multiplier }.epsilon(steps, 1e-5);
            let epsilon = at(rate, multiplier, steps);
            prop_assert!(at(rate, multiplier, steps + 1) >= epsilon);
            prop_assert!(at(rate * 1.1, multiplier, steps) >= epsilon - 1e-9);
            prop_assert!(at(rate, multiplier * 1.1, steps) <= epsilon + 1e-9);
        }
    }

    #[test]
    fn the_noise_for_a_target_is_found() {
        let spends = |multiplier| SampledGaussian { rate: 0.1, multiplier }.epsilon(100, 1e-5);
        let found = least_multiplier(2.0, spends).unwrap();
        assert!(spends(found) <= 2.0 && spends(found - 1e-3) > 2.0);
    }

    #[test]
    fn what_cannot_be_is_unbounded() {
        for (rate, multiplier) in [(0.0, 1.0), (1.1, 1.0), (f64::NAN, 1.0), (0.1, 0.0), (0.1, f64::NAN)] {
            assert_eq!(SampledGaussian { rate, multiplier }.epsilon(1, 1e-5), f64::INFINITY);
        }
        for multiplier in [1e-100, 1e-160, 1e-200, f64::MIN_POSITIVE] {
            for rate in [1e-300, 0.1, 1.0] {
                let epsilon = SampledGaussian { rate, multiplier }.epsilon(1, 1e-5);
                assert!(epsilon > 1e100, "{multiplier} {rate}: {epsilon}");
            }
        }
        assert_eq!(SampledGaussian { rate: 0.1, multiplier: 1.0 }.epsilon(1, 0.0), f64::INFINITY);
        assert_eq!(SampledGaussian { rate: 0.1, multiplier: 1.0 }.epsilon(0, 1e-5), 0.0);
    }
}
