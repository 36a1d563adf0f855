use clap::Parser;
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tributary_proto::v1::chain_service_server::{ChainService, ChainServiceServer};

use super::*;

/// A coordinator with these events, two on a page, and these lists.
#[derive(Clone, Default)]
struct Coordinator {
    events: Vec<v1::ContractEvent>,
    datasets: Vec<v1::DatasetListing>,
    models: Vec<v1::ModelListing>,
    /// Raised by every page.
    restless: std::sync::Arc<std::sync::atomic::AtomicU64>,
    is_restless: bool,
}

#[tonic::async_trait]
impl ChainService for Coordinator {
    async fn get_index(
        &self,
        _: Request<v1::GetIndexRequest>,
    ) -> Result<Response<v1::GetIndexResponse>, Status> {
        let index = v1::ChainIndex { height: Some(7), head: 9, reorganisations: 1 };
        Ok(Response::new(v1::GetIndexResponse { index: Some(index) }))
    }

    async fn list_contract_events(
        &self,
        request: Request<v1::ListContractEventsRequest>,
    ) -> Result<Response<v1::ListContractEventsResponse>, Status> {
        let request = request.into_inner();
        if request.contract == "Nothing" {
            return Err(Status::invalid_argument("field contract: there is none"));
        }
        let order = |place: &Option<v1::LogPlace>| place.map(|place| (place.block, place.log_index));
        let later: Vec<_> =
            self.events.iter().filter(|event| order(&event.place) > order(&request.after)).cloned().collect();
        let size = 2.min(request.limit as usize);
        let events: Vec<_> = later.iter().take(size).cloned().collect();
        let next = if later.len() > size { events.last().and_then(|event| event.place) } else { None };
        let pages = self.restless.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let reorganisations = if self.is_restless { pages } else { 0 };
        let index = Some(v1::ChainIndex { reorganisations, ..Default::default() });
        Ok(Response::new(v1::ListContractEventsResponse { events, next, index }))
    }

    async fn list_datasets(
        &self,
        request: Request<v1::ListDatasetsRequest>,
    ) -> Result<Response<v1::ListDatasetsResponse>, Status> {
        let datasets = if request.get_ref().after.is_empty() { self.datasets.clone() } else { vec![] };
        Ok(Response::new(v1::ListDatasetsResponse { datasets, index: None }))
    }

    async fn list_models(
        &self,
        request: Request<v1::ListModelsRequest>,
    ) -> Result<Response<v1::ListModelsResponse>, Status> {
        // One that always has the same.
        let models =
            if request.get_ref().after.is_empty() || self.is_restless { self.models.clone() } else { vec![] };
        Ok(Response::new(v1::ListModelsResponse { models, index: None }))
    }
}

#[derive(Parser)]
struct Line {
    #[command(subcommand)]
    command: ChainCommand,
}

/// What a command prints, and its error.
async fn said(coordinator: &Coordinator, words: &[&str]) -> (String, Result<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = Server::builder().add_service(ChainServiceServer::new(coordinator.clone()));
    let server = tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    let mut line = vec!["chain"];
    line.extend(words);
    line.extend(["--coordinator", &url]);
    let mut out = Vec::new();
    let ended = match Line::parse_from(line).command {
        ChainCommand::Events(args) => events(&args, &mut out).await,
        ChainCommand::Datasets(args) => datasets(&args, &mut out).await,
        ChainCommand::Models(args) => models(&args, &mut out).await,
        ChainCommand::Index(args) => index(&args, &mut out).await,
    };
    server.abort();
    (String::from_utf8(out).unwrap(), ended)
}

fn event(block: u64, fields: &str) -> v1::ContractEvent {
    v1::ContractEvent {
        place: Some(v1::LogPlace { block, log_index: 1 }),
        block_hash: vec![1; 32],
        tx_hash: vec![2; 32],
        contract: "StudyEscrow".into(),
        address: vec![3; 20],
        event: "StudyClosed".into(),
        fields: fields.into(),
    }
}

