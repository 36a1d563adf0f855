//! All tests, and one line that sums them up.

use crate::{
    house::House,
    prerequisites::{self, Need},
    run::{Run, say},
    setup::{contracts, data, libtorch, postgres},
};
use anyhow::{Result, bail};
use std::ops::AddAssign;

/// Sets up, then runs forge's tests, measures their coverage, and runs cargo's. Ends with `N passed, N failed` alone on
/// a line of stdout.
///
/// # Errors
/// Which of the two failed; the first step of the set-up that did.
pub fn run(house: &House, skip_contracts: bool) -> Result<()> {
    prerequisites::check(if skip_contracts { &Need::WORKSPACE } else { &Need::ALL })?;
    libtorch::set_up(house)?;
    data::set_up(house)?;
    if !skip_contracts {
        contracts::set_up(house)?;
    }
    let postgres = postgres::find_or_install()?;

    let mut outcome = Outcome::default();
    if !skip_contracts {
        say("test", "the contracts, with forge");
        outcome.add("forge", contracts::script(house, "test"), forge_line)?;
        say("test", "how much of the contracts their tests reach");
        outcome.measure(contracts::script(house, "coverage"))?;
    }
    say("test", "building the workspace with its tests");
    // One set of targets for building and testing: another would resolve other features, and build twice.
    Run::cargo(house).args(["build", "--workspace", "--bins", "--tests"]).stream()?;
    say("test", "the workspace, with cargo");
    let server = postgres::Server::start(&postgres)?;
    let mut cargo = Run::cargo(house)
        .args(["test", "--workspace", "--no-fail-fast"])
        .env("TRIBUTARY_TEST_POSTGRES", server.url());
    // Without it the chain suite passes over anvil in silence, so its lack is an error here.
    if !skip_contracts {
        cargo = cargo.env("TRIBUTARY_ANVIL", contracts::anvil(house)?);
    }
    outcome.add("cargo test", cargo, cargo_line)?;
    drop(server);

    println!("\n{}{} passed, {} failed", outcome.coverage, outcome.tests.passed, outcome.tests.failed);
    if !outcome.complaints.is_empty() {
        bail!("{}", outcome.complaints.join("; "));
    }
    Ok(())
}

/// What all runners together said.
#[derive(Default)]
pub struct Outcome {
    /// All tests that were run.
    pub tests: Count,
    /// How much of the contracts is tested, in a line; empty if that was not measured.
    pub coverage: String,
    /// What went wrong, a line for each runner.
    pub complaints: Vec<String>,
}

/// How many tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Those that passed.
    pub passed: u64,
    /// Those that failed.
    pub failed: u64,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl Outcome {
    /// Runs a runner to its end even if a test fails, so that one run tells of all failures.
    ///
    /// # Errors
    /// The runner can't be started.
    pub fn add(&mut self, name: &str, run: Run, parse: fn(&str) -> Option<Count>) -> Result<()> {
        let (status, text) = run.tee()?;
        let count = sum(&text, parse);
        self.tests += count;
        self.complaints.extend(complaint(name, status.success(), count));
        Ok(())
    }

    /// Runs the coverage script, which prints a table and then the total, and fails if that is below its limit.
    ///
    /// # Errors
    /// The script can't be started.
    fn measure(&mut self, run: Run) -> Result<()> {
        let (status, text) = run.tee()?;
        self.coverage = text.lines().last().map(|total| format!("{total}\n")).unwrap_or_default();
        if !status.success() {
            self.complaints.push("the contracts' tests leave out too much or fail, see above".to_owned());
        }
        Ok(())
    }
}

/// A runner that failed without a failed test did not get so far; one that ran nothing has not tested anything.
fn complaint(name: &str, succeeded: bool, count: Count) -> Option<String> {
    match (succeeded, count) {
        (true, Count { passed: 1.., failed: 0 }) => None,
        (_, Count { failed: failed @ 1.., .. }) => Some(format!("{name}: {failed} failed, see above")),
        (true, _) => Some(format!("{name} ran no test")),
        (false, _) => Some(format!("{name} failed before it could test everything, see above")),
    }
}

