//! The clip that follows the owners' updates: Andrew, Thakkar, McMahan, Ramaswamy, *Differentially Private Learning with
//! Adaptive Clipping* (NeurIPS 2021), with its linear step. The geometric one, which the paper prefers, needs an
//! exponential, and those differ in the last bit from machine to machine; for small steps both are the same.

use super::ModelState;
use crate::study::Aggregation;

/// How far the clip may go from where it began, either way: no noise takes it to where numbers end.
const FARTHEST: f64 = 1e6;

impl ModelState {
    /// The clip of the round that starts from this state.
    #[must_use]
    pub fn clip(&self, plan: &Aggregation) -> f64 {
        self.memory.clip.unwrap_or(plan.clip)
    }
}

/// Moves the clip, if the plan's follows the updates: by the groups' mean of [`crate::update::Part::Within`] (an owner has
/// one half if its update was within the clip, and minus one half if it was not), each with its weight.
pub fn step_clip(state: &mut ModelState, plan: &Aggregation, groups: &[(f32, u64)]) {
    let Some(rule) = plan.adaptive_clip else { return };
    let weight: f64 = groups.iter().map(|(_, weight)| *weight as f64).sum();
    if weight == 0.0 {
        return;
    }
    let halves: f64 = groups.iter().map(|(mean, weight)| f64::from(*mean) * *weight as f64).sum();
    // Noise may have moved it beyond what is possible.
    let within = (halves / weight + 0.5).clamp(0.0, 1.0);
    let moved = state.clip(plan) * (1.0 + rule.rate * (rule.quantile - within));
    state.memory.clip = Some(moved.clamp(plan.clip / FARTHEST, plan.clip * FARTHEST));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Memory;
    use super::*;
    use crate::study::AdaptiveClip;

    fn plan(adaptive_clip: Option<AdaptiveClip>) -> Aggregation {
        Aggregation {
            clip: 2.0,
            adaptive_clip,
            bits: 16,
            max_weight: 1,
            min_group: 2,
            max_groups: 1,
            rotation_budget: 0,
        }
    }

    fn state() -> ModelState {
        ModelState { weights: vec![0.0], round: 0, memory: Memory::default() }
    }

    #[test]
    fn the_clip_moves_towards_the_quantile() {
        let plan = plan(Some(AdaptiveClip { quantile: 0.5, rate: 0.25 }));
        let after = |groups: &[(f32, u64)]| {
            let mut state = state();
            step_clip(&mut state, &plan, groups);
            state.clip(&plan)
        };
        assert_eq!(after(&[(0.5, 3)]), 1.75, "all are within: smaller");
        assert_eq!(after(&[(-0.5, 3)]), 2.25, "none is: larger");
        assert_eq!(after(&[(0.5, 1), (-0.5, 1)]), 2.0);
        assert_eq!(after(&[(0.5, 3), (-0.5, 1)]), 2.0 * (1.0 - 0.25 * 0.25), "groups weigh");
        assert_eq!(after(&[(9.0, 1)]), 1.75, "no noise makes more than all be within");
        assert_eq!(after(&[(9.0, 0)]), 2.0);
    }

    #[test]
    fn a_fixed_clip_stays_and_is_not_remembered() {
        let (plan, mut state) = (plan(None), state());
        step_clip(&mut state, &plan, &[(0.5, 1)]);
        assert_eq!((state.memory.clip, state.clip(&plan)), (None, 2.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Of owners whose updates keep their lengths, the quantile is found.
        #[test]
        fn it_finds_the_quantile(lengths in prop::collection::vec(0.01f64..100.0, 3..20), at: prop::sample::Index) {
            let owners = lengths.len() as f64;
            // Between two owners' shares, so that it is never reached and always drawn near.
            let due = at.index(lengths.len()) as f64 + 0.5;
            let plan = plan(Some(AdaptiveClip { quantile: due / owners, rate: 0.1 }));
            let mut state = state();
            let within = |clip: f64| lengths.iter().filter(|length| **length <= clip).count() as f64;
            for _ in 0..6000 {
                let share = within(state.clip(&plan)) / owners;
                step_clip(&mut state, &plan, &[((share - 0.5) as f32, 1)]);
            }
            // It goes to and fro about the length at which the share passes the quantile, by a step at most.
            let (below, above) = (within(state.clip(&plan) / 1.12), within(state.clip(&plan) * 1.12));
            prop_assert!(below < due && due < above, "{} {} {}", below, due, above);
        }
    }
}
