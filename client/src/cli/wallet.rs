//! `tributary wallet`: keys.

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;
use tributary_aggregation::ids::OwnerId;
use tributary_contracts::{KeystoreCost, Wallet};

use super::common::{WalletArgs, password};

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
