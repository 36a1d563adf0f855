//! The coordinator's services, as the man in the middle offers them.

use std::pin::Pin;

use futures::{Stream, StreamExt as _, stream};
use tonic::transport::Channel;
use tonic::{Request, Response, Status, Streaming};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_proto::v1;
use tributary_proto::v1::auditor_service_client::AuditorServiceClient;
use tributary_proto::v1::auditor_service_server::AuditorService;
use tributary_proto::v1::delivery_service_client::DeliveryServiceClient;
use tributary_proto::v1::delivery_service_server::DeliveryService;
use tributary_proto::v1::owner_service_client::OwnerServiceClient;
use tributary_proto::v1::owner_service_server::OwnerService;
use tributary_proto::v1::report_request::Part;
use tributary_proto::v1::researcher_service_client::ResearcherServiceClient;
use tributary_proto::v1::researcher_service_server::ResearcherService;
use tributary_proto::v1::session_service_client::SessionServiceClient;
use tributary_proto::v1::session_service_server::SessionService;

use crate::middle::{Middle, with_session};

type Answer<T> = Result<Response<T>, Status>;
type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// A service whose calls are heard, and passed on or not; with some calls of its own.
macro_rules! service {
    ($trait:ident by $client:ident { $($call:ident($request:ident) -> $response:ident;)* } $($own:tt)*) => {
        #[tonic::async_trait]
        impl $trait for Middle {
            $(
                async fn $call(&self, request: Request<v1::$request>) -> Answer<v1::$response> {
                    if !self.hear(request.metadata(), request.get_ref())? {
                        return Ok(Response::new(v1::$response::default()));
                    }
                    let (metadata, _, message) = request.into_parts();
                    $client::new(self.upstream()).$call(with_session(message, &metadata)).await
                }
            )*
            $($own)*
        }
    };
}

service! {
    OwnerService by OwnerServiceClient {
        enrol(EnrolRequest) -> EnrolResponse;
        leave(LeaveRequest) -> LeaveResponse;
        sign_removal(SignRemovalRequest) -> SignRemovalResponse;
        heartbeat(HeartbeatRequest) -> HeartbeatResponse;
        sign_committee(SignCommitteeRequest) -> SignCommitteeResponse;
        send_beacon_share(SendBeaconShareRequest) -> SendBeaconShareResponse;
        join(JoinRequest) -> JoinResponse;
        send_graph_share(SendGraphShareRequest) -> SendGraphShareResponse;
        release(ReleaseRequest) -> ReleaseResponse;
        evaluate(EvaluateRequest) -> EvaluateResponse;
        sign_settlement(SignSettlementRequest) -> SignSettlementResponse;
        claim(ClaimRequest) -> ClaimResponse;
    }

    async fn get_study(&self, request: Request<v1::GetStudyRequest>) -> Answer<v1::GetStudyResponse> {
        OwnerServiceClient::new(self.upstream()).get_study(request.into_inner()).await
    }

    type SubscribeStream = Answers<v1::Event>;

    async fn subscribe(&self, request: Request<v1::SubscribeRequest>) -> Answer<Self::SubscribeStream> {
        let to = self.follow(&request)?;
        let (middle, news) = (self.clone(), self.news());
        let after = request.into_inner().after_seq;
        let batches = stream::unfold((middle, news, after), move |(middle, mut news, after)| async move {
            loop {
                news.mark_unchanged();
                let events = middle.told_after(to, after);
                if let Some(last) = events.last() {
                    let after = last.seq;
                    return Some((stream::iter(events.into_iter().map(Ok)), (middle, news, after)));
                }
                news.changed().await.ok()?;
            }
        });
        Ok(Response::new(Box::pin(batches.flatten())))
    }

    async fn report(&self, request: Request<Streaming<v1::ReportRequest>>) -> Answer<v1::ReportResponse> {
        let (metadata, _, mut stream) = request.into_parts();
        let mut parts = Vec::new();
        while let Some(part) = stream.message().await? {
            parts.push(part);
        }
        let Some(v1::ReportRequest { part: Some(Part::Start(start)) }) = parts.first() else {
            return Err(Status::invalid_argument("a report starts with its header"));
        };
        if !self.hear(&metadata, start)? {
            return Ok(Response::new(v1::ReportResponse::default()));
        }
        let request = with_session(stream::iter(parts), &metadata);
        OwnerServiceClient::new(self.upstream()).report(request).await
    }
}

service! {
    ResearcherService by ResearcherServiceClient {
        create_study(CreateStudyRequest) -> CreateStudyResponse;
        propose_removal(ProposeRemovalRequest) -> ProposeRemovalResponse;
    }

    async fn upload_module(
        &self,
        request: Request<Streaming<v1::UploadModuleRequest>>,
    ) -> Answer<v1::UploadModuleResponse> {
        let (metadata, _, mut stream) = request.into_parts();
        let mut parts = Vec::new();
        while let Some(part) = stream.message().await? {
            parts.push(part);
        }
        let request = with_session(stream::iter(parts), &metadata);
        ResearcherServiceClient::new(self.upstream()).upload_module(request).await
    }
}

service! {
    DeliveryService by DeliveryServiceClient {
        submit_commit(SubmitCommitRequest) -> SubmitCommitResponse;
        send_message(SendMessageRequest) -> SendMessageResponse;
    }
}

#[tonic::async_trait]
impl SessionService for Middle {
    async fn get_challenge(
        &self,
        request: Request<v1::GetChallengeRequest>,
    ) -> Answer<v1::GetChallengeResponse> {
        SessionServiceClient::new(self.upstream()).get_challenge(request.into_inner()).await
    }

    async fn open_session(
        &self,
        request: Request<v1::OpenSessionRequest>,
    ) -> Answer<v1::OpenSessionResponse> {
        let request = request.into_inner();
        let account = OwnerId::try_from(request.account.as_slice()).unwrap();
        let opened = SessionServiceClient::new(self.upstream()).open_session(request).await?;
        self.logged_in(&opened.get_ref().token, account);
        Ok(opened)
    }
}

#[tonic::async_trait]
impl AuditorService for Middle {
    type GetArtifactStream = Answers<v1::GetArtifactResponse>;

    async fn get_artifact(
        &self,
        request: Request<v1::GetArtifactRequest>,
    ) -> Answer<Self::GetArtifactStream> {
        let digest = Digest(request.get_ref().digest.as_slice().try_into().unwrap());
        let bytes = match self.own_artifact(digest) {
            Some(bytes) => bytes,
            None => self.artifact(digest, fetch(self.upstream(), request.into_inner()).await?),
        };
        let answer = v1::GetArtifactResponse { chunk: bytes.into() };
        Ok(Response::new(Box::pin(stream::iter([Ok(answer)]))))
    }

    async fn get_progress(
        &self,
        request: Request<v1::GetProgressRequest>,
    ) -> Answer<v1::GetProgressResponse> {
        AuditorServiceClient::new(self.upstream()).get_progress(request.into_inner()).await
    }
}

/// An artifact of the honest coordinator's.
pub async fn fetch(upstream: Channel, request: v1::GetArtifactRequest) -> Result<Vec<u8>, Status> {
    let mut stream = AuditorServiceClient::new(upstream).get_artifact(request).await?.into_inner();
    let mut bytes = Vec::new();
    while let Some(part) = stream.message().await? {
        bytes.extend_from_slice(&part.chunk);
    }
    Ok(bytes)
}
