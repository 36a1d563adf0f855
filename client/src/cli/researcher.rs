//! `tributary study`: a researcher's study.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::study::StudyPlan;
use zeroize::Zeroizing;

use super::common::{
    ChainArgs, CoordinatorArgs, SandboxArgs, StateArgs, WalletArgs, make_directory, narrator, write_model,
};
use crate::member::{Member, Setup};
use crate::narrate::Event;
use crate::researcher::agent::Researcher;
use crate::researcher::launch::{Wishes, decide, launch};
use crate::researcher::plan_file::PlanOverrides;
use crate::training::Code;

/// What a researcher does
#[derive(Debug, Subcommand)]
pub enum StudyCommand {
    /// Launch and fund a study, form its group, and follow it to its end; run it again to go on
    Run(Box<RunArgs>),
    /// Decide on a study that somebody else launches and funds: the treasury, by a proposal
    Prepare(Box<PrepareArgs>),
    /// See what all owners' rows look like together, as the statistics round counted them
    Overview(super::overview::OverviewArgs),
    /// Ask the owners to take one of them off the roster; a quorum of them decides
    RemoveOwner(Box<RemoveArgs>),
}

/// Launch a study and follow it to its end
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The study file (TOML)
    #[arg(long)]
    file: PathBuf,
    /// File with the rows on which contributions are measured; the members get them, nobody else
    #[arg(long)]
    holdout: PathBuf,
    /// Where the plan, your vault and the model lie
    #[arg(long)]
    directory: PathBuf,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    sandbox: SandboxArgs,
    #[command(flatten)]
    wallet: WalletArgs,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
    #[command(flatten)]
    overrides: PlanOverrides,
    /// Seed of the initial model, 0x and 64 hex digits: only members learn it [default: drawn]
    #[arg(long)]
    model_seed: Option<Digest>,
    /// The highest protocol fee you accept, in ten-thousandths of what owners are paid [default: the fee at the launch]
    #[arg(long, value_name = "BPS", value_parser = clap::value_parser!(u16).range(..=10_000))]
    max_fee_bps: Option<u16>,
    /// Keep the model of every settled round in this directory, `round-0001.bin` and so on, for `tributary evaluate`
    #[arg(long, value_name = "DIRECTORY")]
    checkpoints: Option<PathBuf>,
    /// Print a JSON object per event
    #[arg(long)]
    json: bool,
}

/// Decide on a study that somebody else launches and funds
#[derive(Debug, Args)]
pub struct PrepareArgs {
    /// The study file (TOML)
    #[arg(long)]
    file: PathBuf,
    /// File with the rows on which contributions are measured
    #[arg(long)]
    holdout: PathBuf,
    /// Where the plan will lie: `study run` goes on from it once the study is launched
    #[arg(long)]
    directory: PathBuf,
    /// Who launches and funds it [default: the deployment's timelock, which holds the treasury]
    #[arg(long)]
    funder: Option<OwnerId>,
    #[command(flatten)]
    sandbox: SandboxArgs,
    #[command(flatten)]
    wallet: WalletArgs,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    overrides: PlanOverrides,
    /// Seed of the initial model, 0x and 64 hex digits: only members learn it [default: drawn]
    #[arg(long)]
    model_seed: Option<Digest>,
}

/// Ask the owners to take one of them off the roster
#[derive(Debug, Args)]
pub struct RemoveArgs {
    /// The study's id
    #[arg(long)]
    study: StudyId,
    /// The address of the owner to be removed
    #[arg(long)]
    owner: OwnerId,
    /// Why: shown to the owners
    #[arg(long)]
    reason: String,
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

impl StudyCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// With a message that says what to do.
    pub async fn run(self) -> Result<u8> {
        match self {
            Self::Run(args) => run(&args).await,
            Self::Prepare(args) => prepare(&args).await.map(|()| 0),
            Self::Overview(args) => super::overview::run(&args).map(|()| 0),
            Self::RemoveOwner(args) => remove_owner(*args).await.map(|()| 0),
        }
    }
}

async fn prepare(args: &PrepareArgs) -> Result<()> {
    let (wallet, _) = args.wallet.open()?;
    let (_, deployment) = args.chain.connect().await?;
    make_directory(&args.directory)?;
    let funder = args.funder.unwrap_or(OwnerId(deployment.timelock));
    let checker = args.sandbox.checker()?;
    let wishes = Wishes {
        file: &args.file,
        holdout: &args.holdout,
        overrides: &args.overrides,
        model_seed: args.model_seed.map(|seed| seed.0),
        funder: Some(funder),
        trainer: checker.as_ref(),
    };
    let decided = decide(&args.directory, &wishes, OwnerId(wallet.address()), &deployment)?;
    if decided.funder != Some(funder) {
        bail!("{} holds a study with another funder: choose another directory", args.directory.display());
    }
    println!("study {} is ready to be launched by {funder}", decided.study);
    Ok(())
}

async fn remove_owner(args: RemoveArgs) -> Result<()> {
    let (wallet, _) = args.wallet.open()?;
    let (_, deployment) = args.chain.connect().await?;
    let connection = args.coordinator.connect(&wallet, &deployment)?;
    connection.ask_for_removal(args.study, args.owner, args.reason).await?;
    narrator(args.json).tell(Event::RemovalAsked { owner: args.owner });
    Ok(())
}

async fn run(args: &RunArgs) -> Result<u8> {
    let narrator = narrator(args.json);
    let (wallet, password) = args.wallet.open()?;
    let (chain, deployment) = args.chain.connect().await?;
    let connection = args.coordinator.connect(&wallet, &deployment)?;
    make_directory(&args.directory)?;
    args.checkpoints.as_deref().map_or(Ok(()), make_directory)?;
    let checker = args.sandbox.checker()?;
    let wishes = Wishes {
        file: &args.file,
        holdout: &args.holdout,
        overrides: &args.overrides,
        model_seed: args.model_seed.map(|seed| seed.0),
        funder: None,
        trainer: checker.as_ref(),
    };
    let decided = decide(&args.directory, &wishes, OwnerId(wallet.address()), &deployment)?;
    drop(checker);
    let study = decided.study;
    let plan = StudyPlan::from_json(&decided.plan)?;
    let trainer = args.sandbox.trainer(&plan)?;
    let code = Arc::new(Code::of(&plan, decided.module.clone(), trainer.as_ref())?);
    let budget = plan.budget().to_string();
    if let Some(receipt) = launch(&decided, &chain, &deployment, &wallet, args.max_fee_bps).await? {
        let transaction = Digest(receipt.tx_hash);
        narrator.tell(Event::Launched { study, transaction, budget });
    }
    connection.register_study(study, decided.plan.clone()).await?;
    if let Some(module) = decided.module.clone() {
        connection.upload_module(study, module.into()).await?;
    }
    narrator.tell(Event::TakenOn { study });

    let setup = Setup {
        study,
        plan: &decided.plan,
        code,
        domain: deployment.domain(),
        wallet: &wallet,
        vault: &args.directory.join("vault.bin"),
        password: &password,
        witnesses: args.state.witnesses()?,
    };
    let researcher = Researcher {
        member: Member::set_up(&setup)?,
        holdout: decided.holdout,
        model_seed: Zeroizing::new(decided.model_seed),
        trainer,
        connection,
        chain: chain.clone(),
        narrator,
        checkpoints: args.checkpoints.clone(),
    };
    let outcome = researcher.run().await?;
    write_model(&args.directory, &decided.plan, outcome.model, narrator)?;
    Ok(u8::from(!outcome.completed))
}
