//! Proposals of token holders, as files that they pass on to each other.

pub mod proposal_file;
mod spending;

pub use spending::spending;
