//! The model and what its optimizer remembers, with the digest that every round is bound to.

use std::fmt;

use thiserror::Error;

use crate::hash::digest;
use crate::ids::Digest;

const MAGIC: [u8; 8] = *b"TRIBMDL1";
const MAGIC_AND_ROUND: usize = MAGIC.len() + 8;

/// A model after some number of rounds. Its numbers are finite and its second moments not negative.
#[derive(Clone, PartialEq)]
pub struct ModelState {
    /// The parameters, in the order of [`crate::study::ModelSpec`].
    pub weights: Vec<f32>,
    /// How many rounds it was stepped: 0 for the initial model.
    pub round: u64,
    /// What an adaptive optimizer remembers; nothing before the first step, and never with `FedAvg`.
    pub moments: Option<Moments>,
}

/// Moving averages of an adaptive optimizer, one number per parameter each.
///
/// `f64`: squares of small updates would leave the normal range of `f32`, and with it what all machines agree on.
#[derive(Clone, PartialEq)]
pub struct Moments {
    /// First moment (m).
    pub first: Vec<f64>,
    /// Second moment (v), never negative.
    pub second: Vec<f64>,
}

/// The members' model does not belong in logs.
impl fmt::Debug for ModelState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelState")
            .field("round", &self.round)
            .field("digest", &self.digest())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Moments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Moments").finish_non_exhaustive()
    }
}

/// Bytes were not a model state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ModelStateError {
    /// The bytes start differently.
    #[error(
        "these bytes are no model state (they don't start with TRIBMDL1): check which artifact was fetched"
    )]
    NotAModelState,
    /// The bytes end too early.
    #[error("model state, field {field}: the bytes end too early; fetch the artifact again")]
    Truncated {
        /// The field that is cut off.
        field: &'static str,
    },
    /// Bytes follow the last field.
    #[error("model state: {count} bytes follow the last field; fetch the artifact again")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// A field holds what no model has.
    #[error("model state, field {field}, element {index}: {reason}")]
    Value {
        /// The field.
        field: &'static str,
        /// Which element.
        index: usize,
        /// What is wrong.
        reason: &'static str,
    },
}

impl ModelState {
    /// SHA-256 (labelled) of [`encode`](Self::encode): weights, round and optimizer state.
    #[must_use]
    pub fn digest(&self) -> Digest {
        digest("model-state", &[&self.encode()])
    }

    /// The state in bytes, little-endian: `TRIBMDL1`, round (u64), weights, number of moment vectors (u8: 0 or 2), first
    /// moment, second moment; each vector preceded by its length (u64).
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let count = self.weights.len();
        let mut out = Vec::with_capacity(MAGIC_AND_ROUND + 9 + 4 * count + self.moments_size());
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&self.round.to_le_bytes());
        out.extend_from_slice(&(count as u64).to_le_bytes());
        out.extend(self.weights.iter().flat_map(|w| w.to_le_bytes()));
        match &self.moments {
            None => out.push(0),
            Some(moments) => {
                out.push(2);
                for vector in [&moments.first, &moments.second] {
                    out.extend_from_slice(&(vector.len() as u64).to_le_bytes());
                    out.extend(vector.iter().flat_map(|x| x.to_le_bytes()));
                }
            }
        }
        out
    }

    fn moments_size(&self) -> usize {
        self.moments.as_ref().map_or(0, |m| 16 + 8 * (m.first.len() + m.second.len()))
    }

    /// Reads what [`encode`](Self::encode) wrote, and nothing else.
    ///
    /// # Errors
    /// If the bytes are not exactly one state of finite numbers; the error names the field.
    pub fn decode(bytes: &[u8]) -> Result<Self, ModelStateError> {
        let mut reader = Reader(bytes);
        if reader.array("magic") != Ok(MAGIC) {
            return Err(ModelStateError::NotAModelState);
        }
        let round = u64::from_le_bytes(reader.array("round")?);
        let weights = reader.vector("weights", f32::from_le_bytes)?;
        finite("weights", weights.iter().map(|w| w.is_finite()))?;
        let moments = match reader.array("moments")? {
            [0u8] => None,
            [2] => {
                let first = reader.vector("first moment", f64::from_le_bytes)?;
                finite("first moment", first.iter().map(|x| x.is_finite()))?;
                let second = reader.vector("second moment", f64::from_le_bytes)?;
                finite("second moment", second.iter().map(|x| x.is_finite()))?;
                require_fit(&weights, &first, &second)?;
                Some(Moments { first, second })
            }
            _ => {
                let reason = "the number of moment vectors must be 0 or 2";
                return Err(ModelStateError::Value { field: "moments", index: 0, reason });
            }
        };
        match reader.0.len() {
            0 => Ok(Self { weights, round, moments }),
            count => Err(ModelStateError::TrailingBytes { count }),
        }
    }
}

fn finite(field: &'static str, mut are_finite: impl Iterator<Item = bool>) -> Result<(), ModelStateError> {
    match are_finite.position(|finite| !finite) {
        Some(index) => Err(ModelStateError::Value { field, index, reason: "is not a finite number" }),
        None => Ok(()),
    }
}

