//! What can go wrong with a sealed seed, and whose fault it is.

use thiserror::Error;

use super::{MAX_PAYLOAD, SealContext};
use crate::committee::codec::DecodeError;
use crate::committee::hash_to_curve::HashToCurveError;
use crate::committee::points::LayoutError;
use crate::committee::quorum::QuorumError;

/// A seed could not be sealed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SealError {
    /// Too long.
    #[error("the payload has {got} bytes and at most {MAX_PAYLOAD} can be sealed")]
    Payload {
        /// Its length.
        got: usize,
    },
    /// `threshold_crypto` changed its encodings.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// `threshold_crypto` changed how it draws its ephemeral key.
    #[error("threshold_crypto did not draw its ephemeral key first: pin threshold_crypto 0.4.0")]
    Ephemeral,
    /// The encoding was not read back.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The hash to the curve failed.
    #[error(transparent)]
    Hash(#[from] HashToCurveError),
    /// The AEAD refused.
    #[error("AES-GCM could not seal the payload")]
    Aead,
}

/// A member cannot give its share.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ShareError {
    /// Not a ciphertext that its owner made for this.
    #[error("the sealed seed is not valid for {context:?}: its owner must seal and sign again")]
    Invalid {
        /// What it was said to be for.
        context: SealContext,
    },
    /// A point that `blst` has read is none to `threshold_crypto`.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// A sealed seed could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OpenError {
    /// Not enough right shares; says who lied.
    #[error(transparent)]
    Quorum(#[from] QuorumError),
    /// Not a ciphertext that its owner made for this.
    #[error("the sealed seed is not valid for {context:?}: its owner is at fault")]
    Invalid {
        /// What it was said to be for.
        context: SealContext,
    },
    /// The key is the one that its owner committed to, but the payload does not open with it.
    #[error("the payload of the sealed seed does not open for {context:?}: its owner is at fault")]
    Payload {
        /// What it was said to be for.
        context: SealContext,
    },
}
