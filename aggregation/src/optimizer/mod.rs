//! Server-side update rules: how the model moves by the mean of the owners' updates.
//!
//! Every member computes the next model by itself and must reach the same bytes, so this is plain vector maths: one
//! coordinate after the other, `f64` arithmetic in a fixed order, nothing but `+ − × ÷ √` (which IEEE 754 rounds the
//! same way everywhere), and one rounding to `f32` at the end.

mod adaptive;
mod clip;
mod control;
mod fedavg;
mod init;
mod momentum;
mod state;

use thiserror::Error;

pub use adaptive::{Adaptive, SecondMoment};
pub use clip::step_clip;
pub use control::{control_delta, correction, step_control};
pub use fedavg::FedAvg;
pub use momentum::FedAvgM;
pub use state::{Memory, ModelState, ModelStateError};

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
    #[error(
        "the model state holds moments that the study's optimizer has none of: it was made by another optimizer"
    )]
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
    /// A control variate without training.
    #[error("training made no step, so there is no gradient to take a control variate from")]
    NoSteps,
    /// There are no more rounds to count.
    #[error("the model state's round is at its largest value: it is corrupt, fetch it again")]
    RoundOverflow,
}

/// A study's server-side update rule.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerOptimizer {
    /// Federated averaging.
    FedAvg(FedAvg),
    /// Federated averaging with momentum.
    FedAvgM(FedAvgM),
    /// `FedAdagrad`, `FedAdam` or `FedYogi`.
    Adaptive(Adaptive),
}

impl From<&OptimizerSpec> for ServerOptimizer {
    fn from(spec: &OptimizerSpec) -> Self {
        let adaptive = |learning_rate, beta1, epsilon, second| {
            Self::Adaptive(Adaptive { learning_rate, beta1, epsilon, second })
        };
        match *spec {
            OptimizerSpec::FedAvg { learning_rate } => Self::FedAvg(FedAvg { learning_rate }),
            OptimizerSpec::FedAvgM { learning_rate, momentum } => {
                Self::FedAvgM(FedAvgM { learning_rate, momentum })
            }
            OptimizerSpec::FedAdagrad { learning_rate, beta1, epsilon } => {
                adaptive(learning_rate, beta1, epsilon, SecondMoment::Adagrad)
            }
            OptimizerSpec::FedAdam { learning_rate, beta1, beta2, epsilon } => {
                adaptive(learning_rate, beta1, epsilon, SecondMoment::Adam { beta2 })
            }
            OptimizerSpec::FedYogi { learning_rate, beta1, beta2, epsilon } => {
                adaptive(learning_rate, beta1, epsilon, SecondMoment::Yogi { beta2 })
            }
        }
    }
}

impl ServerOptimizer {
    /// The model after `state`, moved by `mean_update` (local model − global model, averaged by weight); its round is
    /// one more. What the state remembers for others than the rule stays as it is.
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
        let (weights, memory) = match self {
            Self::FedAvg(rule) => (rule.step(state, mean_update)?, state.memory.clone()),
            Self::FedAvgM(rule) => rule.step(state, mean_update)?,
            Self::Adaptive(rule) => rule.step(state, mean_update)?,
        };
        if let Some(index) = weights.iter().position(|w| !w.is_finite()) {
            return Err(OptimizerError::Diverged { index });
        }
        Ok(ModelState { weights, round, memory })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::{Activation, Layer, LayerSpec};

    /// Digests computed by an independent program (Python: its own ChaCha20, doubles, and `struct`'s rounding to floats).
    /// A change of them is a change of the protocol.
    #[test]
    fn initial_model_and_three_steps_are_the_same_everywhere() {
        let spec = LayerSpec { hidden: vec![Layer { units: 3, activation: Activation::Tanh }] };
        let mut state = ModelState::initial(&spec, 5, std::array::from_fn(|i| i as u8));
        assert_eq!(
            state.digest().to_string(),
            "0xf6d64858ac211c286b0ca89280602c08227beb6be702974e78fe23a717a1fd00"
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
            "0xec4c13fe1bb3793da79ab67b72171cb59527191dc858dfd742d2a2d17e3659f5"
        );
    }

    /// Every rule, a study of some rounds, and the same again from bytes that were kept in between.
    #[test]
    fn every_rule_gives_the_same_digest_again() {
        let (learning_rate, beta1, beta2, epsilon) = (0.1, 0.9, 0.99, 1e-3);
        let specs = [
            OptimizerSpec::FedAvg { learning_rate },
            OptimizerSpec::FedAvgM { learning_rate, momentum: 0.9 },
            OptimizerSpec::FedAdagrad { learning_rate, beta1: 0.0, epsilon },
            OptimizerSpec::FedAdam { learning_rate, beta1, beta2, epsilon },
            OptimizerSpec::FedYogi { learning_rate, beta1, beta2, epsilon },
        ];
        let mut seen = std::collections::BTreeSet::new();
        for spec in specs {
            let rule = ServerOptimizer::from(&spec);
            let run = |restarts: bool| {
                let memory = Memory::default();
                let mut state = ModelState { weights: vec![0.1, -0.7, 3.0], round: 0, memory };
                for round in 1..=5u8 {
                    let update = [0.3, -0.1, 0.01].map(|x: f32| x / f32::from(round));
                    state = rule.step(&state, &update).unwrap();
                    step_control(&mut state, &[(update.to_vec(), u64::from(round))]).unwrap();
                    if restarts {
                        state = ModelState::decode(&state.encode()).unwrap();
                    }
                }
                state.digest()
            };
            assert_eq!(run(false), run(true), "{spec:?}");
            assert!(seen.insert(run(false).to_string()), "another rule's model: {spec:?}");
        }
    }
}
