//! Where a run leaves its files: a directory of the caller's, or one in cargo's target directory that the next run
//! replaces.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use hospitals::binaries::Binaries;

/// A run's directory, locked against another run.
pub struct Place {
    path: PathBuf,
    _lock: Option<File>,
}

impl Place {
    /// `wanted`, or else `name` in the target directory, emptied.
    ///
    /// # Errors
    /// If another run is using it, or it can't be emptied.
    pub fn take(wanted: Option<&Path>, name: &str) -> Result<Self> {
        if let Some(path) = wanted {
            return Ok(Self { path: path.to_owned(), _lock: None });
        }
        let target = Binaries::beside_this()?.target().to_owned();
        let (path, lock) = (target.join(name), target.join(format!("{name}.lock")));
        let lock = File::create(&lock).with_context(|| format!("{} can't be made", lock.display()))?;
        if lock.try_lock().is_err() {
            bail!("another run is using {}: wait for it, or choose a directory with --keep", path.display());
        }
        if path.exists() {
            fs::remove_dir_all(&path).with_context(|| format!("{} can't be removed", path.display()))?;
        }
        Ok(Self { path, _lock: Some(lock) })
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
