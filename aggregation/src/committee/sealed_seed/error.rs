//! What can go wrong with a sealed seed, and whose fault it is.

use thiserror::Error;

use super::{MAX_PAYLOAD, SealContext};
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
    /// The ephemeral key that was drawn is zero.
    #[error("the random generator drew an ephemeral key of zero: it is broken, do not use it")]
    Ephemeral,
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
