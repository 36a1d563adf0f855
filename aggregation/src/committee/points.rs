//! Points from bytes, strictly: canonical, in the subgroup, never the identity. Read by `blst`, which is several times
//! as fast as `threshold_crypto` and reads the same points (the tests compare).
//!
//! The commitments of `threshold_crypto` give their points out through serde only, as (nested) lists of bytes, which
//! [`coefficients`] reads.

use blst::{BLST_ERROR, min_pk};
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;
use threshold_crypto::poly::Commitment;

use super::codec::DecodeError;

/// Length of a compressed point of G1.
pub(crate) const G1_LEN: usize = 48;
/// Length of a compressed point of G2.
pub(crate) const G2_LEN: usize = 96;

/// The serde form of a `threshold_crypto` type is not the one this build was written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "threshold_crypto encodes {structure} in {got} bytes where {expected} were due: pin threshold_crypto 0.4.0"
)]
pub struct LayoutError {
    structure: &'static str,
    expected: usize,
    got: usize,
}

/// A point of G1 other than the identity.
pub(crate) fn g1(bytes: &[u8; G1_LEN], field: &'static str) -> Result<min_pk::PublicKey, DecodeError> {
    let point = min_pk::PublicKey::uncompress(bytes).map_err(|_| DecodeError::Point { field })?;
    point.validate().map_err(|error| refused(error, field))?;
    Ok(point)
}

/// A point of G2 other than the identity.
pub(crate) fn g2(bytes: &[u8; G2_LEN], field: &'static str) -> Result<min_pk::Signature, DecodeError> {
    let point = min_pk::Signature::uncompress(bytes).map_err(|_| DecodeError::Point { field })?;
    point.validate(true).map_err(|error| refused(error, field))?;
    Ok(point)
}

fn refused(error: BLST_ERROR, field: &'static str) -> DecodeError {
    match error {
        BLST_ERROR::BLST_PK_IS_INFINITY => DecodeError::Identity { field },
        _ => DecodeError::Point { field },
    }
}

/// The coefficients of a commitment, lowest degree first.
pub(crate) fn coefficients(commitment: &Commitment) -> Result<Vec<[u8; G1_LEN]>, LayoutError> {
    let bytes = bytes_of(commitment);
    let (points, rest) = bytes.as_chunks();
    if !rest.is_empty() || points.is_empty() {
        let expected = bytes.len().next_multiple_of(G1_LEN).max(G1_LEN);
        return Err(LayoutError { structure: "a commitment", expected, got: bytes.len() });
    }
    Ok(points.to_vec())
}

fn bytes_of(value: &impl Serialize) -> Vec<u8> {
    fn collect(value: &Value, bytes: &mut Vec<u8>) {
        match value {
            Value::Number(number) => bytes.extend(number.as_u64().and_then(|byte| u8::try_from(byte).ok())),
            Value::Array(values) => values.iter().for_each(|value| collect(value, bytes)),
            Value::Object(fields) => fields.values().for_each(|value| collect(value, bytes)),
            Value::Null | Value::Bool(_) | Value::String(_) => {}
        }
    }
    let mut bytes = Vec::new();
    if let Ok(value) = serde_json::to_value(value) {
        collect(&value, &mut bytes);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand07::{Rng, SeedableRng, rngs::StdRng};
    use threshold_crypto::poly::Poly;
    use threshold_crypto::{PublicKey, SecretKey, Signature};

    use super::*;

    /// In the first byte of an encoded point: this is the identity.
    const INFINITY_FLAG: u8 = 0x40;

    #[test]
    fn identity_points_are_refused_and_named() {
        let mut g1_identity = [0; G1_LEN];
        g1_identity[0] = 0xc0;
        let mut g2_identity = [0; G2_LEN];
        g2_identity[0] = 0xc0;
        assert_eq!(g1(&g1_identity, "key").err(), Some(DecodeError::Identity { field: "key" }));
        assert_eq!(g2(&g2_identity, "signature").err(), Some(DecodeError::Identity { field: "signature" }));
    }

    #[test]
    fn points_outside_the_subgroup_are_refused() {
        // x = 4 is on the curve (the curve's generator is this point times the cofactor), but its order is
        // not the prime one.
        let mut bytes = [0; G1_LEN];
        bytes[0] = 0x80;
        bytes[G1_LEN - 1] = 4;
        assert_eq!(g1(&bytes, "key").err(), Some(DecodeError::Point { field: "key" }));
        assert_eq!(g1(&[0xff; G1_LEN], "key").err(), Some(DecodeError::Point { field: "key" }));
        assert_eq!(g2(&[0; G2_LEN], "signature").err(), Some(DecodeError::Point { field: "signature" }));
    }

    #[test]
    fn a_commitment_without_coefficients_is_refused() {
        let commitment = Poly::random(3, &mut StdRng::seed_from_u64(1)).commitment();
        assert_eq!(coefficients(&commitment).map(|points| points.len()), Ok(4));
        assert!(coefficients(&Poly::zero().commitment()).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// Every encoding that one of the libraries refuses is refused by the other; and they read the same point.
        #[test]
        fn the_points_are_those_that_threshold_crypto_reads(seed: u64, first: u8, flip in 0..96usize * 8) {
            let key: SecretKey = StdRng::seed_from_u64(seed).r#gen();
            let mut bytes = key.public_key().to_bytes();
            let mut signed = key.sign(b"a message").to_bytes();
            prop_assert_eq!(g1(&bytes, "key").expect("a point").to_bytes(), bytes);
            prop_assert_eq!(g2(&signed, "signature").expect("a point").to_bytes(), signed);
            // Flags of all kinds, and mostly points that are not in the subgroup or not on the curve.
            bytes[0] = first;
            bytes[flip / 8 % G1_LEN] ^= 1 << (flip % 8);
            signed[0] ^= first & 0xe0;
            signed[flip / 8] ^= 1 << (flip % 8);
            // `threshold_crypto` takes the identity.
            let due = PublicKey::from_bytes(bytes).ok().filter(|_| bytes[0] & INFINITY_FLAG == 0);
            let got = g1(&bytes, "key").ok();
            prop_assert_eq!(got.map(|point| point.to_bytes()), due.map(|point| point.to_bytes()));
            let due = Signature::from_bytes(signed).ok().filter(|_| signed[0] & INFINITY_FLAG == 0);
            let got = g2(&signed, "signature").ok();
            prop_assert_eq!(got.map(|point| point.to_bytes()), due.map(|point| point.to_bytes()));
        }
    }
}
