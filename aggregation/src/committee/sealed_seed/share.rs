//! One member's share of an opening.

use std::fmt;

use blst::min_pk;

use crate::committee::codec::DecodeError;
use crate::committee::key::KeyShare;
use crate::committee::points::{self, G1_LEN};

/// One member's share of the opening of one sealed seed.
#[derive(Clone, PartialEq, Eq)]
pub struct DecryptionShare {
    point: min_pk::PublicKey,
}

impl DecryptionShare {
    /// The member's scalar times the ciphertext's element.
    pub(super) fn new(key: &KeyShare, u: &min_pk::PublicKey) -> Self {
        Self { point: key.scalar.times(u) }
    }

    pub(super) const fn point(&self) -> &min_pk::PublicKey {
        &self.point
    }

    /// Reads a compressed point of G1.
    ///
    /// # Errors
    /// Another length than 48 bytes, bytes that are no canonical point of the group, and the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        const FIELD: &str = "decryption share";
        let bytes: &[u8; G1_LEN] = bytes.try_into().map_err(|_| DecodeError::Length {
            field: FIELD,
            expected: G1_LEN,
            got: bytes.len(),
        })?;
        Ok(Self { point: points::g1(bytes, FIELD)? })
    }

    /// The compressed point.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; G1_LEN] {
        self.point.to_bytes()
    }
}

impl fmt::Debug for DecryptionShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecryptionShare(..)")
    }
}
