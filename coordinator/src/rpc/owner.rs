//! `OwnerService`.

use std::pin::Pin;

use futures::Stream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};
use tributary_aggregation::header::{JoinHeader, Signed};
use tributary_aggregation::ids::OwnerId;
use tributary_contracts::typed_data::committee_key_digest;
use tributary_contracts::{Word, keccak256};
use tributary_proto::decode::{self, DecodeError};
use tributary_proto::v1::owner_service_server::OwnerService;
use tributary_proto::v1::*;

use super::{Desk, RpcError, check_signer, events};
use crate::rounds::base::Attempt;
use crate::rounds::command::{CommitteeSigned, Evaluation, GroupRelease as Release};
use crate::rounds::committee::Committee;
use crate::rounds::{Command, Phase, Study};

/// The most members of a committee.
const MEMBERS: usize = 1024;

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl OwnerService for Desk {
    type SubscribeStream = Pin<Box<dyn Stream<Item = Result<Event, Status>> + Send>>;

    async fn get_study(&self, request: Request<GetStudyRequest>) -> Answer<GetStudyResponse> {
        let id = decode::study(&request.get_ref().study).map_err(RpcError::from)?;
        let study = self.driver.study(id).await.map_err(RpcError::from)?;
        let (round, attempt) = study.place();
        let facts = &study.base.facts;
        Ok(Response::new(GetStudyResponse {
            study: id.0.to_vec(),
            plan: facts.plan_json.clone().into_bytes(),
            chain_id: facts.chain.chain_id,
            escrow: facts.chain.escrow.0.to_vec(),
            token: facts.chain.token.0.to_vec(),
            phase: phase(&study).into(),
            round,
            attempt,
        }))
    }

    async fn enrol(&self, request: Request<EnrolRequest>) -> Answer<EnrolResponse> {
        let owner = self.account(request.metadata()).await?;
        let transaction = self.enrol_owner(owner, request.into_inner()).await?;
        let transaction = transaction.map(|transaction| transaction.0.to_vec()).unwrap_or_default();
        Ok(Response::new(EnrolResponse { transaction }))
    }

    async fn leave(&self, request: Request<LeaveRequest>) -> Answer<LeaveResponse> {
        let owner = self.account(request.metadata()).await?;
        let transaction = self.leave_study(owner, request.into_inner()).await?;
        let transaction = transaction.map(|transaction| transaction.0.to_vec()).unwrap_or_default();
        Ok(Response::new(LeaveResponse { transaction }))
    }

    async fn sign_removal(&self, request: Request<SignRemovalRequest>) -> Answer<SignRemovalResponse> {
        let signer = self.account(request.metadata()).await?;
        self.sign_removal_of(signer, request.into_inner()).await?;
        Ok(Response::new(SignRemovalResponse {}))
    }

    async fn send_graph_share(
        &self,
        request: Request<SendGraphShareRequest>,
    ) -> Answer<SendGraphShareResponse> {
        let owner = self.account(request.metadata()).await?;
        let SendGraphShareRequest { study, round, attempt, share } = request.into_inner();
        self.say(&study, Command::GraphShare { owner, at: Attempt { round, attempt }, share }).await?;
        Ok(Response::new(SendGraphShareResponse {}))
    }

    async fn subscribe(&self, request: Request<SubscribeRequest>) -> Answer<Self::SubscribeStream> {
        let account = self.account(request.metadata()).await?;
        let SubscribeRequest { study, after_seq } = request.into_inner();
        let study = decode::study(&study).map_err(RpcError::from)?;
        self.members_study(study, account).await?;
        let (sender, receiver) = mpsc::channel(64);
        tokio::spawn(events::follow(self.clone(), study, account, after_seq, sender));
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }

    async fn heartbeat(&self, request: Request<HeartbeatRequest>) -> Answer<HeartbeatResponse> {
        let owner = self.account(request.metadata()).await?;
        let HeartbeatRequest { study, round, done_permille, vault_generation } = request.into_inner();
        let beat = Command::Heartbeat { owner, round, done_permille, vault_generation };
        let after = self.say(&study, beat).await?;
        let highest = after.base.newest(&owner).map_or(0, |known| known.vault_generation);
        Ok(Response::new(HeartbeatResponse { vault_generation: highest }))
    }

    async fn sign_committee(&self, request: Request<SignCommitteeRequest>) -> Answer<SignCommitteeResponse> {
        let owner = self.account(request.metadata()).await?;
        let SignCommitteeRequest { study, epoch, committee_key, members, signature } = request.into_inner();
        let id = decode::study(&study).map_err(RpcError::from)?;
        let signature: [u8; 65] = decode::array("signature", &signature).map_err(RpcError::from)?;
        let members = owners("members", &members)?;
        let hash = key_hash(epoch, &members, &committee_key)?;
        let digest = committee_key_digest(&self.domain(), &id.0, epoch, &hash);
        check_signer(&digest, &signature, owner)?;
        let signed =
            CommitteeSigned { owner, epoch, key: committee_key, members, signature: signature.to_vec() };
        self.say(&study, Command::CommitteeSigned(signed)).await?;
        Ok(Response::new(SignCommitteeResponse {}))
    }

    async fn send_beacon_share(
        &self,
        request: Request<SendBeaconShareRequest>,
    ) -> Answer<SendBeaconShareResponse> {
        let owner = self.account(request.metadata()).await?;
        let SendBeaconShareRequest { study, round, attempt, share } = request.into_inner();
        self.say(&study, Command::BeaconShare { owner, at: Attempt { round, attempt }, share }).await?;
        Ok(Response::new(SendBeaconShareResponse {}))
    }

    async fn join(&self, request: Request<JoinRequest>) -> Answer<JoinResponse> {
        let owner = self.account(request.metadata()).await?;
        let JoinRequest { study, round, attempt, join } = request.into_inner();
        let join = decode::required("join", join).and_then(Signed::<JoinHeader>::try_from);
        let join = join.map_err(RpcError::from)?;
        if join.header.owner != owner {
            return Err(RpcError::Denied(format!("{owner} may not join for {}", join.header.owner)).into());
        }
        self.say(&study, Command::Join { at: Attempt { round, attempt }, join }).await?;
        Ok(Response::new(JoinResponse {}))
    }

    async fn report(&self, request: Request<Streaming<ReportRequest>>) -> Answer<ReportResponse> {
        let account = self.account(request.metadata()).await?;
        self.receive(account, request.into_inner()).await?;
        Ok(Response::new(ReportResponse {}))
    }

    async fn release(&self, request: Request<ReleaseRequest>) -> Answer<ReleaseResponse> {
        let owner = self.account(request.metadata()).await?;
        let ReleaseRequest { study, round, attempt, groups } = request.into_inner();
        let groups = groups.into_iter().map(release).collect::<Result<_, _>>().map_err(RpcError::from)?;
        self.say(&study, Command::Release { owner, at: Attempt { round, attempt }, groups }).await?;
        Ok(Response::new(ReleaseResponse {}))
    }

    async fn evaluate(&self, request: Request<EvaluateRequest>) -> Answer<EvaluateResponse> {
        let owner = self.account(request.metadata()).await?;
        let EvaluateRequest { study, round, attempt, utilities, model_before, model_after } =
            request.into_inner();
        let model_before = decode::digest("model_before", &model_before).map_err(RpcError::from)?;
        let model_after = decode::digest("model_after", &model_after).map_err(RpcError::from)?;
        let evaluation = Evaluation { utilities, model_before, model_after };
        self.say(&study, Command::Evaluation { owner, at: Attempt { round, attempt }, evaluation }).await?;
        Ok(Response::new(EvaluateResponse {}))
    }

    async fn sign_settlement(
        &self,
        request: Request<SignSettlementRequest>,
    ) -> Answer<SignSettlementResponse> {
        let owner = self.account(request.metadata()).await?;
        let SignSettlementRequest { study, round, attempt, transcript, share } = request.into_inner();
        let transcript = decode::digest("transcript", &transcript).map_err(RpcError::from)?;
        let at = Attempt { round, attempt };
        self.say(&study, Command::SettlementShare { owner, at, transcript, share }).await?;
        Ok(Response::new(SignSettlementResponse {}))
    }

    async fn claim(&self, request: Request<ClaimRequest>) -> Answer<ClaimResponse> {
        let owner = self.account(request.metadata()).await?;
        let id = decode::study(&request.get_ref().study).map_err(RpcError::from)?;
        let study = self.driver.study(id).await.map_err(RpcError::from)?;
        let claimed =
            crate::settlement::claim(self.chain.as_ref(), &study, owner).await.map_err(RpcError::from)?;
        Ok(Response::new(ClaimResponse {
            transaction: claimed.transaction.map(|transaction| transaction.0.to_vec()).unwrap_or_default(),
            cumulative: claimed.cumulative.to_string(),
        }))
    }
}

