//! Local training and evaluation, and the metrics that a model is judged by.

pub mod metrics;
mod order;
mod pull;
mod torch;
mod trainer;

pub use torch::{Torch, warm_up};
pub use trainer::{Progress, TrainError, TrainJob, Trained, Trainer, order_seed};
