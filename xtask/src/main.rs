//! `cargo xtask …`: everything a fresh machine needs, then the demo, the tests or a benchmark.
//!
//! Each step says what it does in one line on stderr, and is skipped when it is done already. Stdout carries only what
//! a command is for: test results, benchmark lines, the demo's own output.

mod bench;
mod ci;
mod deep;
mod demo;
mod house;
mod prerequisites;
mod run;
mod setup;
mod test;

use clap::{Parser, Subcommand};
use house::House;
use std::{num::NonZeroUsize, process::ExitCode};

/// Sets up, tests and shows Tributary.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Fetches all that the project needs: libtorch, the hospitals' data, contract tools, PostgreSQL, cargo-deny
    Setup,
    /// Runs all tests, of the contracts and of the workspace
    Test {
        /// Leaves out the contracts' own tests, and so needs no npm
        #[arg(long)]
        skip_contracts: bool,
    },
    /// Lets four hospitals train one model together, on this machine
    #[command(disable_help_flag = true)]
    Demo {
        /// Passed on to the demo: --rounds, --model, --optimizer, --seed, --drop, --help
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Compares the study's model with each hospital's own and with one trained on pooled data, over several seeds
    #[command(disable_help_flag = true)]
    Accuracy {
        /// Passed on: --seeds, --rounds, --model, --optimizer, --json, --help
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Compares modules that a researcher brings, trained in studies, with the same in plain PyTorch on pooled rows; needs
    /// PyTorch, which it fetches unless TRIBUTARY_PYTHON names a Python that has it
    #[command(disable_help_flag = true)]
    Modules {
        /// Passed on: --only, --json, --keep, --help
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Prints benchmarks as JSON lines
    Bench {
        /// Which: mask, fold, unmask, committee, round, train
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Looks for what the tests did not think of: fuzzes every decoder and the contracts, and tests properties at length
    Deep {
        /// How long each of the fuzz targets runs
        #[arg(long, default_value_t = 600)]
        seconds: u32,
        /// How many of them run at a time
        #[arg(long, default_value_t = NonZeroUsize::MIN)]
        jobs: NonZeroUsize,
    },
    /// Does what continuous integration does: formatting, lints, dependency rules, artifacts, then all tests
    Ci,
}

fn main() -> ExitCode {
    let house = House::here();
    let result = match Cli::parse().task {
        Task::Setup => setup::everything(&house),
        Task::Test { skip_contracts } => test::run(&house, skip_contracts),
        Task::Demo { args } => demo::run(&house, &args),
        Task::Accuracy { args } => {
            let args: Vec<String> = std::iter::once("accuracy".to_owned()).chain(args).collect();
            demo::run(&house, &args)
        }
        Task::Modules { args } => demo::run_modules(&house, &args),
        Task::Bench { names } => bench::run(&house, &names),
        Task::Deep { seconds, jobs } => deep::run(&house, seconds, jobs),
        Task::Ci => ci::run(&house),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
