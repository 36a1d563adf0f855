//! One member's share of an opening.

use std::fmt;

use blst::min_pk;
use threshold_crypto::group::CurveAffine;

use crate::committee::codec::DecodeError;
use crate::committee::key::KeyShare;
use crate::committee::points::{self, G1_LEN};

/// One member's share of the opening of one sealed seed.
#[derive(Clone, PartialEq, Eq)]
pub struct DecryptionShare {
    /// A compressed point, not the identity.
    bytes: [u8; G1_LEN],
}

impl DecryptionShare {
    /// The member's scalar times the ciphertext's element.
    pub(super) fn new(key: &KeyShare, u: &min_pk::PublicKey) -> Result<Self, DecodeError> {
        let point = key.scalar.times(points::g1_affine(u, "sealed seed U")?);
        let mut bytes = [0; G1_LEN];
        bytes.copy_from_slice(point.into_compressed().as_ref());
        Ok(Self { bytes })
    }

    /// The share as `threshold_crypto` combines it.
    pub(super) fn point(&self) -> Result<threshold_crypto::DecryptionShare, DecodeError> {
        points::decryption_share(&self.bytes)
    }

    /// Reads a compressed point of G1.
    ///
    /// # Errors
    /// Another length than 48 bytes, bytes that are no canonical point of the group, and the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let bytes: [u8; G1_LEN] = bytes.try_into().map_err(|_| DecodeError::Length {
            field: "decryption share",
            expected: G1_LEN,
            got: bytes.len(),
        })?;
        points::fast_g1(&bytes, "decryption share")?;
        Ok(Self { bytes })
    }

    /// The compressed point.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; G1_LEN] {
        self.bytes
    }
}

impl fmt::Debug for DecryptionShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecryptionShare(..)")
    }
}
