//! Training in the confined child of the real program.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

use std::path::PathBuf;
use std::time::Duration;

use tributary_aggregation::study::{LayerSpec, RecordPrivacy, Training};
use tributary_client::dataset::Examples;
use tributary_client::sandbox::{Demand, Limits, SandboxError, Sandboxed};
use tributary_client::training::{Model, RecordNoise, Torch, TrainError, TrainJob, Trained, Trainer};

const LIMITS: Limits = Limits { memory: 1 << 30, job: Duration::from_secs(120) };

fn sandbox(limits: Limits) -> Sandboxed {
    Sandboxed::with_program(PathBuf::from(env!("CARGO_BIN_EXE_tributary")), limits, Demand::Required)
}

fn logistic() -> LayerSpec {
    LayerSpec { hidden: Vec::new() }
}

fn training(local_epochs: u32, learning_rate: f64) -> Training {
    Training { local_epochs, batch_size: 4, learning_rate, weight_decay: 0.01, ..Training::default() }
}

fn examples(rows: usize) -> Examples {
    let inputs = (0..rows * 3).map(|i| ((i * 37 % 101) as f32 / 50.0) - 1.0).collect::<Vec<_>>();
    let labels = inputs.chunks(3).map(|row| row[0] + row[1] > 0.0).collect::<Vec<_>>();
    Examples::binary(inputs, 3, &labels).unwrap()
}

fn train(
    trainer: &dyn Trainer,
    weights: &[f32],
    training: &Training,
    rows: usize,
) -> Result<Trained, TrainError> {
    let (spec, examples) = (logistic(), &examples(rows));
    let model = Model::Layers(&spec);
    let job = TrainJob { model, weights, examples, training, seed: [5; 32], correction: None, noise: None };
    trainer.train(&job, &mut |_| ())
}

#[test]
fn the_confined_trainer_gives_the_same_bits() {
    let confined = sandbox(LIMITS);
    for rows in [4, 33] {
        let here = train(&Torch::new(), &[0.1; 4], &training(3, 0.5), rows).unwrap();
        let there = train(&confined, &[0.1; 4], &training(3, 0.5), rows).unwrap();
        assert!(here == there, "another result in the sandbox, {rows} rows");
        let here = Torch::new().evaluate(Model::Layers(&logistic()), &[0.2; 4], &examples(rows)).unwrap();
        let there = confined.evaluate(Model::Layers(&logistic()), &[0.2; 4], &examples(rows)).unwrap();
        assert_eq!(here, there);
    }
}

#[test]
fn what_pulls_at_the_steps_reaches_the_child() {
    let confined = sandbox(LIMITS);
    let (spec, examples) = (&logistic(), &examples(20));
    let plain = training(3, 0.5);
    let near = Training { momentum: 0.5, proximal_mu: 0.25, ..plain.clone() };
    let own = [0.1, -0.2, 0.3, 0.0];
    let mut seen = Vec::new();
    for (training, correction) in [(&plain, None), (&near, None), (&plain, Some(&own[..]))] {
        let job = TrainJob {
            model: Model::Layers(spec),
            weights: &[0.1; 4],
            examples,
            training,
            seed: [5; 32],
            correction,
            noise: None,
        };
        let here = Torch::new().train(&job, &mut |_| ()).unwrap();
        let there = confined.train(&job, &mut |_| ()).unwrap();
        assert!(here == there, "another result in the sandbox: {training:?}");
        assert!(!seen.contains(&here.delta), "it makes no difference: {training:?}");
        seen.push(here.delta);
    }
}

