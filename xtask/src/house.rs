//! Where everything lies.

use anyhow::{Context, Result};
use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// The clone that this xtask belongs to.
pub struct House {
    root: PathBuf,
}

impl House {
    /// The clone that this binary was built in.
    pub fn here() -> Self {
        let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self { root: xtask.parent().unwrap_or(xtask).to_owned() }
    }

    /// The root of the clone.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The contracts' npm package.
    pub fn contracts(&self) -> PathBuf {
        self.root.join("contracts")
    }

    /// The datasets.
    pub fn data(&self) -> PathBuf {
        self.root.join(".data")
    }

    /// Where libtorch is, or is linked to.
    pub fn libtorch(&self) -> PathBuf {
        self.root.join(".libtorch")
    }

    /// A binary of the workspace, once it is built.
    pub fn binary(&self, name: &str) -> PathBuf {
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
        self.root.join(target).join("debug").join(name)
    }

    /// Downloads and unpacked tools, shared by all clones of one user: `$TRIBUTARY_CACHE`, or `tributary` in the user's
    /// cache directory. It may be deleted at any time.
    pub fn cache(&self) -> Result<PathBuf> {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let cache = set("TRIBUTARY_CACHE")
            .or_else(|| set("XDG_CACHE_HOME").map(|base| base.join("tributary")))
            .or_else(|| set("HOME").map(|home| home.join(".cache/tributary")))
            .context("there is no place for downloads: set TRIBUTARY_CACHE to a directory")?;
        let cache = if cache.is_absolute() { cache } else { self.root.join(cache) };
        fs::create_dir_all(&cache).with_context(|| {
            format!(
                "cannot create {}: set TRIBUTARY_CACHE to a directory that you may write",
                cache.display()
            )
        })?;
        Ok(cache)
    }
}
