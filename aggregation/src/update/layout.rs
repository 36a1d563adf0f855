//! What stands where in an owner's vector of a training round, and how large each part may be.
//!
//! A study that sums only updates has one block, clipped in L2 by the round's plan itself. With more blocks each is
//! clipped to its own bound and divided by it, and members multiply back: then the round's plan has 1 as the bound of every
//! coordinate or, where noise protects an owner, the length of all blocks together. So the plan's word width follows from
//! the study's plan alone, also if a clip follows the updates.

use std::ops::Range;

use thiserror::Error;

use super::clip::l2_norm;
use super::{UpdateError, clip_l2};
use crate::optimizer::ModelState;
use crate::plan::{Norm, RoundPlan};
use crate::study::{Privacy, StudyPlan};

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// New weights minus old ones.
    Update,
    /// The change of an owner's control variate (SCAFFOLD).
    Control,
    /// Whether the owner's update was within the clip, before it was clipped: one half if it was, else minus one half.
    Within,
}

/// A run of coordinates with a bound of its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    /// What it is.
    pub part: Part,
    /// Coordinates.
    pub len: usize,
    /// L2 bound on one owner's block.
    pub bound: f64,
    /// The same as it travels.
    pub scaled: f64,
}

/// How long the bit of [`Part::Within`] travels where noise protects an owner: beside an update of length 1 it makes the
/// noise longer by less than a hundredth, and of the bits' mean it is known well enough.
const BIT: f64 = 0.125;

/// The blocks of a training round's vector, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    blocks: Vec<Block>,
    /// Whether all blocks together are bounded in L2.
    together: bool,
}

/// A mean that no clipped vectors can have.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum LayoutError {
    /// It has another length.
    #[error("the vector has {got} coordinates where the study's layout has {expected}")]
    Length {
        /// What the layout has.
        expected: usize,
        /// What was given.
        got: usize,
    },
    /// A block is longer than any of the owners' could be.
    #[error("the mean of the {part:?} block has an L2 norm of {norm}, beyond the plan's clip of {bound}")]
    BeyondBound {
        /// The block.
        part: Part,
        /// Its norm.
        norm: f64,
        /// The plan's bound.
        bound: f64,
    },
}

impl Layout {
    /// The layout of a study's training rounds, with the clip that it begins with.
    #[must_use]
    pub fn training(study: &StudyPlan) -> Self {
        let len = study.parameter_count();
        let together = matches!(study.privacy, Some(Privacy::Owner(_)));
        let mut blocks = vec![Block { part: Part::Update, len, bound: study.aggregation.clip, scaled: 1.0 }];
        if let Some(control) = study.training.control_variates {
            blocks.push(Block { part: Part::Control, len, bound: control.clip, scaled: 1.0 });
        }
        if study.aggregation.adaptive_clip.is_some() {
            let scaled = if together { BIT } else { 1.0 };
            blocks.push(Block { part: Part::Within, len: 1, bound: 0.5, scaled });
        }
        if let [one] = blocks.as_mut_slice() {
            one.scaled = one.bound;
        }
        Self { blocks, together }
    }

    /// The layout of the round that starts from a state: with its clip.
    #[must_use]
    pub fn in_round(study: &StudyPlan, state: &ModelState) -> Self {
        let mut layout = Self::training(study);
        if study.aggregation.adaptive_clip.is_some()
            && let Some(update) = layout.blocks.first_mut()
        {
            update.bound = state.clip(&study.aggregation);
        }
        layout
    }

    /// Coordinates in all.
    #[must_use]
    pub fn vector_len(&self) -> usize {
        self.blocks.iter().fold(0, |sum, block| sum.saturating_add(block.len))
    }

    /// The norm of the round's plan.
    #[must_use]
    pub fn norm(&self) -> Norm {
        match self.blocks.as_slice() {
            [block] => Norm::L2(block.bound),
            blocks if self.together => {
                Norm::L2(blocks.iter().map(|block| block.scaled.powi(2)).sum::<f64>().sqrt())
            }
            _ => Norm::LInf(1.0),
        }
    }

    /// Where a block stands.
    #[must_use]
    pub fn range(&self, part: Part) -> Option<Range<usize>> {
        let mut start = 0;
        for block in &self.blocks {
            if block.part == part {
                return Some(start..start + block.len);
            }
            start += block.len;
        }
        None
    }

    /// Adds what a study with a clip that follows the updates wants to know, to an update (and a control delta) that is yet
    /// to be clipped.
    ///
    /// # Errors
    /// If a coordinate of the update is not finite, or there are fewer than it has.
    pub fn tell_within(&self, values: &mut Vec<f32>) -> Result<(), UpdateError> {
        if self.range(Part::Within).is_none() {
            return Ok(());
        }
        let Some(update) = self.blocks.first() else { return Ok(()) };
        let got = values.len();
        let own = values.get(..update.len).ok_or(UpdateError::Length { expected: update.len, got })?;
        let within = if l2_norm(own)? <= update.bound { 0.5 } else { -0.5 };
        values.push(within);
        Ok(())
    }

