//! What a member must not lose and nobody else may read: keys, group state, and the memory of what it has answered.

mod epoch;
mod error;
mod file;
mod record;
mod replace;
mod secret;
#[cfg(test)]
mod tests;
mod witness;

pub use epoch::{CommitRecord, FormingRecord, Heard, RosterRecord};
pub use error::{VaultError, Witness};
pub use file::VaultFile;
pub use record::{
    CommitteeRecord, ControlRecord, Genesis, KeysRecord, ModelRecord, PendingRound, Record, ReportRecord,
};
pub(crate) use replace::replace;
pub use secret::Secret;
pub(crate) use secret::{decode, encode};
pub use witness::Witnesses;

use std::path::Path;

use witness::WitnessFile;

/// An open vault of one study: the record in memory, the file that it is saved to, and the witness of how often.
pub struct Vault {
    file: VaultFile,
    witness: WitnessFile,
    /// The record; call [`Self::save`] after a change and before anything that rests on it leaves the machine.
    pub record: Record,
}

impl Vault {
    /// Makes a new vault and saves it.
    ///
    /// # Errors
    /// If it can't be written, or its witness can't.
    pub fn create(
        path: &Path,
        password: &str,
        record: Record,
        witnesses: &Witnesses,
    ) -> Result<Self, VaultError> {
        let witness = WitnessFile::of(path, &record, witnesses)?;
        let mut vault = Self { file: VaultFile::create(path, password)?, witness, record };
        vault.save()?;
        Ok(vault)
    }

    /// Opens a vault.
    ///
    /// # Errors
    /// If the file is missing, damaged or in use, the password is wrong, or the vault may be an old copy.
    pub fn open(path: &Path, password: &str, witnesses: &Witnesses) -> Result<Self, VaultError> {
        let (file, plain) = VaultFile::open(path, password)?;
        let record = Record::from_bytes(&plain)
            .map_err(|reason| VaultError::Format { path: path.to_owned(), reason })?;
        let witness = WitnessFile::of(path, &record, witnesses)?;
        witness.check(path, record.generation, witnesses.vault_is_newest)?;
        Ok(Self { file, witness, record })
    }

    /// Writes the record to disk and tells its witness; when this returns, both are there.
    ///
    /// # Errors
    /// If one of them can't be written; then nothing that rests on the record may leave the machine.
    pub fn save(&mut self) -> Result<(), VaultError> {
        self.record.generation += 1;
        let plain = self
            .record
            .to_bytes()
            .map_err(|reason| VaultError::Format { path: self.file.path().to_owned(), reason })?;
        self.file.write(&plain)?;
        self.witness.write(self.record.generation)
    }

    /// How often the vault was saved. Never less than a generation that was stated to somebody else, unless this vault is
    /// an old copy.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.record.generation
    }

    /// Compares with what somebody else has heard of this vault's generation.
    ///
    /// # Errors
    /// [`VaultError::RolledBack`] if that is more than this vault's: then nothing may be answered any more.
    pub fn check_witness(&self, seen: u64, witness: Witness) -> Result<(), VaultError> {
        VaultError::unless_newest(self.file.path(), self.record.generation, seen, witness)
    }
}
