//! `FedAdagrad`, `FedAdam`, `FedYogi`: Reddi et al., *Adaptive Federated Optimization* (ICLR 2021), Algorithm 2.

use super::{Memory, ModelState, OptimizerError};

/// m ← β₁m + (1−β₁)Δ, then v by [`SecondMoment`], then x ← x + η·m / (√v + τ).
///
/// As in the paper there is no bias correction: m starts at 0 and v at τ², so the first steps are damped rather than
/// scaled up.
#[derive(Debug, Clone, PartialEq)]
pub struct Adaptive {
    /// Server learning rate (η).
    pub learning_rate: f64,
    /// Decay of the first moment (β₁).
    pub beta1: f64,
    /// Adaptivity (τ).
    pub epsilon: f64,
    /// How the second moment follows the squares of updates.
    pub second: SecondMoment,
}

/// How v follows Δ²; it never becomes negative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SecondMoment {
    /// v ← v + Δ²: steps only ever get shorter.
    Adagrad,
    /// v ← β₂v + (1−β₂)Δ².
    Adam {
        /// Decay (β₂).
        beta2: f64,
    },
    /// v ← v − (1−β₂)Δ²·sign(v − Δ²): as fast up as Adam, but a run of small updates does not drag it down as fast.
    Yogi {
        /// Decay (β₂).
        beta2: f64,
    },
}

impl SecondMoment {
    fn next(self, v: f64, square: f64) -> f64 {
        match self {
            Self::Adagrad => v + square,
            Self::Adam { beta2 } => beta2 * v + (1.0 - beta2) * square,
            Self::Yogi { beta2 } if v > square => v - (1.0 - beta2) * square,
            Self::Yogi { beta2 } if v < square => v + (1.0 - beta2) * square,
            Self::Yogi { .. } => v,
        }
    }
}

