//! A study with all its processes.
//!
//! The order: [`Study::new`], [`Study::make_wallets`], [`Study::start_chain`], [`Study::deploy`],
//! [`Study::start_coordinator`], [`Study::launch`], [`Study::start_owner`] for each, then [`Study::next_told`] or
//! [`Study::wait`] until the end, [`Study::audit`] and [`Study::measure`]. Dropping it kills what still runs.

mod layout;
mod listen;
mod start;
mod tools;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::binaries::Binaries;
use crate::process::{Heard, Process, Spec};
use crate::sites::{self, Site};

pub use layout::Layout;
pub use listen::{Told, What};
pub use tools::Run;

/// Who a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The embedded chain.
    Chain,
    /// The coordinator.
    Coordinator,
    /// The researcher.
    Researcher,
    /// An owner, by its place among the sites.
    Owner(usize),
}

/// What a study is made of.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where all its files go: must be empty, or not exist.
    pub directory: PathBuf,
    /// The owners' rows.
    pub sites: Vec<Site>,
    /// The researcher's rows.
    pub holdout: PathBuf,
    /// The study file.
    pub study_file: PathBuf,
    /// What `tributary study run` gets besides: `--rounds`, `--model`, …
    pub researcher_args: Vec<String>,
    /// What `tributary deploy` gets besides: `--voting-period`, …
    pub deploy_args: Vec<String>,
    /// What `tributary-coordinator` gets besides: `--tls-cert`, …
    pub coordinator_args: Vec<String>,
    /// What each `tributary owner run` gets besides: `--policy`, …
    pub owner_args: Vec<String>,
    /// The embedded chain's id; its own default if none.
    pub chain_id: Option<u64>,
    /// Whole tokens that the researcher has.
    pub tokens: u64,
    /// Filter of the coordinator's logs (`tracing` directives); its own default if none.
    pub coordinator_log: Option<String>,
    /// How long everything together may take.
    pub limit: Duration,
}

impl Settings {
    /// The four hospitals and the demo's study, in a directory.
    ///
    /// # Errors
    /// If the hospitals' data is missing.
    pub fn demo(directory: PathBuf) -> Result<Self> {
        Ok(Self {
            directory,
            sites: sites::sites()?,
            holdout: sites::holdout(),
            study_file: sites::study_file(),
            researcher_args: Vec::new(),
            deploy_args: Vec::new(),
            coordinator_args: Vec::new(),
            owner_args: Vec::new(),
            chain_id: None,
            tokens: 1_000_000,
            coordinator_log: None,
            limit: Duration::from_secs(900),
        })
    }
}

/// A running, or finished, process.
struct Slot {
    spec: Spec,
    /// Counts the starts, from 1.
    run: u32,
    /// `None` once it has ended or was killed.
    process: Option<Process>,
}

/// A message of a reader thread.
struct Message {
    role: Role,
    run: u32,
    heard: Heard,
}

/// A study with all its processes.
pub struct Study {
    settings: Settings,
    binaries: Binaries,
    layout: Layout,
    deadline: Instant,
    slots: BTreeMap<Role, Slot>,
    sender: Sender<Message>,
    /// In a mutex only so that several threads may run commands for one study; it is never locked.
    inbox: Mutex<Receiver<Message>>,
    history: Vec<Told>,
    addresses: BTreeMap<Role, String>,
    rpc: String,
    coordinator: String,
    study: String,
}

impl Study {
    /// Nothing runs yet.
    ///
    /// # Errors
    /// If the programs were not built, or the directory is in use.
    pub fn new(settings: Settings) -> Result<Self> {
        let binaries = Binaries::beside_this()?;
        let layout = Layout::create(&settings.directory)?;
        crate::groups::kill_all_when_interrupted();
        let (sender, inbox) = channel();
        Ok(Self {
            deadline: Instant::now() + settings.limit,
            settings,
            binaries,
            layout,
            slots: BTreeMap::new(),
            sender,
            inbox: Mutex::new(inbox),
            history: Vec::new(),
            addresses: BTreeMap::new(),
            rpc: String::new(),
            coordinator: String::new(),
            study: String::new(),
        })
    }

