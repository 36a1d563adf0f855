//! `tributary dataset`: what an owner says of its rows, and to whom it lets them.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use tributary_aggregation::ids::{OwnerId, StudyId};
use tributary_aggregation::study::{Disease, Duo, StudyPlan};
use tributary_contracts::{Datasets, Deployment, Wallet};

use super::common::{ChainArgs, CoordinatorArgs, WalletArgs, check_plan, narrator, units};
use crate::catalog::{
    Acts, Condition, Document, Keep, Receipt, ReceiptState, Record, UseTerms, Way, columns,
};
use crate::dataset::{DatasetError, read_file};
use crate::member::ChainView;
use crate::narrate::Event;

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
    data: PathBuf,
    /// The file to write (JSON-LD); it must not exist
    #[arg(long)]
    out: PathBuf,
    /// The address that will offer the dataset
    #[arg(long)]
    owner: OwnerId,
    /// The dataset's name
    #[arg(long)]
    name: String,
    /// What the dataset is about
    #[arg(long)]
    description: String,
    /// The organisation that has the rows
    #[arg(long)]
    creator: String,
    /// What it may be used for: NRES, GRU, HMB, DS or POA, or the DUO code
    #[arg(long, value_parser = Duo::named)]
    permission: Duo,
    /// A condition: a modifier of DUO, with words where the code needs them (NCU, GS="Germany"); several for several
    #[arg(long = "condition", value_parser = condition)]
    conditions: Vec<Condition>,
    /// A disease, by its number in MONDO (MONDO:0005267), for the permission DS; several for several
    #[arg(long = "disease")]
    diseases: Vec<Disease>,
    /// A kind of research, for the condition RS; several for several
    #[arg(long = "research", value_parser = Duo::named)]
    research: Vec<Duo>,
    /// Whole tokens that you ask for a study's use
    #[arg(long, default_value_t = 0)]
    price_tokens: u64,
    /// The column that models learn to predict
    #[arg(long)]
    label: Option<String>,
    /// The dataset's page
    #[arg(long, default_value = "urn:tributary:dataset")]
    url: String,
    /// The dataset's version
    #[arg(long, default_value = "1.0.0")]
    version: String,
    /// The day of the description, YYYY-MM-DD [default: today]
    #[arg(long)]
    date: Option<String>,
    /// Say how many rows there are
    #[arg(long)]
    with_count: bool,
}

/// See whether a description is acceptable
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The description
    file: PathBuf,
    /// A study's plan (JSON), to see whether the terms permit what it is for
    #[arg(long)]
    plan: Option<PathBuf>,
}

/// Who acts, and by what way
#[derive(Debug, Args)]
pub struct ActArgs {
    #[command(flatten)]
    wallet: WalletArgs,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
    /// Send the transaction from your own wallet, which pays for it; else the coordinator relays it
    #[arg(long)]
    direct: bool,
    /// Print a JSON object per event
    #[arg(long)]
    json: bool,
}

/// List a dataset
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The description, as `tributary dataset new` writes it
    #[arg(long)]
    file: PathBuf,
    /// Where the sealed description and its key are kept: a directory of its own for each dataset
    #[arg(long)]
    directory: PathBuf,
    #[command(flatten)]
    act: ActArgs,
}

/// Show a description
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The dataset's directory
    #[arg(long)]
    directory: PathBuf,
    #[command(flatten)]
    wallet: WalletArgs,
}

/// Give a dataset to a study
#[derive(Debug, Args)]
pub struct GrantArgs {
    /// The dataset's directory
    #[arg(long)]
    directory: PathBuf,
    /// The study's id
    #[arg(long)]
    study: StudyId,
    /// The study's plan (JSON) [default: the coordinator is asked for it; its digest is compared with the chain's]
    #[arg(long)]
    plan: Option<PathBuf>,
    /// Last second of the consent, Unix time [default: the study's deadline]
    #[arg(long)]
    until: Option<u64>,
    #[command(flatten)]
    act: ActArgs,
}

/// Take a consent back
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// The study's id
    #[arg(long)]
    study: StudyId,
    #[command(flatten)]
    act: ActArgs,
}

/// Erase a dataset
#[derive(Debug, Args)]
pub struct EraseArgs {
    /// The dataset's directory
    #[arg(long)]
    directory: PathBuf,
    #[command(flatten)]
    act: ActArgs,
}

/// Check a receipt
#[derive(Debug, Args)]
pub struct ReceiptArgs {
    /// The receipt
    file: PathBuf,
    #[command(flatten)]
    chain: ChainArgs,
}

/// A modifier, and behind `=` what its code leaves open.
fn condition(text: &str) -> Result<Condition, tributary_aggregation::study::TermError> {
    let (code, detail) = match text.split_once('=') {
        Some((code, detail)) => (code, Some(detail.to_owned())),
        None => (text, None),
    };
    Ok(Condition { term: Duo::named(code)?, detail })
}

