//! The calls of owners, researchers and members.

use tributary_aggregation::header::{JoinHeader, ReportHeader, Signed};
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_proto::v1::delivery_service_client::DeliveryServiceClient;
use tributary_proto::v1::owner_service_client::OwnerServiceClient;
use tributary_proto::v1::researcher_service_client::ResearcherServiceClient;
use tributary_proto::v1::{self, report_request};
use tributary_proto::{decode, encode};

use super::{Connection, ConnectionError, MESSAGE_LIMIT};

/// Bytes of a report's chunk.
const CHUNK: usize = 256 * 1024;

/// What the coordinator says of a study; everything in it is checked against the chain.
#[derive(Debug, Clone)]
pub struct StudyInfo {
    /// The plan's JSON.
    pub plan: Vec<u8>,
    /// The chain.
    pub chain_id: u64,
    /// The escrow contract.
    pub escrow: [u8; 20],
}

/// A round's attempt, to which most messages belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// The round.
    pub round: u64,
    /// The attempt at it.
    pub attempt: u32,
}

macro_rules! client {
    ($client:ident, $channel:expr) => {
        $client::new($channel)
            .max_decoding_message_size(MESSAGE_LIMIT)
            .max_encoding_message_size(MESSAGE_LIMIT)
    };
}

macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident($request:ident) via $client:ident -> $response:ident;)*) => {
        impl Connection {
            $(
                $(#[$doc])*
                async fn $name(&self, request: v1::$request) -> Result<v1::$response, ConnectionError> {
                    self.call(stringify!($name), request, |channel, request| async move {
                        client!($client, channel).$name(request).await
                    })
                    .await
                }
            )*
        }
    };
}

calls! {
    get_study(GetStudyRequest) via OwnerServiceClient -> GetStudyResponse;
    enrol(EnrolRequest) via OwnerServiceClient -> EnrolResponse;
    heartbeat(HeartbeatRequest) via OwnerServiceClient -> HeartbeatResponse;
    sign_committee(SignCommitteeRequest) via OwnerServiceClient -> SignCommitteeResponse;
    send_beacon_share(SendBeaconShareRequest) via OwnerServiceClient -> SendBeaconShareResponse;
    send_graph_share(SendGraphShareRequest) via OwnerServiceClient -> SendGraphShareResponse;
    join(JoinRequest) via OwnerServiceClient -> JoinResponse;
    release(ReleaseRequest) via OwnerServiceClient -> ReleaseResponse;
    evaluate(EvaluateRequest) via OwnerServiceClient -> EvaluateResponse;
    sign_settlement(SignSettlementRequest) via OwnerServiceClient -> SignSettlementResponse;
    claim(ClaimRequest) via OwnerServiceClient -> ClaimResponse;
    create_study(CreateStudyRequest) via ResearcherServiceClient -> CreateStudyResponse;
    submit_commit(SubmitCommitRequest) via DeliveryServiceClient -> SubmitCommitResponse;
    send_message(SendMessageRequest) via DeliveryServiceClient -> SendMessageResponse;
}

/// What an owner enrols with.
pub struct Enrolment {
    /// MLS key package.
    pub key_package: Vec<u8>,
    /// Ed25519 key of MLS.
    pub mls_key: [u8; 32],
    /// EIP-712 `Enrol` signature.
    pub signature: [u8; 65],
}

impl Connection {
    /// The study's plan and contracts, as the coordinator has them.
    ///
    /// # Errors
    /// If the coordinator can't be reached or does not know the study.
    pub async fn study(&self, study: StudyId) -> Result<StudyInfo, ConnectionError> {
        let answer = self.get_study(v1::GetStudyRequest { study: study.0.to_vec() }).await?;
        let escrow = decode::array("escrow", &answer.escrow)?;
        Ok(StudyInfo { plan: answer.plan, chain_id: answer.chain_id, escrow })
    }

