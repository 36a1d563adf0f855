//! Measures what a round costs, one JSON line for each measurement:
//!
//! `cargo run --release -p tributary-aggregation --example bench -- mask fold unmask committee round`
//!
//! - `mask`: one owner's masking, as a ratio to the bare AES-CTR keystream of the same length;
//! - `fold`: the throughput of the sum, as a ratio to a plain sum of unpacked words;
//! - `unmask`: the coordinator's unmasking with nobody and with three owners in ten gone, as a ratio to the keystream;
//! - `committee`: what a committee member does at a cut of 50 and of 1,000 seeds, and the coordinator with the answers;
//!   and a member's key generation in a committee of 16 and in a sampled one;
//! - `round`: a whole round in one process, all parties' processor time added up, with a tenth of the owners dropping
//!   out.
//!
//! `--len`, `--owners` and `--repeat` change the size of it.

mod committee;
mod dkg;
mod fold;
mod keystream;
mod mask;
mod measure;
mod round;
mod unmask;

use std::error::Error;
use std::process::ExitCode;

use tributary_aggregation::plan::{Norm, PlanError, RoundPlan, RoundPlanParams};

/// What is measured.
pub struct Size {
    /// Coordinates of an update.
    pub len: usize,
    /// Owners in the round.
    pub owners: u16,
    /// How often the mask and the fold are timed.
    pub repeat: usize,
}

impl Size {
    /// 16 bits a coordinate and up to 250 rows an owner: 30-bit words for 50 owners.
    fn plan(&self) -> Result<RoundPlan, PlanError> {
        RoundPlan::new(RoundPlanParams {
            vector_len: self.len,
            bits: 16,
            norm: Norm::L2(1.0),
            max_weight: 250,
            max_owners: self.owners,
            min_group: 2,
        })
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut size = Size { len: 1_000_000, owners: 50, repeat: 15 };
    let mut benches = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a number"));
        match argument.as_str() {
            "--len" => size.len = value()?.parse()?,
            "--owners" => size.owners = value()?.parse()?,
            "--repeat" => size.repeat = value()?.parse()?,
            "mask" | "fold" | "unmask" | "committee" | "round" => benches.push(argument),
            other => {
                let known = "mask, fold, unmask, committee, round, --len, --owners, --repeat";
                return Err(format!("{other:?} is none of {known}").into());
            }
        }
    }
    if benches.is_empty() {
        return Err("name what to measure: mask, fold, unmask, committee, round".into());
    }
    if size.owners < 4 || size.repeat == 0 {
        return Err("at least 4 owners and one repetition, please".into());
    }
    for bench in benches {
        let lines = match bench.as_str() {
            "mask" => vec![mask::run(&size)?],
            "fold" => vec![fold::run(&size)?],
            "unmask" => unmask::run(&size)?,
            "committee" => [vec![committee::run(50)?, committee::run(1000)?], dkg::run()?].concat(),
            _ => vec![round::run(&size)?],
        };
        lines.iter().for_each(|line| println!("{line}"));
    }
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}
