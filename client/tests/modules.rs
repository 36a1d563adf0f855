//! Modules that researchers bring, good and bad, in the confined child of the real program. `modules/make.py` made them.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use tributary_aggregation::hash::sha256;
use tributary_aggregation::study::{ModuleSpec, Training};
use tributary_client::dataset::Examples;
use tributary_client::sandbox::{Demand, Limits, SandboxError, Sandboxed};
use tributary_client::training::{Model, Module, ModuleError, Torch, TrainError, TrainJob, Trained, Trainer};

const LIMITS: Limits = Limits { memory: 1 << 30, job: Duration::from_secs(120) };

fn confined(limits: Limits) -> Sandboxed {
    Sandboxed::with_program(PathBuf::from(env!("CARGO_BIN_EXE_tributary")), limits, Demand::Required)
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/modules/{name}.pt"))).unwrap()
}

fn module(name: &str) -> Module {
    let bytes = file(name);
    let spec = ModuleSpec { digest: sha256(&bytes), size: bytes.len() as u64, parameters: 4 };
    Module::new(&spec, bytes).unwrap()
}

fn training(local_epochs: u32, batch_size: u32) -> Training {
    Training { local_epochs, batch_size, learning_rate: 0.5, ..Training::default() }
}

/// Four rows of three inputs: what `line.pt` was trained on in Python for the numbers below.
fn rows() -> Examples {
    let inputs = vec![1.0, 2.0, 0.0, -1.0, 0.5, 1.0, 0.5, -1.0, 2.0, 2.0, 0.0, -1.0];
    Examples::binary(inputs, 3, &[true, false, false, true]).unwrap()
}

fn wide_rows(rows: usize) -> Examples {
    let inputs: Vec<f32> = (0..rows * 25).map(|i| ((i * 37 % 101) as f32 / 50.0) - 1.0).collect();
    let labels = inputs.chunks(25).map(|row| row[0] + row[1] > 0.0).collect::<Vec<_>>();
    Examples::binary(inputs, 25, &labels).unwrap()
}

fn train(
    trainer: &dyn Trainer,
    module: &Module,
    weights: &[f32],
    examples: &Examples,
    training: &Training,
) -> Result<Trained, TrainError> {
    let model = Model::Module(module);
    trainer.train(
        &TrainJob { model, weights, examples, training, seed: [5; 32], correction: None, noise: None },
        &mut |_| (),
    )
}

#[test]
fn training_is_what_pytorch_does() {
    let trainer = confined(LIMITS);
    let line = module("line");
    assert_eq!(trainer.initial(line.bytes()).unwrap(), [0.0; 4]);
    let trained = train(&trainer, &line, &[0.0; 4], &rows(), &training(3, 0)).unwrap();
    // torch.optim.SGD(lr=0.5), three steps, PyTorch 2.13 in Python.
    let due = [0.495_604_3, 0.355_029_05, -0.574_626_8, -0.019_399_39];
    assert!(trained.delta.iter().zip(due).all(|(is, due)| (is - due).abs() < 1e-6), "{:?}", trained.delta);
    assert!((trained.loss_after - 0.260_867_66).abs() < 1e-6 && trained.steps == 3);
    let metrics = trainer.evaluate(Model::Module(&line), &due, &rows()).unwrap();
    assert_eq!((metrics.auc, metrics.accuracy), (Some(1.0), Some(1.0)));
    assert!((metrics.loss - trained.loss_after).abs() < 1e-6);
}

#[test]
fn the_walls_change_no_bit_and_statistics_are_part_of_the_update() {
    let (here, there) = (Torch::new(), confined(LIMITS));
    let network = module("network");
    let weights = there.initial(network.bytes()).unwrap();
    assert_eq!(weights.len(), 233 + 16);
    // BatchNorm's means are 0 at the start and its variances 1.
    assert_eq!(weights[233..], [[0.0_f32; 8], [1.0; 8]].concat());
    // 33 rows in steps of 8: the last row would have no variance of its own.
    let examples = wide_rows(33);
    let one = train(&here, &network, &weights, &examples, &training(2, 8)).unwrap();
    let other = train(&there, &network, &weights, &examples, &training(2, 8)).unwrap();
    assert!(one == other, "another result in the sandbox");
    assert!(one.steps == 8 && one.loss_after < one.loss_before);
    assert!(one.delta[233..].iter().all(|moved| *moved != 0.0), "statistics that do not move");
    let trained: Vec<f32> = weights.iter().zip(&one.delta).map(|(old, delta)| old + delta).collect();
    let metrics = there.evaluate(Model::Module(&network), &trained, &examples).unwrap();
    assert!((metrics.loss - one.loss_after).abs() < 1e-5, "the statistics are used: {metrics:?}");
    assert_eq!(metrics.named.keys().collect::<Vec<_>>(), ["right"]);
    assert!((metrics.named["right"] - metrics.accuracy.unwrap()).abs() < 1e-6);
}

