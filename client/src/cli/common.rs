//! Arguments that several commands share.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use tributary_aggregation::ids::Digest;
use tributary_aggregation::study::StudyPlan;
use tributary_contracts::{ChainClient, Deployment, Wallet};
use zeroize::Zeroizing;

use crate::connection::Connection;
use crate::member::{ChainView, StudyModel};
use crate::narrate::{Event, Narrator};
use crate::researcher::model_file::FinalModel;
use crate::sandbox::{Demand, Limits, Sandboxed};
use crate::training::{Torch, Trainer};
use crate::vault::Witnesses;

/// An encrypted wallet and its password
#[derive(Debug, Clone, Args)]
pub struct WalletArgs {
    /// The wallet's file (Web3 Secret Storage, as `tributary wallet new` writes it)
    #[arg(long, env = "TRIBUTARY_WALLET")]
    pub wallet: PathBuf,
    /// A file with the wallet's password, which also seals the vault [else TRIBUTARY_PASSWORD is read]
    #[arg(long)]
    pub password_file: Option<PathBuf>,
}

/// What this machine remembers of vaults, outside the vaults' own directories
#[derive(Debug, Clone, Args)]
pub struct StateArgs {
    /// Where the highest generation of each vault is remembered, so that an old copy is refused; keep it out of the vaults'
    /// backups [default: $XDG_STATE_HOME/tributary, else ~/.local/state/tributary]
    #[arg(long, env = "TRIBUTARY_STATE")]
    pub state: Option<PathBuf>,
    /// Take the vault although nothing here remembers it: only if you are certain that no newer one was ever used
    #[arg(long)]
    pub vault_is_newest: bool,
}

/// The process that training runs in
#[derive(Debug, Clone, Args)]
pub struct SandboxArgs {
    /// Which walls must stand around the trainer: Landlock and a filter of system calls, what the kernel has, or none
    #[arg(long, value_enum, default_value = "required")]
    pub sandbox: Demand,
    /// Memory that training may take, in MiB
    #[arg(long, default_value_t = 4096)]
    pub sandbox_memory_mib: u64,
}

/// A node of the chain, and the contracts on it
#[derive(Debug, Clone, Args)]
pub struct ChainArgs {
    /// JSON-RPC address of a node that you trust
    #[arg(long, env = "TRIBUTARY_RPC", default_value = "http://127.0.0.1:8545")]
    pub rpc: String,
    /// The file that says where the contracts are, or the folder with one for each chain
    #[arg(long, env = "TRIBUTARY_DEPLOYMENT", default_value = "deployments")]
    pub deployment: PathBuf,
}

/// The coordinator
#[derive(Debug, Clone, Args)]
pub struct CoordinatorArgs {
    /// The coordinator's address
    #[arg(long, env = "TRIBUTARY_COORDINATOR", default_value = "http://127.0.0.1:7800")]
    pub coordinator: String,
    /// PEM of the certificate authority that the coordinator's certificate is signed by, if it is one of your own
    #[arg(long, env = "TRIBUTARY_TLS_CA")]
    pub tls_ca: Option<PathBuf>,
    /// Seconds for which a coordinator that does not answer is tried again
    #[arg(long, default_value_t = 60)]
    pub patience: u64,
}

/// The password: from a file, or from TRIBUTARY_PASSWORD; a line's end is not part of it.
pub(super) fn password(file: Option<&Path>) -> Result<Zeroizing<String>> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("the password file {} can't be read", path.display()))?,
        None => match std::env::var("TRIBUTARY_PASSWORD") {
            Ok(text) => text,
            Err(_) => bail!("no password: pass --password-file, or set TRIBUTARY_PASSWORD"),
        },
    };
    let mut text = Zeroizing::new(text);
    let length = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(length);
    if text.is_empty() {
        bail!("the password is empty: write one into the password file");
    }
    Ok(text)
}

impl WalletArgs {
    pub(super) fn open(&self) -> Result<(Arc<Wallet>, Zeroizing<String>)> {
        let password = password(self.password_file.as_deref())?;
        Ok((Arc::new(Wallet::open(&self.wallet, &password)?), password))
    }
}

impl StateArgs {
    pub(super) fn witnesses(&self) -> Result<Witnesses> {
        Ok(Witnesses { directory: self.directory()?, vault_is_newest: self.vault_is_newest })
    }

