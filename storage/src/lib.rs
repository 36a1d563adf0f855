//! Content-addressed artifacts: model checkpoints, sealed sums, transcripts.
//!
//! An artifact's name is its content: an [`ArtifactId`] is the SHA-256 of the bytes, written as a CIDv1. So whoever
//! holds an id (from the chain, from a transcript) needs to trust no store: every read is verified, and a store that
//! returns anything else is caught with [`StorageError::Corrupt`].
//!
//! [`ArtifactStore`] is what the rest of the project talks to; [`LocalStore`] keeps artifacts in a directory.

#![deny(missing_docs)]

mod error;
mod id;
mod local;
mod reader;
mod store;

pub use error::StorageError;
pub use id::{ArtifactHasher, ArtifactId};
pub use local::LocalStore;
pub use reader::VerifiedReader;
pub use store::ArtifactStore;
