//! What never changes about a study: its plan, and what the chain says of it.

use serde::{Deserialize, Serialize};
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::plan::{PlanError as RoundPlanError, RoundPlan};
use tributary_aggregation::study::{PlanError, StudyPlan};
use tributary_contracts::merkle::{AllowList, allow_list};

/// Milliseconds since the Unix epoch.
pub type Millis = u64;

/// What never changes about a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Record", into = "Record")]
pub struct Facts {
    /// The study.
    pub study: StudyId,
    /// The plan as the researcher gave it; its digest is on chain.
    pub plan_json: String,
    /// The plan, read.
    pub plan: StudyPlan,
    /// What the chain says.
    pub chain: ChainFacts,
    /// When the coordinator took the study on.
    pub created: Millis,
}

/// What the chain says of a study.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainFacts {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Address of the `StudyEscrow`.
    pub escrow: OwnerId,
    /// Address of the token.
    pub token: OwnerId,
    /// Who launched the study.
    pub researcher: OwnerId,
    /// The highest round number that the contract settles.
    pub max_round: u64,
    /// Last moment at which an owner may enrol.
    pub enrol_by: Millis,
    /// Last moment at which a round may settle: the study's deadline.
    pub settle_by: Millis,
}

#[derive(Serialize, Deserialize)]
struct Record {
    study: StudyId,
    plan: String,
    chain: ChainFacts,
    created: Millis,
}

impl From<Facts> for Record {
    fn from(facts: Facts) -> Self {
        Self { study: facts.study, plan: facts.plan_json, chain: facts.chain, created: facts.created }
    }
}

impl TryFrom<Record> for Facts {
    type Error = PlanError;

    fn try_from(record: Record) -> Result<Self, PlanError> {
        Self::new(record.study, record.plan, record.chain, record.created)
    }
}

impl Facts {
    /// Reads the plan.
    ///
    /// # Errors
    /// If the plan is not one that can be run.
    pub fn new(
        study: StudyId,
        plan_json: String,
        chain: ChainFacts,
        created: Millis,
    ) -> Result<Self, PlanError> {
        let plan = StudyPlan::from_json(plan_json.as_bytes())?;
        Ok(Self { study, plan_json, plan, chain, created })
    }

    /// The digest that the chain holds of the plan.
    #[must_use]
    pub fn plan_digest(&self) -> Digest {
        StudyPlan::digest_of(self.plan_json.as_bytes())
    }

    /// Root of the addresses that the plan allows, as a launch commits to it; zeros if it allows everybody.
    #[must_use]
    pub fn allowed_root(&self) -> Digest {
        Digest(self.allow_list().map_or([0; 32], |list| list.root()))
    }

    /// The proof that an owner enrols with; empty if the plan allows everybody, or not this one.
    #[must_use]
    pub fn allowed_proof(&self, owner: &OwnerId) -> Vec<Digest> {
        let proof = self.allow_list().and_then(|list| list.proof(&owner.0));
        proof.unwrap_or_default().into_iter().map(Digest).collect()
    }

    /// Nothing if the plan allows everybody.
    fn allow_list(&self) -> Option<AllowList> {
        let allowed: Vec<_> = self.plan.cohort.allowed.iter().map(|owner| owner.0).collect();
        allow_list(&allowed).ok()
    }

    /// How numbers travel in a round.
    ///
    /// # Errors
    /// If the plan's sums would not fit; `CreateStudy` refuses such a plan.
    pub fn round_plan(&self, round: u64) -> Result<RoundPlan, RoundPlanError> {
        if round == 0 { RoundPlan::statistics(&self.plan) } else { RoundPlan::training(&self.plan) }
    }

    /// The highest round number that plan and chain allow.
    #[must_use]
    pub fn round_limit(&self) -> u64 {
        self.chain.max_round.min(self.plan.round_limit())
    }

    /// The most groups of a round.
    #[must_use]
    pub fn max_groups(&self, round: u64) -> u16 {
        self.plan.max_groups(round)
    }
}

/// A span of the plan's seconds.
#[must_use]
pub fn seconds(seconds: u32) -> Millis {
    u64::from(seconds) * 1000
}
