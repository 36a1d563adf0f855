//! Studies for the tests: small, with deadlines short enough to wait for and long enough for two busy cores.
#![allow(dead_code, reason = "each test file uses a part")]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hospitals::event::{Event, Phase};
use hospitals::study::{Role, Settings, Study};
use tempfile::TempDir;

pub const CLEVELAND: usize = 0;
pub const HUNGARY: usize = 1;

/// One whole study at a time: seven processes are enough for two cores, and an owner that gets no time looks silent.
pub fn alone() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A directory that goes away, unless the test fails: then its logs are wanted.
pub struct Scratch(Option<TempDir>);

impl Scratch {
    pub fn new() -> Self {
        Self(Some(tempfile::Builder::new().prefix("hospitals.").tempdir().unwrap()))
    }

    pub fn path(&self) -> &Path {
        self.0.as_ref().unwrap().path()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(directory) = self.0.take()
        {
            eprintln!("the test's files are kept in {}", directory.keep().display());
        }
    }
}

/// The demo's study with two rounds of logistic regression and other deadlines; `change` has the last word.
pub fn settings(scratch: &Scratch, change: impl FnOnce(&mut toml::Table)) -> Settings {
    let mut settings = Settings::demo(scratch.path().join("study")).unwrap();
    let mut file: toml::Table = fs::read_to_string(&settings.study_file).unwrap().parse().unwrap();
    set(&mut file, &["rounds"], 2);
    set(&mut file, &["aggregation", "max_weight"], 100_000);
    let deadlines = [
        ("silence_s", 5),
        ("enrol_s", 120),
        ("committee_s", 120),
        ("gather_s", 1),
        ("join_s", 30),
        ("report_s", 120),
        ("release_s", 30),
        ("settle_s", 60),
        ("study_s", 1800),
    ];
    for (name, seconds) in deadlines {
        set(&mut file, &["deadlines", name], seconds);
    }
    change(&mut file);
    settings.study_file = scratch.path().join("study.toml");
    fs::write(&settings.study_file, toml::to_string(&file).unwrap()).unwrap();
    settings.researcher_args =
        ["--model=logistic", "--optimizer=fedavg", "--seed=1"].map(str::to_owned).to_vec();
    settings.limit = Duration::from_secs(420);
    settings
}

/// Sets a key of the study file.
pub fn set(file: &mut toml::Table, path: &[&str], value: impl Into<toml::Value>) {
    let (last, tables) = path.split_last().unwrap();
    let table = tables.iter().fold(file, |table, name| table[*name].as_table_mut().unwrap());
    table.insert((*last).into(), value.into());
}

/// One group of all owners: one may drop out, and those who remain are still enough.
pub fn one_group(file: &mut toml::Table) {
    set(file, &["aggregation", "max_groups"], 1);
}

/// A training that takes seconds where others take milliseconds, so that a kill in its middle is one.
pub const MANY_ROWS: usize = 20_011;

/// Gives a site so many rows, and the training so many epochs, that it trains for seconds.
pub fn slow(scratch: &Scratch, settings: &mut Settings, index: usize) {
    let site = &mut settings.sites[index];
    let path = scratch.path().join(format!("{}.csv", site.name));
    rewrite(&site.train, &path, |rows| {
        let rows = std::mem::take(rows).into_iter().cycle().take(MANY_ROWS);
        rows.collect()
    });
    site.train = path;
}

/// Epochs enough that a slow site tells of its progress long before it is done.
pub fn many_epochs(file: &mut toml::Table) {
    set(file, &["training", "local_epochs"], 10);
    set(file, &["training", "batch_size"], 32);
}

/// Writes a CSV file with other rows.
pub fn rewrite(from: &Path, to: &Path, change: impl FnOnce(&mut Vec<Vec<String>>) -> Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_path(from).unwrap();
    let header = reader.headers().unwrap().clone();
    let mut rows: Vec<Vec<String>> =
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let mut writer = csv::Writer::from_path(to).unwrap();
    writer.write_record(&header).unwrap();
    for row in change(&mut rows) {
        writer.write_record(&row).unwrap();
    }
    writer.flush().unwrap();
}

/// The place of a column in the hospitals' files.
pub fn column(path: &Path, name: &str) -> usize {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.headers().unwrap().iter().position(|column| column == name).unwrap()
}

/// Where nobody is killed, nobody is to be cut: not even on a machine that is busy with other things.
pub fn nobody_is_silent(file: &mut toml::Table) {
    set(file, &["deadlines", "silence_s"], 60);
}

/// Kills owners in the middle of their training in a round.
pub fn kill_in_training(study: &mut Study, owners: &[usize], round: u64) {
    let is_midway =
        |event: &Event| matches!(event, Event::Training { round: r, done_permille: 100.. } if *r == round);
    for index in owners {
        study.wait_event(0, Role::Owner(*index), "it is training", is_midway).unwrap();
    }
    for index in owners {
        study.kill(Role::Owner(*index)).unwrap();
    }
    for index in owners {
        study.wait_over(Role::Owner(*index)).unwrap();
        let reported = |event: &Event| matches!(event, Event::Phase { round: r, phase: Phase::Reported, .. } if *r == round);
        assert!(!told(study, Role::Owner(*index), reported), "it was killed too late for this test");
    }
}

/// Whether a role has told something.
pub fn told(study: &Study, role: Role, is_it: impl Fn(&Event) -> bool) -> bool {
    study.history().iter().any(|told| told.event_of(role).is_some_and(&is_it))
}

/// Replaces the value of an option.
pub fn replace(mut args: Vec<OsString>, option: &str, value: impl Into<OsString>) -> Vec<OsString> {
    let place = args.iter().position(|arg| arg == option).unwrap();
    args[place + 1] = value.into();
    args
}

/// A copy of a directory.
pub fn copy(from: &Path, to: &Path) {
    for file in hospitals::record::files(from).unwrap() {
        let target: PathBuf = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&file, &target).unwrap();
    }
}
