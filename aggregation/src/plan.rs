//! How numbers travel in one kind of round: how many, how coarse, how wide, from how many owners.
//!
//! Owners send sums of integers modulo 2^w. A [`RoundPlan`] derives the word width w from the rest, so wide that no
//! honest sum can wrap, and refuses what could not be represented at all.

mod noise;

use thiserror::Error;

use crate::hash::digest;
use crate::ids::Digest;
use crate::privacy::NoiseShare;
use crate::study::{Privacy, StudyPlan};
use crate::update::Layout;

/// The longest vector a round may carry, without the weight: 2^28 coordinates.
pub const MAX_VECTOR_LEN: usize = 1 << 28;

/// The widest word, in bits.
pub const MAX_WORD_BITS: u32 = 63;

/// Bits per coordinate in a statistics round.
const STATISTICS_BITS: u8 = 24;

/// Values per model input in a statistics round: present share, mean, mean of squares.
pub const STATISTICS_PER_INPUT: usize = 3;

/// How large one owner's vector may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Norm {
    /// The Euclidean norm is at most this; longer vectors are to be clipped.
    L2(f64),
    /// Each coordinate's absolute value is at most this; larger ones are an error.
    LInf(f64),
}

impl Norm {
    /// The largest absolute value of a coordinate.
    #[must_use]
    pub fn coordinate_bound(&self) -> f64 {
        match *self {
            Self::L2(bound) | Self::LInf(bound) => bound,
        }
    }
}

/// What a [`RoundPlan`] is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundPlanParams {
    /// Coordinates of an owner's vector, without the weight.
    pub vector_len: usize,
    /// Bits per coordinate before weighting, 2 to 24.
    pub bits: u8,
    /// How large a vector may be.
    pub norm: Norm,
    /// Largest weight (rows) of one owner.
    pub max_weight: u32,
    /// The most owners in one sum.
    pub max_owners: u16,
    /// The fewest owners whose sum may be opened.
    pub min_group: u16,
}

/// A round's plan was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlanError {
    /// A parameter that nobody could run.
    #[error("round plan, {field}: {reason}")]
    Field {
        /// The parameter.
        field: &'static str,
        /// What is wrong and what to do.
        reason: &'static str,
    },
    /// The sum of the largest contributions would not fit into a word.
    #[error(
        "round plan: a sum could need {needed} bits and a word has at most {MAX_WORD_BITS}; lower bits, max_weight or \
         max_owners"
    )]
    Overflow {
        /// Bits that the largest sum needs.
        needed: u32,
    },
}

fn require(condition: bool, field: &'static str, reason: &'static str) -> Result<(), PlanError> {
    if condition { Ok(()) } else { Err(PlanError::Field { field, reason }) }
}

/// How numbers travel in one kind of round. Checked: no sum of `max_owners` contributions can wrap.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundPlan {
    params: RoundPlanParams,
    word_bits: u32,
    noise: Option<NoiseShare>,
}

impl RoundPlan {
    /// Derives the word width: the least w with `max_owners · (2^bits − 1) · max_weight < 2^w`.
    ///
    /// # Errors
    /// If a parameter is out of range, or w would exceed [`MAX_WORD_BITS`].
    pub fn new(params: RoundPlanParams) -> Result<Self, PlanError> {
        require(
            (1..=MAX_VECTOR_LEN).contains(&params.vector_len),
            "vector_len",
            "must be from 1 to 2^28: make the model smaller",
        )?;
        require((2..=24).contains(&params.bits), "bits", "must be from 2 to 24")?;
        let bound = params.norm.coordinate_bound();
        // Below f32's normal range a quantised value could not be told from zero.
        let usable =
            bound.is_finite() && bound >= f64::from(f32::MIN_POSITIVE) && bound <= f64::from(f32::MAX);
        require(usable, "norm", "the bound must be a positive number within the range of f32")?;
        require(params.max_weight >= 1, "max_weight", "must be at least 1")?;
        require(
            params.min_group >= 2,
            "min_group",
            "must be at least 2: a sum of one is that owner's own vector",
        )?;
        require(params.max_owners >= params.min_group, "max_owners", "must be at least min_group")?;
        let largest_word = u128::from(levels(params.bits)) * u128::from(params.max_weight);
        // The weight's own sum is smaller still: a level is at least 1.
        let word_bits = width(largest_word * u128::from(params.max_owners))?;
        Ok(Self { params, word_bits, noise: None })
    }

