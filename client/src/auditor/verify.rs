//! The audit: every settled round is recomputed and compared with the chain, line by line.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;
use tributary_aggregation::committee::CommitteePublicKey;
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::plan::RoundPlan;
use tributary_aggregation::study::{ModuleSpec, StudyPlan, Waiting};
use tributary_aggregation::transcript::{PublicView, Standing, verify};
use tributary_contracts::{ChainError, Event, Settlement, bls, scoring_rule};

use super::Artifacts;
use super::claims::check_claims;
use crate::member::seals::sealings;
use crate::member::{ChainView, MemberError};
use crate::session::SealedRoster;

/// The largest plan or transcript that is fetched.
const DOCUMENT_LIMIT: usize = 16 * 1024 * 1024;

/// An audit could not be carried out.
#[derive(Debug, Error)]
pub enum AuditError {
    /// The chain can't be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// There is no such study.
    #[error(transparent)]
    Study(#[from] MemberError),
}

/// Whether a line agrees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It does; how.
    Agrees(String),
    /// It does not; why.
    Disagrees(String),
}

/// One line of an audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is about: "plan", or "round 3", …
    pub place: String,
    /// What was compared.
    pub what: String,
    /// The outcome.
    pub finding: Finding,
}

/// What the chain says of a study.
#[derive(Default)]
pub(super) struct OnChain {
    owners: BTreeSet<OwnerId>,
    /// By the epoch that was registered for it: the sealed roster.
    rosters: BTreeMap<u64, SealedRoster>,
    committees: BTreeMap<u64, [u8; 128]>,
    settlements: Vec<Settlement>,
    pub(super) claims: Vec<(OwnerId, u128, u128)>,
}

/// Stops at the first line that does not agree.
pub(super) struct Stop;

pub(super) struct Audit<'a> {
    tell: &'a mut dyn FnMut(Line),
    place: String,
}

impl Audit<'_> {
    pub(super) fn agrees(&mut self, what: impl Into<String>, how: impl Into<String>) {
        let (place, what) = (self.place.clone(), what.into());
        (self.tell)(Line { place, what, finding: Finding::Agrees(how.into()) });
    }

    pub(super) fn disagrees(&mut self, what: impl Into<String>, why: impl Into<String>) -> Stop {
        let (place, what) = (self.place.clone(), what.into());
        (self.tell)(Line { place, what, finding: Finding::Disagrees(why.into()) });
        Stop
    }

    pub(super) fn equal<T: PartialEq + std::fmt::Display>(
        &mut self,
        what: &str,
        chain: T,
        own: T,
    ) -> Result<(), Stop> {
        if chain == own {
            self.agrees(what, own.to_string());
            return Ok(());
        }
        Err(self.disagrees(what, format!("the chain has {chain}, recomputed it is {own}")))
    }

    async fn artifact(
        &mut self,
        artifacts: &Artifacts,
        what: &str,
        digest: Digest,
        limit: usize,
    ) -> Result<Vec<u8>, Stop> {
        match artifacts.get(digest, limit).await {
            Ok(Some(bytes)) => {
                self.agrees(what, format!("{} bytes with SHA-256 {digest}", bytes.len()));
                Ok(bytes)
            }
            Ok(None) => Err(self.disagrees(what, format!("nobody published the artifact {digest}"))),
            Err(reason) => Err(self.disagrees(what, reason)),
        }
    }
}