impl Desk {
    async fn say(&self, study: &[u8], command: Command) -> Result<Study, RpcError> {
        let id = decode::study(study)?;
        Ok(self.driver.drive(id, command).await?)
    }
}

fn owners(field: &'static str, wire: &[Vec<u8>]) -> Result<Vec<OwnerId>, RpcError> {
    if wire.len() > MEMBERS {
        return Err(DecodeError::Invalid { field, reason: "must be at most 1024" }.into());
    }
    wire.iter().map(|owner| decode::owner(field, owner).map_err(RpcError::from)).collect()
}

/// Keccak-256 of the key as the chain holds it.
fn key_hash(epoch: u64, members: &[OwnerId], key: &[u8]) -> Result<Word, RpcError> {
    let invalid = |reason: String| RpcError::Invalid(format!("field committee_key: {reason}"));
    let committee = Committee::new(epoch, members.to_vec(), key).map_err(invalid)?;
    let key = committee.key.public_key().to_eip2537().map_err(|error| invalid(error.to_string()))?;
    Ok(keccak256(&key))
}

fn release(wire: GroupRelease) -> Result<Release, DecodeError> {
    let group = u16::try_from(wire.group);
    let group =
        group.map_err(|_| DecodeError::Invalid { field: "release.group", reason: "must be below 65536" })?;
    Ok(Release { group, cut: decode::digest("release.cut", &wire.cut)?, release: wire.release })
}

fn phase(study: &Study) -> StudyPhase {
    match study.phase {
        Phase::Enrolling(_) => StudyPhase::Enrolling,
        Phase::Forming(_) => StudyPhase::Forming,
        Phase::Closed(_) => StudyPhase::Completed,
        Phase::Aborted(_) => StudyPhase::Aborted,
        _ => StudyPhase::Running,
    }
}
