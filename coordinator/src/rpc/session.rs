//! `SessionService`.

use tonic::{Request, Response, Status};
use tributary_proto::decode;
use tributary_proto::v1::session_service_server::SessionService;
use tributary_proto::v1::{
    GetChallengeRequest, GetChallengeResponse, OpenSessionRequest, OpenSessionResponse,
};

use super::{Desk, RpcError};

#[tonic::async_trait]
impl SessionService for Desk {
    async fn get_challenge(
        &self,
        request: Request<GetChallengeRequest>,
    ) -> Result<Response<GetChallengeResponse>, Status> {
        let account = decode::owner("account", &request.get_ref().account).map_err(RpcError::from)?;
        let challenge = self.challenge(account).await?;
        Ok(Response::new(GetChallengeResponse { challenge: challenge.0.to_vec() }))
    }

    async fn open_session(
        &self,
        request: Request<OpenSessionRequest>,
    ) -> Result<Response<OpenSessionResponse>, Status> {
        let request = request.into_inner();
        let account = decode::owner("account", &request.account).map_err(RpcError::from)?;
        let challenge = decode::digest("challenge", &request.challenge).map_err(RpcError::from)?;
        let signature = decode::array("signature", &request.signature).map_err(RpcError::from)?;
        let token = self.open_session(account, challenge, request.expires_at, &signature).await?;
        Ok(Response::new(OpenSessionResponse { token: token.to_vec() }))
    }
}
