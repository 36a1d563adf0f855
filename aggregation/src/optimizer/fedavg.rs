//! Federated averaging (McMahan et al., AISTATS 2017) with a server learning rate.

use super::{ModelState, OptimizerError};

/// x ← x + η·Δ. With η = 1 the next model is the weighted mean of the owners' models.
#[derive(Debug, Clone, PartialEq)]
pub struct FedAvg {
    /// Server learning rate (η).
    pub learning_rate: f64,
}

impl FedAvg {
    pub(super) fn step(&self, state: &ModelState, mean_update: &[f32]) -> Result<Vec<f32>, OptimizerError> {
        if state.memory.first.is_some() || state.memory.second.is_some() {
            return Err(OptimizerError::UnexpectedMoments);
        }
        Ok(state
            .weights
            .iter()
            .zip(mean_update)
            .map(|(&weight, &delta)| (f64::from(weight) + self.learning_rate * f64::from(delta)) as f32)
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;

    #[test]
    fn moves_by_the_learning_rate_times_the_update() {
        let rule = ServerOptimizer::FedAvg(FedAvg { learning_rate: 0.5 });
        let state = ModelState { weights: vec![1.0, -2.0, 0.25], round: 4, memory: Memory::default() };
        let next = rule.step(&state, &[2.0, 0.0, -0.5]).unwrap();
        assert_eq!(next, ModelState { weights: vec![2.0, -2.0, 0.0], round: 5, memory: Memory::default() });
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let rule = ServerOptimizer::FedAvg(FedAvg { learning_rate: 1.0 });
        let state = ModelState { weights: vec![f32::MAX, 0.0], round: 0, memory: Memory::default() };
        assert_eq!(rule.step(&state, &[0.0]), Err(OptimizerError::Length { expected: 2, got: 1 }));
        assert_eq!(rule.step(&state, &[0.0, f32::NAN]), Err(OptimizerError::UpdateNotFinite { index: 1 }));
        assert_eq!(rule.step(&state, &[f32::MAX, 0.0]), Err(OptimizerError::Diverged { index: 0 }));
        let last = ModelState { weights: vec![], round: u64::MAX, memory: Memory::default() };
        assert_eq!(rule.step(&last, &[]), Err(OptimizerError::RoundOverflow));
        for memory in [
            Memory { first: Some(vec![0.0; 2]), ..Memory::default() },
            Memory { second: Some(vec![0.0; 2]), ..Memory::default() },
        ] {
            assert_eq!(
                rule.step(&ModelState { memory, ..state.clone() }, &[0.0, 0.0]),
                Err(OptimizerError::UnexpectedMoments)
            );
        }
    }
}
