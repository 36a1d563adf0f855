//! Studies whose researcher brings a module: their rows, dealt out to owners by chance.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use crate::digits::Digits;
use crate::dirichlet::shuffle;
use crate::sites::{Site, root};
use crate::study::Settings;

/// A module, with rows for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Brought {
    /// Recurrence after breast cancer (GBSG 2): a Cox model, whose loss reads two labels
    Cox,
    /// Handwritten digits (UCI): a small convolutional network with BatchNorm
    Cnn,
}

/// Owners among whom the rows are dealt; the researcher gets as many as each.
const OWNERS: usize = 4;

impl Brought {
    /// As on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cox => "cox",
            Self::Cnn => "cnn",
        }
    }

    /// For people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Cox => "a Cox model, recurrence after breast cancer",
            Self::Cnn => "a convolutional network, handwritten digits",
        }
    }

    /// Writes the rows and the study file to `folder`, where the module has to be too; the study is to be run in a folder
    /// `study` in it.
    ///
    /// # Errors
    /// If data is missing, or can't be written.
    pub fn lay_out(self, folder: &Path) -> Result<Settings> {
        fs::create_dir_all(folder).with_context(|| format!("{} can't be made", folder.display()))?;
        let (parts, holdout) = match self {
            Self::Cox => patients(folder)?,
            Self::Cnn => digits(folder)?,
        };
        let study_file = folder.join("study.toml");
        let committed = root().join(format!("examples/hospitals/modules/{}.toml", self.name()));
        fs::copy(&committed, &study_file)
            .with_context(|| format!("{} can't be copied", committed.display()))?;
        let sites = (1..).zip(parts).map(|(number, train)| Site {
            name: format!("owner-{number}"),
            title: format!("Owner {number}"),
            train,
            test: holdout.clone(),
        });
        let sites = sites.collect();
        Ok(Settings { sites, holdout, study_file, ..Settings::demo(folder.join("study"))? })
    }
}

/// Files of the owners, and of the researcher.
type Parts = (Vec<PathBuf>, PathBuf);

fn parts(folder: &Path, ending: &str) -> Parts {
    let path = |name: String| folder.join(format!("{name}.{ending}"));
    ((1..=OWNERS).map(|number| path(format!("owner-{number}"))).collect(), path("holdout".into()))
}

fn patients(folder: &Path) -> Result<Parts> {
    let path = root().join(".data/gbsg2.csv");
    let text = fs::read_to_string(&path)
        .with_context(|| format!("{} is missing: run `cargo xtask modules`", path.display()))?;
    let (header, rows) = text.split_once('\n').context("a table without a header")?;
    let mut rows: Vec<&str> = rows.lines().collect();
    shuffle(&mut rows, &mut ChaCha20Rng::seed_from_u64(1));
    let (owners, holdout) = parts(folder, "csv");
    for (part, path) in owners.iter().chain([&holdout]).enumerate() {
        let rows: String = rows.iter().skip(part).step_by(OWNERS + 1).flat_map(|row| [row, "\n"]).collect();
        fs::write(path, format!("{header}\n{rows}"))
            .with_context(|| format!("{} can't be written", path.display()))?;
    }
    Ok((owners, holdout))
}

fn digits(folder: &Path) -> Result<Parts> {
    let (owners, holdout) = parts(folder, "safetensors");
    let all = Digits::all();
    for (part, path) in owners.iter().chain([&holdout]).enumerate() {
        all.part(part, OWNERS + 1).write_safetensors(path)?;
    }
    Ok((owners, holdout))
}
