//! The calls of owners, researchers and members: [`roster`] is who takes part, [`group`] what goes to the delivery service
//! and the committee's key, [`round`] what a round is made of. Here is what they rest on.

macro_rules! client {
    ($client:ident, $channel:expr) => {
        $client::new($channel)
            .max_decoding_message_size(MESSAGE_LIMIT)
            .max_encoding_message_size(MESSAGE_LIMIT)
    };
}

mod dataset;
mod group;
mod module;
mod roster;
mod round;

use tributary_aggregation::ids::{Digest, StudyId};
use tributary_proto::v1::dataset_service_client::DatasetServiceClient;
use tributary_proto::v1::delivery_service_client::DeliveryServiceClient;
use tributary_proto::v1::owner_service_client::OwnerServiceClient;
use tributary_proto::v1::researcher_service_client::ResearcherServiceClient;
use tributary_proto::{decode, v1};

use super::{Connection, ConnectionError, MESSAGE_LIMIT};

pub use roster::Enrolment;

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
    leave(LeaveRequest) via OwnerServiceClient -> LeaveResponse;
    sign_removal(SignRemovalRequest) via OwnerServiceClient -> SignRemovalResponse;
    heartbeat(HeartbeatRequest) via OwnerServiceClient -> HeartbeatResponse;
    sign_committee(SignCommitteeRequest) via OwnerServiceClient -> SignCommitteeResponse;
    send_beacon_share(SendBeaconShareRequest) via OwnerServiceClient -> SendBeaconShareResponse;
    send_graph_share(SendGraphShareRequest) via OwnerServiceClient -> SendGraphShareResponse;
    join(JoinRequest) via OwnerServiceClient -> JoinResponse;
    release(ReleaseRequest) via OwnerServiceClient -> ReleaseResponse;
    evaluate(EvaluateRequest) via OwnerServiceClient -> EvaluateResponse;
    sign_settlement(SignSettlementRequest) via OwnerServiceClient -> SignSettlementResponse;
    claim(ClaimRequest) via OwnerServiceClient -> ClaimResponse;
    list_dataset(ListDatasetRequest) via DatasetServiceClient -> ListDatasetResponse;
    grant_consent(GrantConsentRequest) via DatasetServiceClient -> GrantConsentResponse;
    revoke_consent(RevokeConsentRequest) via DatasetServiceClient -> RevokeConsentResponse;
    erase_dataset(EraseDatasetRequest) via DatasetServiceClient -> EraseDatasetResponse;
    create_study(CreateStudyRequest) via ResearcherServiceClient -> CreateStudyResponse;
    propose_removal(ProposeRemovalRequest) via ResearcherServiceClient -> ProposeRemovalResponse;
    submit_commit(SubmitCommitRequest) via DeliveryServiceClient -> SubmitCommitResponse;
    send_message(SendMessageRequest) via DeliveryServiceClient -> SendMessageResponse;
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

    /// Says that this owner is here, how far its training is (thousandths), and how often its vault was saved. Gives the
    /// highest number of saves that the coordinator has heard of.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn beat(
        &self,
        study: StudyId,
        round: u64,
        done_permille: u32,
        vault_generation: u64,
    ) -> Result<u64, ConnectionError> {
        let study = study.0.to_vec();
        let request = v1::HeartbeatRequest { study, round, done_permille, vault_generation };
        Ok(self.heartbeat(request).await?.vault_generation)
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
}

/// A transaction hash, where one may be missing.
fn transaction(bytes: &[u8]) -> Result<Option<Digest>, ConnectionError> {
    if bytes.is_empty() { Ok(None) } else { Ok(Some(decode::digest("transaction", bytes)?)) }
}