impl DatasetCommand {
    /// Runs the command. 1 if a plan is not permitted, or a receipt disagrees.
    ///
    /// # Errors
    /// With a message that says what to do.
    pub async fn run(self) -> Result<u8> {
        match self {
            Self::New(args) => new(*args).map(|()| 0),
            Self::Check(args) => check(&args),
            Self::List(args) => list(&args).await.map(|()| 0),
            Self::Show(args) => show(&args).await.map(|()| 0),
            Self::Grant(args) => grant(&args).await.map(|()| 0),
            Self::Revoke(args) => revoke(&args).await.map(|()| 0),
            Self::Erase(args) => erase(&args).await.map(|()| 0),
            Self::Receipt(ReceiptCommand::Check(args)) => check_receipt(&args).await,
        }
    }
}

fn seconds_now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?.as_secs())
}

/// The day of a Unix time in UTC: Howard Hinnant's `civil_from_days`.
fn day(seconds: u64) -> String {
    let days = seconds / 86_400 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day:02}", era * 400 + year + carry)
}

fn new(args: NewArgs) -> Result<()> {
    let file = args.data.display().to_string();
    let (columns, rows) = read_file(&args.data)
        .and_then(|bytes| columns(&bytes, args.label.as_deref()))
        .map_err(|problem| DatasetError { file, problem })?;
    let mut conditions = args.conditions;
    conditions.sort_by_key(|condition| condition.term);
    let (mut diseases, mut research) = (args.diseases, args.research);
    diseases.sort_unstable();
    diseases.dedup();
    research.sort_unstable();
    research.dedup();
    let date = match args.date {
        Some(date) => date,
        None => day(seconds_now()?),
    };
    let document = Document {
        name: args.name,
        description: args.description,
        url: args.url,
        creator: args.creator,
        date,
        version: args.version,
        owner: args.owner,
        price: units(args.price_tokens),
        terms: UseTerms { permission: args.permission, diseases, research, conditions },
        record: Record { columns, rows: args.with_count.then_some(rows) },
    };
    let mut text =
        document.to_json().map_err(|error| anyhow::anyhow!("the description is not written: {error}"))?;
    text.push(b'\n');
    let mut options = std::fs::OpenOptions::new();
    let written = options.write(true).create_new(true).open(&args.out);
    written
        .and_then(|mut file| std::io::Write::write_all(&mut file, &text))
        .with_context(|| format!("{} can't be written (it must not exist)", args.out.display()))?;
    println!("wrote the description of {} columns to {}", document.record.columns.len(), args.out.display());
    Ok(())
}

fn read_document(path: &Path) -> Result<Document> {
    let bytes = std::fs::read(path).with_context(|| format!("{} can't be read", path.display()))?;
    Document::from_json(&bytes).with_context(|| format!("{} is refused", path.display()))
}

fn describe(document: &Document) {
    let Document { name, creator, terms, record, .. } = document;
    println!("{name:?} of {creator}: {} columns", record.columns.len());
    println!("permitted: {} ({})", terms.permission.label(), terms.permission);
    for condition in &terms.conditions {
        let detail = condition.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
        println!("condition: {} ({}){detail}", condition.term.label(), condition.term);
    }
    for disease in &terms.diseases {
        println!("disease: {disease}");
    }
    for kind in &terms.research {
        println!("kind of research: {} ({kind})", kind.label());
    }
}

fn read_plan(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("the plan {} can't be read", path.display()))
}

fn check(args: &CheckArgs) -> Result<u8> {
    let document = read_document(&args.file)?;
    describe(&document);
    let Some(path) = &args.plan else { return Ok(0) };
    let plan = StudyPlan::from_json(&read_plan(path)?)?;
    match document.terms.permit(&plan.purpose) {
        Ok(()) => {
            println!("the terms permit the study {:?}", plan.name);
            Ok(0)
        }
        Err(mismatch) => {
            println!("the terms do NOT permit the study {:?}: {mismatch}", plan.name);
            Ok(1)
        }
    }
}

/// Everything that an act needs.
struct Actor {
    wallet: std::sync::Arc<Wallet>,
    password: zeroize::Zeroizing<String>,
    chain: ChainView,
    deployment: Deployment,
    way: Way,
}

impl ActArgs {
    async fn actor(&self) -> Result<Actor> {
        let (wallet, password) = self.wallet.open()?;
        let (chain, deployment) = self.chain.connect().await?;
        let way = if self.direct {
            Way::Direct
        } else {
            Way::Relayed(self.coordinator.connect(&wallet, &deployment)?)
        };
        Ok(Actor { wallet, password, chain, deployment, way })
    }
}

