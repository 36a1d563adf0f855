//! A secret scalar that is overwritten when it is dropped.

use std::fmt;

use threshold_crypto::ff::{Field, PrimeField, PrimeFieldRepr};
use threshold_crypto::group::{CurveAffine, CurveProjective};
use threshold_crypto::{Fr, FrRepr, G1, G1Affine, SecretKey, SecretKeyShare};
use zeroize::{Zeroize, Zeroizing};

use super::codec::DecodeError;

/// Length of a scalar, big-endian.
pub(crate) const SCALAR_LEN: usize = 32;

/// A scalar of BLS12-381's field that nobody else may know.
pub(crate) struct SecretScalar(Fr);

impl SecretScalar {
    pub(crate) fn zero() -> Self {
        Self(Fr::zero())
    }

    pub(crate) fn new(scalar: Fr) -> Self {
        Self(scalar)
    }

    /// From 32 big-endian bytes below the field's order.
    pub(crate) fn from_bytes(bytes: &[u8; SCALAR_LEN], field: &'static str) -> Result<Self, DecodeError> {
        let mut repr = FrRepr([0; 4]);
        let read = repr.read_be(&bytes[..]).map_err(|_| DecodeError::Scalar { field });
        let scalar = read.and_then(|()| Fr::from_repr(repr).map_err(|_| DecodeError::Scalar { field }));
        repr.0.zeroize();
        scalar.map(Self)
    }

    pub(crate) fn to_bytes(&self) -> Zeroizing<[u8; SCALAR_LEN]> {
        let mut bytes = Zeroizing::new([0; SCALAR_LEN]);
        let mut repr = self.0.into_repr();
        for (chunk, limb) in bytes.as_chunks_mut().0.iter_mut().zip(repr.0.iter().rev()) {
            *chunk = limb.to_be_bytes();
        }
        repr.0.zeroize();
        bytes
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.0.add_assign(&other.0);
    }

    /// The scalar times the generator of G1.
    pub(crate) fn public(&self) -> G1 {
        G1Affine::one().mul(self.0)
    }

    /// The scalar times a point of G1. Not in constant time, like all of `threshold_crypto`.
    pub(crate) fn times(&self, point: G1Affine) -> G1Affine {
        point.mul(self.0).into_affine()
    }

    /// The scalar as a share of the crate's own type.
    pub(crate) fn key_share(&self) -> SecretKeyShare {
        let mut copy = self.0;
        SecretKeyShare::from_mut(&mut copy)
    }
}

impl Drop for SecretScalar {
    fn drop(&mut self) {
        // `from_mut` takes the scalar and overwrites its source; the key that took it overwrites itself.
        drop(SecretKey::from_mut(&mut self.0));
    }
}

impl fmt::Debug for SecretScalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretScalar(..)")
    }
}
