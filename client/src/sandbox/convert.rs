//! Between what training knows and what the pipe carries.

use super::confine::Walls;
use super::wire::{Answer, Failure};
use crate::training::{TrainError, Trained, printable};

impl From<Walls> for Answer {
    fn from(walls: Walls) -> Self {
        Self::Ready { landlock: walls == Walls::Both }
    }
}

impl From<Trained> for Answer {
    fn from(trained: Trained) -> Self {
        let Trained { delta, loss_before, loss_after, steps } = trained;
        Self::Trained { delta, loss_before, loss_after, steps }
    }
}

impl From<TrainError> for Failure {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Weights { expected, got } => {
                Self::Weights { expected: expected as u64, got: got as u64 }
            }
            TrainError::NoRows => Self::NoRows,
            TrainError::Diverged => Self::Diverged,
            TrainError::Metrics(error) => Self::Metrics(error),
            TrainError::Module(error) => Self::Module(error),
            other => Self::Torch(other.to_string()),
        }
    }
}

impl From<Failure> for TrainError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Weights { expected, got } => {
                Self::Weights { expected: expected as usize, got: got as usize }
            }
            Failure::NoRows => Self::NoRows,
            Failure::Diverged => Self::Diverged,
            Failure::Metrics(error) => Self::Metrics(error),
            Failure::Module(error) => Self::Module(error.printable()),
            Failure::Torch(message) => Self::Torch(tch::TchError::Torch(printable(&message))),
        }
    }
}
