//! The messages of the key generation and their encoding.

use std::fmt;

use super::outcome::Phase;
use super::share::SEALED_LEN;
use crate::committee::codec::{DecodeError, Reader, VERSION};
use crate::committee::commitment::Commitment;
use crate::committee::params::CommitteeParams;
use crate::committee::points::G1_LEN;
use crate::committee::scalar::{SCALAR_LEN, SecretScalar};
use crate::ids::Digest;

const STRUCTURE: &str = "key generation message";

/// A message to all members of one run.
///
/// Encoding: version byte, the run's context (32 bytes), tag, body. Lists have a u32 length; indices are u64; all
/// integers are little-endian. The decoder knows the committee's sizes and refuses every other length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DkgMessage {
    /// The run: binds study, epoch and roster.
    pub context: Digest,
    /// What is said.
    pub body: Body,
}

/// What a member says in each phase.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// The hash of the sender's commitment.
    Commit {
        /// The hash.
        announced: Digest,
    },
    /// The sender's commitment and its shares.
    Deal {
        /// The coefficients of the Feldman commitment, lowest degree first: quorum points of G1.
        coefficients: Vec<[u8; G1_LEN]>,
        /// A sealed share for each member, in index order, the sender's own included.
        shares: Vec<[u8; SEALED_LEN]>,
    },
    /// The dealers whose shares for the sender are false or missing.
    Verdict {
        /// Indices of the dealers, strictly ascending.
        complaints: Vec<u64>,
    },
    /// The sender's answer to complaints: those shares in the clear.
    Justify {
        /// Indices of the complainers, strictly ascending, with their shares as big-endian scalars.
        shares: Vec<(u64, [u8; SCALAR_LEN])>,
    },
}

impl Body {
    /// The phase that the message belongs to.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        match self {
            Self::Commit { .. } => Phase::Commit,
            Self::Deal { .. } => Phase::Deal,
            Self::Verdict { .. } => Phase::Verdict,
            Self::Justify { .. } => Phase::Justify,
        }
    }

    /// Checks lengths, indices, points and scalars; gives the commitment of a deal.
    pub(super) fn check(&self, params: CommitteeParams) -> Result<Option<Commitment>, DecodeError> {
        let length = |field, expected, got| match got == expected {
            true => Ok(()),
            false => Err(DecodeError::Length { field, expected, got }),
        };
        match self {
            Self::Commit { .. } => {}
            Self::Deal { coefficients, shares } => {
                length("dealt commitment", params.quorum(), coefficients.len())?;
                length("dealt shares", params.members(), shares.len())?;
                return Commitment::from_bytes(coefficients, "dealt commitment").map(Some);
            }
            Self::Verdict { complaints } => check_indices(complaints.iter().copied(), params, "complaint")?,
            Self::Justify { shares } => {
                check_indices(shares.iter().map(|(index, _)| *index), params, "justified share index")?;
                for (_, share) in shares {
                    SecretScalar::from_bytes(share, "justified share")?;
                }
            }
        }
        Ok(None)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit { announced } => f.debug_struct("Commit").field("announced", announced).finish(),
            Self::Deal { .. } => f.debug_struct("Deal").finish_non_exhaustive(),
            Self::Verdict { complaints } => {
                f.debug_struct("Verdict").field("complaints", complaints).finish()
            }
            Self::Justify { shares } => {
                let indices: Vec<u64> = shares.iter().map(|(index, _)| *index).collect();
                f.debug_struct("Justify").field("indices", &indices).finish_non_exhaustive()
            }
        }
    }
}

fn check_indices(
    indices: impl Iterator<Item = u64>,
    params: CommitteeParams,
    field: &'static str,
) -> Result<(), DecodeError> {
    let mut last = None;
    for got in indices {
        if !params.contains(got) {
            return Err(DecodeError::Index { field, got, members: params.members() });
        }
        if last.is_some_and(|last| last >= got) {
            return Err(DecodeError::Order { field });
        }
        last = Some(got);
    }
    Ok(())
}

impl DkgMessage {
    /// The encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(self.context.as_ref());
        let count =
            |bytes: &mut Vec<u8>, length: usize| bytes.extend_from_slice(&(length as u32).to_le_bytes());
        match &self.body {
            Body::Commit { announced } => {
                bytes.push(1);
                bytes.extend_from_slice(announced.as_ref());
            }
            Body::Deal { coefficients, shares } => {
                bytes.push(2);
                count(&mut bytes, coefficients.len());
                bytes.extend_from_slice(coefficients.as_flattened());
                count(&mut bytes, shares.len());
                bytes.extend_from_slice(shares.as_flattened());
            }
            Body::Verdict { complaints } => {
                bytes.push(3);
                count(&mut bytes, complaints.len());
                complaints.iter().for_each(|index| bytes.extend_from_slice(&index.to_le_bytes()));
            }
            Body::Justify { shares } => {
                bytes.push(4);
                count(&mut bytes, shares.len());
                for (index, share) in shares {
                    bytes.extend_from_slice(&index.to_le_bytes());
                    bytes.extend_from_slice(share);
                }
            }
        }
        bytes
    }

    /// Reads a message of a committee of these sizes.
    ///
    /// # Errors
    /// Anything but the exact encoding: other lengths, bytes after the end, points outside the group or the identity,
    /// scalars or indices out of range.
    pub fn from_bytes(bytes: &[u8], params: CommitteeParams) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(STRUCTURE, bytes)?;
        let context = Digest(reader.array("key generation context")?);
        let members = params.members();
        let body = match reader.u8("key generation message tag")? {
            1 => Body::Commit { announced: Digest(reader.array("announced commitment")?) },
            2 => {
                let count = reader.count(params.quorum(), "dealt commitment")?;
                let coefficients = reader.arrays(count, "dealt commitment")?;
                let count = reader.count(members, "dealt shares")?;
                Body::Deal { coefficients, shares: reader.arrays(count, "dealt shares")? }
            }
            3 => {
                let count = reader.count(members, "complaints")?;
                let complaints: Result<_, _> = (0..count).map(|_| reader.u64("complaint")).collect();
                Body::Verdict { complaints: complaints? }
            }
            4 => {
                let count = reader.count(members, "justified shares")?;
                let mut shares = Vec::with_capacity(count);
                for _ in 0..count {
                    shares.push((reader.u64("justified share index")?, reader.array("justified share")?));
                }
                Body::Justify { shares }
            }
            got => return Err(DecodeError::Tag { field: STRUCTURE, got }),
        };
        reader.finish()?;
        body.check(params)?;
        Ok(Self { context, body })
    }
}
