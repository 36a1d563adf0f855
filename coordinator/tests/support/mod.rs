//! A whole coordinator on loopback, with a chain in process and owners that a test plays.
#![allow(dead_code, missing_docs, unused_imports, clippy::unwrap_used)]

pub mod changes;
pub mod consents;
pub mod house;
pub mod logs;
pub mod member;
pub mod play;
