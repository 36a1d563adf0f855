//! Training in libtorch, on one thread of the CPU.

use tch::nn::{OptimizerConfig, Sgd, VarStore};
use tch::{Device, Reduction, Tensor};
use tributary_aggregation::study::{Activation, ModelSpec, Training};

use super::metrics::{Metrics, measure};
use super::order::Order;
use super::pull::Pull;
use super::trainer::{Progress, TrainError, TrainJob, Trained, Trainer};
use crate::dataset::Examples;

/// Rows per forward pass where no gradient is taken: bounds memory.
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
        one_thread();
        let rows = job.examples.rows();
        if rows == 0 {
            return Err(TrainError::NoRows);
        }
        let store = VarStore::new(Device::Cpu);
        let network = Network::build(job.spec, job.examples.width(), job.weights, &store)?;
        let Training { learning_rate, weight_decay, momentum, proximal_mu, .. } = *job.training;
        let mut optimizer =
            Sgd { wd: weight_decay, momentum, ..Sgd::default() }.build(&store, learning_rate)?;
        let pull = Pull::new(store.trainable_variables(), proximal_mu, job.correction)?;
        let (inputs, labels) = tensors(job.examples, 0..rows)?;
        let loss = |inputs: &Tensor, labels: &Tensor| {
            let logits = network.logits(inputs)?;
            logits.f_binary_cross_entropy_with_logits::<Tensor>(labels, None, None, Reduction::Mean)
        };

        let loss_before = finite(tch::no_grad(|| loss(&inputs, &labels))?)?;
        let batch = if job.training.batch_size == 0 { rows } else { job.training.batch_size as usize };
        let mut order = Order::new(job.seed, rows);
        let mut steps = 0;
        let epochs = job.training.local_epochs;
        for epoch in 1..=epochs {
            for rows in order.next_epoch().chunks(batch) {
                let rows = Tensor::f_from_slice(rows)?;
                let loss = loss(&inputs.f_index_select(0, &rows)?, &labels.f_index_select(0, &rows)?)?;
                optimizer.zero_grad();
                loss.f_backward()?;
                pull.add_to_gradients()?;
                optimizer.step();
                steps += 1;
            }
            progress(Progress { epoch, epochs });
        }
        let loss_after = finite(tch::no_grad(|| loss(&inputs, &labels))?)?;

        let new = network.weights()?;
        let delta: Vec<f32> = new.iter().zip(job.weights).map(|(new, old)| new - old).collect();
        if delta.iter().any(|x| !x.is_finite()) {
            return Err(TrainError::Diverged);
        }
        Ok(Trained { delta, loss_before, loss_after, steps })
    }

    fn evaluate(
        &self,
        spec: &ModelSpec,
        weights: &[f32],
        examples: &Examples,
    ) -> Result<Metrics, TrainError> {
        one_thread();
        if examples.rows() == 0 {
            return Err(TrainError::NoRows);
        }
        let network = Network::build(spec, examples.width(), weights, &VarStore::new(Device::Cpu))?;
        let mut logits = Vec::with_capacity(examples.rows());
        for start in (0..examples.rows()).step_by(EVALUATION_BATCH) {
            let rows = start..examples.rows().min(start + EVALUATION_BATCH);
            let (inputs, _) = tensors(examples, rows)?;
            logits.extend(Vec::<f32>::try_from(tch::no_grad(|| network.logits(&inputs))?)?);
        }
        Ok(measure(&logits, &examples.labels())?)
    }
}

/// Two threads are slower than one on small models, and a fixed order of additions needs one. OpenMP keeps the number per
/// calling thread, so it is set before every job.
fn one_thread() {
    tch::set_num_threads(1);
}

/// Trains something small, so that libtorch has read what it wants to know of this machine.
///
/// # Errors
/// If libtorch does not work here.
pub fn warm_up() -> Result<(), TrainError> {
    let spec = ModelSpec { hidden: Vec::new() };
    let Some(examples) = Examples::binary(vec![0.0, 1.0], 1, &[false, true]) else { return Ok(()) };
    let training = Training { local_epochs: 1, learning_rate: 0.1, ..Training::default() };
    let (spec, weights, correction) = (&spec, &[0.0; 2], None);
    let job = TrainJob { spec, weights, examples: &examples, training: &training, seed: [0; 32], correction };
    Torch::new().train(&job, &mut |_| ()).map(drop)
}

fn finite(loss: Tensor) -> Result<f64, TrainError> {
    let loss = f64::try_from(loss)?;
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

struct Dense {
    weight: Tensor,
    bias: Tensor,
    activation: Option<Activation>,
}

/// The layers of a [`ModelSpec`], with their parameters in its order.
struct Network {
    layers: Vec<Dense>,
}

impl Network {
    fn build(spec: &ModelSpec, inputs: usize, weights: &[f32], store: &VarStore) -> Result<Self, TrainError> {
        let shapes = spec.dense_shapes(inputs);
        let expected = spec.parameter_count(inputs);
        if weights.len() != expected {
            return Err(TrainError::Weights { expected, got: weights.len() });
        }
        let mut layers = Vec::with_capacity(shapes.len());
        let mut rest = weights;
        for (index, (inputs, outputs)) in shapes.into_iter().enumerate() {
            let (weight, after) = rest.split_at(inputs * outputs);
            let (bias, after) = after.split_at(outputs);
            rest = after;
            let path = store.root() / index;
            let weight = Tensor::f_from_slice(weight)?.f_view((outputs as i64, inputs as i64))?;
            layers.push(Dense {
                weight: path.f_var_copy("weight", &weight)?,
                bias: path.f_var_copy("bias", &Tensor::f_from_slice(bias)?)?,
                activation: spec.hidden.get(index).map(|layer| layer.activation),
            });
        }
        Ok(Self { layers })
    }

    /// One logit per row.
    fn logits(&self, inputs: &Tensor) -> Result<Tensor, tch::TchError> {
        let mut x = inputs.shallow_clone();
        for layer in &self.layers {
            x = x.f_linear(&layer.weight, Some(&layer.bias))?;
            x = match layer.activation {
                Some(Activation::Relu) => x.f_relu()?,
                Some(Activation::Tanh) => x.f_tanh()?,
                None => x,
            };
        }
        x.f_squeeze_dim(1)
    }

    fn weights(&self) -> Result<Vec<f32>, TrainError> {
        let mut weights = Vec::new();
        for layer in &self.layers {
            for parameter in [&layer.weight, &layer.bias] {
                weights.extend(Vec::<f32>::try_from(parameter.f_detach()?.f_flatten(0, -1)?)?);
            }
        }
        Ok(weights)
    }
}

#[cfg(test)]
mod tests;
