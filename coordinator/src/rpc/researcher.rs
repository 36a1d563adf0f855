//! `ResearcherService`.

use bytes::Bytes;
use tonic::{Request, Response, Status, Streaming};
use tributary_aggregation::ids::{OwnerId, StudyId};
use tributary_contracts::{StudyStatus, scoring_rule};
use tributary_proto::decode;
use tributary_proto::v1::researcher_service_server::ResearcherService;
use tributary_proto::v1::{
    CreateStudyRequest, CreateStudyResponse, ProposeRemovalRequest, ProposeRemovalResponse,
    UploadModuleRequest, UploadModuleResponse,
};

use super::{Desk, RpcError};
use crate::rounds::facts::ChainFacts;
use crate::rounds::{Facts, Study};

#[tonic::async_trait]
impl ResearcherService for Desk {
    async fn create_study(
        &self,
        request: Request<CreateStudyRequest>,
    ) -> Result<Response<CreateStudyResponse>, Status> {
        let account = self.account(request.metadata()).await?;
        let CreateStudyRequest { study, plan } = request.into_inner();
        let study = decode::study(&study).map_err(RpcError::from)?;
        self.create(account, study, plan).await?;
        Ok(Response::new(CreateStudyResponse {}))
    }

    async fn upload_module(
        &self,
        request: Request<Streaming<UploadModuleRequest>>,
    ) -> Result<Response<UploadModuleResponse>, Status> {
        let account = self.account(request.metadata()).await?;
        self.receive_module(account, request.into_inner()).await?;
        Ok(Response::new(UploadModuleResponse {}))
    }

    async fn propose_removal(
        &self,
        request: Request<ProposeRemovalRequest>,
    ) -> Result<Response<ProposeRemovalResponse>, Status> {
        let account = self.account(request.metadata()).await?;
        let ProposeRemovalRequest { study, owner, reason } = request.into_inner();
        let study = decode::study(&study).map_err(RpcError::from)?;
        let owner = decode::owner("owner", &owner).map_err(RpcError::from)?;
        self.flow.take(study, account, self.driver.clock.now())?;
        self.propose_removal_of(account, study, owner, reason).await?;
        Ok(Response::new(ProposeRemovalResponse {}))
    }
}

impl Desk {
    async fn create(&self, account: OwnerId, study: StudyId, plan: Vec<u8>) -> Result<(), RpcError> {
        let facts = self.facts(account, study, plan).await?;
        let plan = Bytes::copy_from_slice(facts.plan_json.as_bytes());
        self.driver.artifacts.put(plan).await?;
        let now = self.driver.clock.now();
        let name = facts.plan.name.clone();
        if self.driver.store.create_study(&Study::new(facts, now), now).await? {
            tracing::info!(%study, name, researcher = %account, "a study is registered");
        }
        Ok(())
    }

    /// Checks a study against the chain, so that nobody works for one that can't pay.
    async fn facts(&self, account: OwnerId, study: StudyId, plan: Vec<u8>) -> Result<Facts, RpcError> {
        let chain = self.chain.study(&study.0).await?;
        let chain = chain.ok_or_else(|| {
            RpcError::Precondition(format!("the chain has no study {study}: launch it first"))
        })?;
        if chain.researcher != account.0 {
            let researcher = OwnerId(chain.researcher);
            return Err(RpcError::Denied(format!(
                "the study was launched for {researcher}, not for {account}"
            )));
        }
        let invalid = |error: &dyn std::fmt::Display| RpcError::Invalid(error.to_string());
        let plan = String::from_utf8(plan).map_err(|error| invalid(&error))?;
        let facts = ChainFacts {
            chain_id: self.deployment.chain_id,
            escrow: OwnerId(self.deployment.escrow),
            token: OwnerId(self.deployment.token),
            researcher: account,
            max_round: chain.rounds,
            enrol_by: chain.enrol_by.saturating_mul(1000),
            settle_by: chain.settle_by.saturating_mul(1000),
        };
        let facts =
            Facts::new(study, plan, facts, self.driver.clock.now()).map_err(|error| invalid(&error))?;
        if facts.plan_digest().0 != chain.plan_digest {
            return Err(RpcError::Invalid(
                "plan: its digest is not the one that was launched on chain".into(),
            ));
        }
        if facts.plan.researcher != account {
            return Err(RpcError::Invalid(format!("plan, field researcher: must be {account}")));
        }
        facts.round_plan(0).and_then(|_| facts.round_plan(1)).map_err(|error| invalid(&error))?;
        let cohort = (facts.plan.cohort.min_owners, facts.plan.cohort.max_owners);
        if cohort != (chain.min_owners, chain.max_owners) || chain.rounds < facts.plan.rounds {
            let reason = "plan: its cohort or rounds are not those that were launched on chain";
            return Err(RpcError::Invalid(reason.into()));
        }
        let (root, late) = (facts.allowed_root().0, facts.plan.cohort.late_enrolment);
        if (root, late) != (chain.allowed, chain.late_enrolment) {
            let reason = "plan, field cohort: allowed or late_enrolment are not what was launched on chain";
            return Err(RpcError::Invalid(reason.into()));
        }
        if scoring_rule(&facts.plan.scoring.rule) != chain.scoring {
            let reason = "plan, field scoring.rule: is not the rule that was launched on chain";
            return Err(RpcError::Invalid(reason.into()));
        }
        if facts.plan.cohort.consent != chain.consent_required {
            let reason = "plan, field cohort.consent: is not what was launched on chain";
            return Err(RpcError::Invalid(reason.into()));
        }
        if chain.status != StudyStatus::Open {
            return Err(RpcError::Precondition("the study is closed on chain".into()));
        }
        let pay = facts.plan.budget();
        if chain.budget < pay {
            let reason = format!(
                "the study is out of funds: its rounds cost {pay} units, {} are in escrow",
                chain.budget
            );
            return Err(RpcError::Precondition(reason));
        }
        Ok(facts)
    }
}
