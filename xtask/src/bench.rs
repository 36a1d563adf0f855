//! Benchmarks, as JSON lines on stdout.

use crate::{
    house::House,
    prerequisites::{self, Need},
    run::{Run, say},
};
use anyhow::Result;

/// Builds the benchmarks optimised and runs those named.
///
/// # Errors
/// The command that failed.
pub fn run(house: &House, names: &[String]) -> Result<()> {
    prerequisites::check(&[Need::C])?;
    say("bench", format_args!("{} (built in release mode)", names.join(", ")));
    Run::cargo(house)
        .args([
            "run",
            "--release",
            "--quiet",
            "--package",
            "tributary-aggregation",
            "--example",
            "bench",
            "--",
        ])
        .args(names)
        .stream()
}
