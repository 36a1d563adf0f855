//! The command line of `tributary dataset`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use tributary_aggregation::ids::{OwnerId, StudyId};
use tributary_aggregation::study::{Disease, Duo};

use crate::catalog::Condition;
use crate::cli::common::{ChainArgs, CoordinatorArgs, WalletArgs};

/// What an owner does with a dataset
#[derive(Debug, Subcommand)]
pub enum DatasetCommand {
    /// Write a dataset's description from a CSV file's columns; no row goes into it
    New(Box<NewArgs>),
    /// See whether a description is acceptable, and with a plan whether it permits the study
    Check(CheckArgs),
    /// Seal a description and list the dataset on chain
    List(Box<ListArgs>),
    /// Show the description of a dataset that is kept here
    Show(ShowArgs),
    /// Give a dataset to a study, if its terms permit what the study is for
    Grant(Box<GrantArgs>),
    /// Take a consent back: no later round has your update
    Revoke(RevokeArgs),
    /// Destroy a description's key, take back all consents given with the dataset, and burn it
    Erase(EraseArgs),
    /// Receipts of erasures
    #[command(subcommand)]
    Receipt(ReceiptCommand),
}

/// Receipts of erasures
#[derive(Debug, Subcommand)]
pub enum ReceiptCommand {
    /// Compare a receipt with the commitment on chain
    Check(ReceiptArgs),
}

/// Write a dataset's description
#[derive(Debug, Args)]
pub struct NewArgs {
    /// CSV file with your rows: the names of its columns are read, and what kind of values stand in them
    #[arg(long)]
    pub(super) data: PathBuf,
    /// The file to write (JSON-LD); it must not exist
    #[arg(long)]
    pub(super) out: PathBuf,
    /// The address that will offer the dataset
    #[arg(long)]
    pub(super) owner: OwnerId,
    /// The dataset's name
    #[arg(long)]
    pub(super) name: String,
    /// What the dataset is about
    #[arg(long)]
    pub(super) description: String,
    /// The organisation that has the rows
    #[arg(long)]
    pub(super) creator: String,
    /// What it may be used for: NRES, GRU, HMB, DS or POA, or the DUO code
    #[arg(long, value_parser = Duo::named)]
    pub(super) permission: Duo,
    /// A condition: a modifier of DUO, with words where the code needs them (NCU, GS="Germany"); several for several
    #[arg(long = "condition")]
    pub(super) conditions: Vec<Condition>,
    /// A disease, by its number in MONDO (MONDO:0005267), for the permission DS; several for several
    #[arg(long = "disease")]
    pub(super) diseases: Vec<Disease>,
    /// A kind of research, for the condition RS; several for several
    #[arg(long = "research", value_parser = Duo::named)]
    pub(super) research: Vec<Duo>,
    /// Whole tokens that you ask for a study's use
    #[arg(long, default_value_t = 0)]
    pub(super) price_tokens: u64,
    /// The column that models learn to predict
    #[arg(long)]
    pub(super) label: Option<String>,
    /// The dataset's page
    #[arg(long, default_value = "urn:tributary:dataset")]
    pub(super) url: String,
    /// The dataset's version
    #[arg(long, default_value = "1.0.0")]
    pub(super) version: String,
    /// The day of the description, YYYY-MM-DD [default: today]
    #[arg(long)]
    pub(super) date: Option<String>,
    /// Say how many rows there are
    #[arg(long)]
    pub(super) with_count: bool,
}

/// See whether a description is acceptable
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The description
    pub(super) file: PathBuf,
    /// A study's plan (JSON), to see whether the terms permit what it is for
    #[arg(long)]
    pub(super) plan: Option<PathBuf>,
}

/// Who acts, and by what way
#[derive(Debug, Args)]
pub struct ActArgs {
    #[command(flatten)]
    pub(super) wallet: WalletArgs,
    #[command(flatten)]
    pub(super) chain: ChainArgs,
    #[command(flatten)]
    pub(super) coordinator: CoordinatorArgs,
    /// Send the transaction from your own wallet, which pays for it; else the coordinator relays it
    #[arg(long)]
    pub(super) direct: bool,
    /// Print a JSON object per event
    #[arg(long)]
    pub(super) json: bool,
}

/// List a dataset
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The description, as `tributary dataset new` writes it
    #[arg(long)]
    pub(super) file: PathBuf,
    /// Where the sealed description and its key are kept: a directory of its own for each dataset
    #[arg(long)]
    pub(super) directory: PathBuf,
    #[command(flatten)]
    pub(super) act: ActArgs,
}

/// Show a description
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The dataset's directory
    #[arg(long)]
    pub(super) directory: PathBuf,
    #[command(flatten)]
    pub(super) wallet: WalletArgs,
}

/// Give a dataset to a study
#[derive(Debug, Args)]
pub struct GrantArgs {
    /// The dataset's directory
    #[arg(long)]
    pub(super) directory: PathBuf,
    /// The study's id
    #[arg(long)]
    pub(super) study: StudyId,
    /// The study's plan (JSON) [default: the coordinator is asked for it; its digest is compared with the chain's]
    #[arg(long)]
    pub(super) plan: Option<PathBuf>,
    /// Last second of the consent, Unix time [default: the study's deadline]
    #[arg(long)]
    pub(super) until: Option<u64>,
    #[command(flatten)]
    pub(super) act: ActArgs,
}

/// Take a consent back
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// The study's id
    #[arg(long)]
    pub(super) study: StudyId,
    #[command(flatten)]
    pub(super) act: ActArgs,
}

/// Erase a dataset
#[derive(Debug, Args)]
pub struct EraseArgs {
    /// The dataset's directory
    #[arg(long)]
    pub(super) directory: PathBuf,
    #[command(flatten)]
    pub(super) act: ActArgs,
}

/// Check a receipt
#[derive(Debug, Args)]
pub struct ReceiptArgs {
    /// The receipt
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) chain: ChainArgs,
}