    /// The plan of a study's training rounds, as its [`Layout`] has it: one coordinate per model parameter, clipped in L2,
    /// and what else the study sums.
    ///
    /// # Errors
    /// If the study's model is too large, or its sums too wide.
    pub fn training(study: &StudyPlan) -> Result<Self, PlanError> {
        let layout = Layout::training(study);
        let plan = Self::new(RoundPlanParams {
            vector_len: layout.vector_len(),
            bits: study.aggregation.bits,
            norm: layout.norm(),
            max_weight: study.max_weight(),
            max_owners: study.cohort.max_owners,
            min_group: study.aggregation.min_group,
        })?;
        match &study.privacy {
            Some(Privacy::Owner(privacy)) => plan.with_noise(privacy.noise_multiplier, study.counted_noise()),
            _ => Ok(plan),
        }
    }

    /// The plan of a study's statistics round: per model input (per channel of an image) the share of rows where it is
    /// present, the mean and the mean of squares over those rows of the value normalised to \[0, 1\]; then the overview's
    /// shares of rows, if the study asks for them. With noise that protects an owner they are taken from one half, so that
    /// no vector is longer than half the root of its length.
    ///
    /// # Errors
    /// If the study's schema is too large, or its sums too wide.
    pub fn statistics(study: &StudyPlan) -> Result<Self, PlanError> {
        let vector_len = STATISTICS_PER_INPUT * study.schema.standardised() + study.schema.overview_len();
        let noise = study.statistics_noise();
        let plan = Self::new(RoundPlanParams {
            vector_len,
            bits: STATISTICS_BITS,
            norm: noise.map_or(Norm::LInf(1.0), |_| Norm::L2((vector_len as f64).sqrt() / 2.0)),
            max_weight: study.max_weight(),
            max_owners: study.cohort.max_owners,
            min_group: study.aggregation.min_group,
        })?;
        match noise {
            Some(multiplier) => plan.with_noise(multiplier, study.counted_noise()),
            None => Ok(plan),
        }
    }

    /// Coordinates of an owner's vector, without the weight.
    #[must_use]
    pub fn vector_len(&self) -> usize {
        self.params.vector_len
    }

    /// Words of a contribution: the coordinates, then the weight.
    #[must_use]
    pub fn words(&self) -> usize {
        self.params.vector_len + 1
    }

    /// Bits of a word (w): sums are modulo 2^w.
    #[must_use]
    pub fn word_bits(&self) -> u32 {
        self.word_bits
    }

    /// Bytes of a packed contribution or sum.
    #[must_use]
    pub fn packed_len(&self) -> usize {
        // 2^28 words of 63 bits are below 2^35 bits; usize has 64 on every platform that trains models.
        (self.words() as u64 * u64::from(self.word_bits)).div_ceil(8) as usize
    }

    /// Bits of a quantised coordinate.
    #[must_use]
    pub fn bits(&self) -> u8 {
        self.params.bits
    }

    /// How large a vector may be.
    #[must_use]
    pub fn norm(&self) -> Norm {
        self.params.norm
    }

    /// Largest weight of one owner.
    #[must_use]
    pub fn max_weight(&self) -> u32 {
        self.params.max_weight
    }

    /// The most owners in one sum.
    #[must_use]
    pub fn max_owners(&self) -> u16 {
        self.params.max_owners
    }

    /// The fewest owners whose sum may be opened.
    #[must_use]
    pub fn min_group(&self) -> u16 {
        self.params.min_group
    }

    /// Half of the quantisation range: a coordinate v travels as round(v / bound · h) + h, so zero is exact and the
    /// largest value is 2h = 2^bits − 2.
    #[must_use]
    pub(crate) fn half_range(&self) -> u32 {
        levels(self.params.bits) / 2
    }

    /// Digest over every field: part of the round's context.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let (norm, bound) = match self.params.norm {
            Norm::L2(bound) => (b"l2".as_slice(), bound),
            Norm::LInf(bound) => (b"linf".as_slice(), bound),
        };
        let noise = self.noise.map(|noise| (noise.sigma.to_le_bytes(), noise.counted.to_le_bytes()));
        let (len, bound) = ((self.params.vector_len as u64).to_le_bytes(), bound.to_bits().to_le_bytes());
        let (weight, owners) = (self.params.max_weight.to_le_bytes(), self.params.max_owners.to_le_bytes());
        let (group, word) = (self.params.min_group.to_le_bytes(), self.word_bits.to_le_bytes());
        let bits = [self.params.bits];
        let mut parts: Vec<&[u8]> = vec![&len, &bits, norm, &bound, &weight, &owners, &group, &word];
        if let Some((sigma, counted)) = &noise {
            parts.extend([sigma.as_slice(), counted.as_slice()]);
        }
        digest("round-plan", &parts)
    }
}

