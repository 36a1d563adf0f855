//! Discrete Gaussian noise, exactly: no floating point decides anything, so no low bit tells about what it was added to
//! (Mironov, On Significance of the Least Significant Bits for Differential Privacy, CCS 2012).
//!
//! Algorithms 1 to 3 of Canonne, Kamath, Steinke, The Discrete Gaussian for Differential Privacy (NeurIPS 2020), for whole σ,
//! in integers that can't overflow. The time that a draw takes depends on it; nobody but the owner's machine sees that.

use rand_core::CryptoRng;
use ruint::aliases::U256;
use thiserror::Error;
use zeroize::Zeroizing;

/// The largest standard deviation that can be asked for.
pub const MAX_SIGMA: u64 = 1 << 48;

/// A Laplace draw is counted up to so many scales; it is beyond with a probability of e^−16383, and then is cut there, so that
/// it fits a word whatever the random bits are.
const MOST_SCALES: u64 = (1 << 14) - 1;

/// Noise can't be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoiseError {
    /// No noise, or more than a word could hold.
    #[error("the noise's standard deviation is {0} and must be from 1 to 2^48 steps of quantisation")]
    Sigma(u64),
}

/// `count` independent draws from the discrete Gaussian of mean 0 and scale `sigma` (the integer x with probability
/// proportional to exp(−x² / 2σ²)).
///
/// # Errors
/// If `sigma` is 0 or above [`MAX_SIGMA`].
pub fn discrete_gaussians(
    sigma: u64,
    count: usize,
    rng: &mut impl CryptoRng,
) -> Result<Zeroizing<Vec<i64>>, NoiseError> {
    if !(1..=MAX_SIGMA).contains(&sigma) {
        return Err(NoiseError::Sigma(sigma));
    }
    let mut noise = Zeroizing::new(Vec::with_capacity(count));
    noise.extend((0..count).map(|_| gaussian(sigma, rng)));
    Ok(noise)
}

/// Algorithm 3: a Laplace draw y of scale t = σ + 1, kept with probability exp(−(|y| − σ²/t)² / 2σ²).
fn gaussian(sigma: u64, rng: &mut impl CryptoRng) -> i64 {
    let scale = sigma + 1;
    let (wide, t) = (U256::from(sigma), U256::from(scale));
    let square = wide * wide; // < 2^97
    let denominator = square * t * t * U256::from(2); // < 2^196
    loop {
        let (negative, magnitude) = laplace(scale, rng);
        let distance = (U256::from(magnitude) * t).abs_diff(square); // < 2^114
        if bernoulli_exp(distance * distance, denominator, rng) {
            let magnitude = magnitude as i64; // < 2^63: MOST_SCALES sees to it
            return if negative { -magnitude } else { magnitude };
        }
    }
}

/// Algorithm 2: sign and magnitude y with probability proportional to exp(−|y| / scale).
fn laplace(scale: u64, rng: &mut impl CryptoRng) -> (bool, u64) {
    let whole = U256::from(scale);
    loop {
        let part = below(whole, rng);
        if !bernoulli_exp_small(part, whole, rng) {
            continue;
        }
        let mut scales = 0_u64;
        while scales < MOST_SCALES && bernoulli_exp_small(U256::from(1), U256::from(1), rng) {
            scales += 1;
        }
        let magnitude = part.to::<u64>() + scale * scales;
        let negative = rng.next_u64() & 1 == 1;
        if !(negative && magnitude == 0) {
            return (negative, magnitude);
        }
    }
}

/// Algorithm 1: true with probability exp(−numerator / denominator).
fn bernoulli_exp(mut numerator: U256, denominator: U256, rng: &mut impl CryptoRng) -> bool {
    while numerator > denominator {
        if !bernoulli_exp_small(U256::from(1), U256::from(1), rng) {
            return false;
        }
        numerator -= denominator;
    }
    bernoulli_exp_small(numerator, denominator, rng)
}

