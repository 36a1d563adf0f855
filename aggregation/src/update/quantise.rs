//! Real coordinates as integers, weighted; and weighted sums of such integers as means.

mod noisy;

use super::clip::l2_norm;
use super::wide::{Loop, wide};
use super::{UpdateError, Word, Words};
use crate::plan::{Norm, RoundPlan};

/// An owner's weighted integers, ready to be masked: each coordinate times the weight, then the weight itself.
///
/// This is the owner's update in the clear: it is wiped when dropped and never printed.
pub struct Quantised {
    pub(crate) words: Words,
    pub(crate) plan: RoundPlan,
}

impl Quantised {
    /// Quantises `values` (f32, one per coordinate of the plan) with the owner's `weight` (its rows).
    ///
    /// A value v in \[−C, C\], with C the plan's bound, becomes round(v / C · h) + h with h = 2^(bits−1) − 1, halves away
    /// from zero: zero travels exactly and positive and negative values alike.
    ///
    /// # Errors
    /// If the length or the weight is not the plan's, or a value is not finite or out of the plan's range. Nothing is
    /// ever clamped or wrapped here: clip first ([`super::clip_l2`]).
    pub fn new(plan: &RoundPlan, values: &[f32], weight: u32) -> Result<Self, UpdateError> {
        if plan.noise().is_some() {
            return Err(UpdateError::NoNoise);
        }
        Self::exact(plan, values, weight)
    }

    fn exact(plan: &RoundPlan, values: &[f32], weight: u32) -> Result<Self, UpdateError> {
        if values.len() != plan.vector_len() {
            return Err(UpdateError::Length { expected: plan.vector_len(), got: values.len() });
        }
        if weight == 0 || weight > plan.max_weight() {
            return Err(UpdateError::Weight { got: weight, max: plan.max_weight() });
        }
        if let Norm::L2(bound) = plan.norm() {
            let norm = l2_norm(values)?;
            if norm > bound {
                return Err(UpdateError::NotClipped { norm, bound });
            }
        }
        let mut words = Words::zeros(plan.words(), plan.word_bits());
        match &mut words {
            Words::Narrow(words) => wide(Fill { plan, values, weight, words })?,
            Words::Wide(words) => wide(Fill { plan, values, weight, words })?,
        }
        Ok(Self { words, plan: plan.clone() })
    }

    /// The weighted integers, the weight last: what goes into the sum. For tests and audits of one's own data.
    #[must_use]
    pub fn to_integers(&self) -> Vec<u64> {
        self.words.to_integers(self.plan.word_bits())
    }
}

/// Coordinates between two looks at whether all were in range.
const BLOCK: usize = 256;

/// Quantises `values` into `words`, and the weight after them.
struct Fill<'a, W> {
    plan: &'a RoundPlan,
    values: &'a [f32],
    weight: u32,
    words: &'a mut [W],
}

impl<W: Word> Loop for Fill<'_, W> {
    type Output = Result<(), UpdateError>;

    #[inline(always)]
    fn call(self) -> Self::Output {
        let Self { plan, values, weight, words } = self;
        let bound = plan.norm().coordinate_bound();
        let half = f64::from(plan.half_range());
        for (block, (words, values)) in words.chunks_mut(BLOCK).zip(values.chunks(BLOCK)).enumerate() {
            let mut in_range = true;
            for (word, &value) in words.iter_mut().zip(values) {
                let real = f64::from(value);
                // Not so of NaN.
                in_range &= real.abs() <= bound;
                let level = round(real / bound * half) + half;
                // 0 ≤ level ≤ 2^bits − 2, and times the weight below 2^w: the plan saw to that.
                *word = W::from_u64(u64::from(low_bits(level)) * u64::from(weight));
            }
            if !in_range {
                let outside = |value: &f32| value.is_nan() || f64::from(*value).abs() > bound;
                let at = values.iter().position(outside).unwrap_or_default();
                return Err(out_of_range(block * BLOCK + at, values[at], bound));
            }
        }
        if let Some(last) = words.last_mut() {
            *last = W::from_u64(u64::from(weight));
        }
        Ok(())
    }
}

/// To the nearest integer, halves away from zero, as [`f64::round`] does; for less than 2^51 in absolute value. Without
/// instructions that not every machine has, so that the compiler can do several at once.
#[inline(always)]
fn round(value: f64) -> f64 {
    // Numbers of this size have no fraction: adding it rounds, halves to even.
    const SHIFT: f64 = (3u64 << 51) as f64;
    let even = value + SHIFT - SHIFT;
    let rest = value - even;
    let up = if rest == 0.5 && value > 0.0 { 1.0 } else { 0.0 };
    let down = if rest == -0.5 && value < 0.0 { 1.0 } else { 0.0 };
    even + up - down
}