fn sum(text: &str, parse: fn(&str) -> Option<Count>) -> Count {
    let mut total = Count::default();
    for count in text.lines().filter_map(|line| parse(without_colours(line).trim())) {
        total += count;
    }
    total
}

/// cargo test: `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s`.
pub fn cargo_line(line: &str) -> Option<Count> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let number =
        |name: &str| counts.split("; ").find_map(|count| count.strip_suffix(name)?.trim().parse().ok());
    Some(Count { passed: number(" passed")?, failed: number(" failed")? })
}

/// forge test: `Ran 4 test suites in 1.2s (3.1s CPU time): 80 tests passed, 0 failed, 0 skipped (80 total tests)`.
pub fn forge_line(line: &str) -> Option<Count> {
    let (_, counts) =
        line.strip_prefix("Ran ").filter(|rest| rest.contains(" test suite"))?.split_once(": ")?;
    let number =
        |name: &str| counts.split(", ").find_map(|count| count.strip_suffix(name)?.trim().parse().ok());
    Some(Count {
        passed: number(" tests passed").or_else(|| number(" test passed"))?,
        failed: number(" failed")?,
    })
}

/// A line without its terminal control sequences (ECMA-48: ESC `[`, parameters, a final letter).
fn without_colours(line: &str) -> String {
    let mut pieces = line.split("\u{1b}[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        plain += piece.split_once(|c: char| c.is_ascii_alphabetic()).map_or("", |(_, text)| text);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_results_are_summed_over_all_its_binaries() {
        let text = "running 3 tests\ntest a ... ok\n\
            test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\n\
            test result: \u{1b}[31mFAILED\u{1b}[0m. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.50s\n\
            a test that printed: 7 passed; 7 failed\n";
        assert_eq!(sum(text, cargo_line), Count { passed: 13, failed: 2 });
    }

    #[test]
    fn forges_last_line_counts_and_its_suites_do_not() {
        let text = "Suite result: ok. 5 passed; 0 failed; 0 skipped; finished in 1.00ms (2.00ms CPU time)\n\n\
            Ran 2 tests for test/A.t.sol:A\n\
            Ran 4 test suites in 1.20s (3.10s CPU time): \u{1b}[32m80\u{1b}[0m tests passed, 1 failed, 0 skipped (81 total tests)\n";
        assert_eq!(sum(text, forge_line), Count { passed: 80, failed: 1 });
        let one = "Ran 1 test suite in 1.00ms (1.00ms CPU time): 1 tests passed, 0 failed, 0 skipped (1 total tests)";
        assert_eq!(sum(one, forge_line), Count { passed: 1, failed: 0 });
    }

    #[test]
    fn output_without_a_result_counts_nothing() {
        for text in
            ["", "error[E0308]: mismatched types", "test result: ok", "test result: ok. x passed; 0 failed;"]
        {
            assert_eq!(sum(text, cargo_line), Count::default(), "{text}");
        }
    }

    #[test]
    fn coverage_is_the_last_line_and_too_little_of_it_a_complaint() {
        let mut outcome = Outcome::default();
        let script = |end: &str| Run::new("sh").args(["-c", &format!("echo table; echo total 96 %; {end}")]);
        outcome.measure(script("exit 0")).unwrap();
        assert_eq!((outcome.coverage.as_str(), outcome.complaints.len()), ("total 96 %\n", 0));
        outcome.measure(script("exit 1")).unwrap();
        assert_eq!(outcome.complaints.len(), 1);
    }

    #[test]
    fn nothing_but_a_success_with_tests_is_fine() {
        let count = |passed, failed| Count { passed, failed };
        assert_eq!(complaint("it", true, count(3, 0)), None);
        assert_eq!(complaint("it", false, count(3, 1)).unwrap(), "it: 1 failed, see above");
        assert_eq!(complaint("it", true, count(3, 1)).unwrap(), "it: 1 failed, see above");
        assert_eq!(complaint("it", true, count(0, 0)).unwrap(), "it ran no test");
        assert!(complaint("it", false, count(3, 0)).unwrap().contains("before it could"));
    }
}
