//! What a trainer does, whatever it is built on.

use std::fmt;

use thiserror::Error;
use tributary_aggregation::hash::digest;
use tributary_aggregation::ids::OwnerId;
use tributary_aggregation::study::{LayerSpec, Training};

use super::metrics::{Metrics, MetricsError};
use super::module::{Checked, Module, ModuleError};
use super::private::RecordNoise;
use crate::dataset::Examples;
use crate::sandbox::SandboxError;

/// What is trained.
#[derive(Clone, Copy)]
pub enum Model<'a> {
    /// Built in.
    Layers(&'a LayerSpec),
    /// The researcher's own.
    Module(&'a Module),
}

/// One owner's training in one round.
#[derive(Clone, Copy)]
pub struct TrainJob<'a> {
    /// The model.
    pub model: Model<'a>,
    /// Its weights, in the order of an update.
    pub weights: &'a [f32],
    /// The owner's rows.
    pub examples: &'a Examples,
    /// Epochs, batch size, the round's step size, weight decay, momentum, μ. Its `seed` is not read: see `seed`; nor are its
    /// schedule and whether it has control variates: see [`Training::in_round`] and `correction`.
    pub training: &'a Training,
    /// Seed of the rows' order: see [`order_seed`].
    pub seed: [u8; 32],
    /// What is added to every gradient, a number per weight: SCAFFOLD's c − cᵢ.
    pub correction: Option<&'a [f32]>,
    /// Train by DP-SGD, with its steps in place of epochs and batches. What it draws is from its own seed.
    pub noise: Option<RecordNoise<'a>>,
}

/// What training led to.
#[derive(Clone, PartialEq)]
pub struct Trained {
    /// New weights minus old weights.
    pub delta: Vec<f32>,
    /// Mean loss over all rows before.
    pub loss_before: f64,
    /// Mean loss over all rows after.
    pub loss_after: f64,
    /// Steps of gradient descent.
    pub steps: u64,
}

/// An owner's update does not belong in logs.
impl fmt::Debug for Trained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trained").field("steps", &self.steps).finish_non_exhaustive()
    }
}

/// How far training is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Epochs done.
    pub epoch: u32,
    /// Epochs in all.
    pub epochs: u32,
}

/// Training or evaluation failed. No variant holds a value of a row.
#[derive(Debug, Error)]
pub enum TrainError {
    /// Weights that do not fit the model.
    #[error("the model has {expected} weights, but {got} were given: it belongs to another study")]
    Weights {
        /// Parameters of the model.
        expected: usize,
        /// Weights that were given.
        got: usize,
    },
    /// No rows.
    #[error("there are no rows to train on or to evaluate")]
    NoRows,
    /// Not finite any more.
    #[error(
        "training diverged (the loss or a weight is not finite): lower training.learning_rate in the study"
    )]
    Diverged,
    /// The model's answers could not be measured.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// The study's own module is unfit.
    #[error(transparent)]
    Module(#[from] ModuleError),
    /// libtorch reported an error.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
    /// SCAFFOLD's control variates don't fit.
    #[error("control variates: {0}")]
    Control(#[from] tributary_aggregation::optimizer::OptimizerError),
    /// A model of which no gradients of single rows can be had.
    #[error("only built-in models are trained with noise for each row")]
    NoRowGradients,
    /// The sandbox that training runs in.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

/// Trains and evaluates the models of a study.
///
/// Deterministic: the same arguments give bit-identical results on the same machine.
pub trait Trainer: Send + Sync {
    /// Local training with stochastic gradient descent. `progress` is called after every epoch; it blocks training.
    ///
    /// # Errors
    /// If the weights do not fit the model, there are no rows, or training diverges.
    fn train(&self, job: &TrainJob<'_>, progress: &mut dyn FnMut(Progress)) -> Result<Trained, TrainError>;

    /// Metrics of a model on rows.
    ///
    /// # Errors
    /// If the weights do not fit the model, there are no rows, or the model gives numbers that are not finite.
    fn evaluate(&self, model: Model<'_>, weights: &[f32], examples: &Examples)
    -> Result<Metrics, TrainError>;

    /// The values that a module (the bytes of its file) starts from, in the order of an update.
    ///
    /// # Errors
    /// If the module can't be loaded or summed.
    fn initial(&self, module: &[u8]) -> Result<Vec<f32>, TrainError>;

    /// Whether a module can be trained, on example rows that are nobody's secret.
    ///
    /// # Errors
    /// Saying what its researcher is to change.
    fn check(&self, module: &[u8], examples: &Examples) -> Result<Checked, TrainError>;
}

/// The seed of the rows' order for one owner and round, from the study's seed.
#[must_use]
pub fn order_seed(study_seed: u64, owner: &OwnerId, round: u64) -> [u8; 32] {
    digest("row-order", &[&study_seed.to_le_bytes(), owner.as_bytes(), &round.to_le_bytes()]).0
}
