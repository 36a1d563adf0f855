//! Training in libtorch, on one thread of the CPU.

use tch::Tensor;
use tch::nn::{OptimizerConfig, Sgd};
use tributary_aggregation::study::{LayerSpec, Training};

use super::layers::Layers;
use super::metrics::{Metrics, measure};
use super::module::{self, Checked, Loaded};
use super::network::Network;
use super::order::Order;
use super::private::NoisyGradients;
use super::pull::Pull;
use super::trainer::{Model, Progress, TrainError, TrainJob, Trained, Trainer};
use crate::dataset::Examples;

/// Rows per forward pass of a built-in model where no gradient is taken: bounds memory.
const EVALUATION_BATCH: usize = 4096;

/// The libtorch trainer.
#[derive(Debug, Default, Clone, Copy)]
pub struct Torch;

impl Torch {
    /// A trainer.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Trainer for Torch {
    fn train(&self, job: &TrainJob<'_>, progress: &mut dyn FnMut(Progress)) -> Result<Trained, TrainError> {
        prepare(&job.seed);
        let rows = job.examples.rows();
        if rows == 0 {
            return Err(TrainError::NoRows);
        }
        let mut network: Box<dyn Network> = match job.model {
            Model::Layers(spec) => Box::new(Layers::build(spec, job.examples.width(), job.weights)?),
            Model::Module(module) => Box::new(Loaded::with_weights(module.bytes(), job.weights)?),
        };
        let network = network.as_mut();
        let Training { learning_rate, weight_decay, momentum, proximal_mu, .. } = *job.training;
        let mut optimizer =
            Sgd { wd: weight_decay, momentum, ..Sgd::default() }.build(network.store(), learning_rate)?;
        let pull = Pull::new(network.store().trainable_variables(), proximal_mu, job.correction)?;
        let (inputs, labels) = tensors(job.examples, 0..rows)?;

        let loss_before = loss_in_use(network, &inputs, &labels)?;
        network.set_training(true)?;
        let mut step = |loss: &Tensor| {
            optimizer.zero_grad();
            loss.f_backward()?;
            pull.add_to_gradients()?;
            optimizer.step();
            Ok::<_, TrainError>(())
        };
        let steps = match job.noise {
            Some(noise) => {
                let mut gradients = NoisyGradients::new(noise);
                let epochs = gradients.steps();
                for epoch in 1..=epochs {
                    step(&gradients.next(network, &inputs, &labels)?)?;
                    progress(Progress { epoch, epochs });
                }
                u64::from(epochs)
            }
            None => descend(network, (&inputs, &labels), job, &mut step, progress)?,
        };
        let loss_after = loss_in_use(network, &inputs, &labels)?;

        let new = network.weights()?;
        let delta: Vec<f32> = new.iter().zip(job.weights).map(|(new, old)| new - old).collect();
        if delta.iter().any(|x| !x.is_finite()) {
            return Err(TrainError::Diverged);
        }
        Ok(Trained { delta, loss_before, loss_after, steps })
    }

    fn evaluate(
        &self,
        model: Model<'_>,
        weights: &[f32],
        examples: &Examples,
    ) -> Result<Metrics, TrainError> {
        prepare(&[0; 32]);
        let rows = examples.rows();
        if rows == 0 {
            return Err(TrainError::NoRows);
        }
        let spec = match model {
            Model::Layers(spec) => spec,
            Model::Module(module) => {
                // All rows at once: a loss may compare rows with each other.
                let (inputs, labels) = tensors(examples, 0..rows)?;
                let mut loaded = Loaded::with_weights(module.bytes(), weights)?;
                return module::evaluate(&mut loaded, &inputs, &labels, examples);
            }
        };
        let network = Layers::build(spec, examples.width(), weights)?;
        let mut logits = Vec::with_capacity(rows);
        for start in (0..rows).step_by(EVALUATION_BATCH) {
            let (inputs, _) = tensors(examples, start..rows.min(start + EVALUATION_BATCH))?;
            logits.extend(Vec::<f32>::try_from(tch::no_grad(|| network.logits(&inputs))?)?);
        }
        Ok(measure(&logits, &examples.labels())?)
    }

    fn initial(&self, module: &[u8]) -> Result<Vec<f32>, TrainError> {
        prepare(&[0; 32]);
        Loaded::new(module)?.weights()
    }

