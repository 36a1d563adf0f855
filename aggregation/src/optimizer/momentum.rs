//! `FedAvgM`: Hsu, Qi, Brown, *Measuring the Effects of Non-Identical Data Distribution* (2019).

use super::{Memory, ModelState, OptimizerError};

/// m ← βm + Δ, x ← x + η·m: federated averaging with a heavy ball at the server.
#[derive(Debug, Clone, PartialEq)]
pub struct FedAvgM {
    /// Server learning rate (η).
    pub learning_rate: f64,
    /// How much of the last direction stays (β).
    pub momentum: f64,
}

impl FedAvgM {
    pub(super) fn step(
        &self,
        state: &ModelState,
        mean_update: &[f32],
    ) -> Result<(Vec<f32>, Memory), OptimizerError> {
        let count = state.weights.len();
        let mut memory = state.memory.clone();
        if memory.second.is_some() {
            return Err(OptimizerError::UnexpectedMoments);
        }
        let first = memory.first.get_or_insert_with(|| vec![0.0; count]);
        if first.len() != count {
            return Err(OptimizerError::MomentsLength { weights: count, first: first.len(), second: 0 });
        }
        let weights = state
            .weights
            .iter()
            .zip(mean_update)
            .zip(first)
            .map(|((&weight, &delta), first)| {
                *first = self.momentum * *first + f64::from(delta);
                (f64::from(weight) + self.learning_rate * *first) as f32
            })
            .collect();
        Ok((weights, memory))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::*;

    fn state(memory: Memory) -> ModelState {
        ModelState { weights: vec![1.0], round: 0, memory }
    }

    #[test]
    fn two_steps_by_hand() {
        let rule = ServerOptimizer::FedAvgM(FedAvgM { learning_rate: 0.5, momentum: 0.5 });
        let one = rule.step(&state(Memory::default()), &[2.0]).unwrap();
        assert_eq!((one.weights.as_slice(), one.memory.first.as_deref()), (&[2.0][..], Some(&[2.0][..])));
        let two = rule.step(&one, &[-1.0]).unwrap();
        assert_eq!((two.weights, two.memory.first, two.memory.second), (vec![2.0], Some(vec![0.0]), None));
    }

    #[test]
    fn what_another_rule_remembers_is_refused() {
        let rule = ServerOptimizer::FedAvgM(FedAvgM { learning_rate: 1.0, momentum: 0.9 });
        let adaptive = Memory { first: Some(vec![0.0]), second: Some(vec![0.0]), ..Memory::default() };
        assert_eq!(rule.step(&state(adaptive), &[0.0]), Err(OptimizerError::UnexpectedMoments));
        let long = Memory { first: Some(vec![0.0; 2]), ..Memory::default() };
        assert!(matches!(
            rule.step(&state(long), &[0.0]),
            Err(OptimizerError::MomentsLength { first: 2, .. })
        ));
    }

    proptest! {
        #[test]
        fn without_momentum_it_is_federated_averaging(
            updates in prop::collection::vec(-1e3f32..1e3, 1..8), learning_rate in 0.01f64..2.0,
        ) {
            let with = ServerOptimizer::FedAvgM(FedAvgM { learning_rate, momentum: 0.0 });
            let without = ServerOptimizer::FedAvg(FedAvg { learning_rate });
            let (mut a, mut b) = (state(Memory::default()), state(Memory::default()));
            for update in updates {
                a = with.step(&a, &[update]).unwrap();
                b = without.step(&b, &[update]).unwrap();
                prop_assert_eq!(&a.weights, &b.weights);
            }
        }
    }
}
