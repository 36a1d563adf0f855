//! A study's module comes in: the file that its plan names, and no other.

use tokio::io::{AsyncWriteExt as _, DuplexStream};
use tonic::Streaming;
use tributary_aggregation::ids::OwnerId;
use tributary_aggregation::study::ModuleSpec;
use tributary_proto::decode;
use tributary_proto::v1::{UploadModuleRequest, UploadModuleStart, upload_module_request::Part};
use tributary_storage::{ArtifactId, StorageError};

use super::chunks::{CHUNK, check, next};
use super::{Desk, RpcError};

impl Desk {
    /// Receives a module, on its way to the artifact store.
    pub(super) async fn receive_module(
        &self,
        account: OwnerId,
        mut stream: Streaming<UploadModuleRequest>,
    ) -> Result<(), RpcError> {
        let Some(Part::Start(UploadModuleStart { study })) =
            next(&mut stream, |message| message.part).await?
        else {
            return Err(RpcError::Invalid("a module begins with its study".into()));
        };
        let id = decode::study(&study)?;
        let study = self.driver.study(id).await?;
        let plan = &study.base.facts.plan;
        if plan.researcher != account {
            return Err(RpcError::Denied(format!("{account} is not the researcher of this study")));
        }
        let Some(spec) = plan.model.module() else {
            return Err(RpcError::Invalid("the study's model is built in: it has no module".into()));
        };
        let artifact = ArtifactId::from_digest(spec.digest.0);
        if self.driver.artifacts.has(artifact).await? {
            return Ok(());
        }
        let _place = self.in_flight.enter(id, account)?;
        let (writer, mut reader) = tokio::io::duplex(CHUNK);
        let keep = async move {
            // Takes the reader along: a store that fails must not leave the writer waiting.
            self.driver.artifacts.put_stream(&mut reader, Some(artifact)).await
        };
        let (passed, stored) = tokio::join!(pass_on(&mut stream, writer, spec), keep);
        match (passed, stored) {
            // The store goes first if its disk is full; else a stream that broke off explains what it got.
            (_, Err(error @ StorageError::Io { .. })) => Err(error.into()),
            (Err(error), _) => Err(error),
            (Ok(()), Err(StorageError::WrongContent { .. })) => {
                Err(RpcError::Invalid("the file is not the one whose digest is in the plan".into()))
            }
            (Ok(()), Err(error)) => Err(error.into()),
            (Ok(()), Ok(_)) => {
                tracing::info!(study = %id, module = %spec.digest, size = spec.size, "a module is kept");
                Ok(())
            }
        }
    }
}

/// Passes a file's bytes on, and no more of them than the plan says.
async fn pass_on(
    stream: &mut Streaming<UploadModuleRequest>,
    mut writer: DuplexStream,
    spec: &ModuleSpec,
) -> Result<(), RpcError> {
    let mut left = spec.size;
    while let Some(part) = next(stream, |message| message.part).await? {
        let Part::Chunk(chunk) = part else {
            return Err(RpcError::Invalid("a module has one beginning".into()));
        };
        check(&chunk)?;
        left = left.checked_sub(chunk.len() as u64).ok_or_else(|| {
            RpcError::Invalid(format!("the file has more than the {} bytes of the plan", spec.size))
        })?;
        if writer.write_all(&chunk).await.is_err() {
            // The other end is gone: the store failed, and says so itself.
            break;
        }
    }
    Ok(())
}
