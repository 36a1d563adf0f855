//! The index on real nodes: the embedded chain, and anvil where `TRIBUTARY_ANVIL` names its binary. What it holds is what the
//! node holds, also after blocks were taken back.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tributary_contracts::{
    ChainClient, Contracts, Deployment, Enrolment, Escrow, Launch, LogRange, Relay, Terms, Token, Wallet,
    Word, keccak256, typed_data,
};
use tributary_coordinator::clock::SystemClock;
use tributary_coordinator::driver::Driver;
use tributary_coordinator::indexer::{self, Settings};
use tributary_coordinator::server::serve;
use tributary_coordinator::spool::Spool;
use tributary_coordinator::store::Store;
use tributary_devchain::{DEV_ACCOUNT_KEYS, Devchain, Handle};
use tributary_proto::v1::chain_service_client::ChainServiceClient;
use tributary_proto::v1::*;
use tributary_storage::LocalStore;

const PATIENCE: Duration = Duration::from_secs(60);
const PLAN: Word = [0x70; 32];

enum Node {
    Embedded(Handle),
    /// Ends when it is dropped.
    Anvil {
        _process: Child,
        url: String,
    },
}

impl Node {
    async fn anvil() -> Option<Self> {
        let program = std::env::var_os("TRIBUTARY_ANVIL")?;
        let mut command = Command::new(program);
        command.args(["--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = loop {
            let line = lines.next_line().await.unwrap().expect("anvil says where it listens");
            if let Some(address) = line.strip_prefix("Listening on ") {
                break address.to_owned();
            }
        };
        // Somebody must read on, or it stops at a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Some(Self::Anvil { _process: child, url: format!("http://{address}") })
    }

    fn url(&self) -> String {
        match self {
            Self::Embedded(handle) => handle.url(),
            Self::Anvil { url, .. } => url.clone(),
        }
    }
}

/// Contracts on a node, with a study.
struct World {
    client: ChainClient,
    deployment: Deployment,
    escrow: Escrow,
    payer: Wallet,
    study: Word,
}

impl World {
    async fn new(node: &Node) -> Self {
        let client = ChainClient::connect(&node.url()).await.unwrap();
        let payer = Wallet::from_hex(DEV_ACCOUNT_KEYS[0]).unwrap();
        let terms = Terms::new(payer.address());
        let deployment = Deployment::deploy(&client, &payer, &terms, &mut |_| {}).await.unwrap();
        let escrow = Escrow::new(client.clone(), deployment.clone()).unwrap();
        let token = Token::new(client.clone(), &deployment).unwrap();
        let budget = 1_000_000;
        token.approve(&payer, &deployment.escrow, 2 * budget).await.unwrap();
        let now = client.block_timestamp().await.unwrap();
        let launch = Launch {
            plan_digest: PLAN,
            budget,
            rounds: 3,
            enrol_by: now + 100_000,
            settle_by: now + 200_000,
            min_owners: 4,
            max_owners: 16,
            salt: [1; 32],
            allowed: [0; 32],
            late_enrolment: true,
            researcher: payer.address(),
            consent_required: false,
            scoring: keccak256(b"group-shapley-1"),
            max_fee_bps: 1_000,
        };
        let (study, _) = escrow.launch(&payer, &launch).await.unwrap();
        Self { client, deployment, escrow, payer, study }
    }

    async fn enrol(&self, owner: &Wallet) {
        let (domain, identity) = (self.deployment.domain(), [9; 32]);
        let digest = typed_data::enrol_digest(&domain, &self.study, &owner.address(), &PLAN, &identity, 0);
        let enrolment = Enrolment {
            study: self.study,
            owner: owner.address(),
            identity,
            sequence: 0,
            proof: Vec::new(),
            signature: owner.sign_digest(&digest).to_vec(),
        };
        self.escrow.enrol(&self.payer, &enrolment).await.unwrap();
    }

