//! Published artifacts, verified by their digests.

use tonic::transport::Channel;
use tonic::{Code, Status};
use tributary_aggregation::hash::sha256;
use tributary_aggregation::ids::Digest;
use tributary_aggregation::study::ModuleSpec;
use tributary_proto::v1::GetArtifactRequest;
use tributary_proto::v1::auditor_service_client::AuditorServiceClient;

use super::{Connection, ConnectionError, Retries};

impl Connection {
    /// Fetches an artifact of at most `limit` bytes.
    ///
    /// # Errors
    /// If the coordinator can't be reached, does not have it, or sends something else.
    pub async fn artifact(&self, digest: Digest, limit: usize) -> Result<Vec<u8>, ConnectionError> {
        let mut retries = Retries::new(self.patience);
        loop {
            match fetch(self.channel.clone(), digest, limit).await {
                Ok(bytes) if sha256(&bytes) == digest => return Ok(bytes),
                Ok(_) => return Err(ConnectionError::Artifact(digest)),
                Err(status) => retries.wait(&self.url, "an artifact", status).await?,
            }
        }
    }

    /// Fetches a study's module; waits for it if it is not there yet, as it is handed in after the study is registered.
    ///
    /// # Errors
    /// If the coordinator can't be reached, does not get the module, or sends something else.
    pub async fn module(&self, spec: &ModuleSpec) -> Result<Vec<u8>, ConnectionError> {
        let limit = usize::try_from(spec.size).unwrap_or(usize::MAX);
        let (module, size, patience) = (spec.digest, spec.size, self.patience);
        let mut retries = Retries::new(patience);
        loop {
            let status = match fetch(self.channel.clone(), module, limit).await {
                Ok(bytes) if sha256(&bytes) == module => return Ok(bytes),
                Ok(_) => return Err(ConnectionError::Artifact(module)),
                Err(status) => status,
            };
            let is_missing = status.code() == Code::NotFound;
            let status = match status.code() {
                Code::ResourceExhausted => return Err(ConnectionError::ModuleTooLong { module, size }),
                Code::NotFound => Status::unavailable("it has no such module"),
                _ => status,
            };
            match retries.wait(&self.url, "the module", status).await {
                Err(ConnectionError::Unreachable { .. }) if is_missing => {
                    return Err(ConnectionError::NoModule { module, patience });
                }
                waited => waited?,
            }
        }
    }
}

/// Fetches an artifact; the caller verifies it.
pub(crate) async fn fetch(channel: Channel, digest: Digest, limit: usize) -> Result<Vec<u8>, Status> {
    let request = GetArtifactRequest { digest: digest.0.to_vec() };
    let mut stream = AuditorServiceClient::new(channel).get_artifact(request).await?.into_inner();
    let mut bytes = Vec::new();
    while let Some(part) = stream.message().await? {
        if bytes.len() + part.chunk.len() > limit {
            return Err(Status::new(Code::ResourceExhausted, format!("it is larger than {limit} bytes")));
        }
        bytes.extend_from_slice(&part.chunk);
    }
    Ok(bytes)
}