    /// Clips each block to its bound, in place.
    ///
    /// # Errors
    /// If a coordinate is not finite, or there are more or fewer than the layout has.
    pub fn clip(&self, values: &mut [f32]) -> Result<(), UpdateError> {
        self.check_len(values.len())?;
        self.blocks_of(values).try_for_each(|(block, values)| clip_l2(values, block.bound).map(drop))
    }

    /// Clipped blocks as the round's plan has them, in place: divided by their bounds, if there are several.
    ///
    /// # Errors
    /// If there are more or fewer coordinates than the layout has.
    pub fn scale(&self, values: &mut [f32]) -> Result<(), UpdateError> {
        self.check_len(values.len())?;
        if self.blocks.len() > 1 {
            for (block, values) in self.blocks_of(values) {
                let factor = block.scaled / block.bound;
                let most = block.scaled as f32;
                // Rounding may carry the largest a little beyond.
                let scaled = |value: f32| ((f64::from(value) * factor) as f32).clamp(-most, most);
                values.iter_mut().for_each(|value| *value = scaled(*value));
            }
            if let Norm::L2(bound) = self.norm() {
                clip_l2(values, bound)?;
            }
        }
        Ok(())
    }

    /// A mean of scaled vectors as it was before [`scale`](Self::scale), if clipped vectors can have it: no block longer
    /// than its bound, but for what rounding and the plan's noise add. `weight` is the sum of the owners' weights.
    ///
    /// # Errors
    /// If the length is another, or a block is beyond its bound.
    pub fn unscale(&self, plan: &RoundPlan, weight: u64, mean: &mut [f32]) -> Result<(), LayoutError> {
        let (expected, got) = (self.vector_len(), mean.len());
        if expected != got {
            return Err(LayoutError::Length { expected, got });
        }
        let several = self.blocks.len() > 1;
        // Half a step per coordinate for rounding, and as much again for the mean's own rounding to 32 bits.
        let step = plan.norm().coordinate_bound() / f64::from(plan.half_range());
        let noise = plan.noise_in_mean(weight);
        for (block, values) in self.blocks_of(mean) {
            if several {
                let factor = block.bound / block.scaled;
                values.iter_mut().for_each(|value| *value = (f64::from(*value) * factor) as f32);
            }
            let norm = values.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
            let added = step * (block.len as f64).sqrt() + noise;
            if norm > block.bound + added * block.bound / block.scaled {
                return Err(LayoutError::BeyondBound { part: block.part, norm, bound: block.bound });
            }
        }
        Ok(())
    }

    fn check_len(&self, got: usize) -> Result<(), UpdateError> {
        let expected = self.vector_len();
        if got == expected { Ok(()) } else { Err(UpdateError::Length { expected, got }) }
    }

