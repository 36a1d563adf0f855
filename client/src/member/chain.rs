//! What a member reads from the chain: the roster's authority, the committee's key, and what was settled.

use std::collections::BTreeMap;

use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_contracts::{ChainClient, ChainError, Deployment, Escrow, Event, Study};

use super::MemberError;

/// The study's contract, read through a node of the member's own choice.
#[derive(Clone)]
pub struct ChainView {
    escrow: Escrow,
}

impl ChainView {
    /// Connects, and checks that the node serves the deployment's chain and that its contracts are there.
    ///
    /// # Errors
    /// If the node can't be reached, serves another chain, or lacks the contracts.
    pub async fn connect(rpc: &str, deployment: &Deployment) -> Result<Self, ChainError> {
        let client = ChainClient::connect(rpc).await?;
        deployment.check(&client).await?;
        Ok(Self { escrow: Escrow::new(client, deployment.clone())? })
    }

    /// The contract.
    #[must_use]
    pub fn escrow(&self) -> &Escrow {
        &self.escrow
    }

    /// The study as it is on chain.
    ///
    /// # Errors
    /// If the node can't be asked, or there is no such study.
    pub async fn study(&self, study: StudyId) -> Result<Study, MemberError> {
        self.escrow.study(&study.0).await?.ok_or_else(|| {
            MemberError::Disagreement(format!(
                "study {study} is not on this chain: check the study's id, --rpc and --deployment"
            ))
        })
    }

    /// The commitment to the MLS key that an owner enrolled with.
    ///
    /// # Errors
    /// If the node can't be asked.
    pub async fn identity_of(&self, study: StudyId, owner: OwnerId) -> Result<Option<Digest>, ChainError> {
        Ok(self.escrow.enrolment(&study.0, &owner.0).await?.identity.map(Digest))
    }

    /// All enrolled owners with the commitments to their MLS keys.
    ///
    /// # Errors
    /// If the node can't be asked.
    pub async fn enrolled(&self, study: StudyId) -> Result<BTreeMap<OwnerId, Digest>, ChainError> {
        let roster = self.escrow.roster(&study.0).await?;
        Ok(roster.into_iter().map(|entry| (OwnerId(entry.owner), Digest(entry.identity))).collect())
    }

    /// Keccak-256 of the committee's key in `epoch`.
    ///
    /// # Errors
    /// If the node can't be asked, or another epoch's key is registered.
    pub async fn committee_key_hash(&self, study: StudyId, epoch: u64) -> Result<Digest, MemberError> {
        match self.escrow.committee(&study.0).await? {
            Some(committee) if committee.epoch == epoch => Ok(Digest(committee.key_hash)),
            other => Err(MemberError::Disagreement(format!(
                "the coordinator says that the committee of epoch {epoch} is registered; the chain has {}",
                other.map_or_else(|| "none".to_owned(), |committee| format!("epoch {}", committee.epoch))
            ))),
        }
    }

    /// The transcript by which a round is settled; `None` if it is not.
    ///
    /// # Errors
    /// If the node can't be asked.
    pub async fn settled_transcript(&self, study: StudyId, round: u64) -> Result<Option<Digest>, ChainError> {
        let events = self.escrow.events(&study.0, 0).await?;
        Ok(events.into_iter().find_map(|logged| match logged.event {
            Event::RoundSettled(settlement) if settlement.round == round => {
                Some(Digest(settlement.transcript))
            }
            _ => None,
        }))
    }
}
