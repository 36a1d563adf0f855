//! A study's life as a state machine. Pure: no input or output, no clock, no randomness.
//!
//! [`step()`](step()) takes a [`Study`], a [`Command`] (what has befallen it) and the time, and returns the study after it with the
//! [`Effect`]s that are to be committed together with it, or the [`Rejection`] that the sender gets. A [`Study`] is what
//! all phases share ([`Base`]) and one [`Phase`], which has a file of its own in [`phases`].
//!
//! ```text
//! enrolling → forming ⇄ gathering → opening → joining → reporting → unmasking → evaluating → settling → closed
//!                          ↑  └───────────┴────────┴─────────┴───────────┴────────────┴──────────┘        aborted
//!                          └── a round that can't go on is aborted loudly and tried again
//! ```
//!
//! # Owners come and go
//!
//! What owners ask for goes to the chain when it comes, in any phase ([`roster`]). What the chain has confirmed is applied
//! between two attempts: gathering gives way to forming, where the roster is sealed, the group follows it by one commit,
//! and a new committee is made and registered. Then the attempt that was due goes on.
//!
//! # Rounds, attempts, and dead rounds
//!
//! An attempt that fails before a cut was shown to the committee is repeated as the next attempt at the same round. Once
//! a cut was shown, members may have answered it, and they never answer a second cut of that (epoch, round, group). So
//! when such an attempt fails the *round is dead*: its number is given up and the work goes on under the next number, in
//! attempt 1. The plan's `rounds` counts settled training rounds; the numbers that the chain accepts leave room for dead
//! ones (a launch takes `StudyPlan::round_limit`). The statistics round has the fixed number 0 and no substitute:
//! it never gives up its cut, but waits for its members until the study's own deadline.

pub mod base;
pub mod blob;
pub mod command;
pub mod committee;
pub mod cut;
pub mod effect;
pub mod facts;
pub mod headers;
pub mod phases;
pub mod progress;
pub mod rejection;
pub mod roster;
pub mod settlement;
pub mod step;
pub mod turn;

pub use base::{Attempt, Base};
pub use blob::Blob;
pub use command::Command;
pub use effect::{Audience, Effect, Errand};
pub use facts::{Facts, Millis};
pub use phases::Phase;
pub use rejection::Rejection;
pub use step::{Step, Study, step};

#[cfg(test)]
mod tests;
