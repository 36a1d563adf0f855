//! `tributary owner`: a data owner's part in a study.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::{Args, Subcommand};
use tributary_aggregation::ids::{OwnerId, StudyId};
use tributary_aggregation::study::StudyPlan;
use tributary_contracts::typed_data::leave_digest;

use super::check::{self, CheckArgs, MappingArgs};
use super::common::{
    ChainArgs, CoordinatorArgs, SandboxArgs, StateArgs, WalletArgs, check_plan, make_directory, narrator,
    write_model,
};
use super::personalise::{self, PersonaliseArgs};
use super::site::{self, DecideArgs, DecisionsArgs, PolicyArgs, ShowArgs, gate};
use crate::dataset::Table;
use crate::member::{Member, Setup, check_own_consent, check_terms};
use crate::narrate::Event;
use crate::owner::{Agent, AgentConfig};
use crate::policy::Decision;

/// What an owner does
#[derive(Debug, Subcommand)]
pub enum OwnerCommand {
    /// Enrol in a study and take part until it ends
    Run(Box<RunArgs>),
    /// See whether a file fits a study, before anything is sent anywhere
    Check(CheckArgs),
    /// Train a study's model further on your own rows, for your site alone
    Personalise(Box<PersonaliseArgs>),
    /// See what a study would do here, and what the site's policy says
    Show(Box<ShowArgs>),
    /// Approve a study's plan, so that `owner run` takes part
    Approve(Box<DecideArgs>),
    /// Reject a study's plan
    Reject(Box<DecideArgs>),
    /// Show what was decided about studies here, for an auditor
    Decisions(DecisionsArgs),
    /// Leave a study: what was earned stays yours
    Leave(StudyArgs),
    /// Have what is owed paid out; the coordinator relays it, so no gas is needed
    Claim(StudyArgs),
}

/// Enrol in a study and take part until it ends
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The study's id
    #[arg(long)]
    study: StudyId,
    /// Your rows: a CSV or Parquet file, or images as a folder or safetensors; they never leave this process
    #[arg(long)]
    data: PathBuf,
    #[command(flatten)]
    mapping: MappingArgs,
    /// Where your vault and your copy of the model lie
    #[arg(long)]
    directory: PathBuf,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    sandbox: SandboxArgs,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    wallet: WalletArgs,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
    /// Print a JSON object per event
    #[arg(long)]
    json: bool,
}

/// A study, and what is needed to say something about one's part in it
#[derive(Debug, Args)]
pub struct StudyArgs {
    /// The study's id
    #[arg(long)]
    study: StudyId,
    #[command(flatten)]
    wallet: WalletArgs,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
    /// Print a JSON object per event
    #[arg(long)]
    json: bool,
}

impl OwnerCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// With a message that says what to do.
    pub async fn run(self) -> Result<u8> {
        match self {
            Self::Run(args) => run(&args).await,
            Self::Check(args) => check::run(&args),
            Self::Personalise(args) => personalise::run(&args).map(|()| 0),
            Self::Show(args) => site::show(&args).await.map(|()| 0),
            Self::Approve(args) => site::decide(&args, Decision::Approved).await.map(|()| 0),
            Self::Reject(args) => site::decide(&args, Decision::Rejected).await.map(|()| 0),
            Self::Decisions(args) => site::decisions(&args).map(|()| 0),
            Self::Leave(args) => leave(&args).await.map(|()| 0),
            Self::Claim(args) => claim(&args).await.map(|()| 0),
        }
    }
}

async fn leave(args: &StudyArgs) -> Result<()> {
    let (wallet, _) = args.wallet.open()?;
    let (chain, deployment) = args.chain.connect().await?;
    let connection = args.coordinator.connect(&wallet, &deployment)?;
    let (study, owner) = (args.study, OwnerId(wallet.address()));
    let standing = chain.enrolment(study, owner).await?;
    let transaction = match standing.identity {
        None => None,
        Some(_) => {
            let digest = leave_digest(&deployment.domain(), &study.0, &owner.0, standing.sequence);
            connection.leave_study(study, standing.sequence, wallet.sign_digest(&digest)).await?
        }
    };
    narrator(args.json).tell(Event::Leaving { owner, transaction });
    Ok(())
}

async fn claim(args: &StudyArgs) -> Result<()> {
    let (wallet, _) = args.wallet.open()?;
    let (_, deployment) = args.chain.connect().await?;
    let connection = args.coordinator.connect(&wallet, &deployment)?;
    let (transaction, cumulative) = connection.claim_payout(args.study).await?;
    let owner = OwnerId(wallet.address());
    narrator(args.json).tell(Event::Paid { owner, cumulative: cumulative.to_string(), transaction });
    Ok(())
}

async fn run(args: &RunArgs) -> Result<u8> {
    let narrator = narrator(args.json);
    let (wallet, password) = args.wallet.open()?;
    let (chain, deployment) = args.chain.connect().await?;
    let on_chain = chain.study(args.study).await?;
    let connection = args.coordinator.connect(&wallet, &deployment)?;
    let info = connection.study(args.study).await?;
    check_plan(&info.plan, on_chain.plan_digest)?;
    let plan = StudyPlan::from_json(&info.plan)?;
    check_terms(&plan, &on_chain)?;
    let owner = OwnerId(wallet.address());
    check_own_consent(&chain, args.study, (&plan, &on_chain), owner).await?;
    let digest = StudyPlan::digest_of(&info.plan);
    gate(&args.policy, &args.state, &args.sandbox, args.study, &plan, digest, narrator).await?;
    // Before anything is promised: does the data fit?
    let table = Table::for_training(&args.data, &plan.schema, &args.mapping.read(&plan.schema)?)?;
    narrator.tell(Event::DataRead { rows: table.rows(), positive: table.positives(&plan.schema) });
    let trainer = args.sandbox.trainer(&plan)?;

    make_directory(&args.directory)?;
    let setup = Setup {
        study: args.study,
        plan: &info.plan,
        code: Arc::new(connection.code(&plan, trainer.as_ref()).await?),
        domain: deployment.domain(),
        wallet: &wallet,
        vault: &args.directory.join("vault.bin"),
        password: &password,
        witnesses: args.state.witnesses()?,
    };
    let agent = Agent::new(AgentConfig {
        member: Member::set_up(&setup)?,
        wallet,
        table,
        trainer,
        connection,
        chain,
        directory: args.directory.clone(),
        narrator,
        decisions: Some(args.policy.decisions(&args.state)?),
    })?;
    let finished = agent.run().await?;
    write_model(&args.directory, &info.plan, finished.model, narrator)?;
    Ok(u8::from(!finished.completed && !finished.left))
}
