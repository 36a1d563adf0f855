//! The targets in `fuzz/`, by cargo-fuzz (libFuzzer, with the address sanitizer), which needs a nightly compiler.

use crate::{
    house::House,
    run::{Run, is_executable, say, which},
};
use anyhow::{Context, Result, anyhow};
use std::{
    collections::VecDeque,
    fmt::Write as _,
    fs,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread,
};

const VERSION: &str = "0.13.2";
const NIGHTLY: &str = "nightly";
/// An input that takes longer, in seconds, or more memory, in MiB, is a finding.
const TIMEOUT: u32 = 10;
const MEMORY: u32 = 2048;

/// What fuzzing one target gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FuzzRun {
    target: String,
    /// How often the target was run; none if it did not get so far.
    runs: Option<u64>,
    per_second: Option<u64>,
    /// Where libFuzzer put the input that it found.
    found: Option<String>,
    succeeded: bool,
    log: PathBuf,
}

impl FuzzRun {
    /// What a person must look at, if anything.
    pub fn complaint(&self) -> Option<String> {
        let (target, log) = (&self.target, self.log.display());
        match (&self.found, self.succeeded) {
            (Some(input), _) => Some(format!(
                "{target}: an input breaks it, {input}; see {log}, and keep the input in fuzz/seeds/{target}/ once it is mended"
            )),
            (None, false) => Some(format!("{target}: the fuzzer stopped, see {log}")),
            (None, true) => None,
        }
    }

    fn read(target: &str, succeeded: bool, log: PathBuf) -> Self {
        let text = fs::read(&log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let number = |name: &str| {
            text.lines().find_map(|line| line.strip_prefix(name)).and_then(|rest| rest.trim().parse().ok())
        };
        let found =
            text.lines().find_map(|line| line.split_once("Test unit written to ")).map(|(_, path)| path);
        Self {
            target: target.to_owned(),
            runs: number("stat::number_of_executed_units:"),
            per_second: number("stat::average_exec_per_sec:"),
            found: found.map(str::to_owned),
            succeeded,
            log,
        }
    }
}

/// The runs as a person reads them.
pub fn table(runs: &[FuzzRun]) -> String {
    let mut text = format!("{:<20}{:>14}{:>10}  found\n", "target", "runs", "runs/s");
    for run in runs {
        let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let found = match (&run.found, run.succeeded) {
            (Some(_), _) => "AN INPUT",
            (None, false) => "STOPPED",
            (None, true) => "nothing",
        };
        let (runs, per_second) = (number(run.runs), number(run.per_second));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<20}{runs:>14}{per_second:>10}  {found}", run.target);
    }
    text
}

/// Runs every target for `seconds`, `jobs` at a time. What a target finds stops no other.
///
/// # Errors
/// What could not be installed or built.
pub fn all(house: &House, seconds: u32, jobs: NonZeroUsize) -> Result<Vec<FuzzRun>> {
    let fuzzer = Fuzzer { house, program: cargo_fuzz(house)? };
    fuzzer
        .run(["--version"])
        .remedy("Fuzzing needs a nightly compiler: rustup toolchain install nightly --profile minimal")
        .quiet()?;
    say("fuzz", "building the targets");
    fuzzer.run(["build"]).stream()?;
    let targets = fuzzer.run(["list"]).quiet()?;
    let targets: Vec<String> = targets.lines().map(|line| line.trim().to_owned()).collect();

    let minutes = (u64::from(seconds) * targets.len() as u64).div_ceil(60 * jobs.get() as u64);
    say("fuzz", format_args!("{} targets, {seconds} s each: about {minutes} minutes", targets.len()));
    let waiting: Mutex<VecDeque<&String>> = Mutex::new(targets.iter().collect());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let worker =
        || std::iter::from_fn(next).map(|target| fuzzer.fuzz(target, seconds)).collect::<Result<Vec<_>>>();
    let finished: Result<Vec<Vec<FuzzRun>>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.get()).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(|worker| worker.join().map_err(|_| anyhow!("a worker panicked"))?).collect()
    });
    let mut runs = finished?.concat();
    runs.sort_by(|a, b| a.target.cmp(&b.target));
    Ok(runs)
}