#[test]
fn what_training_draws_comes_from_the_seed() {
    let trainer = confined(LIMITS);
    let drops = module("drops");
    let run = |seed: u8| {
        let (examples, training) = (rows(), training(2, 0));
        let model = Model::Module(&drops);
        let job = TrainJob {
            model,
            weights: &[0.0; 4],
            examples: &examples,
            training: &training,
            seed: [seed; 32],
            correction: None,
            noise: None,
        };
        trainer.train(&job, &mut |_| ()).unwrap().delta
    };
    let first = run(1);
    assert_ne!(first, run(2));
    assert_eq!(first, run(1));
}

#[test]
fn a_check_says_what_a_module_is() {
    let trainer = confined(LIMITS);
    let checked = trainer.check(&file("network"), &wide_rows(16)).unwrap();
    assert_eq!((checked.parameters, checked.buffers, checked.coordinates()), (233, 16, 249));
    assert_eq!((checked.metrics, checked.is_logit), (vec!["right".to_owned()], true));
    let refused = |bytes: &[u8], examples: &Examples| match trainer.check(bytes, examples) {
        Err(TrainError::Module(error)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let said = refused(&file("drifts"), &rows());
    assert!(said.contains("BatchNorm"), "{said}");
    assert!(refused(&file("network"), &rows()).contains("forward fails"));
    assert!(refused(b"no archive", &rows()).contains("can't be loaded"));
    let mut cut = file("line");
    cut.truncate(1000);
    assert!(refused(&cut, &rows()).contains("can't be loaded"));
}

#[test]
fn another_file_than_the_plans_is_not_loaded() {
    let bytes = file("line");
    let spec = ModuleSpec { digest: sha256(&bytes), size: bytes.len() as u64, parameters: 4 };
    let mut changed = bytes.clone();
    changed[100] ^= 1;
    assert!(matches!(Module::new(&spec, changed), Err(ModuleError::Other { .. })));
    let longer = [&bytes[..], &[0]].concat();
    assert!(matches!(Module::new(&spec, longer), Err(ModuleError::Other { .. })));
}

#[test]
fn weights_of_another_module_are_refused() {
    let wrong = train(&confined(LIMITS), &module("line"), &[0.0; 5], &rows(), &training(1, 0)).unwrap_err();
    assert!(matches!(wrong, TrainError::Weights { expected: 4, got: 5 }), "{wrong}");
}

#[test]
fn a_module_that_reads_a_file_gets_none() {
    assert!(
        train(&Torch::new(), &module("reads_file"), &[0.0; 4], &rows(), &training(1, 0)).is_ok(),
        "unconfined, it can"
    );
    let wrong =
        train(&confined(LIMITS), &module("reads_file"), &[0.0; 4], &rows(), &training(1, 0)).unwrap_err();
    assert!(
        matches!(&wrong, TrainError::Module(ModuleError::Method { method, .. }) if method == "loss"),
        "{wrong}"
    );
}

#[test]
fn a_module_that_writes_a_file_leaves_none() {
    let left = Path::new("/tmp/tributary-module-was-here");
    for name in ["writes_file", "saves_file"] {
        let _ = std::fs::remove_file(left);
        assert!(train(&Torch::new(), &module(name), &[0.0; 4], &rows(), &training(1, 0)).is_ok());
        assert!(left.exists(), "unconfined, {name} writes");
        std::fs::remove_file(left).unwrap();
        let confined = confined(LIMITS);
        // Whether libtorch tells of it is its own affair: it does for a mapped file, not for a saved one.
        let _ = train(&confined, &module(name), &[0.0; 4], &rows(), &training(1, 0));
        assert!(!left.exists(), "{name}");
        assert!(train(&confined, &module("line"), &[0.0; 4], &rows(), &training(1, 0)).is_ok());
    }
}

#[test]
fn a_module_that_eats_memory_fails_and_the_next_job_is_done() {
    let confined = confined(LIMITS);
    let eaten = train(&confined, &module("eats_memory"), &[0.0; 4], &rows(), &training(1, 0)).unwrap_err();
    assert!(matches!(eaten, TrainError::Sandbox(SandboxError::Ended(_)) | TrainError::Module(_)), "{eaten}");
    assert!(train(&confined, &module("line"), &[0.0; 4], &rows(), &training(1, 0)).is_ok());
}

#[test]
fn a_module_that_never_ends_is_stopped_and_the_next_job_is_done() {
    let confined = confined(Limits { job: Duration::from_secs(3), ..LIMITS });
    confined.start().unwrap();
    let endless = train(&confined, &module("never_ends"), &[0.0; 4], &rows(), &training(1, 0)).unwrap_err();
    assert!(matches!(endless, TrainError::Sandbox(SandboxError::OutOfTime(_))), "{endless}");
    assert!(train(&confined, &module("line"), &[0.0; 4], &rows(), &training(1, 0)).is_ok());
}

#[test]
fn what_a_module_says_of_the_rows_stays_in_the_sandbox() {
    let told = train(&confined(LIMITS), &module("tells"), &[0.0; 4], &rows(), &training(1, 0)).unwrap_err();
    assert_eq!(told.to_string(), "the module's loss fails on these rows");
    let debug = format!("{told:?}");
    assert!(!debug.contains("a row"), "{debug}");
}
