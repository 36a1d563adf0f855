//! Clipping to a Euclidean norm: what bounds one owner's influence.

use super::UpdateError;
use super::wide::{Loop, wide};

/// How far below the bound a clipped vector is scaled, so that rounding back to f32 (relative error 2^−24 each) can't
/// carry its norm above the bound.
const HEADROOM: f64 = 1.0 - 1.0 / (1 << 23) as f64;

/// Sums that run side by side, each over every eighth square: one alone would wait for every addition.
const LANES: usize = 8;

/// Scales `values` in place to a Euclidean norm of at most `bound` and returns the norm before.
///
/// A vector within the bound is left as it is, bit for bit. Sums are in f64 and in one fixed order, so every machine clips
/// alike.
///
/// # Errors
/// If a coordinate is NaN or infinite, or `bound` is not positive and finite; `values` is then unchanged.
pub fn clip_l2(values: &mut [f32], bound: f64) -> Result<f64, UpdateError> {
    if !(bound.is_finite() && bound > 0.0) {
        return Err(UpdateError::ClipBound { bound });
    }
    let norm = l2_norm(values)?;
    if norm > bound {
        let factor = bound / norm * HEADROOM;
        wide(|| {
            for value in values {
                *value = (f64::from(*value) * factor) as f32;
            }
        });
    }
    Ok(norm)
}

/// The Euclidean norm.
///
/// # Errors
/// If a coordinate is NaN or infinite.
pub(super) fn l2_norm(values: &[f32]) -> Result<f64, UpdateError> {
    let squares = wide(Squares(values));
    if squares.is_finite() {
        return Ok(squares.sqrt());
    }
    let at = values.iter().position(|value| !value.is_finite());
    let index = at.unwrap_or_default();
    Err(UpdateError::NotFinite { index, value: values.get(index).copied().unwrap_or(f32::NAN) })
}

/// The sum of the squares.
struct Squares<'a>(&'a [f32]);

impl Loop for Squares<'_> {
    type Output = f64;

    #[inline(always)]
    fn call(self) -> f64 {
        let values = self.0;
        // The square of the largest f32 is 1e77: 2^28 of them are far below f64's largest number.
        let mut sums = [0.0; LANES];
        let (chunks, rest) = values.as_chunks::<LANES>();
        for chunk in chunks {
            for (sum, &value) in sums.iter_mut().zip(chunk) {
                *sum += f64::from(value) * f64::from(value);
            }
        }
        for (sum, &value) in sums.iter_mut().zip(rest) {
            *sum += f64::from(value) * f64::from(value);
        }
        sums.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_norm_after_is_within_the_bound_and_the_direction_stays(
            values in prop::collection::vec(-1e3f32..1e3, 1..200), bound in 1e-3f64..1e3,
        ) {
            let mut clipped = values.clone();
            let before = clip_l2(&mut clipped, bound).unwrap();
            let after = l2_norm(&clipped).unwrap();
            prop_assert!(after <= bound);
            if before <= bound {
                prop_assert_eq!(clipped, values);
            } else {
                prop_assert!(after >= bound * (1.0 - 1e-6));
                for (clipped, value) in clipped.iter().zip(&values) {
                    let expected = f64::from(*value) * bound / before;
                    prop_assert!((f64::from(*clipped) - expected).abs() <= expected.abs() * 1e-6 + 1e-30);
                }
            }
        }
    }

    #[test]
    fn what_is_not_a_number_is_named_and_nothing_is_changed() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut values = [3.0, 4.0, bad, 1.0];
            assert!(matches!(clip_l2(&mut values, 1.0), Err(UpdateError::NotFinite { index: 2, .. })));
            assert_eq!(values[0], 3.0);
        }
        assert!(matches!(clip_l2(&mut [1.0], f64::NAN), Err(UpdateError::ClipBound { .. })));
        assert!(matches!(clip_l2(&mut [1.0], 0.0), Err(UpdateError::ClipBound { .. })));
    }

    #[test]
    fn extremes_neither_overflow_nor_vanish() {
        let mut large = [f32::MAX; 4];
        assert_eq!(clip_l2(&mut large, 1.0).unwrap(), 2.0 * f64::from(f32::MAX));
        assert!((large[0] - 0.5).abs() < 1e-6);
        assert_eq!(clip_l2(&mut [0.0; 3], 1.0).unwrap(), 0.0);
        assert_eq!(clip_l2(&mut [], 1.0).unwrap(), 0.0);
    }
}
