//! Where a study's files lie: each process has a directory of its own.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// The directories of a study's processes.
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(super) fn create(root: &Path) -> Result<Self> {
        fs::create_dir_all(root)
            .with_context(|| format!("the directory {} can't be made", root.display()))?;
        let mut entries = fs::read_dir(root).with_context(|| format!("{} can't be read", root.display()))?;
        if entries.next().is_some() {
            bail!("{} is not empty: choose another directory, or remove it first", root.display());
        }
        // Wallets, vaults and patients' rows.
        fs::set_permissions(root, fs::Permissions::from_mode(0o700))?;
        Ok(Self { root: root.to_owned() })
    }

    /// The directory of everything.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where it says where the contracts are.
    #[must_use]
    pub fn deployments(&self) -> PathBuf {
        self.root.join("deployments")
    }

    /// What the members' machine remembers of their vaults.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// The embedded chain's directory.
    #[must_use]
    pub fn chain(&self) -> PathBuf {
        self.root.join("chain")
    }

    /// The embedded chain's state.
    #[must_use]
    pub fn chain_state(&self) -> PathBuf {
        self.chain().join("state.jsonl")
    }

    /// The coordinator's directory.
    #[must_use]
    pub fn coordinator(&self) -> PathBuf {
        self.root.join("coordinator")
    }

    /// The coordinator's storage.
    #[must_use]
    pub fn storage(&self) -> PathBuf {
        self.coordinator().join("storage")
    }

    /// The published artifacts.
    #[must_use]
    pub fn artifacts(&self) -> PathBuf {
        self.storage().join("artifacts")
    }

    /// The researcher's directory.
    #[must_use]
    pub fn researcher(&self) -> PathBuf {
        self.root.join("researcher")
    }

    /// The study's plan.
    #[must_use]
    pub fn plan(&self) -> PathBuf {
        self.researcher().join("plan.json")
    }

    /// The module that the researcher brought, if there is one.
    #[must_use]
    pub fn module(&self) -> PathBuf {
        self.researcher().join("module.pt")
    }

    /// The study's model, once it has ended.
    #[must_use]
    pub fn model(&self) -> PathBuf {
        self.researcher().join("model.bin")
    }

    /// An owner's directory.
    #[must_use]
    pub fn owner(&self, site: &str) -> PathBuf {
        self.root.join("owners").join(site)
    }

    /// The wallet in a process's directory.
    #[must_use]
    pub fn wallet(directory: &Path) -> PathBuf {
        directory.join("wallet.json")
    }

    /// The password of the wallet in a process's directory.
    #[must_use]
    pub fn password(directory: &Path) -> PathBuf {
        directory.join("password")
    }

    /// Makes a process's directory, with a fresh password for its wallet.
    pub(super) fn make_with_password(directory: &Path) -> Result<()> {
        fs::create_dir_all(directory)
            .with_context(|| format!("the directory {} can't be made", directory.display()))?;
        let mut random = [0; 16];
        fs::File::open("/dev/urandom")?.read_exact(&mut random)?;
        let password: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = Self::password(directory);
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("{} can't be written", path.display()))?;
        std::io::Write::write_all(&mut file, password.as_bytes())?;
        Ok(())
    }
}
