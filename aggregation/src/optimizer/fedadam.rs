//! `FedAdam`: Reddi et al., *Adaptive Federated Optimization* (ICLR 2021), Algorithm 2.

use super::{ModelState, Moments, OptimizerError};

/// m ← β₁m + (1−β₁)Δ, v ← β₂v + (1−β₂)Δ², x ← x + η·m / (√v + τ).
///
/// As in the paper there is no bias correction: m starts at 0 and v at τ², so the first steps are damped rather than
/// scaled up.
#[derive(Debug, Clone, PartialEq)]
pub struct FedAdam {
    /// Server learning rate (η).
    pub learning_rate: f64,
    /// Decay of the first moment (β₁).
    pub beta1: f64,
    /// Decay of the second moment (β₂).
    pub beta2: f64,
    /// Adaptivity (τ).
    pub epsilon: f64,
}

impl FedAdam {
    pub(super) fn step(
        &self,
        state: &ModelState,
        mean_update: &[f32],
    ) -> Result<(Vec<f32>, Moments), OptimizerError> {
        let count = state.weights.len();
        let mut moments = match &state.moments {
            Some(moments) => moments.clone(),
            None => Moments { first: vec![0.0; count], second: vec![self.epsilon * self.epsilon; count] },
        };
        if moments.first.len() != count || moments.second.len() != count {
            let (first, second) = (moments.first.len(), moments.second.len());
            return Err(OptimizerError::MomentsLength { weights: count, first, second });
        }
        let weights = state
            .weights
            .iter()
            .zip(mean_update)
            .zip(moments.first.iter_mut().zip(&mut moments.second))
            .map(|((&weight, &delta), (first, second))| {
                let delta = f64::from(delta);
                *first = self.beta1 * *first + (1.0 - self.beta1) * delta;
                *second = self.beta2 * *second + (1.0 - self.beta2) * (delta * delta);
                (f64::from(weight) + self.learning_rate * *first / (second.sqrt() + self.epsilon)) as f32
            })
            .collect();
        Ok((weights, moments))
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use crate::study::OptimizerSpec;

    fn rule() -> ServerOptimizer {
        let spec = OptimizerSpec::FedAdam { learning_rate: 0.5, beta1: 0.5, beta2: 0.75, epsilon: 0.25 };
        ServerOptimizer::from(&spec)
    }

    /// Worked by hand: all numbers are exact in binary.
    #[test]
    fn two_steps_follow_algorithm_2() {
        let start = ModelState { weights: vec![1.0], round: 0, moments: None };
        // m = 0.5·2 = 1; v = 0.75·0.0625 + 0.25·4 = 1.046875.
        let one = rule().step(&start, &[2.0]).unwrap();
        assert_eq!(one.moments, Some(Moments { first: vec![1.0], second: vec![1.046_875] }));
        let expected = 1.0 + 0.5 / (1.046_875f64.sqrt() + 0.25);
        assert_eq!(one.weights, [expected as f32]);
        // m = 0.5·1 + 0.5·(−1) = 0: the model stays; v = 0.75·1.046875 + 0.25.
        let two = rule().step(&one, &[-1.0]).unwrap();
        assert_eq!(two.moments, Some(Moments { first: vec![0.0], second: vec![1.035_156_25] }));
        assert_eq!((two.weights, two.round), (one.weights, 2));
    }

    #[test]
    fn moments_that_do_not_fit_are_refused() {
        let moments = Some(Moments { first: vec![0.0], second: vec![0.0; 2] });
        let state = ModelState { weights: vec![0.0; 2], round: 1, moments };
        assert_eq!(
            rule().step(&state, &[0.0; 2]),
            Err(OptimizerError::MomentsLength { weights: 2, first: 1, second: 2 })
        );
    }

    #[test]
    fn the_same_update_moves_small_and_large_coordinates_alike() {
        // With τ far below Δ and one step, |x' − x| ≈ η(1−β₁)/√(1−β₂), whatever Δ's size: what makes it adaptive.
        let spec = OptimizerSpec::FedAdam { learning_rate: 1.0, beta1: 0.9, beta2: 0.99, epsilon: 1e-9 };
        let start = ModelState { weights: vec![0.0; 2], round: 0, moments: None };
        let next = ServerOptimizer::from(&spec).step(&start, &[1e-3, -10.0]).unwrap();
        assert!((next.weights[0] - 1.0).abs() < 1e-3 && (next.weights[1] + 1.0).abs() < 1e-3);
    }
}
