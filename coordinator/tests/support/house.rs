//! Chain, contracts, coordinator: started, stopped and started again.

use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;
use tonic::{Request, Status};
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::study::StudyPlan;
use tributary_contracts::merkle::allow_list;
use tributary_contracts::typed_data::session_digest;
use tributary_contracts::{
    ChainClient, Deployment, Escrow, Launch, Relay, Terms, Token, Wallet, scoring_rule,
};
use tributary_coordinator::clock::{Clock, ManualClock};
use tributary_coordinator::driver::Driver;
use tributary_coordinator::server::serve;
use tributary_coordinator::spool::Spool;
use tributary_coordinator::store::Store;
use tributary_devchain::{DEV_ACCOUNT_KEYS, Devchain, Handle};
use tributary_proto::v1::auditor_service_client::AuditorServiceClient;
use tributary_proto::v1::session_service_client::SessionServiceClient;
use tributary_proto::v1::{GetArtifactRequest, GetChallengeRequest, OpenSessionRequest};
use tributary_storage::LocalStore;

use super::member::MAX_CORRUPT_BPS;

/// A morning in 2030.
const MORNING: u64 = 1_900_000_000_000;

pub struct House {
    pub clock: Arc<ManualClock>,
    pub deployment: Deployment,
    pub client: ChainClient,
    pub escrow: Escrow,
    pub researcher: Wallet,
    pub study: StudyId,
    pub plan: StudyPlan,
    pub plan_json: Vec<u8>,
    pub directory: TempDir,
    pub driver: Arc<Driver>,
    channel: Channel,
    relayer: Wallet,
    server: JoinHandle<()>,
    chain: Handle,
}

pub fn plan(owners: u16, researcher: OwnerId) -> StudyPlan {
    // Many owners are in one group: so large that they mask along a graph.
    let max_groups = if owners > 16 { 1 } else { 2 };
    let features: Vec<_> = (0..9)
        .map(|i| serde_json::json!({"name": format!("f{i}"), "kind": "numeric", "low": 0.0, "high": 1.0}))
        .collect();
    serde_json::from_value(serde_json::json!({
        "version": 1, "name": "test", "researcher": researcher, "rounds": 2,
        "schema": {"features": features, "label": {"name": "y", "positive_above": 0.0}},
        "model": {"hidden": []},
        "training": {
            "local_epochs": 1, "batch_size": 0, "learning_rate": 0.1, "weight_decay": 0.0, "seed": 1
        },
        "optimizer": {"rule": "fedavg", "learning_rate": 1.0},
        "aggregation": {"clip": 1.0, "bits": 16, "max_weight": 10_000_000, "min_group": 2, "max_groups": max_groups},
        "cohort": {"min_owners": owners, "max_owners": owners, "max_corrupt_bps": MAX_CORRUPT_BPS},
        "scoring": {"metric": "auc", "tolerance_micros": 10},
        "payment": {"per_round": "1000000000000000001", "base_share_bps": 2000},
        "deadlines": {
            "silence_s": 6, "enrol_s": 1000, "committee_s": 600, "gather_s": 10, "join_s": 60, "report_s": 300,
            "release_s": 60, "settle_s": 60, "study_s": 100_000
        },
        "holdout_commitment": Digest([0xdd; 32])
    }))
    .unwrap()
}

impl House {
    /// Contracts deployed, a study funded, launched and registered.
    pub async fn with_study(owners: u16) -> Self {
        Self::with_plan(|researcher| plan(owners, researcher)).await
    }

    /// The same, for a plan by this researcher.
    pub async fn with_plan(plan: impl FnOnce(OwnerId) -> StudyPlan) -> Self {
        super::logs::collect();
        let clock = Arc::new(ManualClock::new(MORNING));
        let time = clock.clone();
        let chain = Devchain::builder().clock(move || time.now() / 1000).spawn().await.unwrap();
        let client = ChainClient::connect(&chain.url()).await.unwrap();
        let [relayer, researcher] = [0, 1].map(|i| Wallet::from_hex(DEV_ACCOUNT_KEYS[i]).unwrap());
        let terms = Terms::new(relayer.address());
        let deployment = Deployment::deploy(&client, &relayer, &terms, &mut |_| {}).await.unwrap();
        let escrow = Escrow::new(client.clone(), deployment.clone()).unwrap();
        let token = Token::new(client.clone(), &deployment).unwrap();
        let plan = plan(OwnerId(researcher.address()));
        let allowed: Vec<_> = plan.cohort.allowed.iter().map(|owner| owner.0).collect();
        let plan_json = plan.to_json().unwrap();
        let budget = plan.budget();
        let funding = escrow.funding(budget).await.unwrap();
        token.transfer(&relayer, &researcher.address(), funding).await.unwrap();
        token.approve(&researcher, &deployment.escrow, funding).await.unwrap();
        let now = clock.now() / 1000;
        let launch = Launch {
            plan_digest: StudyPlan::digest_of(&plan_json).0,
            budget,
            rounds: plan.round_limit(),
            enrol_by: now + u64::from(plan.deadlines.enrol_s),
            settle_by: now + u64::from(plan.deadlines.study_s),
            min_owners: plan.cohort.min_owners,
            max_owners: plan.cohort.max_owners,
            salt: [1; 32],
            allowed: allow_list(&allowed).map_or([0; 32], |list| list.root()),
            late_enrolment: plan.cohort.late_enrolment,
            researcher: researcher.address(),
            consent_required: plan.cohort.consent,
            scoring: scoring_rule(&plan.scoring.rule),
            max_fee_bps: 1_000,
        };
        let (study, _) = escrow.launch(&researcher, &launch).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let (driver, channel, server) = start(&directory, &clock, &escrow, &relayer, &deployment).await;
        let house = Self {
            clock,
            deployment,
            client,
            escrow,
            researcher,
            study: StudyId(study),
            plan,
            plan_json,
            directory,
            driver,
            channel,
            relayer,
            server,
            chain,
        };
        house.register().await.unwrap();
        house
    }

