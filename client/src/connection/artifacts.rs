//! Published artifacts, verified by their digests.

use tonic::transport::Channel;
use tonic::{Code, Status};
use tributary_aggregation::hash::sha256;
use tributary_aggregation::ids::Digest;
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
