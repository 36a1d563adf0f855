//! One process: started in its own group and directory, its output read line by line, killed when it is dropped.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::groups;

/// Where a process's standard output is kept, in its directory.
pub(crate) const STDOUT: &str = "stdout.log";
/// Where its logs are kept.
pub(crate) const STDERR: &str = "stderr.log";

/// What to start.
#[derive(Debug, Clone)]
pub(crate) struct Spec {
    pub program: PathBuf,
    pub args: Vec<OsString>,
    /// The filter of its logs; its own default if none.
    pub log: Option<String>,
    pub directory: PathBuf,
}

/// What a process's standard output says.
pub(crate) enum Heard {
    Line(String),
    Closed,
}

/// A running process.
pub(crate) struct Process {
    /// `None` once it is waited for.
    child: Option<Child>,
}

/// A command that hears of nothing but its arguments: settings of the user's own studies do not leak into this one.
pub(crate) fn command(program: &Path, log: Option<&str>) -> Command {
    let mut command = Command::new(program);
    for (name, value) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let is_telemetry = name == "TRIBUTARY_TELEMETRY" && value != "stdout";
        if (name.starts_with("TRIBUTARY_") && !is_telemetry) || (name == "RUST_LOG" && log.is_some()) {
            command.env_remove(&name);
        }
    }
    if let Some(log) = log {
        command.env("RUST_LOG", log);
    }
    command.stdin(Stdio::null()).process_group(0);
    command
}

impl Process {
    /// Starts it; `tell` gets its lines on a thread of its own.
    pub fn start(spec: &Spec, mut tell: impl FnMut(Heard) + Send + 'static) -> Result<Self> {
        fs::create_dir_all(&spec.directory)
            .with_context(|| format!("the directory {} can't be made", spec.directory.display()))?;
        let append = |name: &str| -> Result<File> {
            let path = spec.directory.join(name);
            let file = OpenOptions::new().create(true).append(true).open(&path);
            file.with_context(|| format!("{} can't be written", path.display()))
        };
        let mut kept = append(STDOUT)?;
        let mut child = command(&spec.program, spec.log.as_deref())
            .args(&spec.args)
            .stdout(Stdio::piped())
            .stderr(append(STDERR)?)
            .spawn()
            .with_context(|| format!("{} can't be started", spec.program.display()))?;
        groups::remember(child.id());
        let stdout = child.stdout.take();
        let process = Self { child: Some(child) };
        let stdout = stdout.context("the process has no standard output")?;
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let Ok(line) = line else { break };
                // A log that can't be written must not stop what it is about.
                let _ = writeln!(kept, "{line}");
                tell(Heard::Line(line));
            }
            tell(Heard::Closed);
        });
        Ok(process)
    }

    /// Kills its group with SIGKILL and waits for it.
    pub fn kill(mut self) {
        self.end();
    }

    /// Waits for its end, which must be near.
    pub fn wait(mut self) -> Result<ExitStatus> {
        let mut child = self.child.take().ok_or_else(|| anyhow!("the process was waited for before"))?;
        groups::forget(child.id());
        child.wait().context("a process can't be waited for")
    }

    fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            groups::kill(child.id());
            let _ = child.wait();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs a command to its end, but no longer than `limit`.
///
/// # Errors
/// If it can't be started, or takes longer: then its group is killed.
pub(crate) fn run(mut command: Command, limit: Duration) -> Result<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.with_context(|| format!("{name} can't be started"))?;
    let id = child.id();
    groups::remember(id);
    let (sender, done) = mpsc::channel();
    let started = Instant::now();
    thread::spawn(move || {
        let output = child.wait_with_output();
        groups::forget(id);
        let _ = sender.send(output);
    });
    match done.recv_timeout(limit) {
        Ok(output) => output.with_context(|| format!("{name} can't be waited for")),
        Err(_) => {
            groups::kill(id);
            bail!("{name} was killed: it had not ended after {:.0?}", started.elapsed())
        }
    }
}

/// The last lines of a file, indented; empty if there is none.
pub(crate) fn tail(path: &Path, lines: usize) -> String {
    let text = fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    let last = all.get(all.len().saturating_sub(lines)..).unwrap_or_default();
    last.iter().map(|line| format!("    {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(directory: &Path, script: &str) -> Spec {
        let args = ["-c", script].map(OsString::from).to_vec();
        Spec { program: "/bin/sh".into(), args, log: None, directory: directory.to_owned() }
    }

    fn start(spec: &Spec) -> (Process, mpsc::Receiver<Option<String>>) {
        let (sender, lines) = mpsc::channel();
        let process = Process::start(spec, move |output| {
            let _ = sender.send(match output {
                Heard::Line(line) => Some(line),
                Heard::Closed => None,
            });
        });
        (process.unwrap(), lines)
    }

    #[test]
    fn lines_come_in_order_and_the_logs_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        let (process, lines) =
            start(&shell(directory.path(), "echo one; echo trouble >&2; echo two; exit 3"));
        assert_eq!(lines.iter().take(3).collect::<Vec<_>>(), [Some("one".into()), Some("two".into()), None]);
        assert_eq!(process.wait().unwrap().code(), Some(3));
        assert_eq!(fs::read_to_string(directory.path().join(STDOUT)).unwrap(), "one\ntwo\n");
        assert_eq!(tail(&directory.path().join(STDERR), 5), "    trouble\n");
    }

    #[test]
    fn a_kill_takes_the_whole_group_with_it() {
        let directory = tempfile::tempdir().unwrap();
        // The grandchild holds standard output open: it closes when both are gone.
        let (process, lines) = start(&shell(directory.path(), "sleep 1000 & echo ready; wait"));
        assert_eq!(lines.recv().unwrap(), Some("ready".into()));
        drop(process);
        assert_eq!(lines.recv().unwrap(), None);
    }

    #[test]
    fn a_command_is_not_waited_for_beyond_its_limit() {
        let mut endless = command(Path::new("/bin/sh"), None);
        endless.args(["-c", "sleep 1000"]);
        let error = run(endless, Duration::from_millis(50)).unwrap_err().to_string();
        assert!(error.contains("was killed"), "{error}");
        let mut short = command(Path::new("/bin/sh"), None);
        short.args(["-c", "echo out; echo err >&2; exit 4"]);
        let output = run(short, Duration::from_secs(600)).unwrap();
        assert_eq!(
            (output.status.code(), &*output.stdout, &*output.stderr),
            (Some(4), &b"out\n"[..], &b"err\n"[..])
        );
    }

    #[test]
    fn a_tail_is_the_last_lines() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        fs::write(&path, "1\n2\n3\n").unwrap();
        assert_eq!(tail(&path, 2), "    2\n    3\n");
        assert_eq!(tail(&path, 9), "    1\n    2\n    3\n");
        assert_eq!(tail(Path::new("/nowhere"), 2), "");
    }
}