    /// Registers a study that is launched on chain.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn register_study(&self, study: StudyId, plan: Vec<u8>) -> Result<(), ConnectionError> {
        self.create_study(v1::CreateStudyRequest { study: study.0.to_vec(), plan }).await.map(drop)
    }

    /// Enrols; returns the transaction, if one was needed.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn enrol_owner(
        &self,
        study: StudyId,
        enrolment: Enrolment,
    ) -> Result<Option<Digest>, ConnectionError> {
        let request = v1::EnrolRequest {
            study: study.0.to_vec(),
            key_package: enrolment.key_package,
            mls_key: enrolment.mls_key.to_vec(),
            signature: enrolment.signature.to_vec(),
            sequence: 0,
        };
        transaction(&self.enrol(request).await?.transaction)
    }

    /// Says that this owner is here, and how far its training is (thousandths).
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn beat(&self, study: StudyId, round: u64, done_permille: u32) -> Result<(), ConnectionError> {
        let request = v1::HeartbeatRequest { study: study.0.to_vec(), round, done_permille, vault_generation: 0 };
        self.heartbeat(request).await.map(drop)
    }

    /// Hands in a signature on the committee's key.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn sign_committee_key(
        &self,
        study: StudyId,
        epoch: u64,
        committee_key: Vec<u8>,
        members: &[OwnerId],
        signature: [u8; 65],
    ) -> Result<(), ConnectionError> {
        let request = v1::SignCommitteeRequest {
            study: study.0.to_vec(),
            epoch,
            committee_key,
            members: encode::owners(members),
            signature: signature.to_vec(),
        };
        self.sign_committee(request).await.map(drop)
    }

    /// Gives a share of the beacon.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn give_beacon_share(
        &self,
        study: StudyId,
        at: Attempt,
        share: [u8; 96],
    ) -> Result<(), ConnectionError> {
        let request = v1::SendBeaconShareRequest {
            study: study.0.to_vec(),
            round: at.round,
            attempt: at.attempt,
            share: share.to_vec(),
        };
        self.send_beacon_share(request).await.map(drop)
    }

    /// Gives a share of the beacon that draws the mask graph.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn give_graph_share(
        &self,
        study: StudyId,
        at: Attempt,
        share: [u8; 96],
    ) -> Result<(), ConnectionError> {
        let request = v1::SendGraphShareRequest {
            study: study.0.to_vec(),
            round: at.round,
            attempt: at.attempt,
            share: share.to_vec(),
        };
        self.send_graph_share(request).await.map(drop)
    }

    /// Joins a round.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn join_round(
        &self,
        study: StudyId,
        at: Attempt,
        join: Signed<JoinHeader>,
    ) -> Result<(), ConnectionError> {
        let request = v1::JoinRequest {
            study: study.0.to_vec(),
            round: at.round,
            attempt: at.attempt,
            join: Some(join.into()),
        };
        self.join(request).await.map(drop)
    }

    /// Sends the masked update: the signed header, then the packed words in chunks.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn report(
        &self,
        study: StudyId,
        at: Attempt,
        header: Signed<ReportHeader>,
        update: bytes::Bytes,
    ) -> Result<(), ConnectionError> {
        let start = v1::ReportStart {
            study: study.0.to_vec(),
            round: at.round,
            attempt: at.attempt,
            report: Some(header.into()),
        };
        // Bytes are shared, so that a retry copies nothing.
        self.call("report", (start, update), |channel, request| async move {
            let (metadata, extensions, (start, update)) = request.into_parts();
            let first = v1::ReportRequest { part: Some(report_request::Part::Start(start)) };
            let chunks = (0..update.len()).step_by(CHUNK).map(move |from| {
                let chunk = update.slice(from..update.len().min(from + CHUNK));
                v1::ReportRequest { part: Some(report_request::Part::Chunk(chunk)) }
            });
            let parts = futures::stream::iter(std::iter::once(first).chain(chunks));
            let request = tonic::Request::from_parts(metadata, extensions, parts);
            client!(OwnerServiceClient, channel).report(request).await
        })
        .await
        .map(drop)
    }

    /// Answers the cuts of a round.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn release_groups(
        &self,
        study: StudyId,
        at: Attempt,
        groups: Vec<v1::GroupRelease>,
    ) -> Result<(), ConnectionError> {
        let request =
            v1::ReleaseRequest { study: study.0.to_vec(), round: at.round, attempt: at.attempt, groups };
        self.release(request).await.map(drop)
    }

    /// Says what this member has computed from the round's sums.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn send_evaluation(
        &self,
        study: StudyId,
        at: Attempt,
        utilities: Vec<i64>,
        before: Digest,
        after: Digest,
    ) -> Result<(), ConnectionError> {
        let request = v1::EvaluateRequest {
            study: study.0.to_vec(),
            round: at.round,
            attempt: at.attempt,
            utilities,
            model_before: before.0.to_vec(),
            model_after: after.0.to_vec(),
        };
        self.evaluate(request).await.map(drop)
    }

    /// Gives a share of the signature on a settlement.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn give_settlement_share(
        &self,
        study: StudyId,
        at: Attempt,
        transcript: Digest,
        share: [u8; 96],
    ) -> Result<(), ConnectionError> {
        let request = v1::SignSettlementRequest {
            study: study.0.to_vec(),
            round: at.round,
            attempt: at.attempt,
            transcript: transcript.0.to_vec(),
            share: share.to_vec(),
        };
        self.sign_settlement(request).await.map(drop)
    }

    /// Has what is owed paid out; returns the transaction, if one was needed, and what was paid so far.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn claim_payout(&self, study: StudyId) -> Result<(Option<Digest>, u128), ConnectionError> {
        let answer = self.claim(v1::ClaimRequest { study: study.0.to_vec() }).await?;
        let cumulative = answer.cumulative.parse().map_err(|_| decode::DecodeError::Invalid {
            field: "cumulative",
            reason: "must be a decimal number below 2^128",
        })?;
        Ok((transaction(&answer.transaction)?, cumulative))
    }

    /// Hands the group's welcome to the delivery service.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn form_group(
        &self,
        study: StudyId,
        welcome: Vec<u8>,
        added: &[OwnerId],
    ) -> Result<(), ConnectionError> {
        let request = v1::SubmitCommitRequest {
            study: study.0.to_vec(),
            epoch: 0,
            commit: Vec::new(),
            welcome,
            added: encode::owners(added),
        };
        self.submit_commit(request).await.map(drop)
    }

    /// Sends an MLS application message to all members.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn send_to_members(&self, study: StudyId, message: Vec<u8>) -> Result<(), ConnectionError> {
        self.send_message(v1::SendMessageRequest { study: study.0.to_vec(), message, epoch: 0 }).await.map(drop)
    }
}

/// A transaction hash, where one may be missing.
fn transaction(bytes: &[u8]) -> Result<Option<Digest>, ConnectionError> {
    if bytes.is_empty() { Ok(None) } else { Ok(Some(decode::digest("transaction", bytes)?)) }
}
