//! Finding the programs: they lie beside the one that runs.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// The programs of a study.
#[derive(Debug, Clone)]
pub struct Binaries {
    directory: PathBuf,
}

impl Binaries {
    const NAMES: [&str; 3] = ["tributary", "tributary-coordinator", "tributary-devchain"];

    /// The programs that were built with the one that runs now. Tests run one level below them, in `deps`.
    ///
    /// # Errors
    /// If one was not built.
    pub fn beside_this() -> Result<Self> {
        let this = env::current_exe().context("this program's own path is not known")?;
        let mut directory = this.parent().unwrap_or(Path::new("."));
        if directory.ends_with("deps") {
            directory = directory.parent().unwrap_or(directory);
        }
        Self::in_directory(directory)
    }

    fn in_directory(directory: &Path) -> Result<Self> {
        for name in Self::NAMES {
            let path = directory.join(name);
            if !path.is_file() {
                bail!("{} is missing: run `cargo build --workspace` first", path.display());
            }
        }
        Ok(Self { directory: directory.to_owned() })
    }

    /// `tributary`: owner, researcher, auditor.
    #[must_use]
    pub fn tributary(&self) -> PathBuf {
        self.directory.join("tributary")
    }

    /// `tributary-coordinator`.
    #[must_use]
    pub fn coordinator(&self) -> PathBuf {
        self.directory.join("tributary-coordinator")
    }

    /// `tributary-devchain`: the embedded chain.
    #[must_use]
    pub fn chain(&self) -> PathBuf {
        self.directory.join("tributary-devchain")
    }

    /// Cargo's target directory: where results may be left.
    #[must_use]
    pub fn target(&self) -> &Path {
        self.directory.parent().unwrap_or(&self.directory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named_with_what_builds_it() {
        let empty = tempfile::tempdir().unwrap();
        let error = Binaries::in_directory(empty.path()).unwrap_err().to_string();
        assert!(
            error.contains("tributary is missing") && error.contains("cargo build --workspace"),
            "{error}"
        );
    }
}
