//! Finding the programs: they lie beside the one that runs.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

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
        let binaries = Self { directory: directory.to_owned() };
        binaries.check_libraries()?;
        Ok(binaries)
    }

    /// The dynamic loader ends a program whose libraries are gone before it can say anything itself.
    fn check_libraries(&self) -> Result<()> {
        let program = self.tributary();
        let run = Command::new(&program)
            .arg("--version")
            .output()
            .with_context(|| format!("{} can't be started", program.display()))?;
        if !run.status.success() {
            bail!(
                "{} does not start: {}\nIf libtorch is missing, run `cargo xtask setup`; if LIBTORCH is set, it must name \
                 the folder of libtorch 2.13.0.",
                program.display(),
                String::from_utf8_lossy(&run.stderr).trim()
            );
        }
        Ok(())
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

    #[test]
    fn a_missing_libtorch_is_told_with_what_brings_it_back() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        // What glibc's loader does.
        let script =
            "#!/bin/sh\necho 'error while loading shared libraries: libtorch_cpu.so' >&2\nexit 127\n";
        for name in Binaries::NAMES {
            let path = directory.path().join(name);
            std::fs::write(&path, script).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let error = Binaries::in_directory(directory.path()).unwrap_err().to_string();
        assert!(error.contains("libtorch_cpu.so") && error.contains("cargo xtask setup"), "{error}");
    }
}
