//! The demo: four hospitals train one model together, are scored, and are paid. `cargo xtask demo` runs it.

mod accuracy;
mod demo;
mod modules;
mod place;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Four real hospitals train one model together, are scored, and are paid on chain: all as processes of this machine
#[derive(Debug, Parser)]
#[command(name = "hospitals", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    demo: demo::DemoArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compares the model of several studies with each hospital's own and with one trained on pooled data
    Accuracy(accuracy::AccuracyArgs),
    /// Compares modules of a researcher's own, trained in studies, with the same in plain PyTorch on pooled rows
    Modules(modules::ModulesArgs),
}

/// What is trained.
#[derive(Debug, Clone, Args)]
struct StudyArgs {
    /// Training rounds [default: the study file's]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: Option<u64>,
    /// Model to train [default: the study file's]
    #[arg(long)]
    model: Option<Model>,
    /// Server-side update rule [default: the study file's]
    #[arg(long)]
    optimizer: Option<Optimizer>,
    /// How strongly a hospital's model is held near the round's, FedProx [default: the study file's]
    #[arg(long, value_name = "MU")]
    proximal_mu: Option<f64>,
    /// The study file [default: the cohort's]
    #[arg(long)]
    file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Model {
    Logistic,
    Mlp,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "lowercase")]
enum Optimizer {
    FedAvg,
    FedAvgM,
    FedAdagrad,
    FedAdam,
    FedYogi,
}

impl StudyArgs {
    /// What `tributary study run` gets. The initial model's seed is the study's seed as a 256-bit number, big-endian.
    fn researcher_args(&self, seed: u64) -> Vec<String> {
        let mut args = vec![format!("--seed={seed}"), format!("--model-seed=0x{seed:064x}")];
        args.extend(self.rounds.map(|rounds| format!("--rounds={rounds}")));
        let name = |value: clap::builder::PossibleValue| value.get_name().to_owned();
        let model = self.model.and_then(|model| model.to_possible_value());
        args.extend(model.map(|model| format!("--model={}", name(model))));
        let optimizer = self.optimizer.and_then(|optimizer| optimizer.to_possible_value());
        args.extend(optimizer.map(|optimizer| format!("--optimizer={}", name(optimizer))));
        args.extend(self.proximal_mu.map(|mu| format!("--proximal-mu={mu}")));
        args
    }
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<bool> {
    match cli.command {
        None => demo::run(&cli.demo),
        Some(Command::Accuracy(args)) => accuracy::run(&args),
        Some(Command::Modules(args)) => modules::run(&args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound_and_reaches_the_researcher() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
        let cli = Cli::parse_from(["hospitals", "--rounds", "3", "--model", "mlp", "--optimizer", "fedadam"]);
        let seed = format!("--model-seed=0x{}ff", "0".repeat(62));
        let expected = ["--seed=255", &seed, "--rounds=3", "--model=mlp", "--optimizer=fedadam"];
        assert_eq!(cli.demo.study.researcher_args(255), expected);
        assert!(Cli::try_parse_from(["hospitals", "--rounds", "0"]).is_err());
        assert!(Cli::try_parse_from(["hospitals", "accuracy", "--seeds", "3"]).is_ok());
    }
}