    fn check(&self, module: &[u8], examples: &Examples) -> Result<Checked, TrainError> {
        prepare(&[0; 32]);
        let (inputs, labels) = tensors(examples, 0..examples.rows())?;
        module::check(module, &inputs, &labels)
    }
}

/// Epochs of steps over the rows, in an order of their own; gives how many steps those were.
fn descend(
    network: &dyn Network,
    (inputs, labels): (&Tensor, &Tensor),
    job: &TrainJob<'_>,
    step: &mut dyn FnMut(&Tensor) -> Result<(), TrainError>,
    progress: &mut dyn FnMut(Progress),
) -> Result<u64, TrainError> {
    let rows = job.examples.rows();
    let batch = if job.training.batch_size == 0 { rows } else { job.training.batch_size as usize };
    let mut order = Order::new(job.seed, rows);
    let mut steps = 0;
    let epochs = job.training.local_epochs;
    for epoch in 1..=epochs {
        for rows in batches(order.next_epoch(), batch, network.fewest_rows()) {
            let rows = Tensor::f_from_slice(rows)?;
            step(&network.loss(&inputs.f_index_select(0, &rows)?, &labels.f_index_select(0, &rows)?)?)?;
            steps += 1;
        }
        progress(Progress { epoch, epochs });
    }
    Ok(steps)
}

/// Two threads are slower than one on small models, and a fixed order of additions needs one. OpenMP keeps the number per
/// calling thread, so it is set before every job. A module's own randomness (dropout) comes from the job's seed, and its
/// code is run as it is written: what an optimiser makes of it depends on how often it ran before.
fn prepare(seed: &[u8; 32]) {
    tch::set_num_threads(1);
    tch::jit::set_graph_executor_optimize(false);
    let [a, b, c, d, e, f, g, h, ..] = *seed;
    tch::manual_seed(i64::from_le_bytes([a, b, c, d, e, f, g, h]));
}

/// An epoch's rows in steps of `size`; a last step of fewer than `fewest` joins the one before it.
fn batches(rows: &[i64], size: usize, fewest: usize) -> impl Iterator<Item = &[i64]> {
    let left = rows.len() % size;
    let cut =
        if left > 0 && left < fewest && rows.len() > size { rows.len() - left - size } else { rows.len() };
    let (even, last) = rows.split_at(cut);
    even.chunks(size).chain((!last.is_empty()).then_some(last))
}

/// The mean loss over all rows, as in use.
fn loss_in_use(network: &mut dyn Network, inputs: &Tensor, labels: &Tensor) -> Result<f64, TrainError> {
    network.set_training(false)?;
    finite(&tch::no_grad(|| network.loss(inputs, labels))?)
}

/// Trains something small, so that libtorch has read what it wants to know of this machine.
///
/// # Errors
/// If libtorch does not work here.
pub fn warm_up() -> Result<(), TrainError> {
    let spec = LayerSpec { hidden: Vec::new() };
    let Some(examples) = Examples::binary(vec![0.0, 1.0], 1, &[false, true]) else { return Ok(()) };
    let training = Training { local_epochs: 1, learning_rate: 0.1, ..Training::default() };
    let (model, weights, correction) = (Model::Layers(&spec), &[0.0; 2], None);
    let job = TrainJob {
        model,
        weights,
        examples: &examples,
        training: &training,
        seed: [0; 32],
        correction,
        noise: None,
    };
    Torch::new().train(&job, &mut |_| ()).map(drop)
}

fn finite(loss: &Tensor) -> Result<f64, TrainError> {
    let loss = loss.f_double_value(&[])?;
    if loss.is_finite() { Ok(loss) } else { Err(TrainError::Diverged) }
}

/// Inputs (rows × the shape of a row) and targets (rows; rows × targets where a row has several).
fn tensors(examples: &Examples, rows: std::ops::Range<usize>) -> Result<(Tensor, Tensor), TrainError> {
    let of = |values: &[f32], width: usize, shape: &[usize]| {
        let shape: Vec<i64> = [&[rows.len()], shape].concat().into_iter().map(|side| side as i64).collect();
        Tensor::f_from_slice(&values[rows.start * width..rows.end * width])?.f_view(&shape[..])
    };
    let targets = examples.target_width();
    let per_row = if targets == 1 { &[][..] } else { &[targets] };
    Ok((
        of(examples.inputs(), examples.width(), examples.shape())?,
        of(examples.targets(), targets, per_row)?,
    ))
}

#[cfg(test)]
mod tests;
