//! Where an auditor gets published artifacts from. Whatever the source, every byte is checked against its digest.

use std::path::Path;

use tonic::Code;
use tonic::transport::Channel;
use tributary_aggregation::hash::sha256;
use tributary_aggregation::ids::Digest;
use tributary_storage::{ArtifactId, ArtifactStore as _, LocalStore, StorageError};

use crate::connection::{self, ConnectionError};

/// A source of artifacts.
pub enum Artifacts {
    /// A coordinator's `AuditorService`, without a session.
    Coordinator(Channel),
    /// A copy of the artifact directory.
    Directory(LocalStore),
}

impl Artifacts {
    /// `source` is a coordinator's address or a directory; `ca` a certificate authority of one's own.
    ///
    /// # Errors
    /// If it is neither.
    pub fn new(source: &str, ca: Option<&[u8]>) -> Result<Self, String> {
        if source.starts_with("http://") || source.starts_with("https://") {
            return connection::channel(source, ca).map(Self::Coordinator).map_err(|error| error.to_string());
        }
        if !Path::new(source).is_dir() {
            return Err(format!("{source} is neither a coordinator's address nor a directory"));
        }
        LocalStore::open(source).map(Self::Directory).map_err(|error| error.to_string())
    }

    /// An artifact of at most `limit` bytes; `None` if the source does not have it.
    ///
    /// # Errors
    /// If the source can't be read, or has other content under this digest.
    pub async fn get(&self, digest: Digest, limit: usize) -> Result<Option<Vec<u8>>, String> {
        let bytes = match self {
            Self::Coordinator(channel) => match connection::fetch(channel.clone(), digest, limit).await {
                Ok(bytes) => bytes,
                Err(status) if status.code() == Code::NotFound => return Ok(None),
                Err(status) => {
                    return Err(format!("the coordinator does not give it out: {}", status.message()));
                }
            },
            Self::Directory(store) => match store.get(ArtifactId::from_digest(digest.0)).await {
                Ok(bytes) => bytes.to_vec(),
                Err(StorageError::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(error.to_string()),
            },
        };
        if sha256(&bytes) == digest {
            Ok(Some(bytes))
        } else {
            Err(ConnectionError::Artifact(digest).to_string())
        }
    }
}
