use tributary_aggregation::optimizer::ModelState;
use tributary_aggregation::study::{Activation, Layer, Schedule};

use super::*;

fn logistic() -> LayerSpec {
    LayerSpec { hidden: vec![] }
}

fn mlp(activation: Activation) -> LayerSpec {
    LayerSpec { hidden: vec![Layer { units: 8, activation }, Layer { units: 4, activation }] }
}

fn training(local_epochs: u32, batch_size: u32, learning_rate: f64, weight_decay: f64) -> Training {
    Training { local_epochs, batch_size, learning_rate, weight_decay, ..Training::default() }
}

/// Rows of two inputs on a grid; positive where the inputs have different signs: no line separates them.
fn xor() -> Examples {
    let steps = [-1.0_f32, -0.6, -0.2, 0.2, 0.6, 1.0];
    let points: Vec<(f32, f32)> = steps.iter().flat_map(|x| steps.map(|y| (*x, y))).collect();
    let labels: Vec<bool> = points.iter().map(|(x, y)| x * y < 0.0).collect();
    Examples::binary(points.iter().flat_map(|(x, y)| [*x, *y]).collect(), 2, &labels).unwrap()
}

fn train(
    spec: &LayerSpec,
    weights: &[f32],
    examples: &Examples,
    training: &Training,
) -> Result<Trained, TrainError> {
    Torch::new().train(
        &TrainJob {
            model: Model::Layers(spec),
            weights,
            examples,
            training,
            seed: [5; 32],
            correction: None,
            noise: None,
        },
        &mut |_| {},
    )
}