/// The least w with `largest_sum < 2^w`.
fn width(largest_sum: u128) -> Result<u32, PlanError> {
    let needed = u128::BITS - largest_sum.leading_zeros();
    if needed > MAX_WORD_BITS { Err(PlanError::Overflow { needed }) } else { Ok(needed) }
}

/// 2^bits − 1, for bits up to 24.
fn levels(bits: u8) -> u32 {
    (1u32 << bits) - 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(super) fn params() -> RoundPlanParams {
        RoundPlanParams {
            vector_len: 10,
            bits: 16,
            norm: Norm::L2(1.0),
            max_weight: 1000,
            max_owners: 16,
            min_group: 2,
        }
    }

    proptest! {
        #[test]
        fn the_width_is_the_least_that_holds_the_largest_sum(
            bits in 2u8..=24, max_weight in 1u32.., max_owners in 2u16..,
        ) {
            let largest = u128::from(max_owners) * u128::from((1u32 << bits) - 1) * u128::from(max_weight);
            match RoundPlan::new(RoundPlanParams { bits, max_weight, max_owners, ..params() }) {
                Ok(plan) => {
                    prop_assert!(largest < 1 << plan.word_bits());
                    prop_assert!(largest >= 1 << (plan.word_bits() - 1));
                    prop_assert_eq!(plan.packed_len(), (11 * plan.word_bits() as usize).div_ceil(8));
                }
                Err(error) => {
                    prop_assert!(largest >= 1 << 63);
                    prop_assert!(matches!(error, PlanError::Overflow { .. }), "{}", error);
                }
            }
        }
    }

    #[test]
    fn the_narrowest_and_the_widest_plan() {
        let narrow = RoundPlanParams { bits: 2, max_weight: 1, max_owners: 2, ..params() };
        assert_eq!(RoundPlan::new(narrow).map(|plan| plan.word_bits()), Ok(3));
        let wide = RoundPlanParams { bits: 24, max_weight: u32::MAX, max_owners: 128, ..params() };
        assert_eq!(RoundPlan::new(wide.clone()).map(|plan| plan.word_bits()), Ok(63));
        let wider = RoundPlanParams { max_owners: 129, ..wide };
        assert_eq!(RoundPlan::new(wider), Err(PlanError::Overflow { needed: 64 }));
    }

    #[test]
    fn parameters_out_of_range_are_named() {
        type Change = fn(&mut RoundPlanParams);
        let changes: [(&str, Change); 10] = [
            ("vector_len", |p| p.vector_len = 0),
            ("vector_len", |p| p.vector_len = MAX_VECTOR_LEN + 1),
            ("bits", |p| p.bits = 1),
            ("bits", |p| p.bits = 25),
            ("norm", |p| p.norm = Norm::L2(0.0)),
            ("norm", |p| p.norm = Norm::LInf(f64::NAN)),
            ("norm", |p| p.norm = Norm::L2(1e39)),
            ("max_weight", |p| p.max_weight = 0),
            ("min_group", |p| p.min_group = 1),
            ("max_owners", |p| p.max_owners = 1),
        ];
        for (name, change) in changes {
            let mut changed = params();
            change(&mut changed);
            match RoundPlan::new(changed) {
                Err(PlanError::Field { field, .. }) => assert_eq!(field, name),
                other => panic!("{name}: {other:?}"),
            }
        }
    }

    #[test]
    fn every_parameter_changes_the_digest() {
        let base = RoundPlan::new(params()).unwrap().digest();
        let changes: [fn(&mut RoundPlanParams); 7] = [
            |p| p.vector_len += 1,
            |p| p.bits += 1,
            |p| p.norm = Norm::LInf(1.0),
            |p| p.norm = Norm::L2(1.0 + f64::EPSILON),
            |p| p.max_weight += 1,
            |p| p.max_owners += 1,
            |p| p.min_group += 1,
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut changed = params();
            change(&mut changed);
            assert_ne!(RoundPlan::new(changed).unwrap().digest(), base, "change {index}");
        }
    }
}
