//! `tributary owner show | approve | reject | decisions`, and the gate before `owner run`: what a site lets be done.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use tributary_aggregation::ids::{Digest, StudyId};
use tributary_aggregation::study::StudyPlan;

use super::common::{ChainArgs, CoordinatorArgs, SandboxArgs, StateArgs, WalletArgs, check_plan};
use crate::narrate::{Event, Narrator};
use crate::policy::{Decision, Decisions, Policy, Verdict, now, summary};

const REJECTED: &str =
    "this study was rejected here: see `tributary owner decisions`, and approve it if that has changed";

/// How often the record is looked at for an approval.
const LOOK: Duration = Duration::from_secs(1);

/// The site's rules, and its record of decisions
#[derive(Debug, Clone, Args)]
pub struct PolicyArgs {
    /// The site's rules (TOML); without them your command is the decision
    #[arg(long, env = "TRIBUTARY_POLICY")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    record: RecordArgs,
}

/// The record of decisions
#[derive(Debug, Clone, Args)]
pub struct RecordArgs {
    /// The record of what was decided about studies here [default: decisions.jsonl in the state directory]
    #[arg(long, env = "TRIBUTARY_DECISIONS")]
    decisions: Option<PathBuf>,
}

/// A study to look at
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The study's id
    #[arg(long)]
    study: StudyId,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    sandbox: SandboxArgs,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    wallet: WalletArgs,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

/// A word about a study
#[derive(Debug, Args)]
pub struct DecideArgs {
    /// Why: goes into the record
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    show: ShowArgs,
}

/// The record
#[derive(Debug, Args)]
pub struct DecisionsArgs {
    #[command(flatten)]
    record: RecordArgs,
    #[command(flatten)]
    state: StateArgs,
}

impl PolicyArgs {
    /// The site's record.
    pub(super) fn decisions(&self, state: &StateArgs) -> Result<Decisions> {
        self.record.open(state)
    }
}

impl RecordArgs {
    fn open(&self, state: &StateArgs) -> Result<Decisions> {
        Ok(match &self.decisions {
            Some(path) => Decisions::at(path),
            None => Decisions::at(&state.directory()?.join("decisions.jsonl")),
        })
    }
}

/// How a plan fares under a policy, and under what other studies have left of its budget.
fn judge(
    policy: &Policy,
    record: &Decisions,
    study: StudyId,
    plan: &StudyPlan,
    sandbox: &SandboxArgs,
) -> Result<Verdict> {
    let verdict = policy.judge(plan, sandbox.sandbox);
    let Some(over) = policy.budget_objection(plan, record.taken_in_year(now(), study)?) else {
        return Ok(verdict);
    };
    Ok(match verdict {
        Verdict::Refused(mut objections) => {
            objections.push(over);
            Verdict::Refused(objections)
        }
        _ => Verdict::Refused(vec![over]),
    })
}

impl ShowArgs {
    async fn plan(&self) -> Result<(StudyPlan, Digest)> {
        let (wallet, _) = self.wallet.open()?;
        let (chain, deployment) = self.chain.connect().await?;
        let on_chain = chain.study(self.study).await?;
        let info = self.coordinator.connect(&wallet, &deployment)?.study(self.study).await?;
        check_plan(&info.plan, on_chain.plan_digest)?;
        Ok((StudyPlan::from_json(&info.plan)?, StudyPlan::digest_of(&info.plan)))
    }
}

/// Prints what a study would do here, and what the policy says.
///
/// # Errors
/// If the study, the policy or the record can't be read.
pub async fn show(args: &ShowArgs) -> Result<()> {
    let (plan, digest) = args.plan().await?;
    println!("study {}", args.study);
    println!("plan {digest}");
    for line in summary(&plan) {
        println!("  {line}");
    }
    let record = args.policy.record.open(&args.state)?;
    println!("  other studies of the last year: epsilon {:.2}", record.taken_in_year(now(), args.study)?);
    if let Some(path) = &args.policy.policy {
        let (policy, _) = Policy::read(path)?;
        match judge(&policy, &record, args.study, &plan, &args.sandbox)? {
            Verdict::Allowed => println!("the policy allows it"),
            Verdict::Ask(why) => println!("{why}: it waits for `tributary owner approve`"),
            Verdict::Refused(objections) => {
                println!("the policy refuses it:");
                objections.iter().for_each(|objection| println!("  {objection}"));
            }
        }
    }
    match record.is_approved(args.study, digest)? {
        Some(true) => println!("it was approved here"),
        Some(false) => println!("it was rejected here"),
        None => println!("nobody has approved or rejected it here"),
    }
    Ok(())
}

