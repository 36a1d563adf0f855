//! Lagrange interpolation at zero: from a quorum of shares to what they are shares of.
//!
//! A share of index i is a polynomial's value at i + 1 (times a point), as in all of `threshold_crypto`. The
//! coefficients depend on the indices alone, so those of one cut's seeds are computed once.

use blst::MultiPoint;
use threshold_crypto::ff::Field;
use threshold_crypto::{Fr, IntoFr};

use super::scalar::{SCALAR_BITS, SCALAR_LEN, little_endian};

/// The coefficients by which the shares of some members add up to the whole.
pub(super) struct Interpolation {
    indices: Vec<u64>,
    coefficients: Vec<[u8; SCALAR_LEN]>,
}

impl Interpolation {
    /// For the members with these indices; `None` if one is there twice or none at all.
    pub(super) fn new(indices: &[u64]) -> Option<Self> {
        if indices.is_empty() {
            return None;
        }
        let places: Vec<Fr> = indices.iter().map(|index| place(*index)).collect();
        let coefficient = |(position, own): (usize, &Fr)| {
            // The product of x / (x − own) over all other places x.
            let (mut over, mut under) = (Fr::one(), Fr::one());
            for (_, other) in places.iter().enumerate().filter(|(other, _)| *other != position) {
                over.mul_assign(other);
                let mut difference = *other;
                difference.sub_assign(own);
                under.mul_assign(&difference);
            }
            over.mul_assign(&under.inverse()?);
            Some(*little_endian(&over))
        };
        let coefficients = places.iter().enumerate().map(coefficient).collect::<Option<_>>()?;
        Some(Self { indices: indices.to_vec(), coefficients })
    }

    /// Whether it is for these members, in this order.
    pub(super) fn is_for(&self, indices: &[u64]) -> bool {
        self.indices == indices
    }

    /// The whole, of the members' shares in the order of their indices.
    pub(super) fn combine<P>(&self, shares: &[P]) -> Option<<[P] as MultiPoint>::Output>
    where
        [P]: MultiPoint,
    {
        let all = shares.len() == self.coefficients.len();
        all.then(|| shares.mult(self.coefficients.as_flattened(), SCALAR_BITS))
    }
}

fn place(index: u64) -> Fr {
    let mut place = index.into_fr();
    place.add_assign(&Fr::one());
    place
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use rand07::seq::SliceRandom;
    use threshold_crypto::SecretKeySet;

    use super::*;
    use crate::committee::points;
    use crate::committee::testing::rng;

    #[test]
    fn none_and_one_member_twice_are_refused() {
        assert!(Interpolation::new(&[]).is_none());
        assert!(Interpolation::new(&[1, 2, 1]).is_none());
        let two = Interpolation::new(&[0, 1]).expect("coefficients");
        assert!(two.combine::<blst::min_pk::PublicKey>(&[]).is_none());
        assert!(two.is_for(&[0, 1]) && !two.is_for(&[1, 0]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// In G2 and in G1, for any quorum in any order.
        #[test]
        fn shares_combine_as_threshold_crypto_combines_them(seed: u64, threshold in 0..40usize, more in 0..4usize) {
            let mut rng = rng(seed);
            let set = SecretKeySet::random(threshold, &mut rng);
            let mut members: Vec<u64> = (0..(threshold + 1 + more) as u64).collect();
            members.shuffle(&mut rng);
            members.truncate(threshold + 1);
            let ours = Interpolation::new(&members).expect("coefficients");
            let shares: Vec<_> = members.iter().map(|index| set.secret_key_share(*index)).collect();

            let signatures: Vec<_> = shares.iter().map(|share| share.sign(b"a message")).collect();
            let due = set.public_keys().combine_signatures(members.iter().zip(&signatures)).expect("combined");
            let points: Vec<_> = signatures
                .iter()
                .map(|share| points::g2(&share.to_bytes(), "share").expect("a point"))
                .collect();
            prop_assert_eq!(ours.combine(&points).expect("combined").to_signature().to_bytes(), due.to_bytes());

            let points: Vec<_> = shares
                .iter()
                .map(|share| points::g1(&share.public_key_share().to_bytes(), "share").expect("a point"))
                .collect();
            let due = set.public_keys().public_key().to_bytes();
            prop_assert_eq!(ours.combine(&points).expect("combined").to_public_key().to_bytes(), due);
            let distinct: BTreeSet<_> = members.iter().collect();
            prop_assert_eq!(distinct.len(), threshold + 1);
        }
    }
}
