//! Which owners' groups do harm: recomputed by anybody, from the transcripts that the chain names.

use std::collections::BTreeMap;

use thiserror::Error;
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::scoring::{OwnerSigns, owner_signs};
use tributary_contracts::ChainError;

use super::Artifacts;
use crate::member::{ChainView, MemberError};
use crate::settled::{TRANSCRIPT_LIMIT, scored_groups};

/// The signs can't be worked out.
#[derive(Debug, Error)]
pub enum AnomaliesError {
    /// The chain can't be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// There is no such study.
    #[error(transparent)]
    Study(#[from] MemberError),
    /// A transcript can't be had.
    #[error("the transcript of round {round}: {reason}; `tributary audit` says what else is wrong")]
    Transcript {
        /// The round.
        round: u64,
        /// Why not.
        reason: String,
    },
}

/// What a study's settled rounds say of its owners.
///
/// # Errors
/// If the chain or a transcript can't be read.
pub async fn anomalies(
    study: StudyId,
    chain: &ChainView,
    artifacts: &Artifacts,
) -> Result<BTreeMap<OwnerId, OwnerSigns>, AnomaliesError> {
    chain.study(study).await?;
    let mut rounds = Vec::new();
    for settlement in chain.settlements(study).await? {
        let failed = |reason| AnomaliesError::Transcript { round: settlement.round, reason };
        let digest = Digest(settlement.transcript);
        let bytes = artifacts
            .get(digest, TRANSCRIPT_LIMIT)
            .await
            .map_err(failed)?
            .ok_or_else(|| failed(format!("nobody published the artifact {digest}")))?;
        rounds.push(scored_groups(&bytes).map_err(|error| failed(error.to_string()))?);
    }
    Ok(owner_signs(&rounds))
}
