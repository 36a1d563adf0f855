//! Feldman's commitment to a polynomial: its coefficients times the generator, in G1.

use blst::min_pk::{AggregatePublicKey, PublicKey};

use super::codec::DecodeError;
use super::points::{self, G1_LEN};

/// A commitment with at least one coefficient, each of them in the group.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Commitment {
    /// Lowest degree first.
    coefficients: Vec<PublicKey>,
}

impl Commitment {
    /// Reads coefficients, lowest degree first. None of them may be the identity: an honest polynomial has no zero
    /// coefficient, but with probability 2⁻²⁵⁵.
    pub(crate) fn from_bytes(
        coefficients: &[[u8; G1_LEN]],
        field: &'static str,
    ) -> Result<Self, DecodeError> {
        if coefficients.is_empty() {
            return Err(DecodeError::Length { field, expected: 1, got: 0 });
        }
        let coefficients =
            coefficients.iter().map(|bytes| points::g1(bytes, field)).collect::<Result<_, _>>()?;
        Ok(Self { coefficients })
    }

    /// The coefficients, lowest degree first.
    pub(crate) fn to_bytes(&self) -> Vec<[u8; G1_LEN]> {
        self.coefficients.iter().map(PublicKey::to_bytes).collect()
    }

    /// The commitment to the sum of the polynomials; `None` of none. A coefficient of it may be the identity.
    pub(crate) fn sum<'a>(commitments: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let mut commitments = commitments.into_iter();
        let first = commitments.next()?;
        let mut sums: Vec<_> = first.coefficients.iter().map(AggregatePublicKey::from_public_key).collect();
        for commitment in commitments {
            for (sum, coefficient) in sums.iter_mut().zip(&commitment.coefficients) {
                sum.add_aggregate(&AggregatePublicKey::from_public_key(coefficient));
            }
        }
        Some(Self { coefficients: sums.iter().map(AggregatePublicKey::to_public_key).collect() })
    }

    /// The lowest coefficient: the polynomial's value at zero, times the generator.
    pub(crate) fn constant(&self) -> PublicKey {
        self.coefficients.first().copied().unwrap_or_default()
    }

    /// The polynomial's value at `x`, times the generator. It may be the identity.
    pub(crate) fn evaluate(&self, x: u64) -> PublicKey {
        let mut value = AggregatePublicKey::from_public_key(&PublicKey::default());
        // Horner's rule. `x` is the number of a member, so doubling and adding is as quick as any way.
        for coefficient in self.coefficients.iter().rev() {
            let times_one = value;
            for bit in (0..x.checked_ilog2().unwrap_or(0)).rev() {
                let doubled = value;
                value.add_aggregate(&doubled);
                if x >> bit & 1 == 1 {
                    value.add_aggregate(&times_one);
                }
            }
            if x == 0 {
                value = AggregatePublicKey::from_public_key(&PublicKey::default());
            }
            value.add_aggregate(&AggregatePublicKey::from_public_key(coefficient));
        }
        value.to_public_key()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use threshold_crypto::poly::Poly;

    use super::*;
    use crate::committee::testing::rng;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn values_are_those_of_threshold_crypto(seed: u64, degree in 0..12usize, x in prop_oneof![0..70u64, any::<u64>()]) {
            let due = Poly::random(degree, &mut rng(seed)).commitment();
            let bytes = points::coefficients(&due).expect("layout");
            let ours = Commitment::from_bytes(&bytes, "coefficient").expect("points");
            prop_assert_eq!(ours.to_bytes(), bytes);
            let mut value = [0; G1_LEN];
            let affine = threshold_crypto::group::CurveProjective::into_affine(&due.evaluate(x));
            let compressed = threshold_crypto::group::CurveAffine::into_compressed(&affine);
            value.copy_from_slice(compressed.as_ref());
            prop_assert_eq!(ours.evaluate(x).to_bytes(), value);
            prop_assert_eq!(ours.evaluate(0), ours.constant());
        }

        #[test]
        fn sums_are_those_of_threshold_crypto(seed: u64, degree in 0..5usize, count in 1..5u64) {
            let all: Vec<_> =
                (0..count).map(|more| Poly::random(degree, &mut rng(seed ^ more)).commitment()).collect();
            let ours: Vec<_> = all
                .iter()
                .map(|one| Commitment::from_bytes(&points::coefficients(one).expect("layout"), "coefficient"))
                .collect::<Result<_, _>>()
                .expect("points");
            let due = all.into_iter().reduce(|sum, one| sum + &one).expect("one at least");
            let sum = Commitment::sum(&ours).expect("one at least");
            prop_assert_eq!(sum.to_bytes(), points::coefficients(&due).expect("layout"));
        }
    }

    #[test]
    fn a_commitment_to_nothing_and_one_with_the_identity_are_refused() {
        assert!(Commitment::from_bytes(&[], "coefficient").is_err());
        assert!(Commitment::sum([]).is_none());
        let mut identity = [0; G1_LEN];
        identity[0] = 0xc0;
        let error = DecodeError::Identity { field: "coefficient" };
        assert_eq!(Commitment::from_bytes(&[identity], "coefficient").err(), Some(error));
    }
}