/// The low 32 bits of an integer from 0 to 2^52 − 1; of anything else, some bits.
#[inline(always)]
fn low_bits(integer: f64) -> u32 {
    // In [2^52, 2^53) the fraction's bits are those of the integer.
    (integer + (1u64 << 52) as f64).to_bits() as u32
}

fn out_of_range(index: usize, value: f32, bound: f64) -> UpdateError {
    if value.is_finite() {
        UpdateError::OutOfRange { index, value, bound }
    } else {
        UpdateError::NotFinite { index, value }
    }
}

/// Checks that `sums` and `weight` can be those of `owners` owners.
///
/// # Errors
/// If there are more or fewer coordinates than the plan has, if the owners can't have that weight together, or a
/// coordinate that sum.
pub(crate) fn check_sum<W: Word>(
    plan: &RoundPlan,
    sums: &[W],
    weight: u64,
    owners: usize,
) -> Result<(), UpdateError> {
    if sums.len() != plan.vector_len() {
        return Err(UpdateError::Length { expected: plan.vector_len(), got: sums.len() });
    }
    let most = u64::from(plan.max_weight()).saturating_mul(owners as u64);
    if weight == 0 || weight < owners as u64 || weight > most {
        return Err(UpdateError::SumWeight { got: weight, owners, max: most });
    }
    let max = weight.saturating_mul(plan.offset().saturating_mul(2));
    // All are looked at, for a loop that may end early goes one by one.
    if wide(|| sums.iter().fold(true, |all, &sum| all & (sum.to_u64() <= max))) {
        return Ok(());
    }
    let index = sums.iter().position(|sum| sum.to_u64() > max).unwrap_or_default();
    Err(UpdateError::SumRange { index, got: sums[index].to_u64(), weight, max })
}

/// The weighted mean of real vectors, from `sums` of their weighted integers and the sum of their weights.
///
/// # Errors
/// If the sums can't be those of owners of that weight.
pub fn dequantise(plan: &RoundPlan, sums: &[u64], weight: u64) -> Result<Vec<f32>, UpdateError> {
    means(plan, sums, weight)
}

