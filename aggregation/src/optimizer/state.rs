//! The model and what its optimizer remembers, with the digest that every round is bound to.

use std::fmt;

use thiserror::Error;

use crate::hash::digest;
use crate::ids::Digest;

const MAGIC: [u8; 8] = *b"TRIBMDL2";
const MAGIC_AND_ROUND: usize = MAGIC.len() + 8;

/// A model after some number of rounds. Its numbers are finite and its second moments not negative.
#[derive(Clone, PartialEq)]
pub struct ModelState {
    /// The parameters, in the order of [`crate::study::LayerSpec`].
    pub weights: Vec<f32>,
    /// How many rounds it was stepped: 0 for the initial model.
    pub round: u64,
    /// What the study's rules remember from round to round.
    pub memory: Memory,
}

/// What a study's rules remember: each part is there only once a rule that has it has made a step.
///
/// `f64`: squares of small updates would leave the normal range of `f32`, and with it what all machines agree on.
#[derive(Clone, Default, PartialEq)]
pub struct Memory {
    /// First moment (m), one per parameter.
    pub first: Option<Vec<f64>>,
    /// Second moment (v), one per parameter, never negative.
    pub second: Option<Vec<f64>>,
    /// SCAFFOLD: where the owners' gradients point (c), one per parameter.
    pub control: Option<Vec<f64>>,
    /// SCAFFOLD: the most rows that any round's sums had together.
    pub most_rows: Option<u64>,
    /// A clip that follows the updates: where it is, above 0.
    pub clip: Option<f64>,
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

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

/// The parts of a [`Memory`], by the byte that each begins with. Names are those that errors have.
mod part {
    pub(super) const FIRST: (u8, &str) = (1, "first moment");
    pub(super) const SECOND: (u8, &str) = (2, "second moment");
    pub(super) const CONTROL: (u8, &str) = (3, "control variate");
    pub(super) const MOST_ROWS: (u8, &str) = (4, "most rows");
    pub(super) const CLIP: (u8, &str) = (5, "clip");
}

/// Bytes were not a model state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ModelStateError {
    /// The bytes start differently.
    #[error(
        "these bytes are no model state (they don't start with TRIBMDL2): check which artifact was fetched"
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

