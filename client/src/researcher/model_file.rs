//! The file of a trained model: everything that is needed to use it, besides the plan.

use thiserror::Error;
use tributary_aggregation::ids::Digest;
use tributary_aggregation::study::StudyPlan;

use crate::dataset::{Standardiser, StandardiserError};
use crate::member::StudyModel;

/// First bytes of the file; the last one is the version.
const MAGIC: &[u8; 16] = b"TRIBUTARY-MODEL\x01";

/// A model file was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ModelFileError {
    /// The bytes are not a model file.
    #[error("model file, {0}: it is damaged, or was written by another version")]
    Malformed(&'static str),
    /// The statistics in it are malformed.
    #[error("model file, {0}")]
    Standardiser(#[from] StandardiserError),
    /// Made for another study.
    #[error(
        "the model was trained by the study with plan digest {model}, but this plan's is {plan}: pass the plan of its study"
    )]
    Plan {
        /// The digest in the file.
        model: Digest,
        /// The digest of the plan at hand.
        plan: Digest,
    },
    /// Fits the digest, but not the model that the plan describes.
    #[error("model file, {field}: {got}, but the plan's model needs {expected}")]
    Shape {
        /// What differs.
        field: &'static str,
        /// What the plan says.
        expected: usize,
        /// What the file has.
        got: usize,
    },
}

/// A trained model.
#[derive(Debug, Clone, PartialEq)]
pub struct FinalModel {
    /// Digest of the plan that it was trained by.
    pub plan_digest: Digest,
    /// Rounds that it was trained for.
    pub round: u64,
    /// How rows become inputs.
    pub standardiser: Standardiser,
    /// The weights, in the order of an update.
    pub weights: Vec<f32>,
}

impl FinalModel {
    /// The model of a study, as it stands.
    #[must_use]
    pub fn of(plan_digest: Digest, model: StudyModel) -> Self {
        let StudyModel { standardiser, state } = model;
        Self { plan_digest, round: state.round, standardiser, weights: state.weights }
    }

    /// Version 1: magic (16 bytes), plan digest (32), round (u64), length of the standardiser (u32), the standardiser,
    /// number of weights (u32), weights (f32); all little-endian.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let standardiser = self.standardiser.to_bytes();
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.plan_digest.as_bytes());
        bytes.extend(self.round.to_le_bytes());
        bytes.extend((standardiser.len() as u32).to_le_bytes());
        bytes.extend(standardiser);
        bytes.extend((self.weights.len() as u32).to_le_bytes());
        bytes.extend(self.weights.iter().flat_map(|weight| weight.to_le_bytes()));
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote, and nothing else.
    ///
    /// # Errors
    /// Naming the part that is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelFileError> {
        let malformed = ModelFileError::Malformed;
        let rest = bytes.strip_prefix(MAGIC).ok_or(malformed("first bytes"))?;
        let (plan_digest, rest) = rest.split_first_chunk::<32>().ok_or(malformed("plan digest"))?;
        let (round, rest) = rest.split_first_chunk::<8>().ok_or(malformed("round"))?;
        let (length, rest) = rest.split_first_chunk::<4>().ok_or(malformed("standardiser's length"))?;
        let length = u32::from_le_bytes(*length) as usize;
        let (standardiser, rest) = rest.split_at_checked(length).ok_or(malformed("standardiser"))?;
        let (count, rest) = rest.split_first_chunk::<4>().ok_or(malformed("number of weights"))?;
        let (weights, odd) = rest.as_chunks::<4>();
        if weights.len() != u32::from_le_bytes(*count) as usize || !odd.is_empty() {
            return Err(malformed("length of the weights"));
        }
        let weights: Vec<f32> = weights.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        if weights.iter().any(|weight| !weight.is_finite()) {
            return Err(malformed("a weight is not a finite number"));
        }
        Ok(Self {
            plan_digest: Digest(*plan_digest),
            round: u64::from_le_bytes(*round),
            standardiser: Standardiser::from_bytes(standardiser)?,
            weights,
        })
    }

    /// Checks that the model belongs to a plan, given as its exact bytes and as what they say.
    ///
    /// # Errors
    /// If the digest, the inputs or the number of weights differ.
    pub fn check(&self, plan_bytes: &[u8], plan: &StudyPlan) -> Result<(), ModelFileError> {
        let digest = StudyPlan::digest_of(plan_bytes);
        if self.plan_digest != digest {
            return Err(ModelFileError::Plan { model: self.plan_digest, plan: digest });
        }
        for (field, expected, got) in [
            ("model inputs", plan.schema.standardised(), self.standardiser.inputs()),
            ("weights", plan.parameter_count(), self.weights.len()),
        ] {
            if expected != got {
                return Err(ModelFileError::Shape { field, expected, got });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn model(weights: Vec<f32>) -> FinalModel {
        FinalModel {
            plan_digest: Digest([9; 32]),
            round: 7,
            standardiser: Standardiser::from_mean_statistics(&[1.0, 0.5, 0.375, 0.0, 0.0, 0.0]).unwrap(),
            weights,
        }
    }

    #[test]
    fn anything_but_the_whole_file_is_refused() {
        let bytes = model(vec![1.0, -2.0]).to_bytes();
        for length in 0..bytes.len() {
            assert!(FinalModel::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
        for extra in [1, 4] {
            let longer = [&bytes[..], &vec![0; extra]].concat();
            assert_eq!(
                FinalModel::from_bytes(&longer),
                Err(ModelFileError::Malformed("length of the weights"))
            );
        }
        let mut other_version = bytes.clone();
        other_version[15] = 2;
        assert_eq!(FinalModel::from_bytes(&other_version), Err(ModelFileError::Malformed("first bytes")));
        let nan = model(vec![f32::NAN]).to_bytes();
        assert_eq!(
            FinalModel::from_bytes(&nan),
            Err(ModelFileError::Malformed("a weight is not a finite number"))
        );
    }

    proptest! {
        #[test]
        fn round_trips(weights in prop::collection::vec(-1e30_f32..1e30, 0..50)) {
            let model = model(weights);
            prop_assert_eq!(FinalModel::from_bytes(&model.to_bytes()), Ok(model));
        }
    }
}
