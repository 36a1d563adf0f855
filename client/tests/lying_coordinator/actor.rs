//! A member: its real client, and what that tells its user.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinHandle;
use tributary_aggregation::ids::OwnerId;
use tributary_aggregation::study::StudyPlan;
use tributary_client::connection::Connection;
use tributary_client::member::{ChainView, Member, Setup};
use tributary_client::narrate::{Event, Narrator};
use tributary_client::owner::{Agent, AgentConfig};
use tributary_client::researcher::agent::Researcher;
use tributary_client::training::{Code, Torch};
use tributary_client::vault::Witnesses;
use tributary_contracts::Wallet;
use zeroize::Zeroizing;

use crate::house::{self, House};

pub const PASSWORD: &str = "correct horse battery staple";

/// Witnesses lie beside the members' directories.
pub fn witnesses(beside: &Path) -> Witnesses {
    Witnesses { directory: beside.join("witnesses"), vault_is_newest: true }
}

/// A member with its directory; its client may run, stop, and run again.
pub struct Actor {
    pub id: OwnerId,
    pub wallet: Arc<Wallet>,
    directory: PathBuf,
    told: Arc<Mutex<Vec<Event>>>,
    narrator: Narrator,
    task: Option<JoinHandle<()>>,
}

impl Actor {
    pub fn new(house: &House, wallet: &Arc<Wallet>) -> Self {
        let id = OwnerId(wallet.address());
        let directory = tempfile::tempdir_in(house.directory.path()).unwrap().keep();
        let told: Arc<Mutex<Vec<Event>>> = Arc::default();
        let (heard, news) = (told.clone(), house.news.clone());
        // Lives as long as the test's process, as an event may come from a thread that outlives the test.
        let listener = Box::leak(Box::new(move |event: Event| {
            heard.lock().unwrap().push(event);
            news.send_modify(|news| *news += 1);
        }));
        let narrator = Narrator::Listener(listener);
        Self { id, wallet: wallet.clone(), directory, told, narrator, task: None }
    }

    pub fn vault(&self) -> PathBuf {
        self.directory.join("vault.bin")
    }

    /// Its keys and memory: made now, or taken up from its vault.
    pub fn member(&self, house: &House) -> Member {
        let plan = StudyPlan::from_json(&house.plan).unwrap();
        let setup = Setup {
            study: house.study,
            plan: &house.plan,
            code: Arc::new(Code::of(&plan, None, &Torch::new()).unwrap()),
            domain: house.deployment.domain(),
            wallet: &self.wallet,
            vault: &self.vault(),
            password: PASSWORD,
            witnesses: witnesses(house.directory.path()),
        };
        Member::set_up(&setup).unwrap()
    }

    /// A connection of its own to whoever it takes for the coordinator.
    pub fn connection(&self, house: &House) -> Connection {
        let domain = house.deployment.domain();
        let patience = Duration::from_secs(30);
        Connection::new(&house.middle.url(), None, self.wallet.clone(), domain, patience).unwrap()
    }

    pub async fn run_owner(&mut self, house: &House, number: usize) {
        let agent = Agent::new(AgentConfig {
            member: self.member(house),
            wallet: self.wallet.clone(),
            table: house::rows(number, &house.parsed_plan()),
            trainer: Arc::new(Torch::new()),
            connection: self.connection(house),
            chain: ChainView::connect(&house.rpc, &house.deployment).await.unwrap(),
            directory: self.directory.clone(),
            narrator: self.narrator,
            decisions: None,
        })
        .unwrap();
        let narrator = self.narrator;
        self.task = Some(tokio::spawn(async move {
            if let Err(error) = agent.run().await {
                narrator.tell(Event::Refused { reason: format!("stopped: {error}") });
            }
        }));
    }

    pub async fn run_researcher(&mut self, house: &House) {
        let researcher = Researcher {
            member: self.member(house),
            holdout: house::holdout(&house.parsed_plan()),
            model_seed: Zeroizing::new([9; 32]),
            trainer: Arc::new(Torch::new()),
            connection: self.connection(house),
            chain: ChainView::connect(&house.rpc, &house.deployment).await.unwrap(),
            narrator: self.narrator,
            checkpoints: None,
        };
        let narrator = self.narrator;
        self.task = Some(tokio::spawn(async move {
            if let Err(error) = researcher.run().await {
                narrator.tell(Event::Refused { reason: format!("stopped: {error}") });
            }
        }));
    }

    /// Stops its client where it stands; what is on disk stays.
    pub async fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
    }

    /// What its client has told so far, as far as `look` has a use for it.
    pub fn told<T>(&self, look: impl FnMut(&Event) -> Option<T>) -> Vec<T> {
        self.told.lock().unwrap().iter().filter_map(look).collect()
    }

    /// What it has refused so far.
    pub fn refusals(&self) -> Vec<String> {
        self.told(|event| match event {
            Event::Refused { reason } => Some(reason.clone()),
            _ => None,
        })
    }
}