#[tokio::test]
async fn events_come_page_by_page_as_lines_or_as_json() {
    let events = (1..=5).map(|block| event(block, r#"{"zeta":"1","alpha":"2"}"#)).collect();
    let coordinator = Coordinator { events, ..Default::default() };
    let (text, ended) = said(&coordinator, &["events"]).await;
    ended.unwrap();
    assert_eq!(text.lines().count(), 5);
    let tx = Digest([2; 32]);
    let first = format!(r#"1.1 StudyEscrow.StudyClosed {{"zeta":"1","alpha":"2"}} transaction {tx}"#);
    assert_eq!(text.lines().next(), Some(&*first), "fields stay in the contract's order");

    let (text, ended) = said(&coordinator, &["events", "--json", "--limit", "3"]).await;
    ended.unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!((&lines[2]["block"], &lines[2]["fields"]["alpha"]), (&json!(3), &json!("2")));
    assert_eq!(said(&coordinator, &["events", "--limit", "0"]).await.0.lines().count(), 5);

    let (_, refused) = said(&coordinator, &["events", "--contract", "Nothing"]).await;
    assert!(refused.unwrap_err().to_string().contains("field contract"));
}

#[tokio::test]
async fn a_reorganisation_between_two_pages_is_told() {
    let events = (1..=5).map(|block| event(block, "{}")).collect();
    let coordinator = Coordinator { events, is_restless: true, ..Default::default() };
    let (text, ended) = said(&coordinator, &["events"]).await;
    assert_eq!(text.lines().count(), 2);
    assert!(ended.unwrap_err().to_string().contains("reorganised"));
}

#[tokio::test]
async fn a_lying_coordinator_moves_no_cursor_and_no_loop() {
    let evil = "{\"uri\":\"a\u{9b}2Jb\u{202e}c\"}";
    let coordinator = Coordinator { events: vec![event(1, evil)], ..Default::default() };
    for words in [&["events"][..], &["events", "--json"]] {
        let (text, ended) = said(&coordinator, words).await;
        ended.unwrap();
        assert!(text.contains(r#""a\u009b2Jb\u202ec""#), "{text}");
    }
    for fields in ["[]", "{", "nonsense"] {
        let coordinator = Coordinator { events: vec![event(1, fields)], ..Default::default() };
        said(&coordinator, &["events"]).await.1.unwrap_err();
    }
    let backwards = Coordinator { events: vec![event(2, "{}"), event(1, "{}")], ..Default::default() };
    assert!(said(&backwards, &["events"]).await.1.unwrap_err().to_string().contains("not in order"));
    let same = Coordinator { models: vec![model("5")], is_restless: true, ..Default::default() };
    assert!(said(&same, &["models"]).await.1.unwrap_err().to_string().contains("not in order"));
}

fn model(number: &str) -> v1::ModelListing {
    v1::ModelListing {
        model: number.into(),
        owner: vec![1; 20],
        creator: vec![2; 20],
        round: 3,
        digest: vec![4; 32],
        weights: vec![5; 32],
        provenance: vec![6; 32],
        owners_bps: 7000,
        royalty_bps: 500,
        splitter: vec![7; 20],
    }
}

#[tokio::test]
async fn lists_and_the_index_are_shown() {
    let dataset = v1::DatasetListing {
        dataset: "12".into(),
        owner: vec![1; 20],
        commitment: vec![2; 32],
        uri: "ipfs://x\u{1b}[2J".into(),
        price: "50".into(),
    };
    let coordinator = Coordinator { datasets: vec![dataset], models: vec![model("5")], ..Default::default() };
    let (text, ended) = said(&coordinator, &["datasets"]).await;
    ended.unwrap();
    assert!(text.starts_with("12 of 0x0101") && text.contains(r"ipfs://x\u001b[2J"), "{text}");
    let (text, _) = said(&coordinator, &["datasets", "--json"]).await;
    let shown: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&shown["price"], &shown["uri"]), (&json!("50"), &json!("ipfs://x\u{1b}[2J")));
    let (text, _) = said(&coordinator, &["models", "--json"]).await;
    let shown: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&shown["owners_bps"], &shown["owner"]), (&json!(7000), &json!(OwnerId([1; 20]))));
    assert!(said(&coordinator, &["models"]).await.0.contains("7000/10000"));
    assert_eq!(said(&coordinator, &["index"]).await.0, "read to block 7 of 9, reorganised 1 times\n");
}
