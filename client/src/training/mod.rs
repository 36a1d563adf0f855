//! Local training and evaluation, and the metrics that a model is judged by.

mod code;
mod layers;
pub mod metrics;
mod module;
mod network;
mod order;
mod private;
mod pull;
mod torch;
mod trainer;

pub use code::Code;
pub(crate) use module::printable;
pub use module::{Checked, Module, ModuleError};
pub use private::RecordNoise;
pub use torch::{Torch, warm_up};
pub use trainer::{Model, Progress, TrainError, TrainJob, Trained, Trainer, order_seed};