impl Actor {
    fn acts(&self) -> Acts<'_> {
        Acts { wallet: &self.wallet, datasets: self.chain.datasets(), way: &self.way }
    }

    fn owner(&self) -> OwnerId {
        OwnerId(self.wallet.address())
    }
}

async fn list(args: &ListArgs) -> Result<()> {
    let document = read_document(&args.file)?;
    let actor = args.act.actor().await?;
    let mut keep = Keep::create(&args.directory, &actor.password, &document).await?;
    let listed = actor.acts().list(&mut keep, &document).await?;
    let (dataset, transaction) = (listed.dataset, listed.transaction);
    narrator(args.act.json).tell(Event::DatasetListed { dataset, owner: actor.owner(), transaction });
    Ok(())
}

async fn show(args: &ShowArgs) -> Result<()> {
    let (_, password) = args.wallet.open()?;
    let keep = Keep::open(&args.directory, &password).await?;
    let kept = keep.kept();
    match kept.dataset {
        Some(dataset) => println!("dataset {dataset}, sealed at {}", kept.uri),
        None => println!("not listed yet: run `tributary dataset list` again"),
    }
    describe(&keep.document().await?);
    Ok(())
}

async fn grant(args: &GrantArgs) -> Result<()> {
    let actor = args.act.actor().await?;
    let on_chain = actor.chain.study(args.study).await?;
    let plan = match &args.plan {
        Some(path) => read_plan(path)?,
        None => match &actor.way {
            Way::Relayed(connection) => connection.study(args.study).await?.plan,
            Way::Direct => {
                args.act.coordinator.connect(&actor.wallet, &actor.deployment)?.study(args.study).await?.plan
            }
        },
    };
    check_plan(&plan, on_chain.plan_digest)?;
    let plan = StudyPlan::from_json(&plan)?;
    let keep = Keep::open(&args.directory, &actor.password).await?;
    let granted = actor.acts().grant(&keep, (args.study, &plan, &on_chain), args.until).await?;
    narrator(args.act.json).tell(Event::ConsentGiven {
        study: args.study,
        dataset: granted.dataset,
        until: granted.until,
        transaction: granted.transaction,
    });
    Ok(())
}

async fn revoke(args: &RevokeArgs) -> Result<()> {
    let actor = args.act.actor().await?;
    let transaction = actor.acts().revoke(args.study).await?;
    narrator(args.act.json).tell(Event::ConsentTakenBack { study: args.study, transaction });
    Ok(())
}

async fn erase(args: &EraseArgs) -> Result<()> {
    let actor = args.act.actor().await?;
    let (erased, receipt) = actor.acts().erase_from(&args.directory, &actor.password, seconds_now()?).await?;
    let narrator = narrator(args.act.json);
    narrator.tell(Event::DatasetErased { dataset: erased.dataset, transaction: erased.transaction });
    narrator.tell(Event::Written { what: "the receipt", path: receipt.display().to_string() });
    Ok(())
}

async fn check_receipt(args: &ReceiptArgs) -> Result<u8> {
    let receipt = Receipt::read(&args.file)?;
    let (chain, deployment) = args.chain.connect().await?;
    let datasets: &Datasets = chain.datasets();
    if receipt.chain_id != deployment.chain_id || receipt.registry.0 != datasets.address() {
        bail!(
            "the receipt is of registry {} on chain {}, and the deployment has {} on chain {}: pass the right --deployment",
            receipt.registry,
            receipt.chain_id,
            OwnerId(datasets.address()),
            deployment.chain_id
        );
    }
    let events = datasets.dataset_events(receipt.dataset).await?;
    let is_listed = datasets.listing(receipt.dataset).await?.is_some();
    match receipt.compare(&events, is_listed) {
        ReceiptState::Agrees { transaction } => {
            println!(
                "agrees: dataset {} was erased with this receipt (transaction {transaction})",
                receipt.dataset
            );
            Ok(0)
        }
        ReceiptState::Disagrees(found) => {
            println!("DISAGREES: on chain dataset {} {found}", receipt.dataset);
            Ok(1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, due) in [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_709_164_800, "2024-02-29"),
            (1_735_689_599, "2024-12-31"),
            (1_735_689_600, "2025-01-01"),
            (4_102_444_799, "2099-12-31"),
        ] {
            assert_eq!(day(seconds), due);
        }
    }

    #[test]
    fn a_condition_may_have_words() {
        let plain = condition("NCU").unwrap();
        assert_eq!((plain.term, plain.detail), (Duo::NOT_COMMERCIAL, None));
        let region = condition("GS=Germany = DE").unwrap();
        assert_eq!((region.term.shorthand(), region.detail.as_deref()), ("GS", Some("Germany = DE")));
        assert!(condition("Germany").is_err());
    }
}
