//! `tributary governance`: token holders decide on fees, scoring rules, the treasury, and studies.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_contracts::governance::{Action, Governance, Proposal, ProposalState, Vote};
use tributary_contracts::{Receipt, Wallet};

use super::common::{ChainArgs, WalletArgs};
use crate::governance::{proposal_file, spending};
use crate::researcher::launch;

/// What to do with proposals
#[derive(Debug, Subcommand)]
pub enum GovernanceCommand {
    /// Let your tokens vote: by yourself, or by somebody you trust
    Delegate(DelegateArgs),
    /// Propose, and write the proposal to a file
    Propose(Box<ProposeArgs>),
    /// Show what a proposal does and where it stands
    Show(FileArgs),
    /// Vote on a proposal
    Vote(VoteArgs),
    /// Hand a proposal that has won to the timelock
    Queue(ActArgs),
    /// Do what a queued proposal says, once it has waited
    Execute(ActArgs),
}

/// Let your tokens vote
#[derive(Debug, Args)]
pub struct DelegateArgs {
    /// Who votes with them [default: yourself]
    #[arg(long)]
    to: Option<OwnerId>,
    #[command(flatten)]
    wallet: WalletArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// Propose
#[derive(Debug, Args)]
pub struct ProposeArgs {
    /// The file to write: everybody needs it to vote, queue and execute
    #[arg(long)]
    out: PathBuf,
    /// Why: shown to voters
    #[arg(long)]
    description: String,
    /// Set the fee on what studies grant, in ten-thousandths
    #[arg(long)]
    study_fee_bps: Option<u16>,
    /// Set the fee on sales, in ten-thousandths
    #[arg(long)]
    sale_fee_bps: Option<u16>,
    /// Let studies be scored by this rule
    #[arg(long)]
    allow_rule: Vec<String>,
    /// Take this rule away from later studies
    #[arg(long)]
    forbid_rule: Vec<String>,
    /// Send whole tokens of the treasury: ADDRESS=TOKENS
    #[arg(long, value_parser = spending)]
    spend: Vec<(OwnerId, u64)>,
    /// Create whole tokens, at most 2 % of the supply a year: ADDRESS=TOKENS
    #[arg(long, value_parser = spending)]
    mint: Vec<(OwnerId, u64)>,
    /// Launch and fund the study that `tributary study prepare` wrote to this directory
    #[arg(long)]
    study: Option<PathBuf>,
    /// Seconds that queueing and execution may take beyond what the rules ask, before the study's enrolment begins
    #[arg(long, default_value_t = 86_400)]
    margin_s: u64,
    #[command(flatten)]
    wallet: WalletArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// A proposal
#[derive(Debug, Args)]
pub struct FileArgs {
    /// The proposal's file
    #[arg(long)]
    proposal: PathBuf,
    #[command(flatten)]
    chain: ChainArgs,
}

/// A proposal, and who acts
#[derive(Debug, Args)]
pub struct ActArgs {
    /// The proposal's file
    #[arg(long)]
    proposal: PathBuf,
    #[command(flatten)]
    wallet: WalletArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

/// Vote
#[derive(Debug, Args)]
pub struct VoteArgs {
    /// For, against, or abstain
    #[arg(long, value_enum)]
    vote: Choice,
    #[command(flatten)]
    act: ActArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Choice {
    For,
    Against,
    Abstain,
}

impl From<Choice> for Vote {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::For => Self::For,
            Choice::Against => Self::Against,
            Choice::Abstain => Self::Abstain,
        }
    }
}

impl GovernanceCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// With a message that says what to do.
    pub async fn run(self) -> Result<()> {
        match self {
            Self::Delegate(args) => delegate(&args).await,
            Self::Propose(args) => propose(&args).await,
            Self::Show(args) => show(&args).await,
            Self::Vote(args) => vote(&args).await,
            Self::Queue(args) => queue(&args).await,
            Self::Execute(args) => execute(&args).await,
        }
    }
}

async fn connect(chain: &ChainArgs) -> Result<Governance> {
    let (view, deployment) = chain.connect().await?;
    Ok(Governance::new(view.escrow().client().clone(), deployment)?)
}

impl ActArgs {
    async fn open(&self) -> Result<(Governance, Proposal, std::sync::Arc<Wallet>)> {
        let proposal = proposal_file::read(&self.proposal)?;
        let (wallet, _) = self.wallet.open()?;
        Ok((connect(&self.chain).await?, proposal, wallet))
    }
}

fn done(what: &str, receipt: &Receipt) {
    println!("{what} (transaction {}, {} gas)", Digest(receipt.tx_hash), receipt.gas_used);
}

async fn delegate(args: &DelegateArgs) -> Result<()> {
    let (wallet, _) = args.wallet.open()?;
    let governance = connect(&args.chain).await?;
    let to = args.to.unwrap_or(OwnerId(wallet.address()));
    let receipt = governance.delegate(&wallet, &to.0).await?;
    done(&format!("the tokens of {} vote by {to}", OwnerId(wallet.address())), &receipt);
    Ok(())
}

async fn propose(args: &ProposeArgs) -> Result<()> {
    let (wallet, _) = args.wallet.open()?;
    let governance = connect(&args.chain).await?;
    let actions = actions(args, &governance).await?;
    if actions.is_empty() {
        bail!("the proposal does nothing: say what it shall do (see --help)");
    }
    let proposal = Proposal { actions, description: args.description.clone() };
    // Before the chain hears of it: without the file nobody could vote.
    proposal_file::write(&args.out, &proposal)?;
    let receipt = governance.propose(&wallet, &proposal).await?;
    done(&format!("proposed: {}", Digest(proposal.id())), &receipt);
    let timeline = governance.timeline(&proposal.id()).await?;
    println!("votes are counted as held at {}; voting ends at {}", timeline.snapshot, timeline.deadline);
    Ok(())
}

async fn actions(args: &ProposeArgs, governance: &Governance) -> Result<Vec<Action>> {
    let mut actions = Vec::new();
    actions.extend(args.study_fee_bps.map(|bps| governance.set_study_fee(bps)));
    actions.extend(args.sale_fee_bps.map(|bps| governance.set_sale_fee(bps)));
    actions.extend(args.allow_rule.iter().map(|rule| governance.allow_scoring_rule(rule)));
    actions.extend(args.forbid_rule.iter().map(|rule| governance.forbid_scoring_rule(rule)));
    let unit = 10u128.pow(18);
    actions.extend(args.spend.iter().map(|(to, tokens)| governance.spend(&to.0, u128::from(*tokens) * unit)));
    actions.extend(args.mint.iter().map(|(to, tokens)| governance.mint(&to.0, u128::from(*tokens) * unit)));
    if let Some(directory) = &args.study {
        let (view, _) = args.chain.connect().await?;
        let wait = governance.shortest().await?.saturating_add(args.margin_s);
        let (terms, funding) = launch::prepared(directory, &view, wait).await?;
        actions.extend(governance.launch_study(&terms, funding));
    }
    Ok(actions)
}

async fn show(args: &FileArgs) -> Result<()> {
    let proposal = proposal_file::read(&args.proposal)?;
    let governance = connect(&args.chain).await?;
    let id = proposal.id();
    // Somebody else's words: they must not pass for ours.
    println!("{}: {:?}", Digest(id), proposal.description);
    for action in &proposal.actions {
        println!("  {}", governance.explain(action));
    }
    let state = governance.state(&id).await.context("the chain does not know this proposal")?;
    let (votes, timeline) = (governance.tally(&id).await?, governance.timeline(&id).await?);
    println!(
        "{}; {} for, {} against, {} abstaining (units)",
        words(state),
        votes.in_favour,
        votes.against,
        votes.abstaining
    );
    println!("voting from {} to {} (seconds since 1970)", timeline.snapshot, timeline.deadline);
    if let Some(ready) = timeline.ready {
        println!("can be executed from {ready} on");
    }
    Ok(())
}

const fn words(state: ProposalState) -> &'static str {
    match state {
        ProposalState::Pending => "voting has not begun",
        ProposalState::Active => "it is voted on",
        ProposalState::Canceled => "its proposer took it back",
        ProposalState::Defeated => "it has lost",
        ProposalState::Succeeded => "it has won: queue it",
        ProposalState::Queued => "it waits in the timelock",
        ProposalState::Expired => "it has run out",
        ProposalState::Executed => "it is done",
    }
}

async fn vote(args: &VoteArgs) -> Result<()> {
    let (governance, proposal, wallet) = args.act.open().await?;
    let receipt = governance.vote(&wallet, &proposal.id(), args.vote.into()).await?;
    done("voted", &receipt);
    Ok(())
}

async fn queue(args: &ActArgs) -> Result<()> {
    let (governance, proposal, wallet) = args.open().await?;
    let receipt = governance.queue(&wallet, &proposal).await?;
    done("queued", &receipt);
    if let Some(ready) = governance.timeline(&proposal.id()).await?.ready {
        println!("can be executed from {ready} on (seconds since 1970)");
    }
    Ok(())
}

async fn execute(args: &ActArgs) -> Result<()> {
    let (governance, proposal, wallet) = args.open().await?;
    let receipt = governance.execute(&wallet, &proposal).await?;
    done("executed", &receipt);
    Ok(())
}
