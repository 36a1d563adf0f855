//! Server-side update rules: how the model moves by the mean of the owners' updates.
//!
//! Every member computes the next model by itself and must reach the same bytes, so this is plain vector maths: one
//! coordinate after the other, `f64` arithmetic in a fixed order, nothing but `+ − × ÷ √` (which IEEE 754 rounds the
//! same way everywhere), and one rounding to `f32` at the end.

mod fedadam;
mod fedavg;
mod init;
mod state;

use thiserror::Error;

pub use fedadam::FedAdam;
pub use fedavg::FedAvg;
pub use state::{ModelState, ModelStateError, Moments};

use crate::study::OptimizerSpec;

/// A model could not be stepped.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OptimizerError {
    /// The update is for another model.
    #[error(
        "the mean update has {got} coordinates, the model {expected}: they belong to different studies or models"
    )]
    Length {
        /// Parameters of the model.
        expected: usize,
        /// Coordinates of the update.
        got: usize,
    },
    /// The update holds NaN or an infinity.
    #[error(
        "coordinate {index} of the mean update is not a finite number: recompute it from the published sum"
    )]
    UpdateNotFinite {
        /// The coordinate.
        index: usize,
    },
    /// The step leaves the range of `f32`.
    #[error(
        "parameter {index} leaves the range of f32 in this step: the study's server learning rate is too large"
    )]
    Diverged {
        /// The parameter.
        index: usize,
    },
    /// The state was made by another rule.
    #[error("the model state holds moments, which FedAvg has none of: it was made by another optimizer")]
    UnexpectedMoments,
    /// The state's moments don't fit its weights.
    #[error(
        "the model state has {weights} weights but moments of {first} and {second}: it is corrupt, fetch it again"
    )]
    MomentsLength {
        /// Number of weights.
        weights: usize,
        /// Number of first moments.
        first: usize,
        /// Number of second moments.
        second: usize,
    },
    /// There are no more rounds to count.
    #[error("the model state's round is at its largest value: it is corrupt, fetch it again")]
    RoundOverflow,
}

/// A study's server-side update rule.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerOptimizer {
    /// Federated averaging.
    FedAvg(FedAvg),
    /// Adam on the mean update.
    FedAdam(FedAdam),
}

impl From<&OptimizerSpec> for ServerOptimizer {
    fn from(spec: &OptimizerSpec) -> Self {
        match *spec {
            OptimizerSpec::FedAvg { learning_rate } => Self::FedAvg(FedAvg { learning_rate }),
            OptimizerSpec::FedAdam { learning_rate, beta1, beta2, epsilon } => {
                Self::FedAdam(FedAdam { learning_rate, beta1, beta2, epsilon })
            }
        }
    }
}

impl ServerOptimizer {
    /// The model after `state`, moved by `mean_update` (local model − global model, averaged by weight); its round is
    /// one more.
    ///
    /// # Errors
    /// If the update or the state's moments don't fit the model, or the result is not finite.
    pub fn step(&self, state: &ModelState, mean_update: &[f32]) -> Result<ModelState, OptimizerError> {
        if mean_update.len() != state.weights.len() {
            return Err(OptimizerError::Length { expected: state.weights.len(), got: mean_update.len() });
        }
        if let Some(index) = mean_update.iter().position(|x| !x.is_finite()) {
            return Err(OptimizerError::UpdateNotFinite { index });
        }
        let round = state.round.checked_add(1).ok_or(OptimizerError::RoundOverflow)?;
        let (weights, moments) = match self {
            Self::FedAvg(rule) => (rule.step(state, mean_update)?, None),
            Self::FedAdam(rule) => {
                let (weights, moments) = rule.step(state, mean_update)?;
                (weights, Some(moments))
            }
        };
        if let Some(index) = weights.iter().position(|w| !w.is_finite()) {
            return Err(OptimizerError::Diverged { index });
        }
        Ok(ModelState { weights, round, moments })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::{Activation, Layer, ModelSpec};

    /// Digests computed by an independent program (Python: its own ChaCha20, doubles, and `struct`'s rounding to floats).
    /// A change of them is a change of the protocol.
    #[test]
    fn initial_model_and_three_steps_are_the_same_everywhere() {
        let spec = ModelSpec { hidden: vec![Layer { units: 3, activation: Activation::Tanh }] };
        let mut state = ModelState::initial(&spec, 5, std::array::from_fn(|i| i as u8));
        assert_eq!(
            state.digest().to_string(),
            "0x47b41b28b8f22eef7d0b1d63698f0681237bc7dd421783890a608ff86ff2c12a"
        );
        let spec = OptimizerSpec::FedAdam { learning_rate: 0.03, beta1: 0.9, beta2: 0.99, epsilon: 0.001 };
        for round in 1..=3u32 {
            let update: Vec<f32> = (0..22u32)
                .map(|i| (if i % 2 == 0 { 0.01 } else { -0.01 } * f64::from(i + round)) as f32)
                .collect();
            state = ServerOptimizer::from(&spec).step(&state, &update).unwrap();
        }
        assert_eq!(
            state.digest().to_string(),
            "0x76a7e62f02c32886bac676ccc1bbe579508f97d004384234c35f442aa0f20694"
        );
    }
}