    /// Each block with its coordinates; `values` is as long as the layout.
    fn blocks_of<'a>(&'a self, values: &'a mut [f32]) -> impl Iterator<Item = (&'a Block, &'a mut [f32])> {
        let mut rest = values;
        self.blocks.iter().map(move |block| {
            let (head, tail) = std::mem::take(&mut rest).split_at_mut(block.len);
            rest = tail;
            (block, head)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_core::SeedableRng;

    use super::*;
    use crate::plan::RoundPlanParams;
    use crate::update::{Quantised, dequantise};

    fn layout(blocks: &[(Part, usize, f64)]) -> Layout {
        let mut blocks: Vec<Block> =
            blocks.iter().map(|&(part, len, bound)| Block { part, len, bound, scaled: 1.0 }).collect();
        if let [one] = blocks.as_mut_slice() {
            one.scaled = one.bound;
        }
        Layout { blocks, together: false }
    }

    fn plan(layout: &Layout) -> RoundPlan {
        RoundPlan::new(RoundPlanParams {
            vector_len: layout.vector_len(),
            bits: 16,
            norm: layout.norm(),
            max_weight: 10,
            max_owners: 4,
            min_group: 2,
        })
        .unwrap()
    }

    proptest! {
        #[test]
        fn blocks_go_through_the_sum_and_come_back(
            values in prop::collection::vec(-10f32..10.0, 2..40), one in 1e-3f64..100.0, two in 1e-3f64..100.0,
        ) {
            let len = values.len() / 2;
            let layout = layout(&[(Part::Update, len, one), (Part::Control, len, two)]);
            let plan = plan(&layout);
            let mut clipped = values[..2 * len].to_vec();
            layout.clip(&mut clipped).unwrap();
            let mut sent = clipped.clone();
            layout.scale(&mut sent).unwrap();
            let mut sums = Quantised::new(&plan, &sent, 3).unwrap().to_integers();
            let weight = sums.pop().unwrap();
            let mut mean = dequantise(&plan, &sums, weight).unwrap();
            layout.unscale(&plan, weight, &mut mean).unwrap();
            for (index, (mean, clipped)) in mean.iter().zip(&clipped).enumerate() {
                let bound = if index < len { one } else { two };
                prop_assert!(f64::from((mean - clipped).abs()) <= bound / 32767.0, "{} {}", mean, clipped);
            }
        }
    }

    #[test]
    fn one_block_travels_as_it_is() {
        let layout = layout(&[(Part::Update, 4, 2.0)]);
        assert_eq!(layout.norm(), Norm::L2(2.0));
        let mut values = [0.5f32, -0.25, 1.0, 0.0];
        layout.clip(&mut values).unwrap();
        layout.scale(&mut values).unwrap();
        layout.unscale(&plan(&layout), 1, &mut values).unwrap();
        assert_eq!(values, [0.5, -0.25, 1.0, 0.0]);
        assert_eq!((layout.range(Part::Update), layout.range(Part::Control)), (Some(0..4), None));
    }

    #[test]
    fn a_mean_that_no_clipped_vectors_could_have_is_refused() {
        let one = layout(&[(Part::Update, 4, 1.0)]);
        assert_eq!(one.unscale(&plan(&one), 1, &mut [0.5; 4]), Ok(()));
        assert_eq!(one.unscale(&plan(&one), 1, &mut [1.0, 0.0, 0.0, 0.0]), Ok(()));
        // Each coordinate is within the bound, the vector is not.
        let refused = one.unscale(&plan(&one), 1, &mut [0.9; 4]);
        assert!(matches!(refused, Err(LayoutError::BeyondBound { part: Part::Update, .. })));
        let two = layout(&[(Part::Update, 2, 1.0), (Part::Control, 2, 3.0)]);
        let mut good = [1.0, 0.0, 0.5, 0.5];
        assert_eq!(two.unscale(&plan(&two), 1, &mut good), Ok(()));
        assert_eq!(good, [1.0, 0.0, 1.5, 1.5]);
        let refused = two.unscale(&plan(&two), 1, &mut [1.0, 0.0, 0.9, 0.9]);
        assert!(matches!(refused, Err(LayoutError::BeyondBound { part: Part::Control, .. })));
        assert_eq!(
            two.unscale(&plan(&two), 1, &mut [0.0; 3]),
            Err(LayoutError::Length { expected: 4, got: 3 })
        );
    }

    /// Two owners with noise, and a clip that follows the updates.
    fn together() -> Layout {
        let block = |part, len, bound, scaled| Block { part, len, bound, scaled };
        let blocks = vec![block(Part::Update, 30, 3.0, 1.0), block(Part::Within, 1, 0.5, BIT)];
        Layout { blocks, together: true }
    }

    fn noisy(layout: &Layout, multiplier: f64) -> RoundPlan {
        let params = RoundPlanParams {
            vector_len: layout.vector_len(),
            bits: 16,
            norm: layout.norm(),
            max_weight: 1,
            max_owners: 4,
            min_group: 2,
        };
        RoundPlan::new(params).unwrap().with_noise(multiplier, 1).unwrap()
    }

    proptest! {
        /// The noise is made for all blocks together: whatever an owner's values, what it sends is as short as that.
        #[test]
        fn all_blocks_together_are_within_the_plans_norm(
            mut values in prop::collection::vec(-1f32..1.0, 30), length in 0.01f32..100.0,
        ) {
            let layout = together();
            let plan = noisy(&layout, 1.0);
            values.iter_mut().for_each(|value| *value *= length);
            let norm = l2_norm(&values).unwrap();
            layout.tell_within(&mut values).unwrap();
            prop_assert_eq!(values.last(), Some(&if norm <= 3.0 { 0.5 } else { -0.5 }));
            layout.clip(&mut values).unwrap();
            let clipped = values.clone();
            layout.scale(&mut values).unwrap();
            let mut rng = rand_chacha::ChaCha20Rng::from_seed([1; 32]);
            // It would refuse what is longer.
            let mut sums = Quantised::noisy(&plan, &values, 1, &mut rng).unwrap().to_integers();
            let weight = sums.pop().unwrap();
            let mut mean = dequantise(&plan, &sums, weight).unwrap();
            layout.unscale(&plan, weight, &mut mean).unwrap();
            // The noise of one owner, coordinate by coordinate, in the blocks' own units: below twelve deviations.
            let sigma = plan.noise().unwrap().sigma as f64 * plan.norm().coordinate_bound()
                / f64::from(plan.half_range());
            for (index, (mean, clipped)) in mean.iter().zip(&clipped).enumerate() {
                let unit = if index < 30 { 3.0 } else { 0.5 / BIT };
                prop_assert!(f64::from((mean - clipped).abs()) <= 12.1 * sigma * unit, "{}", index);
            }
        }
    }

    #[test]
    fn the_bit_costs_the_update_little() {
        let Norm::L2(bound) = together().norm() else { panic!("in L2") };
        assert!(bound > 1.0 && bound < 1.01, "{bound}");
        assert!(together().tell_within(&mut vec![0.0; 29]).is_err());
        let mut plain = vec![0.0; 4];
        layout(&[(Part::Update, 4, 1.0)]).tell_within(&mut plain).unwrap();
        assert_eq!(plain.len(), 4, "a fixed clip asks nothing");
    }
}
