//! Coalitions of groups and the model each would have made.

use std::fmt;

use thiserror::Error;

use super::MAX_GROUPS;
use crate::optimizer::{ModelState, OptimizerError, ServerOptimizer};

/// A set of a round's groups: bit i is group i. Utilities are listed by this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coalition(u32);

impl Coalition {
    /// All of `groups` groups, which callers have checked to be at most [`MAX_GROUPS`].
    fn full(groups: usize) -> Self {
        debug_assert!(groups <= MAX_GROUPS);
        Self((1 << groups.min(MAX_GROUPS)) - 1)
    }

    /// All 2^groups coalitions, the empty one first, the full one last.
    pub(super) fn all(groups: usize) -> impl ExactSizeIterator<Item = Self> {
        (0..Self::full(groups).0 + 1).map(Self)
    }

    /// Whether the group takes part.
    #[must_use]
    pub fn contains(self, group: usize) -> bool {
        group < MAX_GROUPS && self.0 >> group & 1 == 1
    }

    /// How many groups take part.
    #[must_use]
    pub fn size(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The coalition with one more group.
    pub(super) fn with(self, group: usize) -> Self {
        Self(self.0 | 1 << group)
    }

    /// Place in a list of all coalitions.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a group's opened sum says.
#[derive(Clone, PartialEq)]
pub struct GroupMean {
    /// The group's update, averaged by weight. Of no meaning if the weight is 0.
    pub mean_update: Vec<f32>,
    /// The weights (rows) behind it.
    pub weight: u64,
}

/// What only the group's members may know does not belong in logs.
impl fmt::Debug for GroupMean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupMean").field("coordinates", &self.mean_update.len()).finish_non_exhaustive()
    }
}

/// The groups' sums can't make a model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CoalitionError {
    /// Too many groups, or none.
    #[error("a round has 1 to {MAX_GROUPS} groups; got {got}")]
    GroupCount {
        /// How many.
        got: usize,
    },
    /// A group's update is for another model.
    #[error(
        "the mean update of group {group} has {got} coordinates, the model {expected}: check the group's sum"
    )]
    Length {
        /// The group.
        group: usize,
        /// Parameters of the model.
        expected: usize,
        /// Coordinates of the update.
        got: usize,
    },
    /// Nobody's update weighs anything.
    #[error("the weights of all groups are 0: no owner reported rows, so there is no next model")]
    NoWeight,
}

/// The models that the coalitions of one round's groups would have made, computed one at a time.
///
/// A coalition's update is the weighted mean over its groups; a coalition without weight makes the current model. The
/// next model *is* the full coalition's: there is one computation for both.
#[derive(Debug, Clone)]
pub struct CoalitionModels<'a> {
    state: &'a ModelState,
    optimizer: &'a ServerOptimizer,
    groups: &'a [GroupMean],
}

impl<'a> CoalitionModels<'a> {
    /// Coalitions of `groups` that step `state` by `optimizer`.
    ///
    /// # Errors
    /// If a group's update doesn't fit the model, all weights are 0, or the number of groups is not 1 to [`MAX_GROUPS`].
    pub fn new(
        state: &'a ModelState,
        optimizer: &'a ServerOptimizer,
        groups: &'a [GroupMean],
    ) -> Result<Self, CoalitionError> {
        if groups.is_empty() || groups.len() > MAX_GROUPS {
            return Err(CoalitionError::GroupCount { got: groups.len() });
        }
        let expected = state.weights.len();
        for (group, got) in groups.iter().map(|group| group.mean_update.len()).enumerate() {
            if got != expected {
                return Err(CoalitionError::Length { group, expected, got });
            }
        }
        if groups.iter().all(|group| group.weight == 0) {
            return Err(CoalitionError::NoWeight);
        }
        Ok(Self { state, optimizer, groups })
    }

    /// The model after the round: the full coalition's.
    ///
    /// # Errors
    /// As [`ServerOptimizer::step`].
    pub fn next_model(&self) -> Result<ModelState, OptimizerError> {
        self.model(Coalition::full(self.groups.len()))
    }

    /// One coalition's model.
    ///
    /// # Errors
    /// As [`ServerOptimizer::step`].
    pub fn model(&self, coalition: Coalition) -> Result<ModelState, OptimizerError> {
        match self.mean_update(coalition) {
            Some(update) => self.optimizer.step(self.state, &update),
            None => Ok(self.state.clone()),
        }
    }

