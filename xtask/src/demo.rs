//! The demo: four hospitals, a researcher, a coordinator and a chain, as processes of this machine.

use crate::{
    house::House,
    prerequisites::{self, Need},
    run::{Run, say},
    setup::{data, libtorch, python, survival},
};
use anyhow::Result;

/// The demo and the processes that it starts.
const BINARIES: [&str; 4] = ["tributary-coordinator", "tributary", "tributary-devchain", "hospitals"];

/// Sets up, builds and runs the demo, which gets these arguments. The contracts' bytecode is in the repository: no npm.
///
/// # Errors
/// The first step that failed, and what to do.
pub fn run(house: &House, args: &[String]) -> Result<()> {
    prerequisites::check(&Need::DEMO)?;
    libtorch::set_up(house)?;
    data::set_up(house)?;
    build_and_run(house, args)
}

/// The same with Python's PyTorch and with patients for whom a survival model is: compares modules with pooled training.
///
/// # Errors
/// The first step that failed, and what to do.
pub fn run_modules(house: &House, args: &[String]) -> Result<()> {
    prerequisites::check(&Need::DEMO)?;
    libtorch::set_up(house)?;
    data::set_up(house)?;
    survival::set_up(house)?;
    let python = python::set_up(house)?.display().to_string();
    let more = ["modules".to_owned(), "--python".to_owned(), python];
    build_and_run(house, &more.into_iter().chain(args.iter().cloned()).collect::<Vec<_>>())
}

fn build_and_run(house: &House, args: &[String]) -> Result<()> {
    say("demo", "building (the first time takes minutes)");
    Run::cargo(house)
        .args(["build", "--workspace"])
        .args(BINARIES.iter().flat_map(|name| ["--bin", name]))
        .stream()?;
    Run::new(house.binary("hospitals")).args(args).dir(house.root()).stream()
}
