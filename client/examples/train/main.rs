//! Measures local training, one JSON line for each model:
//!
//! `cargo run --release -p tributary-client --example train`
//!
//! - `ratio`: seconds of a job in this process over seconds of the same loop in Python's PyTorch (`pytorch.py`), both
//!   on one thread; null where Python has no PyTorch, and `python` says why;
//! - `sandbox`: seconds in the confined child over seconds in this process;
//! - `peak_mib`, `python_peak_mib`: peak memory of this process, and of Python.
//!
//! Times are the least of several runs, taken in turn with the peer's: what the machine does when nobody else uses it.
//! `TRIBUTARY_PYTHON` names another Python than `python3`; `--repeat` says how many runs.

mod peer;

use std::alloc::System;
use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser as _;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use serde_json::json;
use tributary_aggregation::study::{Activation, Layer, LayerSpec, Training};
use tributary_client::cli::Cli;
use tributary_client::dataset::Examples;
use tributary_client::sandbox::{Demand, Limits, Sandboxed};
use tributary_client::training::{Model, Torch, TrainJob, Trained, Trainer};
use zeroizing_alloc::ZeroAlloc;

use peer::Peer;

/// As in the program itself.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

const LIMITS: Limits = Limits { memory: 2 << 30, job: Duration::from_secs(600) };

/// A job.
pub struct Work {
    name: &'static str,
    rows: usize,
    width: usize,
    hidden: &'static [u32],
    batch: u32,
    epochs: u32,
}

const WORK: [Work; 3] = [
    Work { name: "logistic", rows: 20_000, width: 22, hidden: &[], batch: 32, epochs: 2 },
    Work { name: "mlp", rows: 20_000, width: 100, hidden: &[128, 64], batch: 64, epochs: 2 },
    Work { name: "wide", rows: 8_192, width: 512, hidden: &[512, 512], batch: 256, epochs: 2 },
];

const LEARNING_RATE: f64 = 0.05;
const WEIGHT_DECAY: f64 = 0.01;

/// What a job works on, the same for all who do it.
pub struct Material {
    inputs: Vec<f32>,
    labels: Vec<bool>,
    weights: Vec<f32>,
}

impl Work {
    fn spec(&self) -> LayerSpec {
        let layer = |units: &u32| Layer { units: *units, activation: Activation::Relu };
        LayerSpec { hidden: self.hidden.iter().map(layer).collect() }
    }

    fn material(&self) -> Material {
        let mut rng = ChaCha12Rng::seed_from_u64(1);
        let mut uniform = || (f64::from(rng.next_u32()) / f64::from(u32::MAX)).mul_add(2.0, -1.0) as f32;
        let inputs: Vec<f32> = (0..self.rows * self.width).map(|_| uniform()).collect();
        let labels = inputs.chunks(self.width).map(|row| row.iter().take(5).sum::<f32>() > 0.0).collect();
        let spec = self.spec();
        let shapes = spec.dense_shapes(self.width);
        let mut weights = Vec::with_capacity(spec.parameter_count(self.width));
        for (inputs, outputs) in shapes {
            let scale = (inputs as f32).sqrt().recip();
            weights.extend((0..(inputs + 1) * outputs).map(|_| uniform() * scale));
        }
        Material { inputs, labels, weights }
    }

    fn training(&self) -> Training {
        Training {
            local_epochs: self.epochs,
            batch_size: self.batch,
            learning_rate: LEARNING_RATE,
            weight_decay: WEIGHT_DECAY,
            ..Training::default()
        }
    }

    fn run(
        &self,
        trainer: &dyn Trainer,
        material: &Material,
        examples: &Examples,
    ) -> Result<(f64, Trained), Box<dyn Error>> {
        let (spec, training) = (self.spec(), self.training());
        let job = TrainJob {
            model: Model::Layers(&spec),
            weights: &material.weights,
            examples,
            training: &training,
            seed: [7; 32],
            correction: None,
            noise: None,
        };
        let start = Instant::now();
        let trained = trainer.train(&job, &mut |_| ())?;
        Ok((start.elapsed().as_secs_f64(), trained))
    }
}

fn measure(work: &Work, repeat: usize) -> Result<serde_json::Value, Box<dyn Error>> {
    let material = work.material();
    let examples = Examples::binary(material.inputs.clone(), work.width, &material.labels)
        .ok_or("the rows do not fit their width")?;
    let (here, confined) = (Torch::new(), Sandboxed::new(LIMITS, Demand::Available)?);
    let mut peer = Peer::start(work, &material);
    // Everybody's first run reads code and data in.
    let (_, trained) = work.run(&here, &material, &examples)?;
    work.run(&confined, &material, &examples)?;
    let (mut own, mut child, mut python) = (f64::INFINITY, f64::INFINITY, f64::INFINITY);
    let mut answer = peer.as_mut().ok().map(Peer::run).transpose()?;
    for _ in 0..repeat {
        own = own.min(work.run(&here, &material, &examples)?.0);
        child = child.min(work.run(&confined, &material, &examples)?.0);
        if let Ok(peer) = &mut peer {
            let said = peer.run()?;
            python = python.min(said.seconds);
            answer = Some(said);
        }
    }
    let round = |value: f64| (value * 1e4).round() / 1e4;
    Ok(json!({
        "bench": "train", "model": work.name, "rows": work.rows, "inputs": work.width,
        "parameters": material.weights.len(), "steps": trained.steps, "batch": work.batch,
        "seconds": round(own), "loss": round(trained.loss_after),
        "python": match &peer { Ok(peer) => peer.version.clone(), Err(reason) => reason.clone() },
        "python_seconds": answer.as_ref().map(|_| round(python)),
        "python_loss": answer.as_ref().map(|answer| round(answer.loss)),
        "ratio": answer.as_ref().map(|_| round(own / python)),
        "sandbox": round(child / own),
        "peak_mib": peak_mib(), "python_peak_mib": answer.map(|answer| answer.peak_mib),
    }))
}

/// The process's peak memory, where the system tells it.
fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib.div_ceil(1024))
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let repeat = match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => 7,
        (Some("--repeat"), Some(number)) => number.parse()?,
        (Some(other), _) => return Err(format!("{other:?} is not --repeat and a number").into()),
    };
    for work in &WORK {
        println!("{}", measure(work, repeat)?);
    }
    Ok(())
}

fn main() -> ExitCode {
    // The confined child is this very program.
    if std::env::args().nth(1).as_deref() == Some("trainer")
        && let Some(done) = Cli::parse().run_confined()
    {
        return ExitCode::from(u8::from(done.is_err()));
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
