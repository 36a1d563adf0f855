//! The four hospitals and their files.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// A hospital and its rows.
#[derive(Debug, Clone)]
pub struct Site {
    /// As in paths and on the command line.
    pub name: String,
    /// For people.
    pub title: String,
    /// What it trains on.
    pub train: PathBuf,
    /// What it keeps back for its own test.
    pub test: PathBuf,
}

/// The hospitals of the UCI heart disease table: name and title.
pub const SITES: [(&str, &str); 4] = [
    ("cleveland", "Cleveland"),
    ("hungary", "Hungary"),
    ("switzerland", "Switzerland"),
    ("va-long-beach", "VA Long Beach"),
];

/// The root of this repository.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// The researcher's rows.
#[must_use]
pub fn holdout() -> PathBuf {
    root().join(".data/hospitals/holdout.csv")
}

/// The study file of the demo.
#[must_use]
pub fn study_file() -> PathBuf {
    root().join("examples/hospitals/study.toml")
}

/// The four hospitals, as `cargo xtask setup` laid them out.
///
/// # Errors
/// If a file is missing.
pub fn sites() -> Result<Vec<Site>> {
    let data = root().join(".data/hospitals");
    let sites: Vec<Site> = SITES
        .iter()
        .map(|(name, title)| Site {
            name: (*name).into(),
            title: (*title).into(),
            train: data.join(name).join("train.csv"),
            test: data.join(name).join("test.csv"),
        })
        .collect();
    let files = sites.iter().flat_map(|site| [site.train.clone(), site.test.clone()]).chain([holdout()]);
    for file in files {
        if !file.is_file() {
            bail!("{} is missing: run `cargo xtask setup` first", file.display());
        }
    }
    Ok(sites)
}
