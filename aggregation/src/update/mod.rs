//! An owner's vector on its way to the sum and back: clipped, quantised, packed; summed, unpacked, dequantised.

mod clip;
mod layout;
mod pack;
mod quantise;
mod wide;
mod word;

use thiserror::Error;

pub use clip::clip_l2;
pub use layout::{Block, Layout, LayoutError, Part};
pub use pack::PackError;
pub use quantise::{Quantised, dequantise};

pub(crate) use pack::{GROUP, check_packed};
pub(crate) use quantise::{check_sum, means};
pub(crate) use word::{Word, Words};

/// An owner's vector can't be sent as the plan demands, or a sum can't be one of such vectors.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum UpdateError {
    /// Not a number, or infinite: training has diverged.
    #[error("coordinate {index} of the update is {value}: training diverged; lower the learning rate")]
    NotFinite {
        /// The coordinate.
        index: usize,
        /// What stands there.
        value: f32,
    },
    /// The vector has the wrong length.
    #[error("the update has {got} coordinates where the round's plan has {expected}")]
    Length {
        /// What the plan has.
        expected: usize,
        /// What was given.
        got: usize,
    },
    /// A coordinate is beyond the plan's bound.
    #[error("coordinate {index} of the update is {value}, beyond the plan's bound of ±{bound}")]
    OutOfRange {
        /// The coordinate.
        index: usize,
        /// What stands there.
        value: f32,
        /// The plan's bound.
        bound: f64,
    },
    /// The vector is longer than the plan's L2 bound.
    #[error("the update's L2 norm is {norm}, above the plan's {bound}: clip it first")]
    NotClipped {
        /// The vector's norm.
        norm: f64,
        /// The plan's bound.
        bound: f64,
    },
    /// The plan wants noise, and none was to be added.
    #[error("the round's plan adds noise to every update: nothing is sent without")]
    NoNoise,
    /// The noise can't be drawn.
    #[error(transparent)]
    Noise(#[from] crate::privacy::NoiseError),
    /// The bound given is not one that a vector can be clipped to.
    #[error("can't clip to an L2 norm of {bound}: it must be a positive, finite number")]
    ClipBound {
        /// What was given.
        bound: f64,
    },
    /// The weight is zero or more than the plan allows.
    #[error("the weight (rows) is {got} and must be from 1 to the plan's max_weight, {max}")]
    Weight {
        /// What was given.
        got: u32,
        /// The plan's largest.
        max: u32,
    },
    /// The weight of a sum is not one that the owners in it can have.
    #[error("the sum's weight is {got}, where {owners} owners have from {owners} to {max} together")]
    SumWeight {
        /// What the sum says.
        got: u64,
        /// Owners in the sum.
        owners: usize,
        /// The most that they can have.
        max: u64,
    },
    /// A coordinate of a sum is not one that owners of the sum's weight can have.
    #[error(
        "coordinate {index} of the sum is {got}, where weight {weight} allows at most {max}: a contribution or a seed was \
         false, or the sum belongs to another round"
    )]
    SumRange {
        /// The coordinate.
        index: usize,
        /// What stands there.
        got: u64,
        /// The sum's weight.
        weight: u64,
        /// The most that it allows.
        max: u64,
    },
}