    /// The state in bytes, little-endian: `TRIBMDL2`, round (u64), weights (f32), number of parts of the memory (u8), then
    /// the parts, each with its number (u8) and strictly ascending by it: 1 the first moment, 2 the second, 3 the control
    /// variate (f64 each), 4 the most rows (u64), 5 the clip (f64). Each vector is preceded by its length (u64).
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let memory = &self.memory;
        let vectors =
            [(part::FIRST, &memory.first), (part::SECOND, &memory.second), (part::CONTROL, &memory.control)];
        let vectors: Vec<_> =
            vectors.iter().filter_map(|(part, vector)| Some((part.0, vector.as_ref()?))).collect();
        let numbers = [(part::MOST_ROWS, memory.most_rows), (part::CLIP, memory.clip.map(f64::to_bits))];
        let numbers: Vec<_> =
            numbers.iter().filter_map(|(part, number)| Some((part.0, (*number)?))).collect();
        let size: usize = vectors.iter().map(|(_, vector)| 9 + 8 * vector.len()).sum();
        let size = size + 9 * numbers.len() + 4 * self.weights.len();
        let mut out = Vec::with_capacity(MAGIC_AND_ROUND + 9 + size);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&self.round.to_le_bytes());
        out.extend_from_slice(&(self.weights.len() as u64).to_le_bytes());
        out.extend(self.weights.iter().flat_map(|w| w.to_le_bytes()));
        out.push((vectors.len() + numbers.len()) as u8);
        for (part, vector) in vectors {
            out.push(part);
            out.extend_from_slice(&(vector.len() as u64).to_le_bytes());
            out.extend(vector.iter().flat_map(|x| x.to_le_bytes()));
        }
        for (part, number) in numbers {
            out.push(part);
            out.extend_from_slice(&number.to_le_bytes());
        }
        out
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
        let memory = reader.memory(weights.len())?;
        match reader.0.len() {
            0 => Ok(Self { weights, round, memory }),
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

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], ModelStateError> {
        let (head, tail) = self.0.split_first_chunk::<N>().ok_or(ModelStateError::Truncated { field })?;
        self.0 = tail;
        Ok(*head)
    }

    /// What is remembered of a model of `weights` parameters.
    fn memory(&mut self, weights: usize) -> Result<Memory, ModelStateError> {
        let [parts] = self.array("memory")?;
        let mut memory = Memory::default();
        let mut last = 0;
        for index in 0..usize::from(parts) {
            let [number] = self.array("memory")?;
            if number <= last {
                let reason = "the parts must be strictly ascending";
                return Err(ModelStateError::Value { field: "memory", index, reason });
            }
            last = number;
            match number {
                1 => memory.first = Some(self.per_weight(part::FIRST.1, weights)?),
                2 => {
                    let second = self.per_weight(part::SECOND.1, weights)?;
                    if let Some(index) = second.iter().position(|&v| v < 0.0) {
                        let (field, reason) = (part::SECOND.1, "must not be negative");
                        return Err(ModelStateError::Value { field, index, reason });
                    }
                    memory.second = Some(second);
                }
                3 => memory.control = Some(self.per_weight(part::CONTROL.1, weights)?),
                4 => memory.most_rows = Some(u64::from_le_bytes(self.array(part::MOST_ROWS.1)?)),
                5 => {
                    let clip = f64::from_le_bytes(self.array(part::CLIP.1)?);
                    if !(clip.is_finite() && clip > 0.0) {
                        let (field, reason) = (part::CLIP.1, "must be a finite number above 0");
                        return Err(ModelStateError::Value { field, index: 0, reason });
                    }
                    memory.clip = Some(clip);
                }
                _ => {
                    let reason = "this program knows no such part: it was made by another version";
                    return Err(ModelStateError::Value { field: "memory", index, reason });
                }
            }
        }
        Ok(memory)
    }

    /// A finite number for each weight.
    fn per_weight(&mut self, field: &'static str, weights: usize) -> Result<Vec<f64>, ModelStateError> {
        let vector = self.vector(field, f64::from_le_bytes)?;
        finite(field, vector.iter().map(|x| x.is_finite()))?;
        if vector.len() != weights {
            let index = vector.len().min(weights);
            return Err(ModelStateError::Value { field, index, reason: "there must be one per weight" });
        }
        Ok(vector)
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
            let part = || prop::option::of(vector());
            let clip = prop::option::of(1e-30f64..1e30);
            let memory = (part(), part(), part(), any::<Option<u64>>(), clip);
            let memory = memory.prop_map(|(first, second, control, most_rows, clip)| Memory {
                first,
                second: second.map(|v| v.into_iter().map(f64::abs).collect()),
                control,
                most_rows,
                clip,
            });
            (vector(), any::<u64>(), memory).prop_map(|(weights, round, memory)| ModelState {
                weights: weights.into_iter().map(|w| w as f32).collect(),
                round,
                memory,
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

    fn zeros_of(count: usize) -> Memory {
        Memory { first: Some(vec![0.0; count]), second: Some(vec![0.0; count]), ..Memory::default() }
    }

    fn zeros() -> Memory {
        zeros_of(2)
    }

    #[test]
    fn numbers_that_no_model_has_are_refused_by_name() {
        let good = ModelState { weights: vec![1.0, 2.0], round: 3, memory: zeros() };
        let refused = |change: fn(&mut ModelState)| {
            let mut bad = good.clone();
            change(&mut bad);
            match ModelState::decode(&bad.encode()) {
                Err(ModelStateError::Value { field, index, .. }) => (field, index),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(refused(|state| state.weights[1] = f32::NAN), ("weights", 1));
        assert_eq!(refused(|state| state.memory.first = Some(vec![f64::INFINITY, 0.0])), ("first moment", 0));
        assert_eq!(refused(|state| state.memory.second = Some(vec![0.0, -1e-300])), ("second moment", 1));
        assert_eq!(refused(|state| state.memory.first = Some(vec![0.0; 3])), ("first moment", 2));
        assert_eq!(refused(|state| state.memory.second = Some(vec![0.0])), ("second moment", 1));
        assert_eq!(refused(|state| state.memory.control = Some(vec![f64::NAN; 2])), ("control variate", 0));
        assert_eq!(refused(|state| state.memory.clip = Some(f64::NAN)), ("clip", 0));
        assert_eq!(refused(|state| state.memory.clip = Some(0.0)), ("clip", 0));
        assert_eq!(ModelState::decode(b"TRIBMDL1"), Err(ModelStateError::NotAModelState));
        assert_eq!(ModelState::decode(b""), Err(ModelStateError::NotAModelState));
        let mut endless = good.encode();
        endless[MAGIC_AND_ROUND..MAGIC_AND_ROUND + 8].fill(0xff);
        assert_eq!(ModelState::decode(&endless), Err(ModelStateError::Truncated { field: "weights" }));
    }

    #[test]
    fn parts_stand_once_and_in_order_and_are_known() {
        let bytes = ModelState { weights: vec![], round: 3, memory: zeros_of(0) }.encode();
        let at = MAGIC_AND_ROUND + 8;
        assert_eq!(bytes[at..], [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
        for (first, second) in [(2, 1), (1, 1), (0, 1), (1, 200)] {
            let mut bad = bytes.clone();
            (bad[at + 1], bad[at + 10]) = (first, second);
            assert!(matches!(ModelState::decode(&bad), Err(ModelStateError::Value { field: "memory", .. })));
        }
    }

    #[test]
    fn every_part_changes_the_digest() {
        let base = ModelState { weights: vec![1.0, 2.0], round: 3, memory: Memory::default() };
        let others = [
            ModelState { round: 4, ..base.clone() },
            ModelState { weights: vec![1.0, 2.000_000_2], ..base.clone() },
            ModelState { weights: vec![2.0, 1.0], ..base.clone() },
            ModelState { memory: Memory { second: None, ..zeros() }, ..base.clone() },
            ModelState { memory: Memory { first: None, ..zeros() }, ..base.clone() },
            ModelState { memory: zeros(), ..base.clone() },
            ModelState { memory: Memory { control: zeros().first, ..Memory::default() }, ..base.clone() },
            ModelState { memory: Memory { most_rows: Some(0), ..Memory::default() }, ..base.clone() },
            ModelState { memory: Memory { most_rows: Some(1), ..Memory::default() }, ..base.clone() },
        ];
        for (index, other) in others.iter().enumerate() {
            assert!(
                others[..index].iter().chain([&base]).all(|seen| seen.digest() != other.digest()),
                "{other:?}"
            );
        }
    }
}
