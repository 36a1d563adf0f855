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

    /// Owners' and researcher's rows, ready for a study in `directory`. The owners are always the same; which rows each keeps
    /// back for its test depends on the seed.
    ///
    /// # Errors
    /// If data is missing, or can't be written.
    pub fn settings(self, directory: PathBuf, seed: u64) -> Result<Settings> {
        let demo = Settings::demo(directory)?;
        let rows = |name: &str| root().join(format!(".data/{name}/seed-{seed}"));
        let (sites, holdout) = match self {
            Self::Heart => heart(&rows("heart"), seed)?,
            Self::BreastCancer => breast_cancer(&rows("breast-cancer"), seed)?,
            Self::Digits => digits(&rows("digits"), seed)?,
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

/// The hospitals of the demo: what each trains on and what it keeps back for its test, dealt anew.
fn heart(directory: &Path, seed: u64) -> Result<(Vec<Site>, PathBuf)> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut sites = Vec::new();
    for Site { name, title, train, test } in sites::sites()? {
        let (header, mut lines) = table(&train)?;
        lines.extend(table(&test)?.1);
        // The last column: how ill the patient is, or 0.
        let classes = lines.iter().map(|line| u32::from(line.rsplit(',').next() != Some("0")));
        let own = Labelled { classes: classes.collect(), ending: "csv", write: csv(&header, &lines) };
        let mut rows: Vec<usize> = (0..lines.len()).collect();
        shuffle(&mut rows, &mut rng);
        sites.push(own.site(directory, name, title, &rows)?);
    }
    Ok((sites, sites::holdout()))
}

fn table(path: &Path) -> Result<(String, Vec<String>)> {
    let text = fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?;
    let mut lines = text.lines().map(str::to_owned);
    Ok((lines.next().context("a table without a header")?, lines.collect()))
}

fn csv(header: &str, lines: &[String]) -> impl Fn(&Path, &[usize]) -> Result<()> {
    move |path, rows| {
        let lines: String = rows.iter().flat_map(|row| [lines[*row].as_str(), "\n"]).collect();
        Ok(fs::write(path, format!("{header}\n{lines}"))?)
    }
}

fn breast_cancer(directory: &Path, seed: u64) -> Result<(Vec<Site>, PathBuf)> {
    let data = smartcore::dataset::breast_cancer::load_dataset();
    let names: Vec<String> = data.feature_names.iter().map(|name| name.replace(' ', "_")).collect();
    let header = format!("{},benign", names.join(","));
    let lines = data.data.chunks(data.num_features).zip(&data.target).map(|(row, class)| {
        let cells: Vec<String> = row.iter().map(f32::to_string).collect();
        format!("{},{class}", cells.join(","))
    });
    let lines: Vec<String> = lines.collect();
    Labelled { classes: data.target, ending: "csv", write: csv(&header, &lines) }.deal(directory, seed)
}

fn digits(directory: &Path, seed: u64) -> Result<(Vec<Site>, PathBuf)> {
    let digits = Digits::all();
    let write = |path: &Path, rows: &[usize]| digits.select(rows).write_safetensors(path);
    Labelled { classes: digits.classes(), ending: "safetensors", write }.deal(directory, seed)
}

impl<W: Fn(&Path, &[usize]) -> Result<()>> Labelled<W> {
    /// The researcher's rows first, by chance; the rest to owners by Dirichlet(½). Always the same.
    fn deal(&self, directory: &Path, seed: u64) -> Result<(Vec<Site>, PathBuf)> {
        let mut rows: Vec<usize> = (0..self.classes.len()).collect();
        shuffle(&mut rows, &mut ChaCha20Rng::seed_from_u64(1));
        let (holdout, rest) = rows.split_at(rows.len() / HOLDOUT);
        let classes: Vec<u32> = rest.iter().map(|row| self.classes[*row]).collect();
        let dealt = split(&classes, OWNERS, FEWEST, 1).context("no split lets every owner train")?;
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut sites = Vec::new();
        for (number, places) in (1..).zip(&dealt) {
            let mut own: Vec<usize> = places.iter().map(|place| rest[*place]).collect();
            shuffle(&mut own, &mut rng);
            sites.push(self.site(directory, format!("owner-{number}"), format!("Owner {number}"), &own)?);
        }
        let path = directory.join(format!("holdout.{}", self.ending));
        self.write(&path, holdout)?;
        Ok((sites, path))
    }

    fn site(&self, directory: &Path, name: String, title: String, rows: &[usize]) -> Result<Site> {
        let folder = directory.join(&name);
        fs::create_dir_all(&folder).with_context(|| format!("{} can't be made", folder.display()))?;
        let path = |part: &str| folder.join(format!("{part}.{}", self.ending));
        let (train, test) = self.keep_back(rows);
        let site = Site { train: path("train"), test: path("test"), title, name };
        self.write(&site.train, &train)?;
        self.write(&site.test, &test)?;
        Ok(site)
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

    fn rows(path: &Path) -> Vec<String> {
        table(path).unwrap().1
    }

    fn is_of_both_classes(rows: &[String]) -> bool {
        let positive = |row: &String| !row.ends_with(",0");
        rows.iter().any(positive) && !rows.iter().all(positive)
    }

    #[test]
    fn breast_cancer_is_laid_out_for_eight_owners_and_a_researcher() {
        let directory = tempfile::tempdir().unwrap();
        let (sites, holdout) = breast_cancer(directory.path(), 1).unwrap();
        let mut all = rows(&holdout);
        for site in &sites {
            for file in [&site.train, &site.test] {
                let rows = rows(file);
                assert!(is_of_both_classes(&rows), "{rows:?}");
                all.extend(rows);
            }
        }
        assert_eq!((sites.len(), all.len()), (8, 569));
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 569, "nobody's row is another's");
    }

    #[test]
    fn the_seed_says_which_rows_an_owner_tests_on_and_not_which_are_its_own() {
        let laid_out = |seed| {
            let directory = tempfile::tempdir().unwrap();
            let (heart, _) = heart(directory.path(), seed).unwrap();
            let (breast_cancer, _) = breast_cancer(directory.path(), seed).unwrap();
            let read = |site: &Site| (rows(&site.train), rows(&site.test));
            heart.iter().chain(&breast_cancer).map(read).collect::<Vec<_>>()
        };
        let (one, two) = (laid_out(1), laid_out(2));
        assert_eq!(laid_out(1), one);
        for ((train, test), (other_train, other_test)) in one.iter().zip(&two) {
            assert!(is_of_both_classes(train) && is_of_both_classes(test));
            assert_ne!(test, other_test);
            let sorted = |parts: [&[String]; 2]| {
                let mut all = parts.concat();
                all.sort_unstable();
                all
            };
            assert_eq!(sorted([train, test]), sorted([other_train, other_test]));
        }
    }
}
