//! The owner's side of a study: rows stay here, masked updates leave.
//!
//! [`agent`] drives: it follows the study's events, and [`events`] answers each. [`round`] is what an owner knows of a
//! round, phase by phase, and [`run`] its place in a key generation; both are pure. [`enrol`], [`forming`], [`key`] and
//! [`roster`] are about who takes part, [`report`], [`release`] and [`settle`] the answers in a round; [`spending`] counts what
//! reports tell.

mod agent;
mod enrol;
mod events;
mod forming;
mod heartbeat;
mod key;
pub mod personalise;
mod release;
mod report;
mod roster;
pub mod round;
mod run;
mod settle;
mod spending;

pub use agent::{Agent, AgentConfig, Finished};