/// Recomputes a study, telling each line as it is compared. `true` if all agree.
///
/// # Errors
/// If the chain can't be read, or has no such study.
pub async fn audit(
    study: StudyId,
    chain: &ChainView,
    artifacts: &Artifacts,
    tell: &mut dyn FnMut(Line),
) -> Result<bool, AuditError> {
    let record = chain.study(study).await?;
    let mut on_chain = OnChain::default();
    let events = chain.events(study).await?;
    for sealing in sealings(&events)? {
        on_chain.rosters.extend(sealing.epoch.map(|epoch| (epoch, sealing.roster)));
    }
    for logged in events {
        match logged.event {
            Event::OwnerEnrolled { owner, .. } => {
                on_chain.owners.insert(OwnerId(owner));
            }
            Event::CommitteeRegistered { epoch, key, .. } => {
                on_chain.committees.insert(epoch, key);
            }
            Event::RoundSettled(settlement) => on_chain.settlements.push(settlement),
            Event::PayoutClaimed { owner, amount, cumulative } => {
                on_chain.claims.push((OwnerId(owner), amount, cumulative));
            }
            // Who has once been on the roster keeps what it earned.
            Event::OwnerLeft { .. } | Event::OwnerRemoved { .. } | Event::RosterSealed { .. } => {}
            Event::ConsentWithdrawn { .. } | Event::ConsentPending { .. } => {}
            // The record has their sums.
            Event::FeeCollected { .. } => {}
            Event::StudyLaunched { .. } | Event::StudyClosed { .. } | Event::StudyRefunded { .. } => {}
        }
    }
    let mut audit = Audit { tell, place: "study".into() };
    Ok(check(study, &record, &on_chain, chain, artifacts, &mut audit).await.is_ok())
}

async fn check(
    study: StudyId,
    record: &tributary_contracts::Study,
    on_chain: &OnChain,
    chain: &ChainView,
    artifacts: &Artifacts,
    audit: &mut Audit<'_>,
) -> Result<(), Stop> {
    let plan_digest = Digest(record.plan_digest);
    let bytes = audit.artifact(artifacts, "plan", plan_digest, DOCUMENT_LIMIT).await?;
    let plan = StudyPlan::from_json(&bytes).map_err(|error| audit.disagrees("plan", error.to_string()))?;
    audit.equal("researcher", OwnerId(record.researcher), plan.researcher)?;
    audit.equal("budget", record.budget, plan.budget())?;
    audit.equal("scoring", Digest(record.scoring), Digest(scoring_rule(&plan.scoring.rule)))?;
    audit.equal("consent required", record.consent_required, plan.cohort.consent)?;
    audit.agrees("owners", format!("{} enrolled by their own signatures", on_chain.owners.len()));
    if let Some(module) = plan.model.module() {
        check_module(module, on_chain, artifacts, audit).await?;
    }

    for (epoch, roster) in &on_chain.rosters {
        audit.agrees(
            format!("roster {epoch}"),
            format!("{} owners, sealed before the key", roster.owners.len()),
        );
    }
    let mut standing = Standing::default();
    let mut waiting = Waiting::default();
    for settlement in &on_chain.settlements {
        audit.place = format!("round {}", settlement.round);
        if plan.training.early_stop.is_some_and(|rule| waiting.is_over(&rule)) {
            let why = "the plan's early_stop had ended the study in the round before";
            return Err(audit.disagrees("early stop", why));
        }
        let utility;
        (standing, utility) =
            check_round(study, &plan, plan_digest, on_chain, chain, artifacts, audit, settlement, &standing)
                .await?;
        if let Some(rule) = &plan.training.early_stop {
            waiting = waiting.after(utility, rule);
        }
    }
    audit.place = "rounds".into();
    check_end(&plan, on_chain.settlements.len() as u64, waiting, audit)?;
    audit.place = "payouts".into();
    audit.equal("cumulative", record.cumulative_payout, standing.cumulative.total())?;
    check_claims(on_chain, record, &standing, audit)
}

/// The code that owners trained is there to be read, and is the one of the plan. It is not run.
async fn check_module(
    module: &ModuleSpec,
    on_chain: &OnChain,
    artifacts: &Artifacts,
    audit: &mut Audit<'_>,
) -> Result<(), Stop> {
    // It is handed in after the study is on chain, and until a round is settled nobody need have trained it.
    if on_chain.settlements.is_empty() {
        audit.agrees("module", format!("SHA-256 {}, which nobody has trained yet", module.digest));
        return Ok(());
    }
    let limit = usize::try_from(module.size).unwrap_or(usize::MAX);
    let file = audit.artifact(artifacts, "module", module.digest, limit).await?;
    if file.len() as u64 != module.size {
        let why = format!("it has {} bytes, the plan says {}", file.len(), module.size);
        return Err(audit.disagrees("module", why));
    }
    Ok(())
}

