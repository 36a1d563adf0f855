//! What every member of a study is, be it an owner or the researcher: keys, the MLS group, and the model as it grows.

mod chain;
mod code;
mod consent;
mod control;
mod epoch;
mod evidence;
mod handover;
mod model;
mod outcome;
mod record;
pub mod seals;
mod setup;
mod terms;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use thiserror::Error;
use tributary_aggregation::committee::{CommitteeKey, CommitteeKeyError, CommitteePublicKey, ParamsError};
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::plan::RoundPlan;
use tributary_aggregation::study::StudyPlan;
use tributary_aggregation::transcript::Standing;
use tributary_contracts::typed_data::Domain;
use tributary_proto::decode::DecodeError;

pub use chain::ChainView;
pub use consent::{check_own_consent, granted_at};
pub use epoch::EpochBegun;
pub use handover::HandoverError;
pub use model::StudyModel;
pub use outcome::{Opened, OutcomeError};
pub use setup::{Setup, new_record};
pub use terms::check_terms;

use crate::connection::ConnectionError;
use crate::dataset::StandardiserError;
use crate::researcher::holdout::HoldoutError;
use crate::session::{Group, Identity, Provider, SessionError};
use crate::training::{Code, TrainError};
use crate::vault::{CommitteeRecord, Vault, VaultError};