/// The same for a fraction of at most 1.
fn bernoulli_exp_small(numerator: U256, denominator: U256, rng: &mut impl CryptoRng) -> bool {
    let mut k = 1_u64;
    // Each further turn has a probability of at most 1/k: the product stays far below 2^256.
    while below(denominator * U256::from(k), rng) < numerator {
        k += 1;
    }
    k % 2 == 1
}

/// A uniform number below `bound` (> 0), by rejection.
fn below(bound: U256, rng: &mut impl CryptoRng) -> U256 {
    let bits = (bound - U256::from(1)).bit_len();
    loop {
        let mut drawn = U256::ZERO;
        for word in 0..bits.div_ceil(64) {
            let left = bits - 64 * word;
            let random = rng.next_u64() >> (64 - left.min(64));
            drawn |= U256::from(random) << (64 * word);
        }
        if drawn < bound {
            return drawn;
        }
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;

    fn draw(sigma: u64, count: usize, seed: u8) -> Vec<i64> {
        discrete_gaussians(sigma, count, &mut ChaCha20Rng::from_seed([seed; 32])).unwrap().to_vec()
    }

    /// P[X = x], by summing the series.
    fn probability(sigma: f64, x: i64) -> f64 {
        let weight = |x: i64| (-(x as f64).powi(2) / (2.0 * sigma * sigma)).exp();
        let reach = (40.0 * sigma) as i64;
        weight(x) / (-reach..=reach).map(weight).sum::<f64>()
    }

    #[test]
    fn small_noise_has_the_probabilities_of_the_discrete_gaussian() {
        // χ² with 10 degrees of freedom exceeds 35.6 with a probability of 10⁻⁴.
        for (sigma, seed) in [(1, 1), (2, 2), (3, 3)] {
            let draws = draw(sigma, 40_000, seed);
            let mut chi_squared = 0.0;
            let mut outside = (0.0, 1.0);
            for x in -5..=5 {
                let expected = probability(sigma as f64, x);
                let seen = draws.iter().filter(|drawn| **drawn == x).count() as f64;
                outside.0 += seen;
                outside.1 -= expected;
                if expected * 40_000.0 >= 5.0 {
                    chi_squared += (seen - expected * 40_000.0).powi(2) / (expected * 40_000.0);
                }
            }
            if outside.1 * 40_000.0 >= 5.0 {
                let (seen, expected) = (40_000.0 - outside.0, outside.1 * 40_000.0);
                chi_squared += (seen - expected).powi(2) / expected;
            }
            assert!(chi_squared < 35.6, "σ = {sigma}: χ² = {chi_squared}");
        }
    }

    #[test]
    fn large_noise_has_the_moments_of_the_gaussian() {
        let (sigma, count) = (1_000_003_u64, 20_000);
        let scaled: Vec<f64> = draw(sigma, count, 4).iter().map(|x| *x as f64 / sigma as f64).collect();
        let moment = |power: i32| scaled.iter().map(|x| x.powi(power)).sum::<f64>() / count as f64;
        // Five standard errors: √(1, 2, 15, 96) / √n.
        assert!(moment(1).abs() < 0.036, "{}", moment(1));
        assert!((moment(2) - 1.0).abs() < 0.05, "{}", moment(2));
        assert!(moment(3).abs() < 0.137, "{}", moment(3));
        assert!((moment(4) - 3.0).abs() < 0.35, "{}", moment(4));
    }

    #[test]
    fn draws_depend_on_nothing_but_the_given_randomness() {
        assert_eq!(draw(100, 20, 5), draw(100, 20, 5));
        assert_ne!(draw(100, 20, 5), draw(100, 20, 6));
    }

    #[test]
    fn no_noise_and_too_much_are_refused() {
        let mut rng = ChaCha20Rng::from_seed([0; 32]);
        for sigma in [0, MAX_SIGMA + 1] {
            assert_eq!(discrete_gaussians(sigma, 1, &mut rng), Err(NoiseError::Sigma(sigma)));
        }
        assert!(discrete_gaussians(MAX_SIGMA, 1, &mut rng).is_ok());
    }
}
