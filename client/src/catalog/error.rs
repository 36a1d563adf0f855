//! What can be wrong with what a dataset's owner wants to do.

use std::path::PathBuf;

use thiserror::Error;
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_contracts::ChainError;
use tributary_storage::StorageError;

use super::refused::DocumentError;
use super::terms::Mismatch;
use crate::connection::ConnectionError;
use crate::member::MemberError;
use crate::vault::VaultError;

/// Something that an owner wanted to do with a dataset failed.
#[derive(Debug, Error)]
pub enum CatalogError {
    /// The description is not acceptable.
    #[error("{path}: {source}")]
    Document {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: DocumentError,
    },
    /// A file can't be used.
    #[error("{path} can't be {action}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What was being done.
        action: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The secrets' file can't be used.
    #[error(transparent)]
    Secrets(#[from] VaultError),
    /// The sealed description can't be stored or read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The chain can't be reached or refuses.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The coordinator can't be reached or refuses.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// The study is not what it should be.
    #[error(transparent)]
    Study(#[from] MemberError),
    /// The sealed description does not open.
    #[error(
        "the sealed description does not open: it was changed, or the key is another's. List the dataset again from its \
         description"
    )]
    Sealed,
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness: {0}")]
    Randomness(getrandom::Error),
    /// The directory holds another dataset already.
    #[error(
        "{directory} keeps dataset {dataset} already: name another --directory, or erase that one first (`tributary dataset \
         erase`)"
    )]
    Occupied {
        /// The directory.
        directory: PathBuf,
        /// The dataset that is kept there.
        dataset: u64,
    },
    /// Nothing is kept there.
    #[error("{directory} keeps no dataset: list one first (`tributary dataset list`)")]
    Empty {
        /// The directory.
        directory: PathBuf,
    },
    /// The token is somebody else's, or gone.
    #[error("dataset {dataset} is not {owner}'s on chain: {found}")]
    NotOwned {
        /// The dataset.
        dataset: u64,
        /// Who wanted to use it.
        owner: OwnerId,
        /// What is there.
        found: String,
    },
    /// The study does not ask for consent.
    #[error(
        "study {0} does not ask for consent on chain: its owners take part by enrolling, and there is nothing to grant"
    )]
    NoConsentAsked(StudyId),
    /// The study's purpose is not within the terms.
    #[error("the consent is not signed: {0}")]
    Purpose(#[from] Mismatch),
    /// The end of a consent makes no sense.
    #[error("until {until} can't be: {reason}")]
    Until {
        /// What was asked for.
        until: u64,
        /// What it must be.
        reason: String,
    },
    /// A receipt is not the one on chain.
    #[error("the receipt's commitment is {computed}; on chain dataset {dataset} {found}")]
    Receipt {
        /// The dataset that it names.
        dataset: u64,
        /// What the receipt comes to.
        computed: Digest,
        /// What the chain has.
        found: String,
    },
}
