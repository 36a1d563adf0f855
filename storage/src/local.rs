//! Artifacts in a directory of this machine.

use crate::{ArtifactHasher, ArtifactId, ArtifactStore, StorageError, VerifiedReader};
use bytes::Bytes;
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};
use tempfile::{NamedTempFile, TempPath};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

/// Where files are written before they get their name.
const STAGING: &str = ".staging";
/// How much of a stream is held in memory at once.
const CHUNK: usize = 256 * 1024;

/// Keeps each artifact in a file `<root>/<first byte of the digest, hex>/<cid>`.
///
/// A file is written to a staging directory, synced, renamed into place, and its directory synced: a crash leaves the
/// whole artifact or none (and perhaps a file in `.staging`, which can be deleted when no process uses the store).
/// Several processes may share one directory.
#[derive(Clone, Debug)]
pub struct LocalStore {
    root: PathBuf,
}

impl LocalStore {
    /// Opens the store in this directory, which is created if it is missing.
    ///
    /// # Errors
    /// [`StorageError::Io`] if it cannot be created.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, StorageError> {
        let root = root.into();
        let staging = root.join(STAGING);
        fs::create_dir_all(&staging).map_err(StorageError::io("create", &staging))?;
        Ok(Self { root })
    }

    /// The file that holds this artifact, if the store has it. Its content is not verified.
    pub fn path(&self, id: ArtifactId) -> PathBuf {
        let [first, ..] = id.digest();
        self.root.join(format!("{first:02x}")).join(id.to_string())
    }

    /// Gives a complete, synced file its name.
    fn publish(&self, file: TempPath, id: ArtifactId) -> Result<(), StorageError> {
        let path = self.path(id);
        let parent = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(parent).map_err(StorageError::io("create", parent))?;
        file.persist(&path).map_err(|error| StorageError::io("write", &path)(error.error))?;
        sync_directory(parent)?;
        sync_directory(&self.root)
    }

    fn put_blocking(&self, bytes: &[u8]) -> Result<ArtifactId, StorageError> {
        let id = ArtifactId::of(bytes);
        let staging = self.root.join(STAGING);
        let mut file =
            NamedTempFile::new_in(&staging).map_err(StorageError::io("create a file in", &staging))?;
        file.write_all(bytes).map_err(StorageError::io("write", file.path()))?;
        file.as_file().sync_all().map_err(StorageError::io("sync", file.path()))?;
        self.publish(file.into_temp_path(), id)?;
        Ok(id)
    }

    fn get_blocking(&self, id: ArtifactId) -> Result<Vec<u8>, StorageError> {
        let path = self.path(id);
        let bytes = fs::read(&path).map_err(|error| not_found_or_io(error, "read", path, id))?;
        id.verify(&bytes)?;
        Ok(bytes)
    }
}

#[async_trait::async_trait]
impl ArtifactStore for LocalStore {
    async fn put(&self, bytes: Bytes) -> Result<ArtifactId, StorageError> {
        let store = self.clone();
        in_background(&self.root, move || store.put_blocking(&bytes)).await
    }

    async fn put_stream(
        &self,
        source: &mut (dyn AsyncRead + Send + Unpin),
        expected: Option<ArtifactId>,
    ) -> Result<ArtifactId, StorageError> {
        let staging = self.root.join(STAGING);
        let (file, path) = in_background(&self.root, move || {
            NamedTempFile::new_in(&staging).map_err(StorageError::io("create a file in", &staging))
        })
        .await?
        .into_parts();
        let mut file = tokio::fs::File::from_std(file);
        let mut hasher = ArtifactHasher::default();
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = source.read(&mut chunk).await.map_err(StorageError::Source)?;
            let Some(piece @ [_, ..]) = chunk.get(..read) else { break };
            hasher.update(piece);
            file.write_all(piece).await.map_err(StorageError::io("write", &*path))?;
        }
        let actual = hasher.finish();
        if let Some(expected) = expected
            && expected != actual
        {
            return Err(StorageError::WrongContent { expected, actual });
        }
        file.flush().await.map_err(StorageError::io("write", &*path))?;
        file.sync_all().await.map_err(StorageError::io("sync", &*path))?;
        let store = self.clone();
        in_background(&self.root, move || store.publish(path, actual)).await?;
        Ok(actual)
    }

    async fn get(&self, id: ArtifactId) -> Result<Bytes, StorageError> {
        let store = self.clone();
        in_background(&self.root, move || store.get_blocking(id).map(Bytes::from)).await
    }

    async fn open(&self, id: ArtifactId) -> Result<VerifiedReader, StorageError> {
        let path = self.path(id);
        match tokio::fs::File::open(&path).await {
            Ok(file) => Ok(VerifiedReader::new(id, file)),
            Err(error) => Err(not_found_or_io(error, "open", path, id)),
        }
    }

    async fn has(&self, id: ArtifactId) -> Result<bool, StorageError> {
        let path = self.path(id);
        tokio::fs::try_exists(&path).await.map_err(StorageError::io("look for", path))
    }

    async fn delete(&self, id: ArtifactId) -> Result<bool, StorageError> {
        let path = self.path(id);
        match tokio::fs::remove_file(&path).await {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(StorageError::io("delete", path)(error)),
        }
    }
}

fn not_found_or_io(error: io::Error, action: &'static str, path: PathBuf, id: ArtifactId) -> StorageError {
    match error.kind() {
        io::ErrorKind::NotFound => StorageError::NotFound { id },
        _ => StorageError::io(action, path)(error),
    }
}

/// A rename survives a crash only once its directory was synced too.
fn sync_directory(path: &Path) -> Result<(), StorageError> {
    File::open(path).and_then(|directory| directory.sync_all()).map_err(StorageError::io("sync", path))
}

/// Disk work and hashing, off the async threads.
async fn in_background<T: Send + 'static>(
    root: &Path,
    work: impl FnOnce() -> Result<T, StorageError> + Send + 'static,
) -> Result<T, StorageError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(stopped) => Err(StorageError::io("finish work in", root)(io::Error::other(stopped))),
    }
}
