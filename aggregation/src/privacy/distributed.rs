//! What a sum protects to which every owner added a discrete Gaussian of its own.
//!
//! Kairouz, Liu, Steinke, The Distributed Discrete Gaussian Mechanism for Federated Learning with Secure Aggregation (ICML
//! 2021). A sum of discrete Gaussians is not exactly a discrete Gaussian; their τ bounds the difference.

/// Tail of an owner's noise that its word has room for, in standard deviations. A discrete Gaussian is no heavier than the
/// Gaussian (Canonne, Kamath, Steinke 2020, corollary 17): one coordinate of one owner is beyond it with a probability
/// below 2·exp(−72) < 2^−102, any of 2^28 coordinates of 2^8 owners with one below 2^−66.
pub const TAIL: u64 = 12;

/// The noise that each owner adds to its integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoiseShare {
    /// Scale of each owner's discrete Gaussian, in steps of quantisation.
    pub sigma: u64,
    /// How many owners' noise is counted on in every sum: honest, and there to the end.
    pub counted: u16,
}

impl NoiseShare {
    /// The least share with which `counted` owners' noise together has a scale of at least `multiplier` times
    /// `sensitivity` (steps of quantisation), rounded up. `None` if that is no number from 1 to 2^48, or nobody counts.
    #[must_use]
    pub fn new(multiplier: f64, sensitivity: f64, counted: u16) -> Option<Self> {
        // Square roots are exact to the last bit everywhere: every member comes to the same number.
        let sigma = (multiplier * sensitivity / f64::from(counted).sqrt()).ceil();
        let usable = counted >= 1 && sigma >= 1.0 && sigma <= super::noise::MAX_SIGMA as f64;
        usable.then_some(Self { sigma: sigma as u64, counted })
    }

    /// The largest noise that a word has room for: [`TAIL`] standard deviations.
    #[must_use]
    pub const fn tail(&self) -> u64 {
        self.sigma.saturating_mul(TAIL)
    }
}

/// The longest that an integer vector of `len` coordinates can be that was rounded from one of L2 norm `half` at most:
/// each coordinate moves by half a step at most, and one step is left for the clip's own floating point.
#[must_use]
pub fn rounded_norm(half: f64, len: usize) -> f64 {
    half + (len as f64).sqrt() / 2.0 + 1.0
}

/// ρ of the zCDP of one opened sum of vectors with `len` coordinates, if one owner's vector is at most `sensitivity` long
/// (L2): Kairouz, Liu, Steinke 2021, proposition 14. Neighbours: an owner's vector, or zeros in its place.
#[must_use]
pub fn release_zcdp(noise: &NoiseShare, sensitivity: f64, len: usize) -> f64 {
    let sigma = noise.sigma as f64;
    let counted = f64::from(noise.counted);
    let tau: f64 = (1..noise.counted)
        .map(|k| {
            let k = f64::from(k);
            (-2.0 * (std::f64::consts::PI * sigma).powi(2) * k / (k + 1.0)).exp()
        })
        .sum::<f64>()
        * 10.0;
    let ratio = sensitivity / (counted.sqrt() * sigma);
    // α/2·ratio² + τd is at most α/2·(ratio² + 2τd), as α ≥ 1.
    let apart = ratio.powi(2) + 2.0 * tau * len as f64;
    let together = (ratio + tau * (len as f64).sqrt()).powi(2);
    apart.min(together) / 2.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;
    use crate::privacy::discrete_gaussians;

    #[test]
    fn fine_noise_spends_what_a_gaussian_spends() {
        let noise = NoiseShare::new(2.0, 32_767.0, 3).unwrap();
        let rho = release_zcdp(&noise, 32_767.0, 1 << 20);
        // Rounded up: a little less is spent.
        assert!(rho <= 0.125 && rho > 0.124_99, "{rho}");
    }

    #[test]
    fn coarse_noise_spends_more_the_more_coordinates_there_are() {
        let noise = NoiseShare { sigma: 1, counted: 4 };
        let gaussian = 0.5 / 4.0;
        let (few, many) = (release_zcdp(&noise, 1.0, 10), release_zcdp(&noise, 1.0, 100_000));
        assert!(few > gaussian && many > few, "{few} {many}");
        // One draw alone is a discrete Gaussian exactly.
        assert_eq!(release_zcdp(&NoiseShare { sigma: 1, counted: 1 }, 1.0, 1000), 0.5);
    }

    /// The divergence of order 2 between a sum of draws and the same moved by one, by convolution.
    #[test]
    fn the_bound_is_above_the_divergence() {
        for sigma in [0.7_f64, 1.0, 2.0] {
            let reach = 60_i64;
            let weight = |x: i64| (-(x as f64).powi(2) / (2.0 * sigma * sigma)).exp();
            let total: f64 = (-reach..=reach).map(weight).sum();
            let one: Vec<f64> = (-reach..=reach).map(|x| weight(x) / total).collect();
            let mut sum = vec![0.0; 2 * one.len() - 1];
            for (i, p) in one.iter().enumerate() {
                for (j, q) in one.iter().enumerate() {
                    sum[i + j] += p * q;
                }
            }
            let second: f64 = sum.windows(2).filter(|w| w[1] > 1e-250).map(|w| w[0] * w[0] / w[1]).sum();
            if sigma >= 1.0 {
                let noise = NoiseShare { sigma: sigma as u64, counted: 2 };
                assert!(second.ln() <= 2.0 * release_zcdp(&noise, 1.0, 1) + 1e-9, "{sigma}");
            }
        }
    }

    #[test]
    fn the_counted_owners_noise_together_has_the_calibrated_scale() {
        let noise = NoiseShare::new(1.5, 1000.0, 3).unwrap();
        let mut rng = ChaCha20Rng::from_seed([7; 32]);
        let mut sums = vec![0_i64; 20_000];
        for _ in 0..3 {
            let drawn = discrete_gaussians(noise.sigma, sums.len(), &mut rng).unwrap();
            sums.iter_mut().zip(drawn.iter()).for_each(|(sum, noise)| *sum += noise);
        }
        let variance = sums.iter().map(|sum| (*sum as f64).powi(2)).sum::<f64>() / sums.len() as f64;
        // Five standard errors of a variance: 5·√(2/n).
        assert!((variance / 1500_f64.powi(2) - 1.0).abs() < 0.05, "{variance}");
    }

    proptest! {
        #[test]
        fn the_noise_is_never_below_what_was_asked_for(
            multiplier in 0.01f64..100.0, sensitivity in 1.0f64..1e7, counted in 1u16..200,
        ) {
            let noise = NoiseShare::new(multiplier, sensitivity, counted).unwrap();
            let together = noise.sigma as f64 * f64::from(counted).sqrt();
            prop_assert!(together >= multiplier * sensitivity * (1.0 - 1e-12));
            prop_assert!(noise.sigma as f64 - 1.0 <= multiplier * sensitivity / f64::from(counted).sqrt());
        }
    }

    #[test]
    fn noise_that_is_none_is_refused() {
        assert_eq!(NoiseShare::new(1.0, 10.0, 0), None);
        assert_eq!(NoiseShare::new(0.0, 10.0, 1), None);
        assert_eq!(NoiseShare::new(f64::NAN, 10.0, 1), None);
        assert_eq!(NoiseShare::new(1e40, 10.0, 1), None);
    }
}
