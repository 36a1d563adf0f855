//! The contracts, from Rust: wallets, signatures, typed calls, events and decoded reverts.
//!
//! This crate alone knows `ethers`. What it shows are plain arrays: an address is `[u8; 20]`, a word or digest
//! `[u8; 32]`, an amount a `u128` in the token's smallest unit, a time `u64` seconds since the Unix epoch.
//!
//! - [`ChainClient`] speaks JSON-RPC over HTTP to a node; [`Wallet`] holds a key and signs.
//! - [`Deployment`] says where the contracts are; [`Token`] and [`Escrow`] call them.
//! - [`ContractEvent`] is a log of any of the contracts, by its ABI.
//! - [`Chain`] is the little the coordinator's relay needs, with helpers that may be called again after a crash.
//! - [`typed_data`], [`merkle`] and [`bls`] are pure: digests, payout trees and point encodings.

mod abi;
pub mod bls;
mod chain;
mod client;
mod consents;
mod datasets;
mod deployment;
mod enums;
mod error;
mod escrow;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod governance;
mod handle;
mod keystore;
mod logs;
pub mod market;
pub mod merkle;
mod registry;
mod relay;
mod revert;
mod settlement;
mod study;
mod token;
mod transport;
pub mod typed_data;
mod values;
mod wallet;

pub use chain::{Chain, Outcome};
pub use client::{ChainClient, Receipt};
pub use consents::Consents;
pub use datasets::{
    Consent, Consented, DatasetEvent, DatasetLogged, DatasetRelay, Datasets, Erasure, GrantStatus, Listed,
    Listing, Purpose, Revocation,
};
pub use deployment::{Deployment, Step, Terms};
pub use error::ChainError;
pub use escrow::{Escrow, Event, Logged};
pub use keystore::{KeystoreCost, KeystoreError};
pub use logs::{ContractEvent, Contracts, Header, LogError, LogRange, LogsError, Named};
pub use registry::event_inputs;
pub use relay::Relay;
pub use revert::Revert;
pub use study::{
    Claim, Committee, CommitteeRegistration, ConsentState, Departure, Enrolled, Enrolment, Launch, Removal,
    RosterStatus, Seal, Settlement, Standing, Study, StudyStatus,
};
pub use token::Token;
pub use values::{Value, decimal_word};
pub use wallet::{Wallet, WalletError};

/// What the chain knows a scoring rule by: the Keccak-256 digest of its name.
#[must_use]
pub fn scoring_rule(name: &str) -> Word {
    keccak256(name.as_bytes())
}

/// An Ethereum address.
pub type Address = [u8; 20];
/// A 32-byte word: a digest, a study's id, a Merkle root.
pub type Word = [u8; 32];

/// Keccak-256, as the EVM has it.
#[must_use]
pub fn keccak256(bytes: &[u8]) -> Word {
    ethers::utils::keccak256(bytes)
}
