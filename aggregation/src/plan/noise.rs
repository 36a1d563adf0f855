//! The noise in a round's sums, and what it protects of an owner.

use super::{Norm, PlanError, RoundPlan, require, width};
use crate::privacy::distributed::rounded_norm;
use crate::privacy::{NoiseShare, release_zcdp};

impl RoundPlan {
    /// The same plan, with discrete Gaussian noise by every owner: `counted` owners' noise together has a scale of
    /// `multiplier` times the most that one owner's integers can be long. Words get room for the noise's tail.
    ///
    /// # Errors
    /// If owners' weights may differ (they would scale what is to be protected), the vector's length is not bounded, the
    /// noise is none, or w would exceed [`MAX_WORD_BITS`](super::MAX_WORD_BITS).
    pub fn with_noise(mut self, multiplier: f64, counted: u16) -> Result<Self, PlanError> {
        require(self.params.max_weight == 1, "max_weight", "must be 1 where noise protects an owner")?;
        require(
            matches!(self.params.norm, Norm::L2(_)),
            "norm",
            "must be of L2 where noise protects an owner",
        )?;
        let noise = NoiseShare::new(multiplier, self.sensitivity(), counted);
        let too_little =
            PlanError::Field { field: "noise", reason: "the noise must be above 0 and below 2^48 steps" };
        self.noise = Some(noise.ok_or(too_little)?);
        self.word_bits = width(2 * u128::from(self.offset()) * u128::from(self.params.max_owners))?;
        Ok(self)
    }

    /// The noise that each owner adds, if any.
    #[must_use]
    pub fn noise(&self) -> Option<NoiseShare> {
        self.noise
    }

    /// The longest (L2) that one owner's integers can be, rounding included, in steps of quantisation.
    #[must_use]
    pub fn sensitivity(&self) -> f64 {
        rounded_norm(f64::from(self.half_range()), self.params.vector_len)
    }

    /// ρ of the zCDP that one opened sum spends of an owner in it; infinite without noise.
    #[must_use]
    pub fn release_zcdp(&self) -> f64 {
        self.noise
            .map_or(f64::INFINITY, |noise| release_zcdp(&noise, self.sensitivity(), self.params.vector_len))
    }

    /// How long (L2) the noise in the mean of `owners` vectors can be, in the vector's own unit: longer with a probability
    /// below 2^−64 (Hsu, Kakade, Zhang, A tail inequality for quadratic forms of subgaussian random vectors, 2012).
    #[must_use]
    pub fn noise_in_mean(&self, owners: u64) -> f64 {
        const T: f64 = 45.0; // e^−45 < 2^−64
        let Some(noise) = self.noise else { return 0.0 };
        let len = self.params.vector_len as f64;
        let norm = noise.sigma as f64 * (len + 2.0 * (len * T).sqrt() + 2.0 * T).sqrt();
        let step = self.params.norm.coordinate_bound() / f64::from(self.half_range());
        norm / (owners.max(1) as f64).sqrt() * step
    }

    /// What is added to each of an owner's integers so that they are not negative: half the range, and the noise's tail.
    #[must_use]
    pub(crate) fn offset(&self) -> u64 {
        u64::from(self.half_range()).saturating_add(self.noise.map_or(0, |noise| noise.tail()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::params;
    use super::*;
    use crate::plan::RoundPlanParams;

    fn noisy(multiplier: f64) -> Result<RoundPlan, PlanError> {
        RoundPlan::new(RoundPlanParams { max_weight: 1, ..params() })?.with_noise(multiplier, 3)
    }

    #[test]
    fn noise_makes_words_wider_and_is_in_the_digest() {
        let plain = RoundPlan::new(RoundPlanParams { max_weight: 1, ..params() }).unwrap();
        let plan = noisy(1.0).unwrap();
        let noise = plan.noise().unwrap();
        // h = 32767, d = 10: √10/2 + 1 more.
        assert!((plan.sensitivity() - 32_769.58).abs() < 0.01);
        assert_eq!(noise.sigma, 18_920, "the sensitivity over √3, rounded up");
        assert_eq!(plan.offset(), 32_767 + 12 * 18_920);
        let largest = 16 * 2 * plan.offset();
        assert!(largest < 1 << plan.word_bits() && largest >= 1 << (plan.word_bits() - 1));
        assert!(plan.word_bits() > plain.word_bits());
        assert_ne!(plan.digest(), plain.digest());
        assert_ne!(plan.digest(), noisy(1.1).unwrap().digest());
        assert!(plan.release_zcdp() <= 0.5 && plan.release_zcdp() > 0.499);
        assert_eq!(plain.release_zcdp(), f64::INFINITY);
        assert_eq!(plain.noise_in_mean(4), 0.0);
    }

    #[test]
    fn noise_that_would_protect_nobody_is_refused() {
        let weighted = RoundPlan::new(params()).unwrap().with_noise(1.0, 3);
        assert!(matches!(weighted, Err(PlanError::Field { field: "max_weight", .. })));
        let long = RoundPlanParams { max_weight: 1, norm: Norm::LInf(1.0), ..params() };
        let long = RoundPlan::new(long).unwrap().with_noise(1.0, 3);
        assert!(matches!(long, Err(PlanError::Field { field: "norm", .. })));
        for multiplier in [0.0, -1.0, f64::NAN, 1e30] {
            assert!(
                matches!(noisy(multiplier), Err(PlanError::Field { field: "noise", .. })),
                "{multiplier}"
            );
        }
    }
}