/// [`dequantise`], of words of either width.
pub(crate) fn means<W: Word>(plan: &RoundPlan, sums: &[W], weight: u64) -> Result<Vec<f32>, UpdateError> {
    // Any number of owners may share the weight: one at least.
    let owners = weight.div_ceil(u64::from(plan.max_weight())) as usize;
    check_sum(plan, sums, weight, owners)?;
    let bound = plan.norm().coordinate_bound();
    let offset = plan.offset();
    // No plan's owners have so much weight that the sum of their ranges exceeds 63 bits.
    let range = offset.checked_mul(2).and_then(|range| weight.checked_mul(range));
    if range.is_none_or(|range| i64::try_from(range).is_err()) {
        let max = i64::MAX as u64 / offset.saturating_mul(2).max(1);
        return Err(UpdateError::SumWeight { got: weight, owners, max });
    }
    let (zero, full) = ((weight * offset) as i64, weight as f64 * f64::from(plan.half_range()));
    let mut means = vec![0.0; sums.len()];
    wide(|| {
        for (mean, &sum) in means.iter_mut().zip(sums) {
            *mean = ((sum.to_u64() as i64 - zero) as f64 / full * bound) as f32;
        }
    });
    Ok(means)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::RoundPlanParams;

    pub(super) fn plan(vector_len: usize, bits: u8, norm: Norm, max_weight: u32) -> RoundPlan {
        RoundPlan::new(RoundPlanParams { vector_len, bits, norm, max_weight, max_owners: 16, min_group: 2 })
            .unwrap()
    }

    proptest! {
        #[test]
        fn one_owners_mean_is_its_vector_within_half_a_step(
            bits in 2u8..=24, bound in 1e-3f64..1e3, weight in 1u32..100_000,
            units in prop::collection::vec(-1f64..=1.0, 1..50),
        ) {
            let plan = plan(units.len(), bits, Norm::LInf(bound), 100_000);
            let values: Vec<f32> = units.iter().map(|unit| (unit * bound * 0.999_999) as f32).collect();
            let mut sums = Quantised::new(&plan, &values, weight).unwrap().to_integers();
            prop_assert_eq!(sums.pop(), Some(u64::from(weight)));
            let step = bound / f64::from((1u32 << (bits - 1)) - 1);
            for (mean, value) in dequantise(&plan, &sums, u64::from(weight)).unwrap().iter().zip(&values) {
                let tolerance = step / 2.0 + bound * 1e-6;
                prop_assert!((f64::from(*mean) - f64::from(*value)).abs() <= tolerance, "{} {}", mean, value);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn rounding_is_that_of_the_standard_library(value in -16_777_216f64..16_777_216.0, halves in -33_554_432i32..33_554_432) {
            let tie = f64::from(halves) / 2.0;
            for value in [value, tie, tie.next_up(), tie.next_down(), value / 16_777_216.0] {
                prop_assert_eq!(round(value), value.round(), "{}", value);
            }
            let integer = value.abs().round();
            prop_assert_eq!(f64::from(low_bits(integer)), integer);
        }
    }

    #[test]
    fn the_one_that_is_out_of_range_is_named_wherever_it_is() {
        let plan = plan(600, 8, Norm::LInf(1.0), 10);
        for at in [0, 255, 256, 599] {
            for bad in [1.5, -1.5, f32::NAN, f32::INFINITY] {
                let mut values = [0.25; 600];
                values[at] = bad;
                let refused = Quantised::new(&plan, &values, 1).err().expect("out of range");
                let (UpdateError::OutOfRange { index, .. } | UpdateError::NotFinite { index, .. }) = refused
                else {
                    panic!("{refused}");
                };
                assert_eq!(index, at);
            }
        }
    }

    #[test]
    fn the_ends_and_zero_are_exact() {
        let plan = plan(3, 16, Norm::LInf(0.5), 7);
        let quantised = Quantised::new(&plan, &[-0.5, 0.0, 0.5], 7).unwrap();
        assert_eq!(quantised.to_integers(), [0, 7 * 32_767, 7 * 65_534, 7]);
        let mean = dequantise(&plan, &[0, 7 * 32_767, 7 * 65_534], 7).unwrap();
        assert_eq!(mean, [-0.5, 0.0, 0.5]);
    }

    #[test]
    fn what_the_plan_does_not_allow_is_an_error_not_a_clamp() {
        let linf = plan(2, 8, Norm::LInf(1.0), 10);
        assert!(matches!(
            Quantised::new(&linf, &[0.0, 1.000_000_1], 1),
            Err(UpdateError::OutOfRange { index: 1, .. })
        ));
        assert!(matches!(
            Quantised::new(&linf, &[f32::NAN, 0.0], 1),
            Err(UpdateError::NotFinite { index: 0, .. })
        ));
        assert!(matches!(
            Quantised::new(&linf, &[0.0, f32::NEG_INFINITY], 1),
            Err(UpdateError::NotFinite { index: 1, .. })
        ));
        assert!(matches!(Quantised::new(&linf, &[0.0], 1), Err(UpdateError::Length { expected: 2, got: 1 })));
        for weight in [0, 11] {
            assert!(matches!(Quantised::new(&linf, &[0.0; 2], weight), Err(UpdateError::Weight { .. })));
        }
        let l2 = plan(2, 8, Norm::L2(1.0), 10);
        assert!(matches!(Quantised::new(&l2, &[0.8, 0.8], 1), Err(UpdateError::NotClipped { .. })));
        let mut values = [0.8, 0.8];
        super::super::clip_l2(&mut values, 1.0).unwrap();
        assert!(Quantised::new(&l2, &values, 1).is_ok());
    }

    #[test]
    fn impossible_sums_are_refused() {
        let plan = plan(2, 8, Norm::LInf(1.0), 10);
        assert!(dequantise(&plan, &[254 * 30, 0], 30).is_ok());
        assert!(matches!(
            dequantise(&plan, &[0, 254 * 30 + 1], 30),
            Err(UpdateError::SumRange { index: 1, .. })
        ));
        assert!(matches!(dequantise(&plan, &[0, 0], 0), Err(UpdateError::SumWeight { .. })));
        assert!(matches!(dequantise(&plan, &[0], 1), Err(UpdateError::Length { .. })));
        assert!(matches!(dequantise(&plan, &[0, 0], u64::MAX), Err(UpdateError::SumWeight { .. })));
        let most = i64::MAX as u64 / 254;
        assert!(matches!(dequantise(&plan, &[0, 0], most + 1), Err(UpdateError::SumWeight { .. })));
        assert_eq!(dequantise(&plan, &[0, most * 254], most).unwrap(), [-1.0, 1.0]);
        assert!(matches!(check_sum(&plan, &[0u64, 0], 31, 3), Err(UpdateError::SumWeight { max: 30, .. })));
        assert!(matches!(check_sum(&plan, &[0u64, 0], 2, 3), Err(UpdateError::SumWeight { .. })));
    }
}
