//! The public record of one settled round: what every member checks before it signs the settlement, and what every
//! auditor checks afterwards.
//!
//! It travels as JSON; its digest, SHA-256 of exactly those bytes, is part of the settlement on chain. Everything in it is
//! public: digests, addresses, certificates, utilities and amounts, never an update, a weight or a sum in the clear.
//!
//! [`RoundTranscript`] is unverified. [`verify`] gives a [`VerifiedTranscript`] or the first line that does not agree;
//! [`build`] makes one and has it verified like any other.

mod build;
mod check;
mod groups;
mod hex;
mod record;
mod settlement;
#[cfg(test)]
mod tests;
mod verify;

pub use build::{BuildError, RoundParts, build};
pub use check::{CheckedLine, Disagreement};
pub use hex::HexBytes;
pub use record::{
    AbortReason, AbortedAttempt, GroupRecord, Offline, OfflineReason, Online, RoundTranscript,
    TRANSCRIPT_VERSION,
};
pub use settlement::SettlementFields;
pub use verify::{GroupView, MemberView, PublicView, Standing, VerifiedTranscript, verify};
