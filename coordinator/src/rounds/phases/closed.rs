//! All rounds of the study are settled.

use serde::{Deserialize, Serialize};

use super::{Advance, not_now};
use crate::rounds::base::Attempt;
use crate::rounds::command::Command;
use crate::rounds::facts::Millis;
use crate::rounds::rejection::Rejection;
use crate::rounds::turn::Turn;

/// All rounds of the study are settled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Closed {
    /// The last round's number.
    pub last_round: u64,
}

impl Closed {
    pub(super) fn accept(&mut self, _: &mut Turn, command: Command) -> Result<(), Rejection> {
        Err(not_now(&command, "closed", "all rounds are settled"))
    }

    pub(super) fn advance(self, _: &mut Turn) -> Advance {
        Advance::Wait(self.into())
    }

    pub(super) const fn deadline(&self) -> Option<Millis> {
        None
    }

    pub(super) const fn extend(&mut self, _: Millis) {}

    pub(super) const fn attempt(&self) -> Option<Attempt> {
        None
    }
}