fn require_fit(weights: &[f32], first: &[f64], second: &[f64]) -> Result<(), ModelStateError> {
    for (field, vector) in [("first moment", first), ("second moment", second)] {
        if vector.len() != weights.len() {
            let index = vector.len().min(weights.len());
            return Err(ModelStateError::Value { field, index, reason: "there must be one per weight" });
        }
    }
    match second.iter().position(|&v| v < 0.0) {
        Some(index) => {
            Err(ModelStateError::Value { field: "second moment", index, reason: "must not be negative" })
        }
        None => Ok(()),
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], ModelStateError> {
        let (head, tail) = self.0.split_first_chunk::<N>().ok_or(ModelStateError::Truncated { field })?;
        self.0 = tail;
        Ok(*head)
    }

    fn vector<T, const N: usize>(
        &mut self,
        field: &'static str,
        read: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, ModelStateError> {
        let truncated = ModelStateError::Truncated { field };
        let count = u64::from_le_bytes(self.array(field)?);
        // Nothing is allocated for a length that the bytes don't back.
        let length = usize::try_from(count).ok().and_then(|count| count.checked_mul(N));
        let Some((head, tail)) = length.and_then(|length| self.0.split_at_checked(length)) else {
            return Err(truncated);
        };
        self.0 = tail;
        let (chunks, _) = head.as_chunks::<N>();
        Ok(chunks.iter().map(|chunk| read(*chunk)).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn states() -> impl Strategy<Value = ModelState> {
        let finite = || -1e30f64..1e30;
        (0usize..40).prop_flat_map(move |count| {
            let vector = || prop::collection::vec(finite(), count);
            let moments = prop::option::of((vector(), vector()).prop_map(|(first, second)| Moments {
                first,
                second: second.into_iter().map(f64::abs).collect(),
            }));
            (vector(), any::<u64>(), moments).prop_map(|(weights, round, moments)| ModelState {
                weights: weights.into_iter().map(|w| w as f32).collect(),
                round,
                moments,
            })
        })
    }

    proptest! {
        #[test]
        fn bytes_round_trip_and_no_other_length_is_read(state in states(), cut: prop::sample::Index) {
            let bytes = state.encode();
            prop_assert_eq!(ModelState::decode(&bytes), Ok(state));
            prop_assert!(ModelState::decode(&bytes[..cut.index(bytes.len())]).is_err());
            let mut longer = bytes;
            longer.push(0);
            prop_assert_eq!(ModelState::decode(&longer), Err(ModelStateError::TrailingBytes { count: 1 }));
        }

        #[test]
        fn what_is_read_is_what_would_be_written(state in states(), at: prop::sample::Index, flip in 1u8..) {
            let mut bytes = state.encode();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            if let Ok(read) = ModelState::decode(&bytes) {
                prop_assert_eq!(read.encode(), bytes);
                prop_assert_ne!(read.digest(), state.digest());
            }
        }
    }

    #[test]
    fn numbers_that_no_model_has_are_refused_by_name() {
        let good = ModelState {
            weights: vec![1.0, 2.0],
            round: 3,
            moments: Some(Moments { first: vec![0.0; 2], second: vec![0.0; 2] }),
        };
        let refused = |change: fn(&mut ModelState, &mut Moments)| {
            let mut bad = good.clone();
            let mut moments = bad.moments.take().unwrap();
            change(&mut bad, &mut moments);
            bad.moments = Some(moments);
            match ModelState::decode(&bad.encode()) {
                Err(ModelStateError::Value { field, index, .. }) => (field, index),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(refused(|state, _| state.weights[1] = f32::NAN), ("weights", 1));
        assert_eq!(refused(|_, moments| moments.first[0] = f64::INFINITY), ("first moment", 0));
        assert_eq!(refused(|_, moments| moments.second[1] = -1e-300), ("second moment", 1));
        assert_eq!(refused(|_, moments| moments.first.push(0.0)), ("first moment", 2));
        assert_eq!(refused(|_, moments| moments.second.truncate(1)), ("second moment", 1));
        assert_eq!(ModelState::decode(b"TRIBMDL2"), Err(ModelStateError::NotAModelState));
        assert_eq!(ModelState::decode(b""), Err(ModelStateError::NotAModelState));
        let mut endless = good.encode();
        endless[MAGIC_AND_ROUND..MAGIC_AND_ROUND + 8].fill(0xff);
        assert_eq!(ModelState::decode(&endless), Err(ModelStateError::Truncated { field: "weights" }));
    }

    #[test]
    fn every_part_changes_the_digest() {
        let base = ModelState { weights: vec![1.0, 2.0], round: 3, moments: None };
        let zeros = Moments { first: vec![0.0; 2], second: vec![0.0; 2] };
        let others = [
            ModelState { round: 4, ..base.clone() },
            ModelState { weights: vec![1.0, 2.000_000_2], ..base.clone() },
            ModelState { weights: vec![2.0, 1.0], ..base.clone() },
            ModelState { moments: Some(zeros), ..base.clone() },
        ];
        for other in others {
            assert_ne!(other.digest(), base.digest(), "{other:?}");
        }
    }
}
