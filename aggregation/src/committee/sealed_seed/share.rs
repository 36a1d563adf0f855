//! One member's share of an opening.

use std::fmt;

use crate::committee::codec::DecodeError;
use crate::committee::points::{self, G1_LEN};

/// One member's share of the opening of one sealed seed.
#[derive(Clone, PartialEq, Eq)]
pub struct DecryptionShare {
    pub(super) share: threshold_crypto::DecryptionShare,
    pub(super) bytes: [u8; G1_LEN],
}

impl DecryptionShare {
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
        Ok(Self { share: points::decryption_share(&bytes)?, bytes })
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