struct Fuzzer<'a> {
    house: &'a House,
    program: PathBuf,
}

impl Fuzzer<'_> {
    fn run<const N: usize>(&self, args: [&str; N]) -> Run {
        // The outer cargo, which cargo-fuzz would call, is not the nightly one.
        Run::clean("rustup", self.house)
            .env("CARGO", "cargo")
            .args(["run", NIGHTLY])
            .arg(&self.program)
            .args(args)
    }

    /// Starts from the committed seeds and what earlier runs found, and keeps what it finds.
    fn fuzz(&self, target: &str, seconds: u32) -> Result<FuzzRun> {
        say("fuzz", target);
        let [corpus, seeds] = ["corpus", "seeds"].map(|folder| format!("fuzz/{folder}/{target}"));
        for folder in [&corpus, &seeds] {
            let folder = self.house.root().join(folder);
            fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let log = self.house.root().join(Path::new("fuzz/target")).join(format!("{target}.log"));
        let status = self
            .run(["run", target, &corpus, &seeds, "--", "-print_final_stats=1"])
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-timeout={TIMEOUT}"))
            .arg(format!("-rss_limit_mb={MEMORY}"))
            .into_file(&log)?;
        Ok(FuzzRun::read(target, status.success(), log))
    }
}

/// A cargo-fuzz that works: the user's own, or one that is built once and kept in the cache.
fn cargo_fuzz(house: &House) -> Result<PathBuf> {
    if let Some(own) = which("cargo-fuzz") {
        say("cargo-fuzz", format_args!("your own, {}", own.display()));
        return Ok(own);
    }
    let root = house.cache()?.join(format!("cargo-fuzz-{VERSION}"));
    let place = root.join("bin/cargo-fuzz");
    if is_executable(&place) {
        say("cargo-fuzz", format_args!("{VERSION} is in the cache already"));
        return Ok(place);
    }
    say("cargo-fuzz", format_args!("building {VERSION} into the cache, which takes some minutes"));
    Run::cargo(house)
        .args(["install", "cargo-fuzz", "--locked", "--version", VERSION, "--root"])
        .arg(&root)
        .remedy("Install it by hand: cargo install cargo-fuzz --locked")
        .stream()?;
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(succeeded: bool, text: &str) -> FuzzRun {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("points.log");
        fs::write(&log, text).unwrap();
        FuzzRun::read("points", succeeded, log)
    }

    #[test]
    fn a_quiet_run_is_counted_and_none_complains() {
        let run = read(
            true,
            "INFO: seed\n#2\tINITED\nDone 120 runs in 61 second(s)\nstat::number_of_executed_units: 120\n\
             stat::average_exec_per_sec:     2\n",
        );
        assert_eq!((run.runs, run.per_second, run.complaint()), (Some(120), Some(2), None));
        assert!(table(&[run]).ends_with("points                         120         2  nothing\n"));
    }

    #[test]
    fn an_input_that_breaks_a_target_is_named_even_if_the_fuzzer_ends_well() {
        let text = "thread panicked\nartifact_prefix='/x/'; Test unit written to /x/crash-1\nBase64: AA==\n";
        for succeeded in [true, false] {
            let run = read(succeeded, text);
            assert!(run.complaint().unwrap().contains("/x/crash-1"));
            assert!(table(&[run]).contains("AN INPUT"));
        }
    }

    #[test]
    fn a_fuzzer_that_stops_without_a_finding_is_a_complaint_too() {
        let run = read(false, "==1== ERROR: libFuzzer: no such directory\n");
        assert_eq!(run.runs, None);
        assert!(run.complaint().unwrap().contains("stopped"));
        assert!(table(&[run]).contains("STOPPED"));
    }
}
