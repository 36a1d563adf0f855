//! A coordinator that lies, and members who do not fall for it.
//!
//! Everything is real: a chain in process with the contracts on it, a coordinator, a researcher and owners with MLS, vaults
//! and libtorch. Between the members and the coordinator stands [`middle::Middle`], which tells each of them what the test
//! likes and writes down all that they say. A test is one attack: it asserts what honest members refuse, by its reason, and
//! that nothing they should have kept has left them.
#![allow(clippy::unwrap_used, missing_docs)]

mod actor;
mod attacks;
mod heard;
mod house;
mod middle;
mod puppeteer;
mod scene;
mod services;
mod thief;