#[test]
fn a_last_step_of_too_few_rows_joins_the_one_before() {
    let rows: Vec<i64> = (0..9).collect();
    let sizes =
        |rows: &[i64], size, fewest| batches(rows, size, fewest).map(<[i64]>::len).collect::<Vec<_>>();
    assert_eq!(sizes(&rows, 4, 1), [4, 4, 1]);
    assert_eq!(sizes(&rows, 4, 2), [4, 5]);
    assert_eq!(sizes(&rows, 3, 2), [3, 3, 3]);
    assert_eq!(sizes(&rows, 9, 2), [9]);
    assert_eq!(sizes(&rows[..1], 4, 2), [1]);
    assert_eq!(sizes(&rows[..5], 4, 2), [5]);
    assert_eq!(batches(&rows, 4, 2).flatten().copied().collect::<Vec<_>>(), rows);
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

/// Two rows, all at once: every step is gradient descent on the same loss.
fn two_rows() -> (Examples, impl Fn(&[f64]) -> [f64; 3]) {
    let examples = Examples::binary(vec![1.0, 2.0, -1.0, 0.5], 2, &[true, false]).unwrap();
    let gradient = |w: &[f64]| {
        let p = |x: f64, y: f64| 1.0 / (1.0 + (-(w[0] * x + w[1] * y + w[2])).exp());
        let errors = [p(1.0, 2.0) - 1.0, p(-1.0, 0.5)];
        [
            f64::midpoint(errors[0], -errors[1]),
            f64::midpoint(2.0 * errors[0], 0.5 * errors[1]),
            f64::midpoint(errors[0], errors[1]),
        ]
    };
    (examples, gradient)
}

#[test]
fn momentum_the_proximal_pull_and_a_correction_are_their_formulas() {
    let (examples, gradient) = two_rows();
    let start = [0.1_f32, -0.2, 0.3];
    let correction = [0.5_f32, 0.0, -0.25];
    for (momentum, mu, correction) in
        [(0.9, 0.0, None), (0.0, 2.0, None), (0.5, 0.7, None), (0.0, 0.0, Some(&correction[..]))]
    {
        let training = Training { momentum, proximal_mu: mu, ..training(4, 0, 0.5, 0.01) };
        let (spec, examples) = (&logistic(), &examples);
        let job = TrainJob {
            model: Model::Layers(spec),
            weights: &start,
            examples,
            training: &training,
            seed: [5; 32],
            correction,
            noise: None,
        };
        let trained = Torch::new().train(&job, &mut |_| {}).unwrap();
        let origin = start.map(f64::from);
        let (mut w, mut velocity) = (origin, [0.0; 3]);
        for _ in 0..4 {
            let g = gradient(&w);
            for i in 0..3 {
                let added = correction.map_or(0.0, |c| f64::from(c[i])) + mu * (w[i] - origin[i]);
                velocity[i] = momentum * velocity[i] + g[i] + 0.01 * w[i] + added;
            }
            for i in 0..3 {
                w[i] -= 0.5 * velocity[i];
            }
        }
        for i in 0..3 {
            let expected = w[i] - origin[i];
            assert!((f64::from(trained.delta[i]) - expected).abs() < 1e-5, "{momentum} {mu} {i}");
        }
    }
}

#[test]
fn a_strong_pull_holds_an_owner_near_the_round() {
    let (examples, spec) = (xor(), mlp(Activation::Tanh));
    let weights = ModelState::initial(&spec, 2, [1; 32]).weights;
    let way = |proximal_mu| {
        let training = Training { proximal_mu, ..training(20, 6, 0.1, 0.0) };
        let delta = train(&spec, &weights, &examples, &training).unwrap().delta;
        delta.iter().map(|x| x * x).sum::<f32>().sqrt()
    };
    let (free, held, tied) = (way(0.0), way(1.0), way(8.0));
    assert!(tied < held && held < free, "{tied} {held} {free}");
}

/// Two owners whose rows pull apart: alone each runs to its own optimum, and their mean with it. With control variates
/// both step along the common gradient, so that the mean goes where all rows together go.
#[test]
fn control_variates_take_owners_to_the_common_optimum() {
    use tributary_aggregation::optimizer::{Memory, control_delta, correction, step_control};
    let sites = [
        Examples::binary(vec![3.0, 1.0, 2.0, -1.0, -0.5], 1, &[true, false, true, false, true]).unwrap(),
        Examples::binary(vec![-1.0, 0.5, -2.0], 1, &[true, true, false]).unwrap(),
    ];
    let all = Examples::binary(
        sites.iter().flat_map(|site| site.inputs().to_vec()).collect(),
        1,
        &sites.iter().flat_map(Examples::labels).collect::<Vec<_>>(),
    )
    .unwrap();
    let (spec, penalty) = (logistic(), 0.05);
    let best = train(&spec, &[0.0; 2], &all, &training(1000, 0, 0.5, penalty)).unwrap().delta;
    let federated = |with_control: bool| {
        let local = training(20, 0, 0.2, penalty);
        let mut state = ModelState { weights: vec![0.0; 2], round: 0, memory: Memory::default() };
        let mut own: [Option<Vec<f32>>; 2] = [None, None];
        for _ in 0..60 {
            let mut mean = [0.0f32; 2];
            let mut changes = Vec::new();
            for (site, own) in sites.iter().zip(&mut own) {
                let correct = with_control.then(|| correction(&state, own.as_deref()).unwrap());
                let job = TrainJob {
                    model: Model::Layers(&spec),
                    weights: &state.weights,
                    examples: site,
                    training: &local,
                    seed: [5; 32],
                    correction: correct.as_deref(),
                    noise: None,
                };
                let trained = Torch::new().train(&job, &mut |_| {}).unwrap();
                let share = site.rows() as f32 / all.rows() as f32;
                mean.iter_mut().zip(&trained.delta).for_each(|(mean, delta)| *mean += share * delta);
                if with_control {
                    let change = control_delta(&state, &trained.delta, trained.steps, 0.2).unwrap();
                    let before = own.take().unwrap_or_else(|| vec![0.0; 2]);
                    *own = Some(before.iter().zip(&change).map(|(own, change)| own + change).collect());
                    changes.push((change, site.rows() as u64));
                }
            }
            state.weights.iter_mut().zip(mean).for_each(|(weight, delta)| *weight += delta);
            if with_control {
                step_control(&mut state, &changes).unwrap();
            }
        }
        state.weights.iter().zip(&best).map(|(weight, best)| (weight - best).abs()).fold(0.0, f32::max)
    };
    let (with, without) = (federated(true), federated(false));
    assert!(with < 1e-3 && without > 20.0 * with, "{with} {without}");
}

#[test]
fn a_correction_that_does_not_fit_is_an_error() {
    let (spec, examples, training) = (&logistic(), &xor(), &training(1, 0, 0.1, 0.0));
    let correction = Some(&[0.0; 2][..]);
    let job = TrainJob {
        model: Model::Layers(spec),
        weights: &[0.0; 3],
        examples,
        training,
        seed: [0; 32],
        correction,
        noise: None,
    };
    let refused = Torch::new().train(&job, &mut |_| {});
    assert!(matches!(refused, Err(TrainError::Weights { expected: 3, got: 2 })));
}

#[test]
fn an_mlp_reads_its_parameters_in_the_documented_order() {
    let spec = LayerSpec { hidden: vec![Layer { units: 2, activation: Activation::Relu }] };
    // Hidden: relu(x + 2y + 0.5), relu(3x − 4y − 1); logit: 0.7 h₁ − 0.9 h₂ + 0.2.
    let weights = [1.0, 2.0, 3.0, -4.0, 0.5, -1.0, 0.7, -0.9, 0.2];
    let network = Layers::build(&spec, 2, &weights).unwrap();
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
        let after = Torch::new().evaluate(Model::Layers(&spec), &weights, &examples).unwrap();
        assert!(after.accuracy > Some(0.95), "{activation:?}: {after:?}");
        assert!((after.loss - trained.loss_after).abs() < 1e-5);
    }
}

