//! `tributary chain`: what the contracts logged, as a coordinator has read it.

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::{Args, Subcommand};
use serde::de::IgnoredAny;
use serde_json::json;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_proto::decode::{self, ContractEvent};
use tributary_proto::v1;
use tributary_proto::v1::chain_service_client::ChainServiceClient;

use crate::connection::{Retries, channel};

/// What to ask for. A coordinator's answers are a convenience: whoever must be sure asks a node
#[derive(Debug, Subcommand)]
pub enum ChainCommand {
    /// Events of all contracts, oldest first
    Events(Box<EventsArgs>),
    /// Datasets that are listed
    Datasets(ListArgs),
    /// Models that were minted
    Models(ListArgs),
    /// How far the coordinator has read the chain
    Index(ServerArgs),
}

/// Whom to ask
#[derive(Debug, Args)]
pub struct ServerArgs {
    /// The coordinator's address
    #[arg(long, env = "TRIBUTARY_COORDINATOR", default_value = "http://127.0.0.1:7800")]
    coordinator: String,
    /// PEM of the certificate authority that the coordinator's certificate is signed by, if it is one of your own
    #[arg(long, env = "TRIBUTARY_TLS_CA")]
    tls_ca: Option<PathBuf>,
    /// Seconds for which a coordinator that does not answer is tried again
    #[arg(long, default_value_t = 10)]
    patience: u64,
}

/// Which events
#[derive(Debug, Args)]
pub struct EventsArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Of this contract only, for example StudyEscrow
    #[arg(long)]
    contract: Option<String>,
    /// Of this name only, for example RoundSettled
    #[arg(long)]
    event: Option<String>,
    /// About this study only
    #[arg(long)]
    study: Option<StudyId>,
    /// About this dataset only: its number in the registry
    #[arg(long)]
    dataset: Option<String>,
    /// About this model only: its number in the registry
    #[arg(long)]
    model: Option<String>,
    /// From this block on
    #[arg(long, default_value_t = 0)]
    from_block: u64,
    /// Up to this block
    #[arg(long)]
    to_block: Option<u64>,
    /// At most so many; 0 for all
    #[arg(long, default_value_t = 100)]
    limit: u64,
    /// Print a JSON object per event
    #[arg(long)]
    json: bool,
}

/// A list
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Print a JSON object per line
    #[arg(long)]
    json: bool,
}

impl ChainCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// If the coordinator can't be reached, refuses, or answers nonsense.
    pub async fn run(self) -> Result<()> {
        let mut out = stdout();
        match self {
            Self::Events(args) => events(&args, &mut out).await,
            Self::Datasets(args) => datasets(&args, &mut out).await,
            Self::Models(args) => models(&args, &mut out).await,
            Self::Index(args) => index(&args, &mut out).await,
        }
    }
}

impl ServerArgs {
    /// Asks, and asks again while nobody answers.
    async fn ask<Req: Clone, Res, F: Future<Output = Result<Response<Res>, Status>>>(
        &self,
        call: &'static str,
        request: Req,
        send: impl Fn(ChainServiceClient<Channel>, Request<Req>) -> F,
    ) -> Result<Res> {
        let ca = self.tls_ca.as_ref().map(std::fs::read).transpose()?;
        let channel = channel(&self.coordinator, ca.as_deref())?;
        let mut retries = Retries::new(Duration::from_secs(self.patience));
        loop {
            // A page may hold an event of some mebibytes.
            let client = ChainServiceClient::new(channel.clone()).max_decoding_message_size(16 << 20);
            match send(client, Request::new(request.clone())).await {
                Ok(response) => return Ok(response.into_inner()),
                Err(status) => retries.wait(&self.coordinator, call, status).await?,
            }
        }
    }
}

async fn events(args: &EventsArgs, out: &mut impl Write) -> Result<()> {
    let mut request = v1::ListContractEventsRequest {
        contract: args.contract.clone().unwrap_or_default(),
        event: args.event.clone().unwrap_or_default(),
        study: args.study.map(|study| study.0.to_vec()).unwrap_or_default(),
        dataset: args.dataset.clone().unwrap_or_default(),
        model: args.model.clone().unwrap_or_default(),
        from_block: args.from_block,
        to_block: args.to_block,
        ..Default::default()
    };
    let mut left = if args.limit == 0 { u64::MAX } else { args.limit };
    let (mut shown, mut reorganisations) = (None, None);
    while left > 0 {
        request.limit = u32::try_from(left.min(500))?;
        let page = args
            .server
            .ask("events", request.clone(), async |mut client, request| {
                client.list_contract_events(request).await
            })
            .await?;
        let now = page.index.unwrap_or_default().reorganisations;
        ensure!(
            *reorganisations.get_or_insert(now) == now,
            "the chain was reorganised between two pages: what is above may be of blocks that are gone; ask again"
        );
        for wire in page.events {
            let event = ContractEvent::try_from(wire)?;
            let place = Some((event.block, event.log_index));
            ensure!(place > shown, "the coordinator's answer is malformed: its events are not in order");
            shown = place;
            writeln!(out, "{}", if args.json { event_json(&event)? } else { event_line(&event)? })?;
            left = left.saturating_sub(1);
        }
        let Some(next) = page.next else { return Ok(()) };
        ensure!(
            shown == Some((next.block, next.log_index)),
            "the coordinator's answer is malformed: field next"
        );
        request.after = Some(next);
    }
    Ok(())
}

