//! `tributary wallet`, `deploy` and `mint`: keys, contracts, tokens.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_contracts::{ChainClient, Deployment, KeystoreCost, Token, Wallet};

use super::common::{ChainArgs, WalletArgs, password};

/// What to do with a wallet
#[derive(Debug, Subcommand)]
pub enum WalletCommand {
    /// Make a wallet; prints its address
    New {
        /// The file to write; it must not exist
        #[arg(long)]
        out: PathBuf,
        /// A file with the password to encrypt it with [else TRIBUTARY_PASSWORD is read]
        #[arg(long)]
        password_file: Option<PathBuf>,
        /// Cheap key derivation, for demonstrations and tests
        #[arg(long)]
        light: bool,
    },
    /// Print a wallet's address
    Address(WalletArgs),
}

/// Deploy token and escrow
#[derive(Debug, Args)]
pub struct DeployArgs {
    #[command(flatten)]
    wallet: WalletArgs,
    /// JSON-RPC address of a node
    #[arg(long, env = "TRIBUTARY_RPC", default_value = "http://127.0.0.1:8545")]
    rpc: String,
    /// The file to write
    #[arg(long, default_value = "deployments.json")]
    out: PathBuf,
}

/// Create tokens
#[derive(Debug, Args)]
pub struct MintArgs {
    #[command(flatten)]
    wallet: WalletArgs,
    #[command(flatten)]
    chain: ChainArgs,
    /// Who gets them
    #[arg(long)]
    to: OwnerId,
    /// Whole tokens
    #[arg(long)]
    tokens: u64,
}

impl WalletCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// If the file exists, can't be written or read, or the password is wrong.
    pub fn run(self) -> Result<()> {
        let wallet = match self {
            Self::New { out, password_file, light } => {
                let password = password(password_file.as_deref())?;
                let wallet = Wallet::random();
                let cost = if light { KeystoreCost::Light } else { KeystoreCost::Standard };
                wallet.save(&out, &password, cost)?;
                wallet
            }
            Self::Address(args) => return args.open().map(|(wallet, _)| print_address(&wallet)),
        };
        print_address(&wallet);
        Ok(())
    }
}

fn print_address(wallet: &Wallet) {
    println!("{}", OwnerId(wallet.address()));
}

/// Deploys, unless the file names contracts that stand already.
///
/// # Errors
/// If the node can't be reached or refuses, or the file can't be written.
pub async fn deploy(args: &DeployArgs) -> Result<()> {
    let (wallet, _) = args.wallet.open()?;
    let client = ChainClient::connect(&args.rpc).await?;
    if args.out.exists() {
        let deployment = Deployment::read(&args.out)?;
        deployment.check(&client).await.with_context(|| {
            format!("{} names contracts that are not there; remove it to deploy anew", args.out.display())
        })?;
        println!("the contracts of {} stand: nothing to do", args.out.display());
        return Ok(());
    }
    let (deployment, receipts) = Deployment::deploy(&client, &wallet).await?;
    deployment.write(&args.out)?;
    for (name, address, receipt) in
        [("TributaryToken", deployment.token, &receipts[0]), ("StudyEscrow", deployment.escrow, &receipts[1])]
    {
        println!(
            "{name} at {} (transaction {}, {} gas)",
            OwnerId(address),
            Digest(receipt.tx_hash),
            receipt.gas_used
        );
    }
    Ok(())
}

/// Creates tokens.
///
/// # Errors
/// If the node can't be reached or the contract refuses.
pub async fn mint(args: &MintArgs) -> Result<()> {
    let (wallet, _) = args.wallet.open()?;
    let (view, deployment) = args.chain.connect().await?;
    let token = Token::new(view.escrow().client().clone(), &deployment)?;
    let amount = u128::from(args.tokens) * 10u128.pow(18);
    let receipt = token.mint(&wallet, &args.to.0, amount).await?;
    println!("{} has {} tokens more (transaction {})", args.to, args.tokens, Digest(receipt.tx_hash));
    Ok(())
}
