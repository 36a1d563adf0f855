//! The contract tools: forge, anvil, the Solidity compiler and OpenZeppelin's contracts, from npm.

use super::download::sha256;
use crate::{
    house::House,
    run::{Run, is_executable, say},
};
use anyhow::{Context, Result, bail};
use std::{fs, path::PathBuf};

/// Installs exactly what contracts/package-lock.json says.
///
/// # Errors
/// npm's own words.
pub fn set_up(house: &House) -> Result<()> {
    let contracts = house.contracts();
    // npm leaves no trace of which lock file it followed, so we do.
    let stamp = contracts.join("node_modules/.installed-lock");
    let lock = sha256(&contracts.join("package-lock.json"))?;
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        say("contracts", "forge, anvil, solc and OpenZeppelin are installed already");
        return Ok(());
    }
    say("contracts", "installing forge, anvil, solc and OpenZeppelin (npm ci)");
    Run::new("npm")
        .args(["ci", "--no-audit", "--no-fund"])
        .dir(&contracts)
        .remedy("Check that this machine reaches the npm registry, then try again.")
        .quiet()?;
    fs::write(&stamp, lock).with_context(|| format!("cannot write {}", stamp.display()))
}

/// One of the npm package's scripts, to be run.
pub fn script(house: &House, name: &str) -> Run {
    Run::new("npm").args(["run", "--silent", name]).dir(house.contracts())
}

/// The real anvil, once it is installed.
///
/// # Errors
/// That it is not installed.
pub fn anvil(house: &House) -> Result<PathBuf> {
    let link = house.contracts().join("node_modules/.bin/anvil");
    match link.canonicalize() {
        Ok(anvil) if is_executable(&anvil) => Ok(anvil),
        _ => bail!("anvil is not at {}: run `cargo xtask setup`", link.display()),
    }
}
