//! What an owner's file of a dataset holds, once it is decrypted.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::vault::{Secret, decode, encode};

/// Of the form.
const VERSION: [u8; 1] = [1];

/// The secrets of a dataset, and what must not be lost of it.
#[derive(Serialize, Deserialize)]
pub(super) struct Secrets {
    /// The description is sealed under it.
    pub key: Secret,
    /// The commitment's.
    pub salt: [u8; 32],
    /// Of the sealed description.
    pub artifact: [u8; 32],
    /// Of the description.
    pub commitment: [u8; 32],
    /// Asked for a study's use, in the token's smallest unit.
    pub price: u128,
    /// Its number, once it is listed.
    pub dataset: Option<u64>,
}

impl Secrets {
    /// Reads what [`Self::to_bytes`] wrote; `None` if it did not.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.strip_prefix(&VERSION).and_then(|body| decode(body).ok())
    }

    /// Version (1 byte), then postcard.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub(super) fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, postcard::Error> {
        encode(&VERSION, self)
    }
}
