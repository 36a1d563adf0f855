//! What a fresh machine needs. Each step is skipped when it is done, and leaves nothing half done when it fails.

pub mod contracts;
pub mod data;
mod download;
pub mod libtorch;
pub mod postgres;
pub mod python;
pub mod survival;
pub mod tools;

use crate::{
    house::House,
    prerequisites::{self, Need},
};
use anyhow::Result;

/// Everything that the tests and the demo need.
///
/// # Errors
/// The first step that failed, and what to do.
pub fn everything(house: &House) -> Result<()> {
    prerequisites::check(&Need::ALL)?;
    libtorch::set_up(house)?;
    data::set_up(house)?;
    contracts::set_up(house)?;
    postgres::find_or_install()?;
    tools::cargo_deny(house)?;
    Ok(())
}
