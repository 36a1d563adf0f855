//! The owner's side of a study: rows stay here, masked updates leave.
//!
//! [`agent`] drives: it follows the study's events and answers each. [`round`] is what an owner knows of a round, phase by
//! phase, and pure. [`forming`], [`report`], [`release`] and [`settle`] are the answers.

mod agent;
mod forming;
mod heartbeat;
mod release;
mod report;
pub mod round;
mod settle;

pub use agent::{Agent, AgentConfig, Finished};
