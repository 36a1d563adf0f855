//! Running `tributary` for what it does at once: auditing, training alone, measuring.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::Study;
use crate::audit::Audit;
use crate::measure::{Personalised, Report};
use crate::process::{command, run};
use crate::record::{self, Transcript};

/// Even when the study's time is almost over, a command gets this long.
const LEAST: Duration = Duration::from_secs(60);

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Its output.
    pub stdout: String,
    /// Its complaints.
    pub stderr: String,
}

impl Run {
    /// The output of a command that succeeded.
    ///
    /// # Errors
    /// If it did not: with what it said.
    pub fn success(self) -> Result<String> {
        if self.code == Some(0) {
            return Ok(self.stdout);
        }
        bail!("tributary failed (exit code {:?}): {}{}", self.code, self.stderr, self.stdout)
    }
}

impl Study {
    /// Runs `tributary` with arguments to its end.
    ///
    /// # Errors
    /// If it can't be started, or does not end in the time that the study has left.
    pub fn tributary(&self, args: impl IntoIterator<Item = OsString>) -> Result<Run> {
        let mut command = command(&self.binaries.tributary(), None);
        command.args(args);
        let left = self.deadline.saturating_duration_since(Instant::now()).max(LEAST);
        let output = run(command, left)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Run { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) })
    }

    /// Audits the study from the chain and a directory or a coordinator with its artifacts.
    ///
    /// # Errors
    /// If the audit can't be run.
    pub fn audit(&self, artifacts: &str) -> Result<Audit> {
        let mut args = vec!["audit".into(), self.study.clone().into()];
        args.extend(self.chain_args());
        args.extend(["--artifacts".into(), artifacts.into()]);
        let Run { code, stdout, stderr } = self.tributary(args)?;
        if code.is_none_or(|code| code > 1) {
            bail!("the audit could not be carried out (exit code {code:?}): {stderr}{stdout}");
        }
        Ok(Audit { lines: stdout.lines().map(str::to_owned).collect(), code })
    }

    /// Trains the study's model on one or more sites' rows alone, and measures it on all sites' test sets.
    ///
    /// # Errors
    /// If a file is unfit.
    pub fn baseline(&self, train: &[&Path]) -> Result<Report> {
        let mut args: Vec<OsString> = vec!["baseline".into()];
        for path in train {
            args.extend(["--train".into(), (*path).into()]);
        }
        self.measure(args, &self.tests())
    }

    /// Measures the study's own model on all sites' test sets.
    ///
    /// # Errors
    /// If there is none.
    pub fn evaluate(&self) -> Result<Report> {
        self.evaluate_on(&self.tests())
    }

    /// Measures the study's own model on the rows of some files.
    ///
    /// # Errors
    /// If there is none, or a file is unfit.
    pub fn evaluate_on(&self, tests: &[&Path]) -> Result<Report> {
        self.measure(vec!["evaluate".into(), "--model".into(), self.layout.model().into()], tests)
    }

    /// Trains the study's model further at one site, which keeps the result if it has a lower loss on rows that were held
    /// back, and measures what the site then has on all sites' test sets.
    ///
    /// # Errors
    /// If the site is none, or has too few rows.
    pub fn personalise(&self, site: usize) -> Result<Report> {
        let site = self.settings.sites.get(site).context("there is no such site")?;
        let own = self.layout.owner(&site.name).join("own.bin");
        let mut args: Vec<OsString> = vec!["owner".into(), "personalise".into(), "--json".into()];
        for (option, path) in [
            ("--plan", self.layout.plan()),
            ("--model", self.layout.model()),
            ("--data", site.train.clone()),
            ("--output", own.clone()),
        ] {
            args.extend([option.into(), path.into()]);
        }
        args.extend(self.module_args());
        let text = self.tributary(args)?.success()?;
        let Personalised { before, after } =
            serde_json::from_str(&text).with_context(|| format!("not a report: {text}"))?;
        let kept = if after.loss < before.loss { own } else { self.layout.model() };
        self.measure(vec!["evaluate".into(), "--model".into(), kept.into()], &self.tests())
    }

    fn tests(&self) -> Vec<&Path> {
        self.settings.sites.iter().map(|site| site.test.as_path()).collect()
    }

    fn module_args(&self) -> Vec<OsString> {
        let module = self.layout.module();
        if module.is_file() { vec!["--module".into(), module.into()] } else { Vec::new() }
    }

    fn measure(&self, mut args: Vec<OsString>, tests: &[&Path]) -> Result<Report> {
        args.extend(["--json".into(), "--plan".into(), self.layout.plan().into()]);
        args.extend(self.module_args());
        args.extend(tests.iter().flat_map(|test| ["--test".into(), (*test).into()]));
        let text = self.tributary(args)?.success()?;
        serde_json::from_str(&text).with_context(|| format!("not a report: {text}"))
    }

    /// The rounds' transcripts that were published so far, by round.
    ///
    /// # Errors
    /// If the artifacts can't be read.
    pub fn transcripts(&self) -> Result<BTreeMap<u64, Transcript>> {
        record::transcripts(&self.layout.artifacts())
    }

    /// The study's plan, as JSON.
    ///
    /// # Errors
    /// If the plan can't be read.
    pub fn plan(&self) -> Result<serde_json::Value> {
        let path: PathBuf = self.layout.plan();
        let text = std::fs::read(&path).with_context(|| format!("{} can't be read", path.display()))?;
        Ok(serde_json::from_slice(&text)?)
    }
}
