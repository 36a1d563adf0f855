//! What every store can do.

use crate::{ArtifactId, StorageError, VerifiedReader};
use bytes::Bytes;
use std::fmt;
use tokio::io::AsyncRead;

/// A place that keeps artifacts. Used as `Arc<dyn ArtifactStore>`, so that which one it is stays configuration.
///
/// Storing is idempotent (same bytes, same id) and atomic: a reader sees the whole artifact or none. All reads are
/// verified against the id.
#[async_trait::async_trait]
pub trait ArtifactStore: fmt::Debug + Send + Sync {
    /// Stores these bytes and returns their id once they will survive a crash.
    ///
    /// # Errors
    /// [`StorageError::Io`]; then nothing is stored.
    async fn put(&self, bytes: Bytes) -> Result<ArtifactId, StorageError>;

    /// Stores all that `source` yields, without holding it in memory. With `expected`, only if it is that artifact.
    ///
    /// # Errors
    /// [`StorageError::WrongContent`] if it is not what was expected, [`StorageError::Source`] if reading fails,
    /// [`StorageError::Io`] if writing does. Then nothing is stored.
    async fn put_stream(
        &self,
        source: &mut (dyn AsyncRead + Send + Unpin),
        expected: Option<ArtifactId>,
    ) -> Result<ArtifactId, StorageError>;

    /// The whole artifact, verified, in memory. For what is known to be small; otherwise [`Self::open`].
    ///
    /// # Errors
    /// [`StorageError::NotFound`], [`StorageError::Corrupt`], [`StorageError::Io`].
    async fn get(&self, id: ArtifactId) -> Result<Bytes, StorageError>;

    /// A reader that hashes as it reads, and fails *instead of ending* if the artifact is corrupt: nothing read may be
    /// acted upon before the end is reached.
    ///
    /// # Errors
    /// [`StorageError::NotFound`], [`StorageError::Io`].
    async fn open(&self, id: ArtifactId) -> Result<VerifiedReader, StorageError>;

    /// Whether the store holds something under this id. Says nothing about its being intact: only reading does.
    ///
    /// # Errors
    /// [`StorageError::Io`].
    async fn has(&self, id: ArtifactId) -> Result<bool, StorageError>;

    /// Removes the artifact; `false` if there was none.
    ///
    /// # Errors
    /// [`StorageError::Io`].
    async fn delete(&self, id: ArtifactId) -> Result<bool, StorageError>;
}
