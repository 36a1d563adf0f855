//! What an owner says in a round.

use tributary_aggregation::header::{JoinHeader, ReportHeader, Signed};
use tributary_aggregation::ids::{Digest, StudyId};
use tributary_proto::v1::owner_service_client::OwnerServiceClient;
use tributary_proto::v1::{self, report_request};

use super::{Attempt, Connection, ConnectionError, MESSAGE_LIMIT};

/// Bytes of a report's chunk.
const CHUNK: usize = 256 * 1024;

impl Connection {
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
}
