//! Everything that can go wrong between an id and its bytes.

use crate::ArtifactId;
use std::path::PathBuf;

/// Why an artifact could not be named, written or read.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The text is not the id of an artifact.
    #[error("`{text}` is not an artifact id: {reason}")]
    InvalidId {
        /// The text as it was given.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The store holds no such artifact.
    #[error(
        "artifact {id} is not in this store: fetch it from whoever published it, or check the store's location"
    )]
    NotFound {
        /// The artifact that was asked for.
        id: ArtifactId,
    },
    /// What the store holds under this id has other content. Nothing of it may be used.
    #[error(
        "artifact {id} is corrupt: the store holds bytes whose id is {actual}; delete it and fetch it again from \
         whoever published it"
    )]
    Corrupt {
        /// The artifact that was asked for.
        id: ArtifactId,
        /// The id of the bytes that were found instead.
        actual: ArtifactId,
    },
    /// The bytes offered for storing are not the artifact that they were said to be. Nothing was stored.
    #[error("expected artifact {expected}, but the bytes offered have the id {actual}: nothing was stored")]
    WrongContent {
        /// The artifact that was announced.
        expected: ArtifactId,
        /// The id of the bytes that came.
        actual: ArtifactId,
    },
    /// The stream of bytes to be stored failed. Nothing was stored.
    #[error("reading the artifact to be stored failed: {0}; nothing was stored")]
    Source(#[source] std::io::Error),
    /// The file system refused.
    #[error("cannot {action} {}: {source}; check that the directory exists, is writable and has space", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// To which file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
}

impl StorageError {
    /// For `map_err`: an [`StorageError::Io`] that says what was being done to which path.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> StorageError {
        let path = path.into();
        move |source| StorageError::Io { action, path, source }
    }
}
