//! Fetching a file whose content is known beforehand.

use crate::run::Run;
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

/// A wheel on the Python package index, with the one content that is accepted.
pub struct Wheel {
    /// `name==version`.
    pub requirement: &'static str,
    /// SHA-256 of the file, in hex.
    pub sha256: &'static str,
}

/// Wheels are chosen for this platform whatever Python runs pip. pip takes no older tags in by itself.
const TARGET: [&str; 9] = [
    "--python-version=3.11",
    "--platform=manylinux_2_28_x86_64",
    "--platform=manylinux_2_25_x86_64",
    "--platform=manylinux_2_17_x86_64",
    "--platform=manylinux2014_x86_64",
    "--only-binary=:all:",
    "--no-deps",
    "--no-cache-dir",
    "--disable-pip-version-check",
];

impl Wheel {
    /// Downloads it with pip into `directory` and returns its path. pip checks the hash as it downloads.
    ///
    /// # Errors
    /// pip's own words, or the hash that was found instead.
    pub fn download(&self, directory: &Path) -> Result<PathBuf> {
        let requirements = directory.join("requirements.txt");
        fs::write(&requirements, format!("{} --hash=sha256:{}\n", self.requirement, self.sha256))?;
        let wheels = directory.join(self.requirement);
        Run::new("python3")
            .args(["-m", "pip", "download", "--quiet", "--require-hashes"])
            .args(TARGET)
            .arg("--dest")
            .arg(&wheels)
            .arg("--requirement")
            .arg(&requirements)
            .remedy("Check that this machine reaches the Python package index, and that no mirror alters its files.")
            .quiet()?;
        let wheel = only_file(&wheels)?;
        verify(&wheel, self.sha256)?;
        Ok(wheel)
    }
}

fn only_file(directory: &Path) -> Result<PathBuf> {
    let files = fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    match files.as_slice() {
        [file] => Ok(file.clone()),
        files => bail!("expected one file in {}, found {}", directory.display(), files.len()),
    }
}

/// The SHA-256 of a file, in hex.
///
/// # Errors
/// If the file can't be read.
pub fn sha256(path: &Path) -> Result<String> {
    let context = || format!("cannot read {}", path.display());
    let mut file = File::open(path).with_context(context)?;
    let mut hasher = Sha256::new();
    let mut block = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut block).with_context(context)?;
        let Some(piece @ [_, ..]) = block.get(..read) else { break };
        hasher.update(piece);
    }
    Ok(hex::encode(hasher.finalize()))
}

/// Refuses any other content.
///
/// # Errors
/// The hash that was found.
pub fn verify(path: &Path, expected: &str) -> Result<()> {
    let actual = sha256(path)?;
    if actual != expected {
        bail!("{} has SHA-256 {actual}, expected {expected}: it is not used", path.display());
    }
    Ok(())
}

/// Unpacks those members of a zip (a wheel is one) that lie under `from` into `to`, without `from`, and without what
/// ends in one of `except`. `from` is a folder if it ends in a slash, else a single file.
///
/// # Errors
/// Python's own words, or that nothing lies under `from`.
pub fn unzip(archive: &Path, from: &str, to: &Path, except: &[&str]) -> Result<()> {
    const SCRIPT: &str = r#"
import os, shutil, sys, zipfile
archive, start, to, *endings = sys.argv[1:]
with zipfile.ZipFile(archive) as members:
    folder = start.endswith("/")
    names = [n for n in members.namelist() if (n.startswith(start) if folder else n == start)]
    names = [n for n in names if not n.endswith(("/", *endings))]
    if not names:
        sys.exit(f"{archive} holds nothing under {start}")
    for name in names:
        path = os.path.join(to, name[len(start):] or os.path.basename(name))
        if os.path.commonpath([os.path.realpath(to), os.path.realpath(path)]) != os.path.realpath(to):
            sys.exit(f"{archive} holds {name}, which lies outside of it")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with members.open(name) as source, open(path, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
"#;
    Run::new("python3").args(["-c", SCRIPT]).arg(archive).arg(from).arg(to).args(except).quiet().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_sha256_in_hex_and_any_other_content_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a");
        fs::write(&file, b"abc").unwrap();
        // FIPS 180-2, appendix B.1.
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(&file).unwrap(), known);
        verify(&file, known).unwrap();
        fs::write(&file, b"abd").unwrap();
        assert!(verify(&file, known).unwrap_err().to_string().contains("not used"));
        assert!(sha256(&directory.path().join("b")).is_err());
    }

    /// Makes a zip with Python, as the archives in use are made.
    fn zip(directory: &Path, names: &[&str]) -> PathBuf {
        let archive = directory.join("archive.zip");
        let script = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1], 'w')\n[z.writestr(n, n) for n in sys.argv[2:]]\nz.close()";
        Run::new("python3").args(["-c", script]).arg(&archive).args(names).quiet().unwrap();
        archive
    }

    #[test]
    fn a_folder_or_a_file_is_unpacked_without_the_exceptions() {
        let directory = tempfile::tempdir().unwrap();
        let archive =
            zip(directory.path(), &["t/lib/a.so", "t/lib/b.a", "t/lib/deep/c.so", "t/other", "u/lib/d.so"]);
        let to = directory.path().join("to");
        unzip(&archive, "t/lib/", &to, &[".a"]).unwrap();
        unzip(&archive, "t/other", &to, &[]).unwrap();
        assert_eq!(fs::read_to_string(to.join("a.so")).unwrap(), "t/lib/a.so");
        assert_eq!(fs::read_to_string(to.join("deep/c.so")).unwrap(), "t/lib/deep/c.so");
        assert_eq!(fs::read_to_string(to.join("other")).unwrap(), "t/other");
        assert_eq!(fs::read_dir(&to).unwrap().count(), 3);
        assert!(unzip(&archive, "v/", &to, &[]).unwrap_err().to_string().contains("nothing under v/"));
    }

    #[test]
    fn a_member_that_climbs_out_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let archive = zip(directory.path(), &["t/../../evil"]);
        assert!(unzip(&archive, "t/", &directory.path().join("to"), &[]).is_err());
        assert!(!directory.path().join("evil").exists());
    }
}
