//! `tributary dataset`: what an owner says of its rows, and to whom it lets them.

mod args;

pub use args::DatasetCommand;
use args::{
    ActArgs, CheckArgs, EraseArgs, GrantArgs, ListArgs, NewArgs, ReceiptArgs, ReceiptCommand, RevokeArgs,
    ShowArgs,
};

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use time::OffsetDateTime;
use tributary_aggregation::ids::OwnerId;
use tributary_aggregation::study::StudyPlan;
use tributary_contracts::{Datasets, Deployment, Wallet};

use super::common::{check_plan, narrator, units};
use crate::catalog::{Acts, Document, Keep, Receipt, ReceiptState, Record, UseTerms, Way, columns};
use crate::dataset::{DatasetError, read_file};
use crate::member::ChainView;
use crate::narrate::Event;

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
        None => OffsetDateTime::now_utc().date().to_string(),
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
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?.as_secs();
    let (erased, receipt) = actor.acts().erase_from(&args.directory, &actor.password, now).await?;
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
