//! What every change must pass.

use crate::{
    house::House,
    prerequisites::{self, Need},
    run::{Run, say},
    setup::{contracts, libtorch, tools},
    test,
};
use anyhow::Result;

/// The fuzz targets are a workspace of their own and need another compiler: a change could break them unseen.
const FUZZING: &str = "tributary-contracts/fuzzing,tributary-devchain/fuzzing";

/// The quick checks first, then all tests.
///
/// # Errors
/// The first check that failed.
pub fn run(house: &House) -> Result<()> {
    prerequisites::check(&Need::ALL)?;

    say("ci", "formatting");
    Run::cargo(house).args(["fmt", "--all", "--check"]).remedy("Run `cargo fmt --all`.").stream()?;

    say("ci", "dependency rules (deny.toml)");
    Run::new(tools::cargo_deny(house)?)
        .args(["--log-level", "error", "check", "bans", "sources"])
        .dir(house.root())
        .remedy("deny.toml says who may depend on what, and why.")
        .stream()?;

    contracts::set_up(house)?;
    say("ci", "formatting of the contracts");
    contracts::script(house, "fmt:check").remedy("Run `forge fmt` in contracts/.").quiet()?;
    say("ci", "contract artifacts");
    contracts::script(house, "artifacts:check").remedy("Run `npm run artifacts` in contracts/.").stream()?;
    say("ci", "gas snapshot");
    contracts::script(house, "snapshot:check").remedy("Run `npm run snapshot` in contracts/.").stream()?;

    libtorch::set_up(house)?; // Build scripts look for it even when only checking.
    say("ci", "lints");
    Run::cargo(house).args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]).stream()?;
    say("ci", "lints of what only the fuzzers are given");
    Run::cargo(house)
        .args(["clippy", "--workspace", "--lib", "--features", FUZZING, "--", "-D", "warnings"])
        .stream()?;

    test::run(house, false)
}