#[test]
fn noise_for_each_row_reaches_the_child() {
    let confined = sandbox(LIMITS);
    let (spec, examples, training) = (&logistic(), &examples(20), &training(3, 0.5));
    let plain = train(&Torch::new(), &[0.1; 4], training, 20).unwrap();
    let privacy = |steps| RecordPrivacy {
        noise_multiplier: 0.5,
        delta: 1e-5,
        clip: 1.0,
        sampling_rate: 0.3,
        steps,
        dead_rounds: 0,
    };
    let mut seen = vec![plain.delta];
    for (privacy, seed) in [(privacy(3), [1; 32]), (privacy(3), [2; 32]), (privacy(4), [1; 32])] {
        let job = TrainJob {
            model: Model::Layers(spec),
            weights: &[0.1; 4],
            examples,
            training,
            seed: [5; 32],
            correction: None,
            noise: Some(RecordNoise { privacy: &privacy, seed: &seed }),
        };
        let here = Torch::new().train(&job, &mut |_| ()).unwrap();
        let there = confined.train(&job, &mut |_| ()).unwrap();
        assert!(here == there, "another result in the sandbox");
        assert_eq!(there.steps, u64::from(privacy.steps));
        assert!(!seen.contains(&there.delta), "it makes no difference");
        seen.push(there.delta);
    }
}

#[test]
fn progress_comes_through() {
    let mut seen = Vec::new();
    let spec = logistic();
    let (model, examples, training) = (Model::Layers(&spec), &examples(8), &training(3, 0.1));
    let (weights, correction) = (&[0.0; 4], None);
    let job = TrainJob { model, weights, examples, training, seed: [1; 32], correction, noise: None };
    sandbox(LIMITS).train(&job, &mut |progress| seen.push((progress.epoch, progress.epochs))).unwrap();
    assert_eq!(seen, [(1, 3), (2, 3), (3, 3)]);
}

#[test]
fn failures_are_the_same_as_without_it_and_the_next_job_is_done() {
    let confined = sandbox(LIMITS);
    let wrong = train(&confined, &[0.0; 3], &training(1, 0.1), 4).unwrap_err();
    assert!(matches!(wrong, TrainError::Weights { expected: 4, got: 3 }), "{wrong}");
    let wrong = train(&confined, &[f32::NAN; 4], &training(1, 0.1), 4).unwrap_err();
    assert!(matches!(wrong, TrainError::Diverged), "{wrong}");
    assert!(train(&confined, &[0.0; 4], &training(1, 0.1), 4).is_ok());
}

#[test]
fn a_job_that_never_ends_is_stopped_and_the_next_one_is_done() {
    let confined = sandbox(Limits { job: Duration::from_secs(2), ..LIMITS });
    confined.start().unwrap();
    let endless = train(&confined, &[0.0; 4], &training(u32::MAX, 1e-6), 64).unwrap_err();
    assert!(matches!(endless, TrainError::Sandbox(SandboxError::OutOfTime(_))), "{endless}");
    assert!(train(&confined, &[0.0; 4], &training(1, 0.1), 4).is_ok());
}

#[test]
fn a_job_that_eats_memory_fails_and_the_next_one_is_done() {
    let confined = sandbox(Limits { memory: 64 << 20, ..LIMITS });
    // 12 million rows are 140 MiB.
    let eaten = train(&confined, &[0.0; 4], &training(1, 0.1), 12_000_000).unwrap_err();
    assert!(matches!(eaten, TrainError::Sandbox(SandboxError::Ended(_)) | TrainError::Torch(_)), "{eaten}");
    assert!(train(&confined, &[0.0; 4], &training(1, 0.1), 4).is_ok());
}

#[test]
fn a_program_that_is_no_trainer_is_an_error_that_says_so() {
    let start = |program: &str| {
        Sandboxed::with_program(PathBuf::from(program), LIMITS, Demand::Required).start().unwrap_err()
    };
    assert!(matches!(start("/nowhere/tributary"), SandboxError::Start(_)));
    assert!(matches!(start("/bin/true"), SandboxError::Ended(_)));
    let error = start("/bin/echo").to_string();
    assert!(error.contains("makes no sense") || error.contains("ended"), "{error}");
}
