use tributary_aggregation::optimizer::ModelState;
use tributary_aggregation::study::Layer;

use super::*;

fn logistic() -> ModelSpec {
    ModelSpec { hidden: vec![] }
}

fn mlp(activation: Activation) -> ModelSpec {
    ModelSpec { hidden: vec![Layer { units: 8, activation }, Layer { units: 4, activation }] }
}

fn training(local_epochs: u32, batch_size: u32, learning_rate: f64, weight_decay: f64) -> Training {
    Training { local_epochs, batch_size, learning_rate, weight_decay, seed: 0 }
}

/// Rows of two inputs on a grid; positive where the inputs have different signs: no line separates them.
fn xor() -> Examples {
    let steps = [-1.0_f32, -0.6, -0.2, 0.2, 0.6, 1.0];
    let points: Vec<(f32, f32)> = steps.iter().flat_map(|x| steps.map(|y| (*x, y))).collect();
    let labels: Vec<bool> = points.iter().map(|(x, y)| x * y < 0.0).collect();
    Examples::binary(points.iter().flat_map(|(x, y)| [*x, *y]).collect(), 2, &labels).unwrap()
}

fn train(
    spec: &ModelSpec,
    weights: &[f32],
    examples: &Examples,
    training: &Training,
) -> Result<Trained, TrainError> {
    Torch::new().train(&TrainJob { spec, weights, examples, training, seed: [5; 32] }, &mut |_| {})
}

#[test]
fn one_step_of_logistic_regression_is_the_formula() {
    let examples = Examples::binary(vec![1.0, 2.0, -1.0, 0.5], 2, &[true, false]).unwrap();
    let weights = [0.1_f32, -0.2, 0.3];
    let trained = train(&logistic(), &weights, &examples, &training(1, 0, 0.5, 0.01)).unwrap();
    let p = |x: f64, y: f64| 1.0 / (1.0 + (-(0.1 * x - 0.2 * y + 0.3)).exp());
    let errors = [p(1.0, 2.0) - 1.0, p(-1.0, 0.5)];
    let gradient = [
        f64::midpoint(errors[0], -errors[1]),
        f64::midpoint(2.0 * errors[0], 0.5 * errors[1]),
        f64::midpoint(errors[0], errors[1]),
    ];
    for ((delta, gradient), weight) in trained.delta.iter().zip(gradient).zip(weights) {
        let expected = -0.5 * (gradient + 0.01 * f64::from(weight));
        assert!((f64::from(*delta) - expected).abs() < 1e-6, "{delta} {expected}");
    }
    assert_eq!(trained.steps, 1);
    let loss = -(p(1.0, 2.0).ln() + (1.0 - p(-1.0, 0.5)).ln()) / 2.0;
    assert!((trained.loss_before - loss).abs() < 1e-6);
    assert!(trained.loss_after < trained.loss_before);
}

#[test]
fn an_mlp_reads_its_parameters_in_the_documented_order() {
    let spec = ModelSpec { hidden: vec![Layer { units: 2, activation: Activation::Relu }] };
    // Hidden: relu(x + 2y + 0.5), relu(3x − 4y − 1); logit: 0.7 h₁ − 0.9 h₂ + 0.2.
    let weights = [1.0, 2.0, 3.0, -4.0, 0.5, -1.0, 0.7, -0.9, 0.2];
    let store = VarStore::new(Device::Cpu);
    let network = Network::build(&spec, 2, &weights, &store).unwrap();
    let logits = network.logits(&Tensor::from_slice(&[1.0_f32, 1.0, 2.0, -1.0]).view((2, 2))).unwrap();
    let logits = Vec::<f32>::try_from(logits).unwrap();
    assert!((logits[0] - (0.7 * 3.5 + 0.2)).abs() < 1e-6);
    assert!((logits[1] - (0.7 * 0.5 - 0.9 * 9.0 + 0.2)).abs() < 1e-6);
    assert_eq!(network.weights().unwrap(), weights);
}

#[test]
fn an_mlp_learns_what_no_line_separates() {
    let examples = xor();
    for activation in [Activation::Relu, Activation::Tanh] {
        let spec = mlp(activation);
        let weights = ModelState::initial(&spec, 2, [1; 32]).weights;
        let trained = train(&spec, &weights, &examples, &training(400, 6, 0.2, 0.0)).unwrap();
        assert_eq!(trained.steps, 400 * 6);
        let weights: Vec<f32> = weights.iter().zip(&trained.delta).map(|(w, d)| w + d).collect();
        let after = Torch::new().evaluate(&spec, &weights, &examples).unwrap();
        assert!(after.accuracy > 0.95, "{activation:?}: {after:?}");
        assert!((after.log_loss - trained.loss_after).abs() < 1e-5);
    }
}

#[test]
fn the_same_job_gives_the_same_bits_and_another_seed_others() {
    let (spec, examples) = (mlp(Activation::Tanh), xor());
    let weights = ModelState::initial(&spec, 2, [1; 32]).weights;
    let training = training(3, 5, 0.1, 0.001);
    let job =
        TrainJob { spec: &spec, weights: &weights, examples: &examples, training: &training, seed: [5; 32] };
    let run = |job: &TrainJob<'_>| Torch::new().train(job, &mut |_| {}).unwrap();
    let here = run(&job);
    // Another thread has an OpenMP setting of its own.
    let there = std::thread::scope(|scope| scope.spawn(|| run(&job)).join()).unwrap();
    assert_eq!(here, there);
    assert_ne!(here.delta, run(&TrainJob { seed: [6; 32], ..job }).delta);
}

#[test]
fn progress_is_told_after_every_epoch() {
    let (spec, examples) = (logistic(), xor());
    let training = training(3, 7, 0.1, 0.0);
    let mut seen = Vec::new();
    let job =
        TrainJob { spec: &spec, weights: &[0.0; 3], examples: &examples, training: &training, seed: [0; 32] };
    let trained = Torch::new().train(&job, &mut |progress| seen.push(progress)).unwrap();
    assert_eq!(seen, [1, 2, 3].map(|epoch| Progress { epoch, epochs: 3 }));
    // 36 rows by 7: five full batches and one of one row.
    assert_eq!(trained.steps, 18);
}

#[test]
fn what_cannot_be_trained_is_an_error() {
    let examples = xor();
    let once = training(1, 0, 0.1, 0.0);
    assert!(matches!(
        train(&logistic(), &[0.0; 4], &examples, &once),
        Err(TrainError::Weights { expected: 3, got: 4 })
    ));
    let empty = Examples::binary(vec![], 2, &[]).unwrap();
    assert!(matches!(train(&logistic(), &[0.0; 3], &empty, &once), Err(TrainError::NoRows)));
    assert!(matches!(Torch::new().evaluate(&logistic(), &[0.0; 3], &empty), Err(TrainError::NoRows)));
    assert!(matches!(
        train(&logistic(), &[0.0; 3], &examples, &training(200, 0, 1e30, 1e30)),
        Err(TrainError::Diverged)
    ));
    assert!(matches!(
        Torch::new().evaluate(&logistic(), &[f32::NAN; 3], &examples),
        Err(TrainError::Metrics(_))
    ));
}