    /// Where this machine's state is kept.
    pub(super) fn directory(&self) -> Result<PathBuf> {
        let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let directory = self
            .state
            .clone()
            .or_else(|| variable("XDG_STATE_HOME").map(|base| base.join("tributary")))
            .or_else(|| variable("HOME").map(|home| home.join(".local/state/tributary")));
        let Some(directory) = directory else {
            bail!("neither XDG_STATE_HOME nor HOME says where state is kept: pass --state");
        };
        Ok(directory)
    }
}

impl SandboxArgs {
    /// What looks at a module before there is a plan; started when it is needed.
    pub(super) fn checker(&self) -> Result<Arc<dyn Trainer>> {
        if self.sandbox == Demand::Off {
            return Ok(Arc::new(Torch::new()));
        }
        let memory = self.sandbox_memory_mib.saturating_mul(1 << 20);
        Ok(Arc::new(Sandboxed::new(Limits { memory, job: Duration::from_secs(600) }, self.sandbox)?))
    }

    /// The trainer, which is started now: a site that can't confine it should know before it promises anything.
    pub(super) fn trainer(&self, plan: &StudyPlan) -> Result<Arc<dyn Trainer>> {
        if self.sandbox == Demand::Off {
            return Ok(Arc::new(Torch::new()));
        }
        let memory = self.sandbox_memory_mib.saturating_mul(1 << 20);
        // What takes longer is of no use to a round.
        let job = Duration::from_secs(plan.deadlines.report_s.max(plan.deadlines.settle_s).into());
        let trainer = Sandboxed::new(Limits { memory, job }, self.sandbox)?;
        trainer.start()?;
        Ok(Arc::new(trainer))
    }
}

impl ChainArgs {
    pub(super) async fn connect(&self) -> Result<(ChainView, Deployment)> {
        let client = ChainClient::connect(&self.rpc).await?;
        let deployment = Deployment::open(&self.deployment, &client)?;
        Ok((ChainView::new(client, &deployment).await?, deployment))
    }
}

impl CoordinatorArgs {
    pub(super) fn tls_ca(&self) -> Result<Option<Vec<u8>>> {
        let read = |path: &PathBuf| {
            std::fs::read(path).with_context(|| format!("the certificate {} can't be read", path.display()))
        };
        self.tls_ca.as_ref().map(read).transpose()
    }

    pub(super) fn connect(&self, wallet: &Arc<Wallet>, deployment: &Deployment) -> Result<Connection> {
        let patience = Duration::from_secs(self.patience);
        let ca = self.tls_ca()?;
        let wallet = Arc::clone(wallet);
        Ok(Connection::new(&self.coordinator, ca.as_deref(), wallet, deployment.domain(), patience)?)
    }
}

/// Whole tokens in the token's smallest unit.
pub(super) fn units(tokens: u64) -> u128 {
    u128::from(tokens) * 10u128.pow(18)
}

/// Whom a long-running command talks to.
pub(super) fn narrator(json: bool) -> Narrator {
    if json { Narrator::Programs } else { Narrator::People }
}

pub(super) fn make_directory(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).with_context(|| format!("the directory {} can't be made", path.display()))
}

/// The plan's bytes, if they are those whose digest is on chain.
pub(super) fn check_plan(plan: &[u8], on_chain: [u8; 32]) -> Result<()> {
    let digest = StudyPlan::digest_of(plan);
    if digest != Digest(on_chain) {
        bail!(
            "the coordinator shows a plan with digest {digest}, the chain has {}: do not take part; ask the researcher",
            Digest(on_chain)
        );
    }
    Ok(())
}

/// Writes a member's last model to its directory, if there was a round.
pub(super) fn write_model(
    directory: &Path,
    plan: &[u8],
    model: Option<StudyModel>,
    narrator: Narrator,
) -> Result<()> {
    let Some(model) = model else { return Ok(()) };
    let path = directory.join("model.bin");
    let model = FinalModel::of(StudyPlan::digest_of(plan), model);
    std::fs::write(&path, model.to_bytes())
        .with_context(|| format!("the model can't be written to {}", path.display()))?;
    narrator.tell(Event::Written { what: "the model", path: path.display().to_string() });
    Ok(())
}
