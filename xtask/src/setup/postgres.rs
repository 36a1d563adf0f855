//! A PostgreSQL server of the tests' own: made for one run, reachable from this machine only, gone afterwards.

use crate::run::{Run, is_executable, say, which};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::{Child, ChildStderr},
    thread,
};
use tempfile::TempDir;

const INSTALL: &str = "Install it: apt-get install postgresql";
/// Debian keeps a server's programs off the PATH, one directory for each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The directory with the server's programs; installs them where that is possible without asking.
///
/// # Errors
/// What to install.
pub fn find_or_install() -> Result<PathBuf> {
    if let Some(found) = find() {
        say("postgres", format_args!("found in {}", found.display()));
        return Ok(found);
    }
    if !is_obtainable() {
        bail!("PostgreSQL is missing. {INSTALL}");
    }
    say("postgres", "installing it (apt-get install postgresql)");
    let apt = || Run::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").remedy(INSTALL);
    apt().args(["update", "--quiet"]).quiet()?;
    apt().args(["install", "--yes", "--quiet", "--no-install-recommends", "postgresql"]).quiet()?;
    find().with_context(|| format!("PostgreSQL was installed, but is neither on the PATH nor in {DEBIAN}"))
}

/// Whether it is installed, or can be without asking: that is so for root on Debian and Ubuntu.
pub fn is_obtainable() -> bool {
    find().is_some() || (which("apt-get").is_some() && is_root().unwrap_or(false))
}

fn find() -> Option<PathBuf> {
    let is_complete =
        |dir: &PathBuf| ["initdb", "pg_ctl", "postgres"].iter().all(|name| is_executable(&dir.join(name)));
    let on_path = which("initdb").and_then(|initdb| Some(initdb.canonicalize().ok()?.parent()?.to_owned()));
    if let Some(dir) = on_path.filter(is_complete) {
        return Some(dir);
    }
    let mut versions: Vec<PathBuf> =
        fs::read_dir(DEBIAN).ok()?.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect();
    versions.sort();
    versions.into_iter().rev().find(is_complete)
}

/// A running server. Dropped, it stops, and its data is gone.
pub struct Server {
    url: String,
    process: Child,
    user: Option<User>,
    pg_ctl: PathBuf,
    /// Removed once the server has stopped.
    directory: TempDir,
}

impl Server {
    /// Makes a cluster with the programs in this directory and starts it. Takes about a second.
    ///
    /// # Errors
    /// What the programs said.
    pub fn start(programs: &Path) -> Result<Self> {
        let user = User::for_server()?;
        let directory = tempfile::Builder::new().prefix("tributary-postgres-").tempdir()?;
        let data = directory.path().join("data");
        let password_file = directory.path().join("password");
        let password = random_password()?;
        fs::write(&password_file, &password)?;
        if let Some(user) = &user {
            chown(directory.path(), Some(user.uid), Some(user.gid))?;
            chown(&password_file, Some(user.uid), Some(user.gid))?;
        }
        run_as(user.as_ref(), &programs.join("initdb"))
            .args([
                "--no-sync",
                "--username=postgres",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
            ])
            .arg("--pwfile")
            .arg(&password_file)
            .arg("--pgdata")
            .arg(&data)
            .dir(directory.path())
            .quiet()?;
        let port = free_port()?;
        let mut process = run_as(user.as_ref(), &programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args(settings(port))
            .dir(directory.path())
            .spawn()?;
        let started = process.stderr.take().context("the server has no log").and_then(wait_until_ready);
        let server = Self {
            url: format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres"),
            process,
            user,
            pg_ctl: programs.join("pg_ctl"),
            directory,
        };
        started.context("PostgreSQL did not start")?; // And is stopped by dropping it.
        say("postgres", format_args!("started on 127.0.0.1:{port}, for the tests only"));
        Ok(server)
    }

    /// Where to connect, as a superuser.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // At once, without writing anything more: the data is thrown away. Killing it outright would leave its shared
        // memory behind.
        let stopped = run_as(self.user.as_ref(), &self.pg_ctl)
            .args(["stop", "--silent", "--mode=immediate", "--pgdata"])
            .arg(self.directory.path().join("data"))
            .dir(self.directory.path())
            .quiet()
            .map(drop)
            .or_else(|_| self.process.kill())
            .and_then(|()| self.process.wait());
        if let Err(error) = stopped {
            say("postgres", format_args!("could not be stopped: {error}"));
        }
    }
}