    async fn mine(&self, blocks: u64) {
        for _ in 0..blocks {
            self.client.rpc("evm_mine", json!([])).await.unwrap();
        }
    }

    /// All that the node's chain holds now: block, position, name, values.
    async fn logged(&self) -> Vec<(u64, u64, String, String)> {
        let head = self.client.newest().await.unwrap().number;
        let contracts = Contracts::of(&self.deployment);
        let range = LogRange::Blocks { from: 0, to: head };
        let events = self.client.contract_events(&contracts, range).await.unwrap();
        let shown = |event: tributary_contracts::ContractEvent| {
            let name = format!("{}.{}", event.contract, event.event);
            (event.block, event.log_index, name, event.json())
        };
        events.into_iter().map(shown).collect()
    }
}

/// A coordinator that follows the chain.
struct Coordinator {
    driver: Arc<Driver>,
    channel: Channel,
    tasks: [JoinHandle<()>; 2],
}

impl Coordinator {
    async fn start(directory: &Path, world: &World) -> Self {
        let store = Store::open(directory.join("coordinator.sqlite").to_str().unwrap()).await.unwrap();
        let artifacts = Arc::new(LocalStore::open(directory.join("artifacts")).unwrap());
        let spool = Spool::open(directory.join("spool")).await.unwrap();
        let driver = Driver::new(store, Arc::new(SystemClock), artifacts, spool);
        let chain = Arc::new(Relay::new(world.escrow.clone(), world.payer.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        // Little is final, so that both ways of reading are taken; ranges are short.
        let settings =
            Settings { depth: 12, span: 5, every: Duration::from_millis(10), ..Settings::default() };
        let (source, deployment) = (Arc::new(world.client.clone()), world.deployment.clone());
        let index = indexer::run(driver.clone(), chain.clone(), source, deployment, settings);
        let (served, contracts) = (driver.clone(), world.deployment.clone());
        let server = async move {
            serve(served, chain, contracts, listener, None, std::future::pending()).await.unwrap();
        };
        let tasks = [tokio::spawn(index), tokio::spawn(server)];
        Self { driver, channel: Channel::from_shared(url).unwrap().connect_lazy(), tasks }
    }

    async fn stop(self) {
        self.driver.stop();
        let [index, server] = self.tasks;
        index.await.unwrap();
        server.abort();
        let _ = server.await;
        self.driver.store.close().await;
    }

    fn client(&self) -> ChainServiceClient<Channel> {
        ChainServiceClient::new(self.channel.clone())
    }

    /// Waits until everything is read; returns how often the chain was reorganised.
    async fn read_all(&self, world: &World) -> u64 {
        let read = async {
            loop {
                let head = world.client.newest().await.unwrap();
                let index =
                    self.client().get_index(GetIndexRequest {}).await.unwrap().into_inner().index.unwrap();
                let stored = self.driver.store.chain_blocks().await.unwrap();
                if index.height == Some(head.number) && stored.get(&head.number) == Some(&head.hash) {
                    return index.reorganisations;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, read).await.expect("the chain is read")
    }

    /// All events of a filter, over several pages.
    async fn events(&self, request: ListContractEventsRequest) -> Vec<(u64, u64, String, String)> {
        let mut request = ListContractEventsRequest { limit: 4, ..request };
        let mut all = Vec::new();
        loop {
            let page = self.client().list_contract_events(request.clone()).await.unwrap().into_inner();
            for event in page.events {
                let place = event.place.unwrap();
                let name = format!("{}.{}", event.contract, event.event);
                all.push((place.block, place.log_index, name, event.fields));
            }
            let Some(next) = page.next else { return all };
            request.after = Some(next);
        }
    }
}

async fn the_index_is_what_the_node_has(node: Node) {
    let world = World::new(&node).await;
    let directory = tempfile::tempdir().unwrap();
    let owners: Vec<Wallet> = (0..4).map(|_| Wallet::random()).collect();
    world.enrol(&owners[0]).await;
    world.mine(30).await;

    let coordinator = Coordinator::start(directory.path(), &world).await;
    assert_eq!(coordinator.read_all(&world).await, 0);
    let everything = ListContractEventsRequest::default();
    assert_eq!(coordinator.events(everything.clone()).await, world.logged().await);
    let names: Vec<String> =
        coordinator.events(everything.clone()).await.into_iter().map(|(_, _, name, _)| name).collect();
    for name in ["TributaryToken.Approval", "StudyEscrow.StudyLaunched", "StudyEscrow.OwnerEnrolled"] {
        assert!(names.iter().any(|logged| logged == name), "{name} is in {names:?}");
    }

    // Something happens, and never did: a reorganisation while the coordinator runs.
    let snapshot = world.client.rpc("evm_snapshot", json!([])).await.unwrap();
    world.enrol(&owners[1]).await;
    world.mine(2).await;
    assert_eq!(coordinator.read_all(&world).await, 0);
    let about = ListContractEventsRequest { study: world.study.to_vec(), ..Default::default() };
    assert_eq!(coordinator.events(about.clone()).await.len(), 3);
    assert_eq!(world.client.rpc("evm_revert", json!([snapshot])).await.unwrap(), json!(true));
    world.enrol(&owners[2]).await;
    world.mine(4).await;
    assert_eq!(coordinator.read_all(&world).await, 1);
    assert_eq!(coordinator.events(everything.clone()).await, world.logged().await);
    let shown = coordinator.events(about.clone()).await;
    assert_eq!(shown.len(), 3);
    let address = |owner: &Wallet| format!("0x{}", hex::encode(owner.address()));
    assert!(shown[2].3.contains(&address(&owners[2])), "{shown:?}");

    // Another one while it is stopped.
    let snapshot = world.client.rpc("evm_snapshot", json!([])).await.unwrap();
    world.enrol(&owners[1]).await;
    coordinator.read_all(&world).await;
    coordinator.stop().await;
    assert_eq!(world.client.rpc("evm_revert", json!([snapshot])).await.unwrap(), json!(true));
    world.mine(3).await;
    world.enrol(&owners[3]).await;
    let coordinator = Coordinator::start(directory.path(), &world).await;
    assert_eq!(coordinator.read_all(&world).await, 2);
    assert_eq!(coordinator.events(everything).await, world.logged().await);
    let enrolled =
        ListContractEventsRequest { contract: "StudyEscrow".into(), event: "OwnerEnrolled".into(), ..about };
    let shown = coordinator.events(enrolled).await;
    assert_eq!(shown.len(), 3);
    assert!(!shown.iter().any(|event| event.3.contains(&address(&owners[1]))));

    // Two on one database.
    let second = Coordinator::start(directory.path(), &world).await;
    world.enrol(&owners[1]).await;
    world.mine(20).await;
    second.read_all(&world).await;
    assert_eq!(second.events(ListContractEventsRequest::default()).await, world.logged().await);
    // Whoever is left reads on.
    coordinator.stop().await;
    world.mine(1).await;
    second.read_all(&world).await;

    let mut client = second.client();
    let refused =
        client.list_contract_events(ListContractEventsRequest { limit: 501, ..Default::default() }).await;
    assert_eq!(refused.unwrap_err().code(), tonic::Code::InvalidArgument);
    let refused = client.list_datasets(ListDatasetsRequest { after: "x".into(), limit: 1 }).await;
    assert_eq!(refused.unwrap_err().code(), tonic::Code::InvalidArgument);
    let none = client.list_models(ListModelsRequest::default()).await.unwrap().into_inner();
    assert!(none.models.is_empty() && none.index.unwrap().height.is_some());
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_the_embedded_chain() {
    the_index_is_what_the_node_has(Node::Embedded(Devchain::builder().spawn().await.unwrap())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_anvil() {
    match Node::anvil().await {
        Some(node) => the_index_is_what_the_node_has(node).await,
        None => eprintln!("TRIBUTARY_ANVIL is not set: not run on anvil"),
    }
}
