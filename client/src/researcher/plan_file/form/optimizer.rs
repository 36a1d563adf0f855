//! The sections of the server-side update rules: each may stand there, and one is used.

use serde::Deserialize;
use tributary_aggregation::study::OptimizerSpec;

use super::super::OptimizerChoice;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FedAvg {
    learning_rate: f64,
}

impl Default for FedAvg {
    fn default() -> Self {
        Self { learning_rate: 1.0 }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FedAvgM {
    learning_rate: f64,
    momentum: f64,
}

/// A lasting direction is summed up tenfold, so the step is a tenth.
impl Default for FedAvgM {
    fn default() -> Self {
        Self { learning_rate: 0.1, momentum: 0.9 }
    }
}

/// β and τ as Reddi et al. recommend.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Adaptive {
    learning_rate: f64,
    beta1: f64,
    beta2: f64,
    epsilon: f64,
}

impl Default for Adaptive {
    fn default() -> Self {
        Self { learning_rate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-3 }
    }
}

/// β and τ as Reddi et al. recommend: no first moment.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FedAdagrad {
    learning_rate: f64,
    beta1: f64,
    epsilon: f64,
}

impl Default for FedAdagrad {
    fn default() -> Self {
        Self { learning_rate: 0.1, beta1: 0.0, epsilon: 1e-3 }
    }
}

impl super::Form {
    /// The rule that is chosen, as its section says.
    pub(in super::super) fn optimizer(&self, choice: OptimizerChoice) -> OptimizerSpec {
        match choice {
            OptimizerChoice::FedAvg => OptimizerSpec::FedAvg { learning_rate: self.fedavg.learning_rate },
            OptimizerChoice::FedAvgM => {
                let FedAvgM { learning_rate, momentum } = self.fedavgm;
                OptimizerSpec::FedAvgM { learning_rate, momentum }
            }
            OptimizerChoice::FedAdagrad => {
                let FedAdagrad { learning_rate, beta1, epsilon } = self.fedadagrad;
                OptimizerSpec::FedAdagrad { learning_rate, beta1, epsilon }
            }
            OptimizerChoice::FedAdam => {
                let Adaptive { learning_rate, beta1, beta2, epsilon } = self.fedadam;
                OptimizerSpec::FedAdam { learning_rate, beta1, beta2, epsilon }
            }
            OptimizerChoice::FedYogi => {
                let Adaptive { learning_rate, beta1, beta2, epsilon } = self.fedyogi;
                OptimizerSpec::FedYogi { learning_rate, beta1, beta2, epsilon }
            }
        }
    }
}
