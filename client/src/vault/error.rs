//! Why a vault can't be used.

use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Who has seen a vault's newest generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Witness {
    /// The file that this machine keeps outside the vault's directory.
    File(PathBuf),
    /// The coordinator, which heard it in a heartbeat.
    Coordinator,
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Coordinator => f.write_str("the coordinator"),
        }
    }
}

/// A vault file can't be used.
#[derive(Debug, Error)]
pub enum VaultError {
    /// Reading or writing failed.
    #[error("the vault {path} can't be {action}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What was being done.
        action: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The password is wrong, or the file was changed.
    #[error(
        "the vault {path} does not open: the password is wrong, or the file is damaged. Try the password again; if it is \
         right, restore the newest copy of the file"
    )]
    WrongPassword {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a vault of this version.
    #[error("{path} is not a vault that this program can read: {reason}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness: {0}")]
    Randomness(getrandom::Error),
    /// Another process has the vault open.
    #[error(
        "the vault {path} is in use by another process: two that answer from one vault do not know of each other's answers. \
         Stop the other one first"
    )]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The vault is older than one that was in use.
    #[error(
        "the vault {path} is an old copy: it was saved {generation} times, but {witness} has seen {seen}. It has forgotten \
         what it answered since, and answering again could open what must stay closed. Put the newest vault back; if \
         it is lost, start with an empty directory: you then enrol again with fresh keys"
    )]
    RolledBack {
        /// The file.
        path: PathBuf,
        /// How often this vault was saved.
        generation: u64,
        /// How often the newest one was.
        seen: u64,
        /// Who knows that.
        witness: Witness,
    },
    /// Nothing on this machine tells whether the vault is the newest.
    #[error(
        "the vault {path} was saved {generation} times, but its witness {witness} is not there, so nothing tells whether it is an \
         old copy. If the witness lies elsewhere (a new machine, a container), put it there or name its directory with \
         --state. If you are certain that no newer vault was ever used, pass --vault-is-newest once. Else start with an empty \
         directory: you then enrol again with fresh keys"
    )]
    Unwitnessed {
        /// The file.
        path: PathBuf,
        /// How often it was saved.
        generation: u64,
        /// Where the witness should be.
        witness: PathBuf,
    },
    /// The witness was not written by this vault.
    #[error(
        "the vault's witness {witness} was changed by something else than this vault, or is damaged. Restore it; if you are \
         certain that no newer vault was ever used, pass --vault-is-newest once"
    )]
    FalseWitness {
        /// The witness.
        witness: PathBuf,
    },
    /// The witness would be rolled back together with the vault.
    #[error(
        "the directory {directory} of vaults' witnesses lies within the vault's own, so that one backup would hold both: name \
         another one with --state"
    )]
    WitnessBeside {
        /// The directory for witnesses.
        directory: PathBuf,
    },
}

impl VaultError {
    /// That a vault of this `generation` is not older than what a witness has seen.
    ///
    /// # Errors
    /// [`Self::RolledBack`] if it is.
    pub fn unless_newest(path: &Path, generation: u64, seen: u64, witness: Witness) -> Result<(), Self> {
        if generation >= seen {
            return Ok(());
        }
        Err(Self::RolledBack { path: path.to_owned(), generation, seen, witness })
    }
}
