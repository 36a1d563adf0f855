//! What a member must not lose and nobody else may read: keys, group state, and the memory of what it has answered.

mod file;
mod record;
mod secret;

pub use file::{VaultError, VaultFile};
pub use record::{
    CommitteeRecord, FormingRecord, Genesis, KeysRecord, ModelRecord, PendingRound, Record, ReportRecord,
};
pub use secret::Secret;
pub(crate) use secret::{decode, encode};

use std::path::Path;

/// An open vault of one study: the record in memory, and the file that it is saved to.
pub struct Vault {
    file: VaultFile,
    /// The record; call [`Self::save`] after a change and before anything that rests on it leaves the machine.
    pub record: Record,
}

impl Vault {
    /// Makes a new vault and saves it.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn create(path: &Path, password: &str, record: Record) -> Result<Self, VaultError> {
        let mut vault = Self { file: VaultFile::create(path, password)?, record };
        vault.save()?;
        Ok(vault)
    }

    /// Opens a vault.
    ///
    /// # Errors
    /// If the file is missing or damaged, or the password is wrong.
    pub fn open(path: &Path, password: &str) -> Result<Self, VaultError> {
        let (file, plain) = VaultFile::open(path, password)?;
        let record = Record::from_bytes(&plain)
            .map_err(|reason| VaultError::Format { path: path.to_owned(), reason })?;
        Ok(Self { file, record })
    }

    /// Writes the record to disk; when this returns, it is there.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn save(&mut self) -> Result<(), VaultError> {
        self.record.generation += 1;
        let plain = self
            .record
            .to_bytes()
            .map_err(|reason| VaultError::Format { path: self.file.path().to_owned(), reason })?;
        self.file.write(&plain)
    }
}