#[allow(clippy::too_many_arguments)]
async fn check_round(
    study: StudyId,
    plan: &StudyPlan,
    plan_digest: Digest,
    on_chain: &OnChain,
    chain: &ChainView,
    artifacts: &Artifacts,
    audit: &mut Audit<'_>,
    settlement: &Settlement,
    standing: &Standing,
) -> Result<(Standing, i64), Stop> {
    let Some(key) = on_chain.committees.get(&settlement.epoch) else {
        return Err(audit.disagrees("committee", format!("epoch {} has no committee", settlement.epoch)));
    };
    let Some(roster) = on_chain.rosters.get(&settlement.epoch) else {
        return Err(audit.disagrees("roster", format!("epoch {} has no sealed roster", settlement.epoch)));
    };
    let owners: BTreeSet<OwnerId> = roster.owners.keys().copied().collect();
    let key = bls::key_from_eip2537(key)
        .map_err(|error| error.to_string())
        .and_then(|bytes| CommitteePublicKey::from_bytes(&bytes).map_err(|error| error.to_string()))
        .map_err(|error| audit.disagrees("committee", error))?;
    let bytes =
        audit.artifact(artifacts, "transcript", Digest(settlement.transcript), DOCUMENT_LIMIT).await?;
    let view = PublicView {
        study,
        plan,
        plan_digest,
        owners: &owners,
        ever: &roster.ever,
        epoch: settlement.epoch,
        committee_key: &key,
        standing,
    };
    let verified = match verify(&bytes, &view, None) {
        Ok(verified) => verified,
        Err(disagreement) => {
            for line in &disagreement.agreed {
                audit.agrees(&line.field, &line.outcome);
            }
            let why =
                format!("it states {}, recomputed it is {}", disagreement.stated, disagreement.expected);
            return Err(audit.disagrees(disagreement.field, why));
        }
    };
    for line in verified.lines() {
        audit.agrees(&line.field, &line.outcome);
    }
    let limit =
        RoundPlan::training(plan).map_err(|error| audit.disagrees("plan", error.to_string()))?.packed_len();
    for group in &verified.transcript().groups {
        audit.artifact(artifacts, &format!("groups[{}].sum", group.index), group.sum, limit).await?;
    }
    let own = Settlement::of(verified.settlement())
        .map_err(|error| audit.disagrees("payouts", error.to_string()))?;
    for (what, chain, own) in [
        ("settlement.context", settlement.context, own.context),
        ("settlement.sums", settlement.sums, own.sums),
        ("settlement.scores", settlement.scores, own.scores),
        ("settlement.model", settlement.model, own.model),
        ("settlement.payoutsRoot", settlement.payouts_root, own.payouts_root),
    ] {
        audit.equal(what, Digest(chain), Digest(own))?;
    }
    audit.equal("settlement.epoch", settlement.epoch, own.epoch)?;
    audit.equal("settlement.round", settlement.round, own.round)?;
    audit.equal("settlement.cumulativePayout", settlement.cumulative_payout, own.cumulative_payout)?;
    // The contract has verified the committee's signature on exactly these fields: it is what emits the event.
    audit.agrees(
        "settlement",
        format!("accepted by the escrow {}", OwnerId(chain.escrow().deployment().escrow)),
    );
    let utility = verified.transcript().utilities.last().copied().unwrap_or_default();
    Ok((verified.standing(), utility))
}

/// How far the study came, and by which rule it ended.
fn check_end(plan: &StudyPlan, settled: u64, waiting: Waiting, audit: &mut Audit<'_>) -> Result<(), Stop> {
    if settled > plan.rounds {
        return Err(audit.disagrees("settled", format!("{settled}, but the plan has {}", plan.rounds)));
    }
    let stopped = plan.training.early_stop.filter(|rule| settled < plan.rounds && waiting.is_over(rule));
    let how = match stopped {
        Some(rule) => format!(
            "{settled} of {}: stopped early, no gain of more than {} millionths in {} rounds",
            plan.rounds, rule.min_delta_micros, rule.patience
        ),
        None => format!("{settled} of {}", plan.rounds),
    };
    audit.agrees("settled", how);
    Ok(())
}
