//! `AuditorService`: what is public.

use std::pin::Pin;

use bytes::Bytes;
use futures::Stream;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use tributary_proto::decode;
use tributary_proto::v1::auditor_service_server::AuditorService;
use tributary_proto::v1::{
    GetArtifactRequest, GetArtifactResponse, GetProgressRequest, GetProgressResponse, OwnerProgress,
};
use tributary_storage::{ArtifactId, VerifiedReader};

use super::{Desk, RpcError};

/// Bytes of a chunk.
const CHUNK: usize = 256 * 1024;
/// Lines of a study's log that are shown.
const LINES: u16 = 500;

#[tonic::async_trait]
impl AuditorService for Desk {
    type GetArtifactStream = Pin<Box<dyn Stream<Item = Result<GetArtifactResponse, Status>> + Send>>;

    async fn get_artifact(
        &self,
        request: Request<GetArtifactRequest>,
    ) -> Result<Response<Self::GetArtifactStream>, Status> {
        let digest = decode::digest("digest", &request.get_ref().digest).map_err(RpcError::from)?;
        let reader =
            self.driver.artifacts.open(ArtifactId::from_digest(digest.0)).await.map_err(RpcError::from)?;
        let (sender, receiver) = mpsc::channel(4);
        tokio::spawn(send(reader, sender));
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }

    async fn get_progress(
        &self,
        request: Request<GetProgressRequest>,
    ) -> Result<Response<GetProgressResponse>, Status> {
        let id = decode::study(&request.get_ref().study).map_err(RpcError::from)?;
        let study = self.driver.study(id).await.map_err(RpcError::from)?;
        let log = self.driver.store.lines(id, LINES).await.map_err(RpcError::from)?;
        let (round, attempt) = study.place();
        let owners = study.owners(self.driver.clock.now()).into_iter().map(|owner| OwnerProgress {
            owner: owner.owner.0.to_vec(),
            phase: owner.doing.into(),
            done_permille: owner.done_permille,
            silent: owner.silent,
        });
        let owners = owners.collect();
        Ok(Response::new(GetProgressResponse {
            phase: study.phase.name().into(),
            round,
            attempt,
            owners,
            log,
        }))
    }
}

/// Sends an artifact; a corrupt one ends with an error.
async fn send(mut reader: VerifiedReader, sender: mpsc::Sender<Result<GetArtifactResponse, Status>>) {
    loop {
        let mut chunk = vec![0; CHUNK];
        let part = match reader.read(&mut chunk).await {
            Ok(0) => return,
            Ok(read) => {
                chunk.truncate(read);
                Ok(GetArtifactResponse { chunk: Bytes::from(chunk) })
            }
            Err(error) => Err(Status::data_loss(error.to_string())),
        };
        let ended = part.is_err();
        if sender.send(part).await.is_err() || ended {
            return;
        }
    }
}