fn event_line(event: &ContractEvent) -> Result<String> {
    let ContractEvent { block, log_index, contract, event: name, .. } = event;
    let fields = fields(&event.fields)?;
    Ok(format!("{block}.{log_index} {contract}.{name} {fields} transaction {}", event.tx_hash))
}

fn event_json(event: &ContractEvent) -> Result<String> {
    // What surrounds the fields has no character that JSON would have to escape.
    Ok(format!(
        r#"{{"block":{},"log_index":{},"block_hash":"{}","tx_hash":"{}","contract":"{}","address":"{}","event":"{}","fields":{}}}"#,
        event.block,
        event.log_index,
        event.block_hash,
        event.tx_hash,
        event.contract,
        event.address,
        event.event,
        fields(&event.fields)?
    ))
}

/// The fields as they came, in the contract's order. Anybody may have written their strings: what could move a terminal's
/// cursor or turn its text around is escaped.
fn fields(json: &str) -> Result<String> {
    ensure!(json.starts_with('{'), "the coordinator's answer is malformed: field fields");
    serde_json::from_str::<IgnoredAny>(json)?;
    Ok(harmless(json))
}

fn harmless(text: &str) -> String {
    let is_harmful = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // In JSON these stand between values only.
            '\n' | '\r' | '\t' => shown.push(' '),
            c if is_harmful(c) => shown.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => shown.push(c),
        }
    }
    shown
}

async fn datasets(args: &ListArgs, out: &mut impl Write) -> Result<()> {
    let mut request = v1::ListDatasetsRequest { after: String::new(), limit: 500 };
    loop {
        let send =
            async |mut client: ChainServiceClient<Channel>, request| client.list_datasets(request).await;
        let page = args.server.ask("datasets", request.clone(), send).await?;
        let Some(last) = page.datasets.last() else { return Ok(()) };
        request.after = next(&request.after, &last.dataset)?;
        for listed in page.datasets {
            let (owner, commitment) =
                (decode::owner("owner", &listed.owner)?, decode::digest("commitment", &listed.commitment)?);
            let (dataset, price) = (number("dataset", listed.dataset)?, number("price", listed.price)?);
            let line = if args.json {
                harmless(&serde_json::to_string(&json!({
                    "dataset": dataset, "owner": owner, "price": price, "uri": listed.uri, "commitment": commitment
                }))?)
            } else {
                let uri = harmless(&listed.uri);
                format!("{dataset} of {owner}: {price} units a study, at {uri}, commitment {commitment}")
            };
            writeln!(out, "{line}")?;
        }
    }
}

async fn models(args: &ListArgs, out: &mut impl Write) -> Result<()> {
    let mut request = v1::ListModelsRequest { after: String::new(), limit: 500 };
    loop {
        let send = async |mut client: ChainServiceClient<Channel>, request| client.list_models(request).await;
        let page = args.server.ask("models", request.clone(), send).await?;
        let Some(last) = page.models.last() else { return Ok(()) };
        request.after = next(&request.after, &last.model)?;
        for minted in page.models {
            let model = number("model", minted.model)?;
            let address = |field, bytes: &[u8]| -> Result<OwnerId> { Ok(decode::owner(field, bytes)?) };
            let digest = |field, bytes: &[u8]| -> Result<Digest> { Ok(decode::digest(field, bytes)?) };
            let (owner, creator) = (address("owner", &minted.owner)?, address("creator", &minted.creator)?);
            let weights = digest("weights", &minted.weights)?;
            let line = if args.json {
                serde_json::to_string(&json!({
                    "model": model, "owner": owner, "creator": creator, "round": minted.round,
                    "digest": digest("digest", &minted.digest)?, "weights": weights,
                    "provenance": digest("provenance", &minted.provenance)?, "owners_bps": minted.owners_bps,
                    "royalty_bps": minted.royalty_bps, "splitter": address("splitter", &minted.splitter)?,
                }))?
            } else {
                let (round, bps) = (minted.round, minted.owners_bps);
                format!(
                    "{model} of {owner}: round {round}, weights {weights}, {bps}/10000 for its data owners"
                )
            };
            writeln!(out, "{line}")?;
        }
    }
}

async fn index(args: &ServerArgs, out: &mut impl Write) -> Result<()> {
    let send = async |mut client: ChainServiceClient<Channel>, request| client.get_index(request).await;
    let answer = args.ask("index", v1::GetIndexRequest {}, send).await?;
    let index = answer.index.unwrap_or_default();
    let times = index.reorganisations;
    match index.height {
        Some(height) => writeln!(out, "read to block {height} of {}, reorganised {times} times", index.head)?,
        None => writeln!(out, "nothing is read yet")?,
    }
    Ok(())
}

/// A page that does not go on would be asked for without end.
fn next(after: &str, last: &str) -> Result<String> {
    let order = |number: &str| (number.len(), number.to_owned());
    ensure!(order(last) > order(after), "the coordinator's answer is malformed: its list is not in order");
    Ok(last.to_owned())
}

fn number(field: &'static str, text: String) -> Result<String> {
    let number = decode::number(field, text)?;
    number.ok_or_else(|| decode::DecodeError::Missing { field }.into())
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
