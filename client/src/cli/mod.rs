//! The command line of `tributary`: each command parses, calls, prints.

pub mod auditor;
pub mod chain;
pub mod check;
mod common;
pub mod dataset;
pub mod deploy;
pub mod governance;
pub mod overview;
pub mod owner;
pub mod personalise;
pub mod researcher;
pub mod site;
pub mod token;
pub mod train;
pub mod wallet;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::sandbox;

/// Federated learning that nobody can look into and everybody can check: owners, researchers, auditors
#[derive(Debug, Parser)]
#[command(name = "tributary", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Wallets: make one, show its address
    #[command(subcommand)]
    Wallet(wallet::WalletCommand),
    /// Deploy the contracts that the chain does not have yet, and write where they are
    Deploy(deploy::DeployArgs),
    /// Tokens: show, send, create
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// A researcher's study
    #[command(subcommand)]
    Study(researcher::StudyCommand),
    /// A data owner's part in a study
    #[command(subcommand)]
    Owner(owner::OwnerCommand),
    /// A data owner's datasets, and its consents to studies
    #[command(subcommand)]
    Dataset(dataset::DatasetCommand),
    /// What the contracts logged, as a coordinator has read it
    #[command(subcommand)]
    Chain(chain::ChainCommand),
    /// What token holders decide: fees, scoring rules, the treasury, studies
    #[command(subcommand)]
    Governance(governance::GovernanceCommand),
    /// Recompute a study from the chain and its published artifacts
    Audit(auditor::AuditArgs),
    /// Say which owners' updates do harm, from the groups that they were in
    Anomalies(auditor::AnomaliesArgs),
    /// Train in one place with a study's model: one owner alone, or all data pooled
    Baseline(train::BaselineArgs),
    /// Measure a study's model on test data
    Evaluate(train::EvaluateArgs),
    /// The confined process that other commands train in
    #[command(hide = true)]
    Trainer(TrainerArgs),
}

#[derive(Debug, Args)]
struct TrainerArgs {
    /// Bytes that jobs may allocate
    #[arg(long)]
    memory: u64,
}

impl Cli {
    /// Runs the command if it is the sandbox's: it must come before this process has a second thread.
    ///
    /// # Errors
    /// If the parent is gone in the middle of a message.
    pub fn run_confined(&self) -> Option<Result<()>> {
        match &self.command {
            Command::Trainer(args) => Some(sandbox::run(args.memory).map_err(Into::into)),
            _ => None,
        }
    }

    /// Runs the command. Returns the process's exit code: 0, or 1 where a study was aborted or an audit disagrees.
    ///
    /// # Errors
    /// With a message that says what to do.
    pub async fn run(self) -> Result<u8> {
        match self.command {
            Command::Wallet(command) => command.run().map(|()| 0),
            Command::Deploy(args) => deploy::deploy(&args).await.map(|()| 0),
            Command::Token(command) => command.run().await.map(|()| 0),
            Command::Study(command) => command.run().await,
            Command::Owner(command) => command.run().await,
            Command::Dataset(command) => command.run().await,
            Command::Chain(command) => command.run().await.map(|()| 0),
            Command::Governance(command) => command.run().await.map(|()| 0),
            Command::Audit(args) => auditor::run(&args).await,
            Command::Anomalies(args) => auditor::run_anomalies(&args).await,
            Command::Baseline(args) => train::run_baseline(&args).map(|()| 0),
            Command::Evaluate(args) => train::run_evaluate(&args).map(|()| 0),
            Command::Trainer(args) => sandbox::run(args.memory).map(|()| 0).map_err(Into::into),
        }
    }
}