/// Records somebody's word about the plan that stands on chain now.
///
/// # Errors
/// If the study can't be read, the policy refuses it, or the record can't be written.
pub async fn decide(args: &DecideArgs, decision: Decision) -> Result<()> {
    let show = &args.show;
    let (plan, digest) = show.plan().await?;
    let record = show.policy.record.open(&show.state)?;
    let policy = match &show.policy.policy {
        None => None,
        Some(path) => {
            let (policy, digest) = Policy::read(path)?;
            if let (Decision::Approved, Verdict::Refused(objections)) =
                (decision, judge(&policy, &record, show.study, &plan, &show.sandbox)?)
            {
                let reasons: Vec<String> = objections.iter().map(ToString::to_string).collect();
                bail!("the policy refuses this study ({}): change the policy first", reasons.join("; "));
            }
            Some(digest)
        }
    };
    let head = record.add(now(), show.study, digest, decision, vec![args.reason.clone()], policy)?;
    println!("recorded, as {head}");
    Ok(())
}

/// Prints the record, and that its chain holds.
///
/// # Errors
/// If it can't be read, or its chain is broken.
pub fn decisions(args: &DecisionsArgs) -> Result<()> {
    let (entries, head) = args.record.open(&args.state)?.read()?;
    for entry in &entries {
        println!("{}", serde_json::to_string(entry)?);
    }
    println!("{} decisions, an unbroken chain; the last is {head}", entries.len());
    Ok(())
}

/// Lets a study pass, or does not; waits while somebody has to be asked. What is decided is on disk before it is acted on.
///
/// # Errors
/// If the policy or somebody here refuses the study, or the record can't be kept.
pub(super) async fn gate(
    args: &PolicyArgs,
    state: &StateArgs,
    sandbox: &SandboxArgs,
    study: StudyId,
    plan: &StudyPlan,
    digest: Digest,
    narrator: Narrator,
) -> Result<()> {
    let record = args.record.open(state)?;
    // Whatever else allows it.
    if record.is_approved(study, digest)? == Some(false) {
        bail!(REJECTED);
    }
    let join = |most| match plan.whole_spend()? {
        Some(spend) => Ok(record.joined(study, digest, spend, most).map(drop)?),
        None => Ok(()),
    };
    let note = |decision, reasons, policy| record.add(now(), study, digest, decision, reasons, policy);
    let Some(path) = &args.policy else {
        note(Decision::Ordered, Vec::new(), None)?;
        return join(None);
    };
    let (policy, policy_digest) = Policy::read(path)?;
    let policy_digest = Some(policy_digest);
    let why = match judge(&policy, &record, study, plan, sandbox)? {
        Verdict::Allowed => {
            note(Decision::Allowed, Vec::new(), policy_digest)?;
            return join(policy.epsilon_per_year);
        }
        Verdict::Refused(objections) => {
            let reasons: Vec<String> = objections.iter().map(ToString::to_string).collect();
            note(Decision::Refused, reasons.clone(), policy_digest)?;
            bail!("the site's policy refuses this study: {}", reasons.join("; "));
        }
        Verdict::Ask(why) => why,
    };
    let mut asked = false;
    loop {
        match record.is_approved(study, digest)? {
            Some(true) => return join(policy.epsilon_per_year),
            Some(false) => bail!(REJECTED),
            None if asked => {}
            None => {
                asked = true;
                note(Decision::Asked, vec![why.into()], policy_digest)?;
                narrator.tell(Event::AwaitsApproval { study, summary: summary(plan) });
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}
