//! What a member reads from the chain: the roster's authority, the committee's key, and what was settled.

use std::time::Duration;

use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_contracts::{
    ChainClient, ChainError, DatasetLogged, Datasets, Deployment, Escrow, Event, Logged, Settlement,
    Standing, Study,
};

use super::MemberError;
use super::seals::sealed_for;
use crate::session::SealedRoster;

/// How long a node that is behind is waited for: so often, so long.
const LAG_TRIES: u32 = 20;
const LAG: Duration = Duration::from_millis(500);

/// The study's contract, read through a node of the member's own choice.
#[derive(Clone)]
pub struct ChainView {
    escrow: Escrow,
    datasets: Datasets,
}

impl ChainView {
    /// Connects, and checks that the node serves the deployment's chain and that its contracts are there.
    ///
    /// # Errors
    /// If the node can't be reached, serves another chain, or lacks the contracts.
    pub async fn connect(rpc: &str, deployment: &Deployment) -> Result<Self, ChainError> {
        Self::new(ChainClient::connect(rpc).await?, deployment).await
    }

    /// The same, through a node that is connected to.
    ///
    /// # Errors
    /// If the node can't be reached, serves another chain, or lacks the contracts.
    pub async fn new(client: ChainClient, deployment: &Deployment) -> Result<Self, ChainError> {
        deployment.check(&client).await?;
        let datasets = Datasets::new(client.clone(), deployment)?;
        Ok(Self { escrow: Escrow::new(client, deployment.clone())?, datasets })
    }

    /// The contract.
    #[must_use]
    pub fn escrow(&self) -> &Escrow {
        &self.escrow
    }

    /// The registry of datasets.
    #[must_use]
    pub fn datasets(&self) -> &Datasets {
        &self.datasets
    }

    /// Whether an owner consents to a study now.
    ///
    /// # Errors
    /// If the node can't be asked.
    pub async fn consents(&self, study: StudyId, owner: OwnerId) -> Result<bool, ChainError> {
        Ok(self.datasets.granted_until(&study.0, &owner.0).await?.is_some())
    }

    /// All consents to a study, given and taken back, in order.
    ///
    /// # Errors
    /// If the node can't be asked.
    pub async fn consent_events(&self, study: StudyId) -> Result<Vec<DatasetLogged>, ChainError> {
        self.datasets.study_events(&study.0).await
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

    /// What the chain knows of an owner now.
    ///
    /// # Errors
    /// If the node can't be asked.
    pub async fn enrolment(&self, study: StudyId, owner: OwnerId) -> Result<Standing, ChainError> {
        self.escrow.enrolment(&study.0, &owner.0).await
    }

    /// All that has happened to a study, in order.
    ///
    /// # Errors
    /// If the node can't be asked.
    pub async fn events(&self, study: StudyId) -> Result<Vec<Logged>, ChainError> {
        self.escrow.events(&study.0, 0).await
    }

    /// The roster that was sealed for an epoch. This member's node may be a few blocks behind the coordinator's: it is
    /// given a moment.
    ///
    /// # Errors
    /// If the node can't be asked or leaves owners out, or the roster is not sealed.
    pub async fn sealed_roster(&self, study: StudyId, epoch: u64) -> Result<SealedRoster, MemberError> {
        self.patiently(study, |events| sealed_for(events, epoch)).await?.ok_or_else(|| {
            MemberError::Disagreement(format!(
                "the group is to go to epoch {epoch}, but on chain no roster is sealed for it"
            ))
        })
    }

    /// The committee's key that was registered for `epoch`, EIP-2537 encoded.
    ///
    /// # Errors
    /// If the node can't be asked, or none is registered.
    pub async fn registered_key(&self, study: StudyId, epoch: u64) -> Result<[u8; 128], MemberError> {
        let registered = |events: &[Logged]| {
            Ok(events.iter().find_map(|logged| match &logged.event {
                Event::CommitteeRegistered { epoch: of, key, .. } if *of == epoch => Some(*key),
                _ => None,
            }))
        };
        self.patiently(study, registered).await?.ok_or_else(|| {
            MemberError::Disagreement(format!(
                "the coordinator says that the committee of epoch {epoch} is registered; the chain has none"
            ))
        })
    }

    async fn patiently<T>(
        &self,
        study: StudyId,
        find: impl Fn(&[Logged]) -> Result<Option<T>, ChainError>,
    ) -> Result<Option<T>, ChainError> {
        for _ in 0..LAG_TRIES {
            if let Ok(Some(found)) = find(&self.events(study).await?) {
                return Ok(Some(found));
            }
            tokio::time::sleep(LAG).await;
        }
        find(&self.events(study).await?)
    }

    /// All settled rounds, in order.
    ///
    /// # Errors
    /// If the node can't be asked.
    pub async fn settlements(&self, study: StudyId) -> Result<Vec<Settlement>, ChainError> {
        let events = self.events(study).await?;
        Ok(events
            .into_iter()
            .filter_map(|logged| match logged.event {
                Event::RoundSettled(settlement) => Some(settlement),
                _ => None,
            })
            .collect())
    }

    /// The transcript by which a round is settled; `None` if it is not.
    ///
    /// # Errors
    /// If the node can't be asked.
    pub async fn settled_transcript(&self, study: StudyId, round: u64) -> Result<Option<Digest>, ChainError> {
        let settled = self.settlements(study).await?.into_iter().find(|settled| settled.round == round);
        Ok(settled.map(|settlement| Digest(settlement.transcript)))
    }
}