impl Adaptive {
    pub(super) fn step(
        &self,
        state: &ModelState,
        mean_update: &[f32],
    ) -> Result<(Vec<f32>, Memory), OptimizerError> {
        let count = state.weights.len();
        let mut memory = state.memory.clone();
        let first = memory.first.get_or_insert_with(|| vec![0.0; count]);
        let second = memory.second.get_or_insert_with(|| vec![self.epsilon * self.epsilon; count]);
        if first.len() != count || second.len() != count {
            let (first, second) = (first.len(), second.len());
            return Err(OptimizerError::MomentsLength { weights: count, first, second });
        }
        let weights = state
            .weights
            .iter()
            .zip(mean_update)
            .zip(first.iter_mut().zip(second))
            .map(|((&weight, &delta), (first, second))| {
                let delta = f64::from(delta);
                *first = self.beta1 * *first + (1.0 - self.beta1) * delta;
                *second = self.second.next(*second, delta * delta);
                (f64::from(weight) + self.learning_rate * *first / (second.sqrt() + self.epsilon)) as f32
            })
            .collect();
        Ok((weights, memory))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::*;
    use super::SecondMoment;
    use crate::study::OptimizerSpec;

    fn adam() -> ServerOptimizer {
        let spec = OptimizerSpec::FedAdam { learning_rate: 0.5, beta1: 0.5, beta2: 0.75, epsilon: 0.25 };
        ServerOptimizer::from(&spec)
    }

    fn start(count: usize) -> ModelState {
        ModelState { weights: vec![1.0; count], round: 0, memory: Memory::default() }
    }

    fn memory(first: Vec<f64>, second: Vec<f64>) -> Memory {
        Memory { first: Some(first), second: Some(second), ..Memory::default() }
    }

    /// Worked by hand: all numbers are exact in binary.
    #[test]
    fn two_steps_of_adam_follow_algorithm_2() {
        // m = 0.5·2 = 1; v = 0.75·0.0625 + 0.25·4 = 1.046875.
        let one = adam().step(&start(1), &[2.0]).unwrap();
        assert_eq!(one.memory, memory(vec![1.0], vec![1.046_875]));
        let expected = 1.0 + 0.5 / (1.046_875f64.sqrt() + 0.25);
        assert_eq!(one.weights, [expected as f32]);
        // m = 0.5·1 + 0.5·(−1) = 0: the model stays; v = 0.75·1.046875 + 0.25.
        let two = adam().step(&one, &[-1.0]).unwrap();
        assert_eq!(two.memory, memory(vec![0.0], vec![1.035_156_25]));
        assert_eq!((two.weights, two.round), (one.weights, 2));
    }

    #[test]
    fn adagrad_adds_squares_up_and_yogi_follows_their_sign() {
        let adagrad = ServerOptimizer::from(&OptimizerSpec::FedAdagrad {
            learning_rate: 0.5,
            beta1: 0.0,
            epsilon: 0.25,
        });
        let state = adagrad.step(&adagrad.step(&start(1), &[2.0]).unwrap(), &[-1.0]).unwrap();
        assert_eq!(state.memory, memory(vec![-1.0], vec![0.0625 + 4.0 + 1.0]));

        let yogi = ServerOptimizer::from(&OptimizerSpec::FedYogi {
            learning_rate: 0.5,
            beta1: 0.5,
            beta2: 0.75,
            epsilon: 0.25,
        });
        // v = 0.0625 is below 4: up by a quarter of it. Then above 1: down by a quarter of that. Then it meets its like.
        let one = yogi.step(&start(1), &[2.0]).unwrap();
        assert_eq!(one.memory, memory(vec![1.0], vec![1.0625]));
        let two = yogi.step(&one, &[1.0]).unwrap();
        assert_eq!(two.memory, memory(vec![1.0], vec![0.8125]));
        assert_eq!(SecondMoment::Yogi { beta2: 0.75 }.next(4.0, 4.0), 4.0);
    }

    #[test]
    fn moments_that_do_not_fit_are_refused() {
        let state = ModelState { memory: memory(vec![0.0], vec![0.0; 2]), ..start(2) };
        assert_eq!(
            adam().step(&state, &[0.0; 2]),
            Err(OptimizerError::MomentsLength { weights: 2, first: 1, second: 2 })
        );
    }

    #[test]
    fn the_same_update_moves_small_and_large_coordinates_alike() {
        // With τ far below Δ and one step, |x' − x| ≈ η(1−β₁)/√(1−β₂), whatever Δ's size: what makes it adaptive.
        let (learning_rate, beta1, beta2, epsilon) = (1.0, 0.9, 0.99, 1e-9);
        for spec in [
            OptimizerSpec::FedAdam { learning_rate, beta1, beta2, epsilon },
            OptimizerSpec::FedYogi { learning_rate, beta1, beta2, epsilon },
            // Here η(1−β₁): the squares are not averaged.
            OptimizerSpec::FedAdagrad { learning_rate: 10.0, beta1, epsilon },
        ] {
            let next = ServerOptimizer::from(&spec).step(&start(2), &[1e-3, -10.0]).unwrap();
            assert!((next.weights[0] - 2.0).abs() < 1e-3 && next.weights[1].abs() < 1e-3, "{spec:?}");
        }
    }

    proptest! {
        #[test]
        fn second_moments_stay_between_what_they_were_and_the_square_or_grow(
            v in 0f64..1e70, delta in any::<f32>().prop_filter("finite", |x| x.is_finite()), beta2 in 0f64..1.0,
        ) {
            let square = f64::from(delta) * f64::from(delta);
            for rule in [SecondMoment::Adam { beta2 }, SecondMoment::Yogi { beta2 }, SecondMoment::Adagrad] {
                let next = rule.next(v, square);
                prop_assert!(next >= 0.0 && next.is_finite());
                match rule {
                    SecondMoment::Adagrad => prop_assert!(next >= v && next >= square),
                    // Up to a rounding each.
                    SecondMoment::Adam { .. } => prop_assert!(
                        next >= v.min(square) * (1.0 - 1e-15) && next <= v.max(square) * (1.0 + 1e-15)
                    ),
                    SecondMoment::Yogi { .. } => {
                        prop_assert!((next - v).abs() <= (square + v) * 1e-15 + square);
                        prop_assert!((v > square) == (next < v) || next == v);
                    }
                }
            }
        }
    }
}
