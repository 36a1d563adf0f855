//! Starting the processes, in the order in which they need each other.

use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::process::id;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;

use anyhow::{Context as _, Result, anyhow};

use super::{Layout, Role, Study, What};
use crate::event::Event;
use crate::process::Spec;

/// Ether for whoever sends transactions.
const ETHER: u32 = 1000;

fn strings(args: &[&str]) -> Vec<OsString> {
    args.iter().map(OsString::from).collect()
}

/// A free port below those that the system gives out by itself: after a kill, nobody takes it before the restart.
fn quiet_port() -> Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + (u32::from(step) + id().wrapping_mul(37)).rem_euclid(u32::from(COUNT)) as u16;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(anyhow!("no port from {FIRST} on is free on 127.0.0.1"))
}

impl Study {
    /// Makes a wallet for the researcher, the relay and each owner, where none lies in its directory yet. All later steps
    /// need them.
    ///
    /// # Errors
    /// If one can't be made.
    pub fn make_wallets(&mut self) -> Result<()> {
        let mut members = self.owners();
        members.extend([Role::Researcher, Role::Coordinator]);
        let made: Vec<Result<(Role, String)>> = thread::scope(|scope| {
            let study = &*self;
            let threads: Vec<_> = members
                .iter()
                .map(|role| scope.spawn(move || Ok((*role, study.make_wallet(*role)?))))
                .collect();
            let panicked = |_| Err(anyhow!("making a wallet panicked"));
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(panicked)).collect()
        });
        for wallet in made {
            let (role, address) = wallet?;
            self.addresses.insert(role, address);
        }
        Ok(())
    }

    fn make_wallet(&self, role: Role) -> Result<String> {
        let directory = self.directory(role);
        if Layout::wallet(&directory).exists() {
            let args = ["wallet".into(), "address".into()].into_iter().chain(self.wallet_args(role));
            return Ok(self.tributary(args)?.success()?.trim().to_owned());
        }
        Layout::make_with_password(&directory)?;
        let mut args = strings(&["wallet", "new", "--light", "--out"]);
        args.push(Layout::wallet(&directory).into());
        args.extend(["--password-file".into(), Layout::password(&directory).into()]);
        let address = self.tributary(args)?.success()?;
        Ok(address.trim().to_owned())
    }

    fn directory(&self, role: Role) -> std::path::PathBuf {
        match role {
            Role::Chain => self.layout.chain(),
            Role::Coordinator => self.layout.coordinator(),
            Role::Researcher => self.layout.researcher(),
            Role::Owner(index) => {
                let site = self.settings.sites.get(index);
                self.layout.owner(site.map_or("nobody", |site| &site.name))
            }
        }
    }

    /// `--wallet` and `--password-file` of a role.
    #[must_use]
    pub fn wallet_args(&self, role: Role) -> Vec<OsString> {
        let directory = self.directory(role);
        let (wallet, password) = (Layout::wallet(&directory), Layout::password(&directory));
        vec!["--wallet".into(), wallet.into(), "--password-file".into(), password.into()]
    }

    /// `--rpc` and `--deployment`.
    #[must_use]
    pub fn chain_args(&self) -> Vec<OsString> {
        let deployments = self.layout.deployments();
        vec!["--rpc".into(), self.rpc.clone().into(), "--deployment".into(), deployments.into()]
    }

    /// What `tributary-devchain` gets besides `--listen`: with it, the chain can be taken up again from its state.
    #[must_use]
    pub fn chain_process_args(&self) -> Vec<OsString> {
        let mut args = strings(&["--dev-accounts", "false", "--state"]);
        args.push(self.layout.chain_state().into());
        for role in [Role::Researcher, Role::Coordinator] {
            args.extend(["--fund".into(), format!("{}={ETHER}", self.address(role)).into()]);
        }
        if let Some(id) = self.settings.chain_id {
            args.extend(["--chain-id".into(), id.to_string().into()]);
        }
        args
    }

    /// Starts the embedded chain, with ether for the researcher and the relay.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn start_chain(&mut self) -> Result<()> {
        let directory = self.directory(Role::Chain);
        // Its state file must not be the one to make the directory.
        std::fs::create_dir_all(&directory)?;
        let mut args = strings(&["--listen", "127.0.0.1:0"]);
        args.extend(self.chain_process_args());
        self.start(Role::Chain, Spec { program: self.binaries.chain(), args, log: None, directory })?;
        self.rpc = self.wait_listening(Role::Chain)?;
        Ok(())
    }

    /// The operator deploys the contracts, holds the tokens' supply, and sends the researcher its tokens. Returns what was
    /// said.
    ///
    /// # Errors
    /// If the chain refuses.
    pub fn deploy(&mut self) -> Result<String> {
        let mut args = strings(&["deploy", "--rpc", &self.rpc, "--out"]);
        args.push(self.layout.deployments().into());
        args.extend(self.wallet_args(Role::Coordinator));
        args.extend(self.settings.deploy_args.iter().map(OsString::from));
        let deployed = self.tributary(args)?.success()?;

        let tokens = self.settings.tokens.to_string();
        let mut args =
            strings(&["token", "send", "--to", self.address(Role::Researcher), "--tokens", &tokens]);
        args.extend(self.wallet_args(Role::Coordinator));
        args.extend(self.chain_args());
        let sent = self.tributary(args)?.success()?;
        Ok(deployed + &sent)
    }

    /// Starts the coordinator, at a port that it gets again when it is restarted.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn start_coordinator(&mut self) -> Result<()> {
        let directory = self.directory(Role::Coordinator);
        let mut args = strings(&["--listen", &format!("127.0.0.1:{}", quiet_port()?)]);
        args.extend(self.chain_args());
        args.extend(["--database".into(), directory.join("tributary.sqlite").into()]);
        args.extend(["--storage".into(), self.layout.storage().into()]);
        args.extend(["--relayer-keystore".into(), Layout::wallet(&directory).into()]);
        args.extend(["--relayer-password-file".into(), Layout::password(&directory).into()]);
        args.extend(self.settings.coordinator_args.iter().map(OsString::from));
        let log = self.settings.coordinator_log.clone();
        self.start(Role::Coordinator, Spec { program: self.binaries.coordinator(), args, log, directory })?;
        self.coordinator = self.wait_listening(Role::Coordinator)?;
        Ok(())
    }

    pub(super) fn wait_listening(&mut self, role: Role) -> Result<String> {
        let run = self.slots.get(&role).map_or(0, |slot| slot.run);
        let what = format!("{} listens", self.name(role));
        let address = |what: &What| match what {
            What::Line(line) => line.strip_prefix("listening on ").map(str::to_owned),
            _ => None,
        };
        let told =
            self.wait(&what, |told| (told.role, told.run) == (role, run) && address(&told.what).is_some())?;
        address(&told.what).context("no address")
    }

    /// What `tributary study run` gets.
    #[must_use]
    pub fn researcher_args(&self) -> Vec<OsString> {
        let mut args = strings(&["study", "run", "--json", "--coordinator", &self.coordinator, "--file"]);
        args.push(self.settings.study_file.clone().into());
        args.extend(["--holdout".into(), self.settings.holdout.clone().into()]);
        args.extend(["--directory".into(), self.layout.researcher().into()]);
        args.extend(["--state".into(), self.layout.state().into()]);
        args.extend(self.wallet_args(Role::Researcher));
        args.extend(self.chain_args());
        for owner in self.owners() {
            args.extend(["--allow".into(), self.address(owner).into()]);
        }
        args.extend(self.settings.researcher_args.iter().map(OsString::from));
        args
    }

    /// Starts the researcher, and waits until the study is on chain and the coordinator knows of it.
    ///
    /// # Errors
    /// If it is not.
    pub fn launch(&mut self) -> Result<()> {
        let args = self.researcher_args();
        let directory = self.directory(Role::Researcher);
        let spec = Spec { program: self.binaries.tributary(), args, log: None, directory };
        self.start(Role::Researcher, spec)?;
        // Launched by the researcher itself, or by another before.
        let is_taken_on = |event: &Event| matches!(event, Event::TakenOn { .. });
        let taken_on = self.wait_event(0, Role::Researcher, "the study is taken on", is_taken_on)?;
        if let Event::TakenOn { study } = taken_on {
            self.study = study;
        }
        Ok(())
    }

    /// What `tributary owner run` gets.
    #[must_use]
    pub fn owner_args(&self, index: usize) -> Vec<OsString> {
        let mut args =
            strings(&["owner", "run", "--json", "--study", &self.study, "--coordinator", &self.coordinator]);
        if let Some(site) = self.settings.sites.get(index) {
            args.extend(["--data".into(), site.train.clone().into()]);
        }
        args.extend(["--directory".into(), self.directory(Role::Owner(index)).into()]);
        args.extend(["--state".into(), self.layout.state().into()]);
        // Sites share this machine, not their decisions.
        args.extend(["--decisions".into(), self.decisions(index).into()]);
        args.extend(self.wallet_args(Role::Owner(index)));
        args.extend(self.chain_args());
        args.extend(self.settings.owner_args.iter().map(OsString::from));
        args
    }

    /// A site's record of decisions.
    #[must_use]
    pub fn decisions(&self, index: usize) -> std::path::PathBuf {
        self.directory(Role::Owner(index)).join("decisions.jsonl")
    }

    /// Starts an owner.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn start_owner(&mut self, index: usize) -> Result<()> {
        let args = self.owner_args(index);
        let directory = self.directory(Role::Owner(index));
        let spec = Spec { program: self.binaries.tributary(), args, log: None, directory };
        self.start(Role::Owner(index), spec)
    }

    /// Wallets, chain, contracts, coordinator and researcher: a study that owners may join.
    ///
    /// # Errors
    /// The first step that failed.
    pub fn start_without_owners(&mut self) -> Result<()> {
        self.make_wallets()?;
        self.start_chain()?;
        self.deploy()?;
        self.start_coordinator()?;
        self.launch()
    }

    /// All of it, with all owners.
    ///
    /// # Errors
    /// The first step that failed.
    pub fn start_everything(&mut self) -> Result<()> {
        self.start_without_owners()?;
        (0..self.settings.sites.len()).try_for_each(|index| self.start_owner(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_differ_and_are_below_the_systems_own() {
        let (one, two) = (quiet_port().unwrap(), quiet_port().unwrap());
        assert_ne!(one, two);
        assert!((20_000..32_000).contains(&one) && (20_000..32_000).contains(&two));
    }
}