/// Something that ends a member's part in a study.
#[derive(Debug, Error)]
pub enum MemberError {
    /// The vault can't be used.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The vault's content is not usable.
    #[error("the vault of study {study} is damaged ({what}): restore it from a backup")]
    Damaged {
        /// The study.
        study: StudyId,
        /// What is wrong.
        what: &'static str,
    },
    /// The coordinator can't be reached or refuses.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// The coordinator's message is malformed.
    #[error("the coordinator's message is malformed: {0}")]
    Decode(#[from] DecodeError),
    /// The group is not as it must be.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The chain can't be reached or refuses.
    #[error(transparent)]
    Chain(#[from] tributary_contracts::ChainError),
    /// The payouts make no tree.
    #[error(transparent)]
    Payouts(#[from] tributary_contracts::merkle::MerkleError),
    /// The study's plan is unacceptable.
    #[error(transparent)]
    Plan(#[from] tributary_aggregation::study::PlanError),
    /// The study's plan can't be summed safely.
    #[error(transparent)]
    RoundPlan(#[from] tributary_aggregation::plan::PlanError),
    /// The holdout is not the one of the plan.
    #[error(transparent)]
    Holdout(#[from] HoldoutError),
    /// What a newcomer was told is not so.
    #[error(transparent)]
    Handover(#[from] HandoverError),
    /// The round's sums lead nowhere.
    #[error(transparent)]
    Outcome(#[from] OutcomeError),
    /// The statistics are malformed.
    #[error(transparent)]
    Standardiser(#[from] StandardiserError),
    /// Training or evaluation failed.
    #[error(transparent)]
    Training(#[from] TrainError),
    /// The committee's key is malformed.
    #[error(transparent)]
    CommitteeKey(#[from] CommitteeKeyError),
    /// No committee of this size.
    #[error(transparent)]
    Committee(#[from] ParamsError),
    /// A round was finished that this member could not follow.
    #[error(
        "round {round} is finished, but this member could not open its sums: start again, so that it reads the study's \
         events once more"
    )]
    Missed {
        /// The round.
        round: u64,
    },
    /// Something does not agree with what this member knows.
    #[error("{0}")]
    Disagreement(String),
}

/// A member of one study.
pub struct Member {
    /// The study.
    pub study: StudyId,
    /// Its plan.
    pub plan: StudyPlan,
    /// The plan's digest, as it is on chain.
    pub plan_digest: Digest,
    /// What the plan trains.
    pub code: Arc<Code>,
    /// Binds signatures to chain and contract.
    pub domain: Domain,
    /// This member's keys.
    pub identity: Identity,
    /// The owners of the present epoch, with the commitments to their MLS keys; empty before the first.
    pub enrolled: BTreeMap<OwnerId, Digest>,
    pub(crate) provider: Provider,
    pub(crate) group: Option<Group>,
    pub(crate) vault: Vault,
}

impl MemberError {
    /// Whether nothing can go on: the process is to stop and to be started again, and reads on where it stood. Anything
    /// else is refused and told, and the study goes on.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::Vault(_)
                | Self::Damaged { .. }
                | Self::Missed { .. }
                | Self::Chain(_)
                | Self::Connection(ConnectionError::Unreachable { .. } | ConnectionError::Url { .. })
        )
    }
}

impl Member {
    /// The owners of the present epoch.
    #[must_use]
    pub fn owners(&self) -> BTreeSet<OwnerId> {
        self.enrolled.keys().copied().collect()
    }

    /// How numbers travel in a round: 0 gathers statistics.
    ///
    /// # Errors
    /// If the study's plan could overflow.
    pub fn round_plan(&self, round: u64) -> Result<RoundPlan, MemberError> {
        Ok(if round == 0 { RoundPlan::statistics(&self.plan)? } else { RoundPlan::training(&self.plan)? })
    }

    /// The group.
    ///
    /// # Errors
    /// If this member has not joined it yet.
    pub fn group(&self) -> Result<&Group, MemberError> {
        self.group.as_ref().ok_or_else(|| {
            MemberError::Disagreement("this member is not in the study's MLS group yet".into())
        })
    }

    /// The committee's public key.
    ///
    /// # Errors
    /// If it was not made yet.
    pub fn committee_public_key(&self) -> Result<CommitteePublicKey, MemberError> {
        let bytes = self.committee_record()?.public_key.as_slice();
        let point = bytes.try_into().map_err(|_| self.damaged("its committee key"))?;
        Ok(CommitteePublicKey::from_bytes(point).map_err(CommitteeKeyError::from)?)
    }

    /// The committee's key with what is needed to check each member's share.
    ///
    /// # Errors
    /// If it was not made yet.
    pub fn committee_key(&self) -> Result<CommitteeKey, MemberError> {
        let record = self.committee_record()?;
        Ok(CommitteeKey::of_members(record.members.len(), &record.key)?)
    }

    fn committee_record(&self) -> Result<&CommitteeRecord, MemberError> {
        let epoch = self.vault.record.roster.as_ref().map(|roster| roster.epoch);
        self.vault.record.committee.as_ref().filter(|record| Some(record.epoch) == epoch).ok_or_else(|| {
            MemberError::Disagreement(
                "this epoch's committee is not registered yet, but a round was begun".into(),
            )
        })
    }

    /// Keccak-256 of the committee's public key as EIP-2537 writes it: what the chain holds.
    ///
    /// # Errors
    /// If the key was not made yet.
    pub fn committee_key_hash(&self) -> Result<Digest, MemberError> {
        let point = self.committee_public_key()?.to_eip2537().map_err(CommitteeKeyError::from)?;
        Ok(Digest(tributary_contracts::keccak256(&point)))
    }

    /// Where the study stands, as this member knows it.
    ///
    /// # Errors
    /// If the vault is damaged.
    pub fn standing(&self) -> Result<Standing, MemberError> {
        let model = self.model()?;
        Ok(Standing {
            round: self.vault.record.finished.unwrap_or(0),
            transcript: self.vault.record.previous,
            model: model.map(|model| model.digest()),
            cumulative: self.vault.record.payouts.clone(),
        })
    }

    /// Saves everything that must survive a restart.
    ///
    /// # Errors
    /// If the vault can't be written.
    pub fn save(&mut self) -> Result<(), MemberError> {
        self.vault.record.mls = self.provider.entries();
        self.vault.save()?;
        Ok(())
    }

    pub(crate) fn damaged(&self, what: &'static str) -> MemberError {
        MemberError::Damaged { study: self.study, what }
    }
}
