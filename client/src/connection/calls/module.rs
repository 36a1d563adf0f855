//! Handing in a study's module.

use bytes::Bytes;
use tributary_aggregation::ids::StudyId;
use tributary_proto::v1::researcher_service_client::ResearcherServiceClient;
use tributary_proto::v1::{self, upload_module_request::Part};

use super::{Connection, ConnectionError, MESSAGE_LIMIT};

/// Bytes of a chunk.
const CHUNK: usize = 256 * 1024;

impl Connection {
    /// Hands in the module of a registered study, so that its owners can fetch it.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn upload_module(&self, study: StudyId, file: Bytes) -> Result<(), ConnectionError> {
        // Bytes are shared, so that a retry copies nothing.
        self.call("upload_module", file, |channel, request| async move {
            let (metadata, extensions, file) = request.into_parts();
            let start = v1::UploadModuleStart { study: study.0.to_vec() };
            let chunks = (0..file.len())
                .step_by(CHUNK)
                .map(move |from| Part::Chunk(file.slice(from..file.len().min(from + CHUNK))));
            let parts = std::iter::once(Part::Start(start)).chain(chunks);
            let parts = parts.map(|part| v1::UploadModuleRequest { part: Some(part) });
            let request = tonic::Request::from_parts(metadata, extensions, futures::stream::iter(parts));
            client!(ResearcherServiceClient, channel).upload_module(request).await
        })
        .await
        .map(drop)
    }
}
