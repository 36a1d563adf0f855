//! Hours of looking for what the tests did not think of: fuzzing of every decoder and of the contracts, and the
//! property tests with many more cases; and the tests of the Python package, which need PyTorch.

mod fuzz;

use crate::{
    house::House,
    prerequisites::{self, Need},
    run::{Run, say},
    setup::{contracts, libtorch, python},
    test::{Outcome, cargo_line, forge_line},
};
use anyhow::{Result, bail};
use std::num::NonZeroUsize;

/// Cases of each property test that sets no number of its own; sixteen times as many as in `cargo xtask test`.
const PROPTEST_CASES: &str = "4096";
/// Whose unit tests have properties.
const PACKAGES: [&str; 5] = [
    "tributary-aggregation",
    "tributary-client",
    "tributary-contracts",
    "tributary-coordinator",
    "tributary-proto",
];

/// Tests the Python package that exports modules, and checks its types.
fn package(house: &House, outcome: &mut Outcome) -> Result<()> {
    say("deep", "the Python package, with pytest and mypy");
    let python = python::set_up(house)?;
    let [pytest, mypy] = python::tests(house, &python);
    outcome.add("pytest", pytest, python::pytest_line)?;
    if let Err(error) = mypy.stream() {
        outcome.complaints.push(format!("{error:#}"));
    }
    Ok(())
}

/// Fuzzes each target for `seconds`, `jobs` at a time, then the contracts, then tests the properties; ends with a table.
///
/// # Errors
/// What could not be run, or what was found.
pub fn run(house: &House, seconds: u32, jobs: NonZeroUsize) -> Result<()> {
    prerequisites::check(&Need::ALL)?;
    let runs = fuzz::all(house, seconds, jobs)?;

    contracts::set_up(house)?;
    libtorch::set_up(house)?;
    let mut outcome = Outcome::default();
    say("deep", "the contracts, with ten times as many random inputs as in `cargo xtask test`");
    outcome.add("forge", contracts::script(house, "deep"), forge_line)?;
    say("deep", format_args!("the property tests, with {PROPTEST_CASES} cases each"));
    let packages = PACKAGES.iter().flat_map(|package| ["--package", package]);
    let cargo = Run::cargo(house).args(["test", "--lib", "--no-fail-fast"]).args(packages);
    outcome.add("cargo test", cargo.env("PROPTEST_CASES", PROPTEST_CASES), cargo_line)?;
    package(house, &mut outcome)?;

    println!("\n{}", fuzz::table(&runs));
    println!("{} passed, {} failed", outcome.tests.passed, outcome.tests.failed);
    let mut complaints: Vec<String> = runs.iter().filter_map(fuzz::FuzzRun::complaint).collect();
    complaints.extend(outcome.complaints);
    if complaints.is_empty() { Ok(()) } else { bail!("{}", complaints.join("\n")) }
}