    async fn register(&self) -> Result<(), Status> {
        use tributary_proto::v1::CreateStudyRequest;
        use tributary_proto::v1::researcher_service_client::ResearcherServiceClient;
        let caller = self.login(&self.researcher).await?;
        let request = CreateStudyRequest { study: self.study.0.to_vec(), plan: self.plan_json.clone() };
        ResearcherServiceClient::new(self.channel()).create_study(caller.of(request)).await.map(drop)
    }

    /// Everything that only memory held is gone; a new process goes on with what is on disk.
    pub async fn restart(&mut self) {
        self.driver.stop();
        self.server.abort();
        let _ = (&mut self.server).await;
        self.driver.store.close().await;
        // It takes a while: longer than an errand is held by whoever is gone, or an owner may be silent.
        self.clock.advance(15_000);
        let started =
            start(&self.directory, &self.clock, &self.escrow, &self.relayer, &self.deployment).await;
        (self.driver, self.channel, self.server) = started;
    }

    pub async fn shutdown(self) {
        self.driver.stop();
        self.server.abort();
        self.chain.shutdown().await.unwrap();
    }

    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Opens a session by the wallet's signature.
    pub async fn login(&self, wallet: &Wallet) -> Result<Caller, Status> {
        let mut client = SessionServiceClient::new(self.channel());
        let account = wallet.address().to_vec();
        let challenge = client.get_challenge(GetChallengeRequest { account: account.clone() }).await?;
        let challenge = challenge.into_inner().challenge;
        let expires_at = self.clock.now() / 1000 + 3600;
        let word = challenge.as_slice().try_into().unwrap();
        let digest = session_digest(&self.deployment.domain(), &wallet.address(), &word, expires_at);
        let signature = wallet.sign_digest(&digest).to_vec();
        let request = OpenSessionRequest { account, challenge, expires_at, signature };
        let token = client.open_session(request).await?.into_inner().token;
        Ok(Caller { token: format!("Bearer {}", hex::encode(token)).parse().unwrap() })
    }

    pub async fn artifact(&self, digest: Digest) -> Result<Vec<u8>, Status> {
        let request = GetArtifactRequest { digest: digest.0.to_vec() };
        let mut stream = AuditorServiceClient::new(self.channel()).get_artifact(request).await?.into_inner();
        let mut bytes = Vec::new();
        while let Some(part) = stream.message().await? {
            bytes.extend_from_slice(&part.chunk);
        }
        Ok(bytes)
    }

    /// All files under the coordinator's directory.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut directories = vec![self.directory.path().to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { directories.push(path) } else { files.push(path) }
            }
        }
        files
    }
}

async fn start(
    directory: &TempDir,
    clock: &Arc<ManualClock>,
    escrow: &Escrow,
    relayer: &Wallet,
    deployment: &Deployment,
) -> (Arc<Driver>, Channel, JoinHandle<()>) {
    let path = |name: &str| directory.path().join(name);
    let store = Store::open(path("coordinator.sqlite").to_str().unwrap()).await.unwrap();
    let artifacts = Arc::new(LocalStore::open(path("artifacts")).unwrap());
    let spool = Spool::open(path("spool")).await.unwrap();
    let driver = Driver::new(store, clock.clone(), artifacts, spool);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let chain = Arc::new(Relay::new(escrow.clone(), relayer.clone()));
    let (served, contracts) = (driver.clone(), deployment.clone());
    let server = tokio::spawn(async move {
        serve(served, chain, contracts, listener, None, std::future::pending()).await.unwrap();
    });
    (driver, Channel::from_shared(url).unwrap().connect_lazy(), server)
}

/// An account that is logged in.
#[derive(Clone)]
pub struct Caller {
    token: MetadataValue<Ascii>,
}

impl Caller {
    pub fn of<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.token.clone());
        request
    }
}
