//! Which patients a study is about, and how they are spread over owners.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use serde::Deserialize;

use crate::digits::Digits;
use crate::dirichlet::{shuffle, split};
use crate::measure::Measure;
use crate::sites::{self, Site, root};
use crate::study::Settings;

/// A data set, with its owners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cohort {
    /// Heart disease in four real hospitals (UCI)
    Heart,
    /// Breast cancer in Wisconsin (UCI), one table split among eight owners by Dirichlet(½)
    BreastCancer,
    /// Handwritten digits (UCI), split in the same way; the researcher brings a convolutional network
    Digits,
}

/// Owners among whom a table is split.
const OWNERS: usize = 8;
/// Rows of two classes that each needs: a quarter is kept back for its test.
const FEWEST: usize = 8;
/// Of a table's rows, one in this many is the researcher's.
const HOLDOUT: usize = 5;
/// Of an owner's rows, one in this many is kept back for its test.
const TEST: usize = 4;

impl Cohort {
    /// For people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Heart => "heart disease in four hospitals",
            Self::BreastCancer => "breast cancer, eight owners by Dirichlet(0.5)",
            Self::Digits => "handwritten digits, eight owners by Dirichlet(0.5)",
        }
    }

    /// By what its models are compared.
    #[must_use]
    pub fn measure(self) -> Measure {
        match self {
            Self::Heart | Self::BreastCancer => Measure::Auc,
            Self::Digits => Measure::Accuracy,
        }
    }

    /// The study file.
    #[must_use]
    pub fn study_file(self) -> PathBuf {
        match self {
            Self::Heart => sites::study_file(),
            Self::BreastCancer => root().join("examples/hospitals/breast-cancer.toml"),
            Self::Digits => root().join("examples/hospitals/digits.toml"),
        }
    }

    /// The module that the study file names: it has to lie beside that file.
    #[must_use]
    pub fn module(self) -> Option<PathBuf> {
        (self == Self::Digits).then(|| root().join("client/tests/modules/digits.pt"))
    }

    /// Owners' and researcher's rows, ready for a study in `directory`.
    ///
    /// # Errors
    /// If data is missing, or can't be written.
    pub fn settings(self, directory: PathBuf) -> Result<Settings> {
        let demo = Settings::demo(directory)?;
        let (sites, holdout) = match self {
            Self::Heart => return Ok(demo),
            Self::BreastCancer => breast_cancer(&root().join(".data/breast-cancer"))?,
            Self::Digits => digits(&root().join(".data/digits"))?,
        };
        Ok(Settings { sites, holdout, study_file: self.study_file(), ..demo })
    }
}

/// Rows of one class each.
struct Labelled<W> {
    classes: Vec<u32>,
    /// What the files' names end with.
    ending: &'static str,
    /// Writes the rows of these numbers to a file.
    write: W,
}

fn breast_cancer(directory: &Path) -> Result<(Vec<Site>, PathBuf)> {
    let data = smartcore::dataset::breast_cancer::load_dataset();
    let names: Vec<String> = data.feature_names.iter().map(|name| name.replace(' ', "_")).collect();
    let header = format!("{},benign", names.join(","));
    let lines = data.data.chunks(data.num_features).zip(&data.target).map(|(row, class)| {
        let cells: Vec<String> = row.iter().map(f32::to_string).collect();
        format!("{},{class}", cells.join(","))
    });
    let lines: Vec<String> = lines.collect();
    let write = |path: &Path, rows: &[usize]| {
        let lines: String = rows.iter().flat_map(|row| [lines[*row].as_str(), "\n"]).collect();
        Ok(fs::write(path, format!("{header}\n{lines}"))?)
    };
    Labelled { classes: data.target, ending: "csv", write }.lay_out(directory)
}

fn digits(directory: &Path) -> Result<(Vec<Site>, PathBuf)> {
    let digits = Digits::all();
    let write = |path: &Path, rows: &[usize]| digits.select(rows).write_safetensors(path);
    Labelled { classes: digits.classes(), ending: "safetensors", write }.lay_out(directory)
}

impl<W: Fn(&Path, &[usize]) -> Result<()>> Labelled<W> {
    /// The researcher's rows first, by chance; the rest by Dirichlet(½). Always the same split: studies differ by their own
    /// seeds.
    fn lay_out(&self, directory: &Path) -> Result<(Vec<Site>, PathBuf)> {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let mut rows: Vec<usize> = (0..self.classes.len()).collect();
        shuffle(&mut rows, &mut rng);
        let (holdout, rest) = rows.split_at(rows.len() / HOLDOUT);
        let classes: Vec<u32> = rest.iter().map(|row| self.classes[*row]).collect();
        let dealt = split(&classes, OWNERS, FEWEST, 1).context("no split lets every owner train")?;
        let mut sites = Vec::new();
        for (index, places) in dealt.iter().enumerate() {
            let own: Vec<usize> = places.iter().map(|place| rest[*place]).collect();
            let name = format!("owner-{}", index + 1);
            let (train, test) = self.keep_back(&own);
            let folder = directory.join(&name);
            fs::create_dir_all(&folder).with_context(|| format!("{} can't be made", folder.display()))?;
            let site = Site {
                train: folder.join(format!("train.{}", self.ending)),
                test: folder.join(format!("test.{}", self.ending)),
                title: format!("Owner {}", index + 1),
                name,
            };
            self.write(&site.train, &train)?;
            self.write(&site.test, &test)?;
            sites.push(site);
        }
        let path = directory.join(format!("holdout.{}", self.ending));
        self.write(&path, holdout)?;
        Ok((sites, path))
    }

    /// A part of each class is kept back. The rows are shuffled already.
    fn keep_back(&self, rows: &[usize]) -> (Vec<usize>, Vec<usize>) {
        let (mut train, mut test) = (Vec::new(), Vec::new());
        let mut seen = std::collections::BTreeMap::<u32, usize>::new();
        for row in rows {
            let count = seen.entry(self.classes[*row]).or_default();
            *count += 1;
            if count.is_multiple_of(TEST) { test.push(*row) } else { train.push(*row) }
        }
        (train, test)
    }

    fn write(&self, path: &Path, rows: &[usize]) -> Result<()> {
        (self.write)(path, rows).with_context(|| format!("{} can't be written", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breast_cancer_is_laid_out_for_eight_owners_and_a_researcher() {
        let directory = tempfile::tempdir().unwrap();
        let (sites, holdout) = breast_cancer(directory.path()).unwrap();
        let rows = |path: &Path| -> Vec<String> {
            fs::read_to_string(path).unwrap().lines().skip(1).map(str::to_owned).collect()
        };
        let mut all = rows(&holdout);
        for site in &sites {
            for file in [&site.train, &site.test] {
                let rows = rows(file);
                assert!(
                    ["0", "1"].iter().all(|class| rows.iter().any(|row| row.ends_with(class))),
                    "{rows:?}"
                );
                all.extend(rows);
            }
        }
        assert_eq!((sites.len(), all.len()), (8, 569));
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 569, "nobody's row is another's");
    }
}
