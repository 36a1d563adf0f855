//! The honest machinery: chain, contracts, coordinator, and a study that is launched and registered.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tonic::transport::Channel;
use tributary_aggregation::hash::sha256;
use tributary_aggregation::ids::{OwnerId, StudyId};
use tributary_aggregation::study::{Cohort, Metric, ModelSpec, ModuleSpec, StudyPlan, holdout_commitment};
use tributary_client::dataset::Table;
use tributary_client::researcher::holdout::Holdout;
use tributary_contracts::typed_data::{consent_digest, list_digest, revoke_digest};
use tributary_contracts::{
    ChainClient, Consent, Consents as _, DatasetRelay, Datasets, Deployment, Escrow, Launch, Listing, Relay,
    Revocation, Terms, Token, Wallet, scoring_rule,
};
use tributary_coordinator::clock::{Clock, ManualClock};
use tributary_coordinator::driver::Driver;
use tributary_coordinator::server::serve;
use tributary_coordinator::spool::Spool;
use tributary_coordinator::store::Store;
use tributary_devchain::{DEV_ACCOUNT_KEYS, Devchain, Handle};
use tributary_storage::LocalStore;

use crate::middle::Middle;

/// Salt of the holdout's commitment.
const SALT: [u8; 32] = [7; 32];

/// A study that waits for its owners.
pub struct House {
    /// Stands still unless it is moved, so nobody falls silent by a slow machine.
    pub clock: Arc<ManualClock>,
    pub rpc: String,
    pub deployment: Deployment,
    pub escrow: Escrow,
    pub researcher: Arc<Wallet>,
    pub owners: Vec<Arc<Wallet>>,
    pub study: StudyId,
    pub plan: Vec<u8>,
    pub middle: Middle,
    pub directory: TempDir,
    /// Moves whenever something happens.
    pub news: Arc<watch::Sender<u64>>,
    _chain: Handle,
}

fn csv(rows: impl Iterator<Item = (u32, u32)>) -> Vec<u8> {
    let lines = rows.map(|(age, ill)| format!("{age},{ill}\n"));
    format!("age,ill\n{}", lines.collect::<String>()).into_bytes()
}

/// An owner's rows: no two owners have the same.
pub fn rows(owner: usize, plan: &StudyPlan) -> Table {
    let shift = u32::try_from(owner).unwrap();
    Table::from_bytes(&csv((0..6 + shift).map(|row| (30 + shift + 7 * row % 40, row % 2))), &plan.schema)
        .unwrap()
}

fn holdout_csv() -> Vec<u8> {
    csv((0..8).map(|row| (35 + 5 * row, row % 2)))
}

/// The researcher's holdout.
pub fn holdout(plan: &StudyPlan) -> Holdout {
    Holdout::open(holdout_csv(), SALT, &plan.holdout_commitment, &plan.schema).unwrap()
}

fn plan(owners: u16, groups: u16, researcher: OwnerId) -> StudyPlan {
    let json = serde_json::json!({
        "version": 1, "name": "attacked", "researcher": researcher, "rounds": 2,
        "schema": {
            "features": [{"name": "age", "kind": "numeric", "low": 0.0, "high": 120.0}],
            "label": {"name": "ill", "positive_above": 0.0}
        },
        "model": {"hidden": []},
        "training": {
            "local_epochs": 1, "batch_size": 0, "learning_rate": 0.1, "weight_decay": 0.0, "seed": 1
        },
        "optimizer": {"rule": "fedavg", "learning_rate": 1.0},
        "aggregation": {"clip": 1.0, "bits": 16, "max_weight": 1000, "min_group": 2, "max_groups": groups},
        "cohort": {"min_owners": owners, "max_owners": owners},
        "scoring": {"metric": "auc", "tolerance_micros": 10},
        "payment": {"per_round": "1000000000000000001", "base_share_bps": 2000},
        "deadlines": {
            "silence_s": 6, "enrol_s": 1000, "committee_s": 600, "gather_s": 10, "join_s": 600, "report_s": 600,
            "release_s": 600, "settle_s": 600, "study_s": 100_000
        },
        "holdout_commitment": holdout_commitment(&SALT, &holdout_csv())
    });
    serde_json::from_value(json).unwrap()
}

impl House {
    /// A study of so many owners, in at most so many groups.
    pub async fn build(owners: u16, groups: u16) -> Self {
        Self::under(owners, |researcher| plan(owners, groups, researcher)).await
    }

    /// A study of three to so many owners, each of whom has to consent, and does.
    pub async fn asking(owners: u16) -> Self {
        let house = Self::under(owners, |researcher| {
            let mut plan = plan(owners, 1, researcher);
            (plan.cohort.min_owners, plan.cohort.consent) = (3, true);
            plan.purpose = vec!["DUO:0000037".parse().unwrap()];
            plan
        });
        let house = house.await;
        for wallet in &house.owners {
            house.consent(wallet).await;
        }
        house
    }

    /// Lists a dataset of an owner on chain, and gives it to the study.
    async fn consent(&self, wallet: &Wallet) {
        let (datasets, relay, owner) = (self.datasets(), self.dataset_relay(), wallet.address());
        let domain = datasets.domain();
        let mut commitment = [1; 32];
        commitment[..20].copy_from_slice(&owner);
        let (uri, price, nonce) = ("ipfs://bafkrei".to_owned(), 0, 0);
        let digest = list_digest(&domain, &owner, &commitment, &uri, price, nonce);
        let signature = wallet.sign_digest(&digest).to_vec();
        let listing = Listing { owner, commitment, uri, price, nonce, signature };
        let (dataset, _) = relay.ensure_listed(&listing).await.unwrap();
        let until = self.clock.now() / 1000 + 200_000;
        let purpose = datasets.purpose(self.study.0);
        let of = (&purpose.escrow, &purpose.study);
        let digest = consent_digest(&domain, &owner, dataset, of, until, nonce);
        let signature = wallet.sign_digest(&digest).to_vec();
        let consent = Consent { owner, dataset, purpose, until, nonce, signature };
        relay.grant(&consent).await.unwrap();
    }

