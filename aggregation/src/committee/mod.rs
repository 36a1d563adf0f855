//! The committee: the owners who together, and only a quorum of them, hold the key of a study's epoch.
//!
//! [`dkg`] makes the key without a dealer. [`sealed_seed`] encrypts an owner's mask seeds to it. [`release`] is a
//! member's memory and judgement: what may be opened. [`certificate`] is the committee's signature, which the
//! chain can check; [`beacon`] is the message whose signature nobody can predict. [`params`] says how many are
//! enough, and why; [`sample`] draws the members where owners are many.
//!
//! Everything below is the scheme of `threshold_crypto` 0.4 (Feldman commitments, Baek–Zheng threshold encryption, BLS),
//! but for its hash to the curve, which is not RFC 9380's and is never used for a signature ([`hash_to_curve`]). The
//! crate draws polynomials and scalars; points are read, multiplied and paired by `blst`, several times as fast and, with
//! secrets, in constant time. The tests hold its results against the crate's own, byte by byte.

pub mod beacon;
pub mod certificate;
mod codec;
mod commitment;
pub mod dkg;
mod eip2537;
pub mod hash_to_curve;
mod interpolation;
pub mod key;
pub mod params;
mod points;
pub mod quorum;
pub mod release;
pub mod sample;
mod scalar;
pub mod sealed_seed;
#[cfg(test)]
mod testing;

pub use certificate::{Certificate, Certified, SignatureShare};
pub use codec::DecodeError;
pub use dkg::{Dkg, DkgError, DkgMessage, DkgOutcome, Observer};
pub use hash_to_curve::Purpose;
pub use key::{CommitteeKey, CommitteeKeyError, CommitteePublicKey, KeyShare};
pub use params::{CommitteeParams, ParamsError};
pub use points::LayoutError;
pub use quorum::QuorumError;
pub use release::{ApprovedCut, Ledger, OpenedCut, Release, ReleaseRefusal, VerifiedCut};
pub use sealed_seed::{DecryptionShare, Kind, SealContext, SealedSeed};