/// A throw-away database is never synced to disk. It listens on loopback only, and on no socket file.
fn settings(port: u16) -> impl Iterator<Item = String> {
    let settings = [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        "unix_socket_directories=".to_owned(),
        "max_connections=200".to_owned(),
        "fsync=off".to_owned(),
        "full_page_writes=off".to_owned(),
        "synchronous_commit=off".to_owned(),
    ];
    settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting])
}

/// Reads the server's log until it is ready, then keeps reading it so that the server never blocks on it.
fn wait_until_ready(log: ChildStderr) -> Result<()> {
    let mut log = BufReader::new(log);
    let mut said = String::new();
    loop {
        let start = said.len();
        if log.read_line(&mut said)? == 0 {
            bail!("it said:\n{}", said.trim_end());
        }
        if said.get(start..).is_some_and(|line| line.contains("ready to accept connections")) {
            break;
        }
    }
    thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
    Ok(())
}

/// The user that the server runs as.
struct User {
    uid: u32,
    gid: u32,
}

impl User {
    /// PostgreSQL refuses to run as root: then it runs as another user. `None` is the current one.
    fn for_server() -> Result<Option<Self>> {
        if !is_root()? {
            return Ok(None);
        }
        for name in ["postgres", "nobody"] {
            if let (Ok(uid), Ok(gid)) = (id(&["-u", name]), id(&["-g", name])) {
                return Ok(Some(Self { uid, gid }));
            }
        }
        bail!("PostgreSQL cannot run as root, and there is neither a user `postgres` nor a user `nobody`")
    }
}

/// A program that runs as this user and ends when xtask does, however that ends.
fn run_as(user: Option<&User>, program: &Path) -> Run {
    let run = Run::new("setpriv")
        .args(["--pdeathsig", "QUIT"])
        .remedy("setpriv is part of util-linux. On Debian or Ubuntu: apt-get install util-linux");
    let run = match user {
        Some(user) => run.args([
            format!("--reuid={}", user.uid),
            format!("--regid={}", user.gid),
            "--clear-groups".to_owned(),
        ]),
        None => run,
    };
    run.arg("--").arg(program)
}

fn is_root() -> Result<bool> {
    Ok(id(&["-u"])? == 0)
}

fn id(args: &[&str]) -> Result<u32> {
    let text = Run::new("id").args(args).quiet()?;
    text.trim().parse().with_context(|| format!("`id` said `{}`", text.trim()))
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn random_password() -> Result<String> {
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::Write,
        net::{SocketAddr, TcpStream},
    };

    #[test]
    fn the_server_answers_while_it_lives_and_leaves_nothing() {
        let server = Server::start(&find_or_install().unwrap()).unwrap();
        let directory = server.directory.path().to_owned();
        let address: SocketAddr = server.url().split(['@', '/']).nth(3).unwrap().parse().unwrap();

        // PostgreSQL's SSLRequest: length 8, code 80877103. Every server answers it with one byte.
        let mut connection = TcpStream::connect(address).unwrap();
        connection.write_all(&[0, 0, 0, 8, 4, 210, 22, 47]).unwrap();
        let mut answer = [0];
        connection.read_exact(&mut answer).unwrap();
        assert!(answer == *b"N" || answer == *b"S", "{answer:?}");

        drop(server);
        assert!(!directory.exists());
        assert!(TcpStream::connect(address).is_err());
    }
}
