//! What stands where in an owner's vector of a training round, and how large each part may be.
//!
//! A study that sums only updates has one block, clipped in L2 by the round's plan itself. With more blocks each is
//! clipped to its own bound and divided by it, and the round's plan has 1 as the bound of every coordinate; members
//! multiply back. So the plan's word width follows from the study's plan alone.

use std::ops::Range;

use thiserror::Error;

use super::{UpdateError, clip_l2};
use crate::plan::{Norm, RoundPlan};
use crate::study::StudyPlan;

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// New weights minus old ones.
    Update,
    /// The change of an owner's control variate (SCAFFOLD).
    Control,
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
}

/// The blocks of a training round's vector, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    blocks: Vec<Block>,
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
    /// The layout of a study's training rounds.
    #[must_use]
    pub fn training(study: &StudyPlan) -> Self {
        let len = study.parameter_count();
        let mut blocks = vec![Block { part: Part::Update, len, bound: study.aggregation.clip }];
        if let Some(control) = study.training.control_variates {
            blocks.push(Block { part: Part::Control, len, bound: control.clip });
        }
        Self { blocks }
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
                values.iter_mut().for_each(|value| *value = (f64::from(*value) / block.bound) as f32);
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
        let half = f64::from(plan.half_range());
        for (block, values) in self.blocks_of(mean) {
            if several {
                values.iter_mut().for_each(|value| *value = (f64::from(*value) * block.bound) as f32);
            }
            let norm = values.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
            // Half a step per coordinate for rounding, and as much again for the mean's own rounding to 32 bits.
            let rounding = block.bound / half * (block.len as f64).sqrt();
            // Where there is noise everybody weighs 1, and there is one block.
            if norm > block.bound + rounding + plan.noise_in_mean(weight) {
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

    use super::*;
    use crate::plan::RoundPlanParams;
    use crate::update::{Quantised, dequantise};

    fn layout(blocks: &[(Part, usize, f64)]) -> Layout {
        Layout { blocks: blocks.iter().map(|&(part, len, bound)| Block { part, len, bound }).collect() }
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
}