    /// Where its files are.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The owners' rows.
    #[must_use]
    pub fn sites(&self) -> &[Site] {
        &self.settings.sites
    }

    /// All owners.
    #[must_use]
    pub fn owners(&self) -> Vec<Role> {
        (0..self.settings.sites.len()).map(Role::Owner).collect()
    }

    /// The chain's address.
    #[must_use]
    pub fn rpc(&self) -> &str {
        &self.rpc
    }

    /// The coordinator's address.
    #[must_use]
    pub fn coordinator(&self) -> &str {
        &self.coordinator
    }

    /// The study's id; empty before it is launched.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.study
    }

    /// A role's Ethereum address; empty if it has none.
    #[must_use]
    pub fn address(&self, role: Role) -> &str {
        self.addresses.get(&role).map_or("", String::as_str)
    }

    /// Who has an Ethereum address.
    #[must_use]
    pub fn role_of(&self, address: &str) -> Option<Role> {
        self.addresses.iter().find(|(_, known)| *known == address).map(|(role, _)| *role)
    }

    /// A role's name for people.
    #[must_use]
    pub fn name(&self, role: Role) -> &str {
        match role {
            Role::Chain => "the chain",
            Role::Coordinator => "the coordinator",
            Role::Researcher => "the researcher",
            Role::Owner(index) => self.settings.sites.get(index).map_or("nobody", |site| &site.title),
        }
    }

    /// The name of the owner with this address; the address itself if it is a stranger's.
    #[must_use]
    pub fn name_of<'a>(&'a self, address: &'a str) -> &'a str {
        self.role_of(address).map_or(address, |role| self.name(role))
    }

    /// Kills a process with SIGKILL. What it told before may still be on its way, and comes before its
    /// [`What::Killed`].
    ///
    /// # Errors
    /// If it does not run.
    pub fn kill(&mut self, role: Role) -> Result<()> {
        let process = self.slots.get_mut(&role).and_then(|slot| slot.process.take());
        let Some(process) = process else {
            bail!("{} can't be killed: it does not run", self.name(role));
        };
        process.kill();
        Ok(())
    }

    /// Starts a process again that has ended or was killed, as it was started before. Returns the place in
    /// [`Self::history`] from which on everything is told after the start. The coordinator gets its old port; the chain
    /// gets a new one, which processes that were started before do not know.
    ///
    /// # Errors
    /// If it still runs, never ran, or can't be started.
    pub fn restart(&mut self, role: Role) -> Result<usize> {
        let slot = self.slots.get(&role).with_context(|| format!("{} never ran", self.name(role)))?;
        if slot.process.is_some() {
            bail!("{} still runs", self.name(role));
        }
        let (spec, mark) = (slot.spec.clone(), self.history.len());
        self.start(role, spec)?;
        match role {
            Role::Chain => self.rpc = self.wait_listening(role)?,
            Role::Coordinator => self.coordinator = self.wait_listening(role)?,
            Role::Researcher | Role::Owner(_) => {}
        }
        Ok(mark)
    }

    /// Whether a process was started and has neither ended nor been killed.
    #[must_use]
    pub fn runs(&self, role: Role) -> bool {
        self.slots.get(&role).is_some_and(|slot| slot.process.is_some())
    }

    fn start(&mut self, role: Role, spec: Spec) -> Result<()> {
        let run = self.slots.get(&role).map_or(1, |slot| slot.run + 1);
        let sender = self.sender.clone();
        let process = Process::start(&spec, move |heard| {
            // Nobody listens any more: the study is being dropped.
            let _ = sender.send(Message { role, run, heard });
        })?;
        self.slots.insert(role, Slot { spec, run, process: Some(process) });
        Ok(())
    }
}