    /// An owner takes its consent back on chain, and tells nobody.
    pub async fn withdraw(&self, number: usize) {
        let (datasets, wallet) = (self.datasets(), &self.owners[number]);
        let (owner, purpose) = (wallet.address(), datasets.purpose(self.study.0));
        let there = datasets.consent(&self.study.0, &owner).await.unwrap();
        let (dataset, nonce) = (there.dataset, there.nonce);
        let of = (&purpose.escrow, &purpose.study);
        let digest = revoke_digest(&datasets.domain(), &owner, dataset, of, nonce);
        let signature = wallet.sign_digest(&digest).to_vec();
        let revocation = Revocation { owner, dataset, purpose, nonce, signature };
        self.dataset_relay().revoke_for(&revocation).await.unwrap();
    }

    fn datasets(&self) -> Datasets {
        Datasets::of(&self.escrow)
    }

    /// Whoever has ether sends what others signed.
    fn dataset_relay(&self) -> DatasetRelay {
        DatasetRelay::new(self.datasets(), Wallet::clone(&self.researcher))
    }

    /// A study of three owners whose researcher brings a module.
    pub async fn bringing(module: &[u8]) -> Self {
        let module = ModuleSpec { digest: sha256(module), size: module.len() as u64, parameters: 4 };
        Self::under(3, |researcher| {
            let mut plan = plan(3, 1, researcher);
            plan.model = ModelSpec::Module(module);
            plan.scoring.metric = Metric::NegLoss;
            plan
        })
        .await
    }

    async fn under(owners: u16, plan: impl FnOnce(OwnerId) -> StudyPlan) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let clock = Arc::new(ManualClock::new(u64::try_from(now).unwrap()));
        let time = clock.clone();
        let chain = Devchain::builder().clock(move || time.now() / 1000).spawn().await.unwrap();
        let client = ChainClient::connect(&chain.url()).await.unwrap();
        let [relayer, researcher] = [0, 1].map(|i| Wallet::from_hex(DEV_ACCOUNT_KEYS[i]).unwrap());
        let terms = Terms::new(relayer.address());
        let deployment = Deployment::deploy(&client, &relayer, &terms, &mut |_| {}).await.unwrap();
        let escrow = Escrow::new(client.clone(), deployment.clone()).unwrap();

        let parsed = plan(OwnerId(researcher.address()));
        let plan = parsed.to_json().unwrap();
        let token = Token::new(client, &deployment).unwrap();
        let funding = escrow.funding(parsed.budget()).await.unwrap();
        token.transfer(&relayer, &researcher.address(), funding).await.unwrap();
        token.approve(&researcher, &deployment.escrow, funding).await.unwrap();
        let seconds = clock.now() / 1000;
        let Cohort { min_owners, max_owners, .. } = parsed.cohort;
        let launch = Launch {
            plan_digest: StudyPlan::digest_of(&plan).0,
            budget: parsed.budget(),
            rounds: parsed.round_limit(),
            enrol_by: seconds + u64::from(parsed.deadlines.enrol_s),
            settle_by: seconds + u64::from(parsed.deadlines.study_s),
            min_owners,
            max_owners,
            salt: [1; 32],
            allowed: [0; 32],
            late_enrolment: false,
            researcher: researcher.address(),
            consent_required: parsed.cohort.consent,
            scoring: scoring_rule(&parsed.scoring.rule),
            max_fee_bps: 1_000,
        };
        let (study, _) = escrow.launch(&researcher, &launch).await.unwrap();

        let directory = tempfile::tempdir().unwrap();
        let news = Arc::new(watch::Sender::new(0));
        let channel = coordinator(&directory, &clock, &escrow, relayer).await;
        let middle = Middle::start(channel, news.clone()).await;
        let mut owners: Vec<_> = (1..=owners)
            .map(|number| Arc::new(Wallet::from_bytes(&[u8::try_from(number).unwrap(); 32]).unwrap()))
            .collect();
        owners.sort_by_key(|wallet| wallet.address());
        Self {
            clock,
            rpc: chain.url(),
            deployment,
            escrow,
            researcher: Arc::new(researcher),
            owners,
            study: StudyId(study),
            plan,
            middle,
            directory,
            news,
            _chain: chain,
        }
    }

    pub fn parsed_plan(&self) -> StudyPlan {
        StudyPlan::from_json(&self.plan).unwrap()
    }
}

async fn coordinator(
    directory: &TempDir,
    clock: &Arc<ManualClock>,
    escrow: &Escrow,
    relayer: Wallet,
) -> Channel {
    let path = |name: &str| directory.path().join(name);
    let store = Store::open(path("coordinator.sqlite").to_str().unwrap()).await.unwrap();
    let artifacts = Arc::new(LocalStore::open(path("artifacts")).unwrap());
    let spool = Spool::open(path("spool")).await.unwrap();
    let driver = Driver::new(store, clock.clone(), artifacts, spool);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let deployment = escrow.deployment().clone();
    let chain = Arc::new(Relay::new(escrow.clone(), relayer));
    tokio::spawn(async move {
        serve(driver, chain, deployment, listener, None, std::future::pending()).await.unwrap();
    });
    Channel::from_shared(url).unwrap().connect_lazy()
}
