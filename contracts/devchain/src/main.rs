//! `tributary-devchain`: the embedded chain as a process of its own.

use std::{io::IsTerminal, net::SocketAddr, path::PathBuf};

use anyhow::Context;
use clap::{ArgAction, Parser};
use tributary_devchain::{Address, DEFAULT_CHAIN_ID, Devchain, U256, parse_fund};

/// A single-node Ethereum chain with JSON-RPC over HTTP, for tests and demonstrations.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8545")]
    listen: SocketAddr,
    /// The chain id that transactions must be signed for
    #[arg(long, default_value_t = DEFAULT_CHAIN_ID)]
    chain_id: u64,
    /// Give an account ether in block zero, as <address>=<ether>; may be repeated
    #[arg(long, value_parser = parse_fund)]
    fund: Vec<(Address, U256)>,
    /// Fund the ten well-known development accounts, whose keys are public
    #[arg(long, action = ArgAction::Set, default_value_t = true, num_args = 0..=1, default_missing_value = "true")]
    dev_accounts: bool,
    /// Keep the chain in this file, and go on with it after a restart
    #[arg(long)]
    state: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    let colour = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colour).with_writer(std::io::stderr).init();
    let args = Args::parse();
    let mut builder =
        Devchain::builder().listen(args.listen).chain_id(args.chain_id).dev_accounts(args.dev_accounts);
    for (account, wei) in args.fund {
        builder = builder.fund(account, wei);
    }
    if let Some(path) = args.state {
        builder = builder.state_file(path);
    }
    if args.dev_accounts {
        tracing::warn!(
            "the ten development accounts are funded; everybody knows their keys (--dev-accounts false leaves them out)"
        );
    }
    let node = builder.spawn().await?;
    println!("listening on {}", node.url());
    tokio::signal::ctrl_c().await.context("waiting for Ctrl-C")?;
    node.shutdown().await?;
    Ok(())
}
