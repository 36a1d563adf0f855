//! `DeliveryService`: MLS messages, ordered and passed on unread.

use tonic::{Request, Response, Status};
use tributary_proto::decode;
use tributary_proto::v1::delivery_service_server::DeliveryService;
use tributary_proto::v1::{
    SendMessageRequest, SendMessageResponse, SubmitCommitRequest, SubmitCommitResponse,
};

use super::{Desk, RpcError};
use crate::rounds::Command;
use crate::rounds::command::Commit;

/// The longest application message, commit or welcome.
const LONGEST: usize = 8 << 20;

fn bounded(field: &'static str, bytes: &[u8]) -> Result<(), RpcError> {
    if bytes.len() > LONGEST {
        return Err(RpcError::Invalid(format!("field {field}: at most {LONGEST} bytes")));
    }
    Ok(())
}

#[tonic::async_trait]
impl DeliveryService for Desk {
    async fn submit_commit(
        &self,
        request: Request<SubmitCommitRequest>,
    ) -> Result<Response<SubmitCommitResponse>, Status> {
        let sender = self.account(request.metadata()).await?;
        let SubmitCommitRequest { study, epoch, commit, welcome, added } = request.into_inner();
        let study = decode::study(&study).map_err(RpcError::from)?;
        bounded("commit", &commit)?;
        bounded("welcome", &welcome)?;
        let added = added.iter().map(|owner| decode::owner("added", owner));
        let added = added.collect::<Result<_, _>>().map_err(RpcError::from)?;
        self.flow.take(study, sender, self.driver.clock.now())?;
        let commit = Commit { sender, epoch, commit, welcome, added };
        let after = self.driver.drive(study, Command::Commit(commit)).await.map_err(RpcError::from)?;
        Ok(Response::new(SubmitCommitResponse { seq: after.base.events }))
    }

    async fn send_message(
        &self,
        request: Request<SendMessageRequest>,
    ) -> Result<Response<SendMessageResponse>, Status> {
        let sender = self.account(request.metadata()).await?;
        let SendMessageRequest { study, message, epoch } = request.into_inner();
        let study = decode::study(&study).map_err(RpcError::from)?;
        bounded("message", &message)?;
        self.flow.take(study, sender, self.driver.clock.now())?;
        let message = Command::Message { sender, epoch, message };
        let after = self.driver.drive(study, message).await.map_err(RpcError::from)?;
        Ok(Response::new(SendMessageResponse { seq: after.base.events }))
    }
}
