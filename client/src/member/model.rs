//! The model as a member holds it: weights and optimizer state, with the statistics that inputs are standardised by.

use tributary_aggregation::hash::digest;
use tributary_aggregation::ids::{Digest, StudyId};
use tributary_aggregation::optimizer::ModelState;

use super::{Member, MemberError};
use crate::dataset::Standardiser;
use crate::vault::ModelRecord;

/// A model that can be trained on and evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyModel {
    /// How rows become inputs.
    pub standardiser: Standardiser,
    /// Weights and optimizer state.
    pub state: ModelState,
}

impl StudyModel {
    /// The digest that round contexts and settlements name.
    #[must_use]
    pub fn digest(&self) -> Digest {
        digest("study-model", &[&self.standardiser.to_bytes(), self.state.digest().as_ref()])
    }

    pub(crate) fn to_record(&self) -> ModelRecord {
        ModelRecord { standardiser: self.standardiser.to_bytes(), state: self.state.encode() }
    }

    pub(crate) fn from_record(record: &ModelRecord) -> Result<Self, &'static str> {
        Ok(Self {
            standardiser: Standardiser::from_bytes(&record.standardiser).map_err(|_| "its standardiser")?,
            state: ModelState::decode(&record.state).map_err(|_| "its model")?,
        })
    }
}

/// What stands for the model in the statistics round, where there is none yet.
#[must_use]
pub(crate) fn no_model(study: StudyId, plan: Digest) -> Digest {
    digest("no-model", &[study.as_ref(), plan.as_ref()])
}

impl Member {
    /// The model as of the last finished round; `None` before the statistics are there.
    ///
    /// # Errors
    /// If the vault is damaged.
    pub fn model(&self) -> Result<Option<StudyModel>, MemberError> {
        let record = self.vault.record.model.as_ref();
        record.map(StudyModel::from_record).transpose().map_err(|what| self.damaged(what))
    }

    /// The digest of what the next round starts from.
    ///
    /// # Errors
    /// If the vault is damaged.
    pub fn model_digest(&self) -> Result<Digest, MemberError> {
        let model = self.model()?;
        Ok(model.map_or_else(|| no_model(self.study, self.plan_digest), |model| model.digest()))
    }
}