#[test]
fn the_same_job_gives_the_same_bits_and_another_seed_others() {
    let (spec, examples) = (mlp(Activation::Tanh), xor());
    let weights = ModelState::initial(&spec, 2, [1; 32]).weights;
    let training = training(3, 5, 0.1, 0.001);
    let (model, weights, examples) = (Model::Layers(&spec), &weights, &examples);
    let job = TrainJob {
        model,
        weights,
        examples,
        training: &training,
        seed: [5; 32],
        correction: None,
        noise: None,
    };
    let run = |job: &TrainJob<'_>| Torch::new().train(job, &mut |_| {}).unwrap();
    let here = run(&job);
    // Another thread has an OpenMP setting of its own.
    let there = std::thread::scope(|scope| scope.spawn(|| run(&job)).join()).unwrap();
    assert_eq!(here, there);
    assert_ne!(here.delta, run(&TrainJob { seed: [6; 32], ..job }).delta);
}

/// A round that is run again after a dropout trains from the same seed: it must come to the same update.
#[test]
fn every_option_gives_the_same_bits_again() {
    let (spec, examples) = (&mlp(Activation::Relu), &xor());
    let weights = &ModelState::initial(spec, 2, [1; 32]).weights;
    let plain = training(2, 5, 0.1, 0.001);
    let own = vec![0.01; weights.len()];
    let cosine = Training { schedule: Schedule::Cosine { floor: 0.0 }, ..plain.clone() };
    let options = [
        (plain.clone(), None),
        (Training { momentum: 0.9, ..plain.clone() }, None),
        (Training { proximal_mu: 1.0, ..plain.clone() }, None),
        (cosine.in_round(2, 4), None),
        (plain, Some(own.as_slice())),
    ];
    let mut seen = Vec::new();
    for (training, correction) in &options {
        let (training, correction) = (training, *correction);
        let job = TrainJob {
            model: Model::Layers(spec),
            weights,
            examples,
            training,
            seed: [5; 32],
            correction,
            noise: None,
        };
        let first = Torch::new().train(&job, &mut |_| {}).unwrap();
        assert!(first == Torch::new().train(&job, &mut |_| {}).unwrap(), "{training:?}");
        assert!(!seen.contains(&first.delta), "it makes no difference: {training:?}");
        seen.push(first.delta);
    }
}

#[test]
fn progress_is_told_after_every_epoch() {
    let (spec, examples) = (logistic(), xor());
    let training = training(3, 7, 0.1, 0.0);
    let mut seen = Vec::new();
    let (model, weights, examples, correction) = (Model::Layers(&spec), &[0.0; 3], &examples, None);
    let job =
        TrainJob { model, weights, examples, training: &training, seed: [0; 32], correction, noise: None };
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
    assert!(matches!(
        Torch::new().evaluate(Model::Layers(&logistic()), &[0.0; 3], &empty),
        Err(TrainError::NoRows)
    ));
    assert!(matches!(
        train(&logistic(), &[0.0; 3], &examples, &training(200, 0, 1e30, 1e30)),
        Err(TrainError::Diverged)
    ));
    assert!(matches!(
        Torch::new().evaluate(Model::Layers(&logistic()), &[f32::NAN; 3], &examples),
        Err(TrainError::Metrics(_))
    ));
}
