//! The study ended without success.

use serde::{Deserialize, Serialize};

use super::{Advance, not_now};
use crate::rounds::base::Attempt;
use crate::rounds::command::Command;
use crate::rounds::facts::Millis;
use crate::rounds::rejection::Rejection;
use crate::rounds::turn::Turn;

/// The study ended without success.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Aborted {
    /// Why.
    pub reason: String,
}

impl Aborted {
    pub(super) fn accept(&mut self, _: &mut Turn, command: Command) -> Result<(), Rejection> {
        Err(not_now(&command, "aborted", "the study has ended"))
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
