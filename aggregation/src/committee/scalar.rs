//! A secret scalar that is overwritten when it is dropped.

use std::fmt;

use blst::{MultiPoint, min_pk};
use threshold_crypto::ff::{Field, PrimeField, PrimeFieldRepr};
use threshold_crypto::{Fr, FrRepr, SecretKey};
use zeroize::{Zeroize, Zeroizing};

use super::codec::DecodeError;

/// Length of a scalar, big-endian.
pub(crate) const SCALAR_LEN: usize = 32;

/// Bits of a scalar: those of the groups' order.
pub(crate) const SCALAR_BITS: usize = 255;

/// A scalar of BLS12-381's field that nobody else may know. It stays in one place: a value that is moved leaves a copy where
/// it was, in the nodes of maps, too.
pub(crate) struct SecretScalar(Box<Fr>);

impl SecretScalar {
    pub(crate) fn zero() -> Self {
        Self::new(Fr::zero())
    }

    pub(crate) fn new(scalar: Fr) -> Self {
        Self(Box::new(scalar))
    }

    /// From 32 big-endian bytes below the field's order.
    pub(crate) fn from_bytes(bytes: &[u8; SCALAR_LEN], field: &'static str) -> Result<Self, DecodeError> {
        let mut repr = FrRepr([0; 4]);
        let read = repr.read_be(&bytes[..]).map_err(|_| DecodeError::Scalar { field });
        let scalar = read.and_then(|()| Fr::from_repr(repr).map_err(|_| DecodeError::Scalar { field }));
        repr.0.zeroize();
        scalar.map(Self::new)
    }

    pub(crate) fn to_bytes(&self) -> Zeroizing<[u8; SCALAR_LEN]> {
        let mut bytes = little_endian(&self.0);
        bytes.reverse();
        bytes
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.0.add_assign(&other.0);
    }

    /// The scalar times the generator of G1; `None` for zero.
    pub(crate) fn public(&self) -> Option<min_pk::PublicKey> {
        self.signing_key().map(|key| key.sk_to_pk())
    }

    /// The scalar as a key of `blst`, which signs in constant time; `None` for zero, which nobody draws.
    pub(crate) fn signing_key(&self) -> Option<min_pk::SecretKey> {
        min_pk::SecretKey::from_bytes(self.to_bytes().as_slice()).ok()
    }

    /// The scalar times a point of G1. `blst` multiplies single points in constant time.
    pub(crate) fn times(&self, point: &min_pk::PublicKey) -> min_pk::PublicKey {
        [*point][..].mult(little_endian(&self.0).as_slice(), SCALAR_BITS).to_public_key()
    }
}

/// A scalar as `blst` multiplies by it.
pub(crate) fn little_endian(scalar: &Fr) -> Zeroizing<[u8; SCALAR_LEN]> {
    let mut bytes = Zeroizing::new([0; SCALAR_LEN]);
    let mut repr = scalar.into_repr();
    for (chunk, limb) in bytes.as_chunks_mut().0.iter_mut().zip(&repr.0) {
        *chunk = limb.to_le_bytes();
    }
    repr.0.zeroize();
    bytes
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
