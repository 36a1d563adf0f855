//! Benchmarks, as JSON lines on stdout.

use crate::{
    house::House,
    prerequisites::{self, Need},
    run::{Run, say},
    setup::libtorch,
};
use anyhow::Result;

/// What measures local training; every other name is one of the protocol's.
const TRAIN: &str = "train";

/// Builds the benchmarks optimised and runs those named.
///
/// # Errors
/// The command that failed.
pub fn run(house: &House, names: &[String]) -> Result<()> {
    prerequisites::check(&[Need::C])?;
    say("bench", format_args!("{} (built in release mode)", names.join(", ")));
    let (train, protocol): (Vec<&String>, Vec<&String>) = names.iter().partition(|name| *name == TRAIN);
    if !protocol.is_empty() {
        example(house, "tributary-aggregation", "bench").arg("--").args(protocol).stream()?;
    }
    if !train.is_empty() {
        libtorch::set_up(house)?;
        example(house, "tributary-client", TRAIN).stream()?;
    }
    Ok(())
}

fn example(house: &House, package: &str, name: &str) -> Run {
    Run::cargo(house).args(["run", "--release", "--quiet", "--package", package, "--example", name])
}