    /// All coalitions' models, by ascending [`Coalition`]; each is computed when asked for.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Result<ModelState, OptimizerError>> + '_ {
        Coalition::all(self.groups.len()).map(|coalition| self.model(coalition))
    }

    /// Weighted mean over the coalition's groups, in `f64`, group by group in ascending order.
    fn mean_update(&self, coalition: Coalition) -> Option<Vec<f32>> {
        let members = || {
            let groups = self.groups.iter().enumerate();
            groups
                .filter(|(index, group)| coalition.contains(*index) && group.weight > 0)
                .map(|(_, group)| group)
        };
        let total: u128 = members().map(|group| u128::from(group.weight)).sum();
        if total == 0 {
            return None;
        }
        let mut sum = vec![0.0f64; self.state.weights.len()];
        for group in members() {
            let weight = group.weight as f64;
            sum.iter_mut().zip(&group.mean_update).for_each(|(sum, &x)| *sum += weight * f64::from(x));
        }
        let total = total as f64;
        Some(sum.into_iter().map(|sum| (sum / total) as f32).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::optimizer::Memory;
    use crate::study::OptimizerSpec;

    fn fed_avg() -> ServerOptimizer {
        ServerOptimizer::from(&OptimizerSpec::FedAvg { learning_rate: 1.0 })
    }

    fn state(weights: &[f32]) -> ModelState {
        ModelState { weights: weights.to_vec(), round: 7, memory: Memory::default() }
    }

    fn group(mean_update: &[f32], weight: u64) -> GroupMean {
        GroupMean { mean_update: mean_update.to_vec(), weight }
    }

    #[test]
    fn coalitions_are_weighted_means_of_their_groups() {
        let (state, optimizer) = (state(&[10.0, 20.0]), fed_avg());
        let groups = [group(&[1.0, 0.0], 1), group(&[5.0, -4.0], 3)];
        let models = CoalitionModels::new(&state, &optimizer, &groups).unwrap();
        let weights: Vec<Vec<f32>> = models.iter().map(|model| model.unwrap().weights).collect();
        assert_eq!(weights, [[10.0, 20.0], [11.0, 20.0], [15.0, 16.0], [14.0, 17.0]]);
        let rounds: Vec<u64> = models.iter().map(|model| model.unwrap().round).collect();
        assert_eq!(rounds, [7, 8, 8, 8]);
        assert_eq!(models.next_model().unwrap().weights, [14.0, 17.0]);
    }

    #[test]
    fn a_group_without_weight_changes_nothing() {
        let (state, optimizer) = (state(&[10.0]), fed_avg());
        let groups = [group(&[f32::NAN], 0), group(&[2.0], 5)];
        let models = CoalitionModels::new(&state, &optimizer, &groups).unwrap();
        let weights: Vec<f32> = models.iter().map(|model| model.unwrap().weights[0]).collect();
        assert_eq!(weights, [10.0, 10.0, 12.0, 12.0]);
    }

    #[test]
    fn groups_that_make_no_model_are_refused() {
        let (state, optimizer) = (state(&[0.0, 0.0]), fed_avg());
        let refused = |groups: &[GroupMean]| CoalitionModels::new(&state, &optimizer, groups).err();
        let good = group(&[0.0, 0.0], 1);
        assert_eq!(refused(&[]), Some(CoalitionError::GroupCount { got: 0 }));
        assert_eq!(refused(&vec![good.clone(); 7]), Some(CoalitionError::GroupCount { got: 7 }));
        assert_eq!(refused(&[group(&[0.0, 0.0], 0)]), Some(CoalitionError::NoWeight));
        assert_eq!(
            refused(&[good, group(&[0.0], 1)]),
            Some(CoalitionError::Length { group: 1, expected: 2, got: 1 })
        );
    }

    proptest! {
        #[test]
        fn equal_groups_make_one_model(x in -1e3f32..1e3, weights in prop::collection::vec(1u64..1 << 40, 1..=6)) {
            let (state, optimizer) = (state(&[1.0]), fed_avg());
            let groups: Vec<GroupMean> = weights.iter().map(|&w| group(&[x], w)).collect();
            let models = CoalitionModels::new(&state, &optimizer, &groups).unwrap();
            let expected = optimizer.step(&state, &[x]).unwrap();
            prop_assert_eq!(models.iter().len(), 1 << groups.len());
            for model in models.iter().skip(1) {
                // Rounding in f64 is 2^-29 of an f32's last place: the mean of equals is that number again.
                prop_assert_eq!(model.unwrap(), expected.clone());
            }
        }
    }
}
