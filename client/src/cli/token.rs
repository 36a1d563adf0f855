//! `tributary token`: what an account has, and how it is sent or created.

use anyhow::Result;
use clap::{Args, Subcommand};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_contracts::{ChainClient, Deployment, Token};

use super::common::{ChainArgs, WalletArgs, units};

/// What to do with tokens
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Print what an account has, in the smallest unit
    Balance {
        /// The chain
        #[command(flatten)]
        chain: ChainArgs,
        /// Whose
        #[arg(long)]
        of: OwnerId,
    },
    /// Send tokens of this wallet
    Send(MoveArgs),
    /// Create tokens, at most 2 % of the supply a year: for the minter that a deployment was given. Where there is none,
    /// token holders decide: `tributary governance propose --mint`
    Mint(MoveArgs),
}

/// From where, to whom, how many
#[derive(Debug, Args)]
pub struct MoveArgs {
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

async fn token(args: &ChainArgs) -> Result<Token> {
    let client = ChainClient::connect(&args.rpc).await?;
    let deployment = Deployment::open(&args.deployment, &client)?;
    deployment.check(&client).await?;
    Ok(Token::new(client, &deployment)?)
}

impl TokenCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// If the node can't be reached or the contract refuses.
    pub async fn run(self) -> Result<()> {
        match self {
            Self::Balance { chain, of } => println!("{}", token(&chain).await?.balance(&of.0).await?),
            Self::Send(args) => {
                let (wallet, _) = args.wallet.open()?;
                let sent =
                    token(&args.chain).await?.transfer(&wallet, &args.to.0, units(args.tokens)).await?;
                println!(
                    "{} tokens were sent to {} (transaction {})",
                    args.tokens,
                    args.to,
                    Digest(sent.tx_hash)
                );
            }
            Self::Mint(args) => {
                let (wallet, _) = args.wallet.open()?;
                let sent = token(&args.chain).await?.mint(&wallet, &args.to.0, units(args.tokens)).await?;
                println!(
                    "{} tokens were created for {} (transaction {})",
                    args.tokens,
                    args.to,
                    Digest(sent.tx_hash)
                );
            }
        }
        Ok(())
    }
}
