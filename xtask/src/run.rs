//! Running other programs, and saying plainly which one failed.

use anyhow::{Context, Result, bail};
use std::{
    env,
    ffi::OsStr,
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

/// One line for the person who waits.
pub fn say(what: &str, line: impl std::fmt::Display) {
    eprintln!("{what:>12} {line}");
}

/// A program with its arguments, and what to do if it fails.
pub struct Run {
    command: Command,
    remedy: &'static str,
}

impl Run {
    /// A program, found on the PATH or by its path.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self { command: Command::new(program), remedy: "" }
    }

    /// The cargo that runs this xtask, in a clean environment.
    pub fn cargo(house: &crate::house::House) -> Self {
        Self::clean(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), house)
    }

    /// A program in the root, without what the outer cargo put into the environment.
    pub fn clean(program: impl AsRef<OsStr>, house: &crate::house::House) -> Self {
        let mut run = Self::new(program).dir(house.root());
        for (name, _) in env::vars_os() {
            if is_from_outer_cargo(&name.to_string_lossy()) {
                run.command.env_remove(name);
            }
        }
        // Cargo sets LIBTORCH itself (.cargo/config.toml); handed on by us, build scripts would see it as a change.
        if env::var_os("LIBTORCH").is_some_and(|own| own == house.libtorch()) {
            run.command.env_remove("LIBTORCH");
        }
        run
    }

    /// One more argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// More arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    /// An environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// The directory to run in.
    pub fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// What a person should do if it fails.
    pub fn remedy(mut self, remedy: &'static str) -> Self {
        self.remedy = remedy;
        self
    }

    /// Runs it with its output shown as it comes.
    ///
    /// # Errors
    /// The command and its exit status, if that is not success.
    pub fn stream(mut self) -> Result<()> {
        let status = self.command.stdin(Stdio::null()).status().with_context(|| self.cannot_start())?;
        self.check(status, "")
    }

    /// Runs it with its stdout shown as it comes and returned too; the exit status is the caller's to judge.
    ///
    /// # Errors
    /// The command, if it cannot be started or read from.
    pub fn tee(mut self) -> Result<(ExitStatus, String)> {
        let mut child = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| self.cannot_start())?;
        let mut text = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            let mut stdout = BufReader::new(stdout);
            loop {
                let start = text.len();
                if stdout.read_until(b'\n', &mut text).with_context(|| self.shown())? == 0 {
                    break;
                }
                io::stdout().write_all(text.get(start..).unwrap_or_default())?;
            }
        }
        let status = child.wait().with_context(|| self.shown())?;
        Ok((status, String::from_utf8_lossy(&text).into_owned()))
    }

    /// Runs it silently and returns its stdout; what it said is shown only if it fails.
    ///
    /// # Errors
    /// The command, its exit status and what it said.
    pub fn quiet(mut self) -> Result<String> {
        let output = self.command.stdin(Stdio::null()).output().with_context(|| self.cannot_start())?;
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        self.check(output.status, &format!("\n{}", format!("{stdout}{stderr}").trim_end()))?;
        Ok(stdout.into_owned())
    }

    /// Runs it with all that it says written to a file; the exit status is the caller's to judge.
    ///
    /// # Errors
    /// The file, if it cannot be written; the command, if it cannot be started.
    pub fn into_file(mut self, path: &Path) -> Result<ExitStatus> {
        let cannot_write = || format!("cannot write {}", path.display());
        let file = File::create(path).with_context(cannot_write)?;
        let stdout = file.try_clone().with_context(cannot_write)?;
        self.command.stdin(Stdio::null()).stdout(stdout).stderr(file);
        self.command.status().with_context(|| self.cannot_start())
    }

    /// Starts it with its stderr piped to us, and leaves it running.
    ///
    /// # Errors
    /// The command, if it cannot be started.
    pub fn spawn(mut self) -> Result<Child> {
        self.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        self.command.spawn().with_context(|| self.cannot_start())
    }

    fn check(&self, status: ExitStatus, output: &str) -> Result<()> {
        if status.success() {
            return Ok(());
        }
        let (separator, remedy) = if self.remedy.is_empty() { ("", "") } else { ("\n", self.remedy) };
        bail!("this command failed ({status}): {}{output}{separator}{remedy}", self.shown())
    }

    fn cannot_start(&self) -> String {
        format!("cannot start this command: {}", self.shown())
    }

    /// The command as one could type it.
    fn shown(&self) -> String {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        let quoted = words.map(|word| quote(&word.to_string_lossy())).collect::<Vec<_>>().join(" ");
        match self.command.get_current_dir() {
            Some(dir) => format!("(cd {} && {quoted})", dir.display()),
            None => quoted,
        }
    }
}

/// Whether the outer cargo set this for xtask alone. Build scripts that watch such a variable would run again and again
/// if the inner cargo inherited it.
fn is_from_outer_cargo(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || ["CARGO_PRIMARY_PACKAGE", "LD_LIBRARY_PATH", "OUT_DIR"].contains(&name)
}

/// Short words stay as they are; a script is cut.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:+,@%".contains(c);
    match word {
        word if word.contains('\n') => "'…script…'".to_owned(),
        word if !word.is_empty() && word.chars().all(plain) => word.to_owned(),
        word => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// The program's path, if it is on the PATH.
pub fn which(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join(program)).find(|file| is_executable(file))
}

/// Whether this is a file that can be run.
pub fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_what_it_said_and_what_to_do() {
        let run = Run::new("sh").args(["-c", "echo so; echo sad >&2; exit 3"]).dir("/").remedy("Try again.");
        let error = run.quiet().unwrap_err().to_string();
        assert_eq!(
            error,
            "this command failed (exit status: 3): (cd / && sh -c 'echo so; echo sad >&2; exit 3')\nso\nsad\nTry again."
        );
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = Run::new("no-such-program").arg("x y").stream().unwrap_err();
        assert_eq!(error.to_string(), "cannot start this command: no-such-program 'x y'");
    }

    #[test]
    fn tee_returns_what_was_printed_whatever_the_status() {
        let (status, text) = Run::new("sh").args(["-c", "printf 'one\\ntwo\\n'; exit 1"]).tee().unwrap();
        assert!(!status.success());
        assert_eq!(text, "one\ntwo\n");
    }

    #[test]
    fn programs_are_found_on_the_path_only_if_they_can_be_run() {
        assert!(which("sh").is_some_and(|sh| is_executable(&sh)));
        assert_eq!(which("no-such-program"), None);
        assert!(!is_executable(Path::new("/etc/passwd")) && !is_executable(Path::new("/")));
    }

    #[test]
    fn only_the_outer_cargos_own_variables_are_taken_away() {
        for name in ["CARGO_PKG_NAME", "CARGO_MANIFEST_DIR", "LD_LIBRARY_PATH"] {
            assert!(is_from_outer_cargo(name), "{name}");
        }
        for name in ["CARGO_HOME", "CARGO_TARGET_DIR", "CARGO_NET_OFFLINE", "PATH", "LIBTORCH"] {
            assert!(!is_from_outer_cargo(name), "{name}");
        }
    }
}
