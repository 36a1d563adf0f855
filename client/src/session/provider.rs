//! What the MLS library stands on: its cryptography, and a storage that wipes what it no longer needs.
//!
//! The library's own in-memory storage is a map of plain vectors: what it replaces or deletes stays in freed memory, and
//! with it the keys whose deletion gives MLS its forward secrecy.

mod storage;
#[cfg(test)]
mod tests;

use openmls_rust_crypto::RustCrypto;
use openmls_traits::OpenMlsProvider;

pub use storage::{Storage, StorageError};

use crate::vault::Secret;

/// Cryptography, randomness and storage for the MLS library.
#[derive(Default)]
pub struct Provider {
    crypto: RustCrypto,
    storage: Storage,
}

impl Provider {
    /// A provider with what [`Self::entries`] gave earlier.
    #[must_use]
    pub fn with_entries(entries: &[(Secret, Secret)]) -> Self {
        Self { crypto: RustCrypto::default(), storage: Storage::with_entries(entries) }
    }

    /// Everything that the library has stored, in ascending order of the keys.
    #[must_use]
    pub fn entries(&self) -> Vec<(Secret, Secret)> {
        self.storage.entries()
    }
}

impl OpenMlsProvider for Provider {
    type CryptoProvider = RustCrypto;
    type RandProvider = RustCrypto;
    type StorageProvider = Storage;

    fn storage(&self) -> &Storage {
        &self.storage
    }

    fn crypto(&self) -> &RustCrypto {
        &self.crypto
    }

    fn rand(&self) -> &RustCrypto {
        &self.crypto
    }
}
