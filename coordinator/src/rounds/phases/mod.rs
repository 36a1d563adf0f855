//! The phases of a study: one type and one file each.
//!
//! A phase takes in what is said to it ([`Phase::accept`], which changes nothing but its own notes or refuses) and
//! then looks where that, or the time, leads ([`Phase::advance`], which consumes the phase).

mod aborted;
mod beacon;
mod closed;
mod enrolling;
mod evaluating;
mod forming;
mod gathering;
mod joining;
mod opening;
mod reporting;
mod settling;
mod unmasking;

use serde::{Deserialize, Serialize};

pub use aborted::Aborted;
pub use closed::Closed;
pub use enrolling::Enrolling;
pub use evaluating::Evaluating;
pub use forming::Forming;
pub(crate) use forming::fingerprint;
pub use gathering::Gathering;
pub use joining::Joining;
pub use opening::Opening;
pub use reporting::{Reporting, RosteredGroup};
pub use settling::Settling;
pub use unmasking::{OpenFailure, OpenedGroup, Unmasking};

use super::base::Attempt;
use super::command::Command;
use super::facts::Millis;
use super::rejection::Rejection;
use super::turn::Turn;

/// Where a look at a phase led.
pub enum Advance {
    /// Nowhere yet.
    Wait(Phase),
    /// Here; look again.
    Next(Phase),
}

macro_rules! phases {
    ($($(#[$doc:meta])* $name:ident, $text:literal;)*) => {
        /// Where a study is in its life.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Phase {
            $($(#[$doc])* $name($name),)*
        }

        $(impl From<$name> for Phase {
            fn from(phase: $name) -> Self {
                Self::$name(phase)
            }
        })*

        impl Phase {
            /// The phase's name.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $text,)*
                }
            }

            /// Takes in what was said.
            ///
            /// # Errors
            /// If it is refused.
            pub fn accept(&mut self, turn: &mut Turn, command: Command) -> Result<(), Rejection> {
                match self {
                    $(Self::$name(phase) => phase.accept(turn, command),)*
                }
            }

            /// Looks where what was said, or the time, leads.
            pub fn advance(self, turn: &mut Turn) -> Advance {
                match self {
                    $(Self::$name(phase) => phase.advance(turn),)*
                }
            }

            /// When time alone moves the phase.
            #[must_use]
            pub fn deadline(&self) -> Option<Millis> {
                match self {
                    $(Self::$name(phase) => phase.deadline(),)*
                }
            }

            /// Moves the deadline to no earlier than this.
            pub(crate) fn extend(&mut self, until: Millis) {
                match self {
                    $(Self::$name(phase) => phase.extend(until),)*
                }
            }

            /// The attempt that the phase belongs to.
            #[must_use]
            pub fn attempt(&self) -> Option<Attempt> {
                match self {
                    $(Self::$name(phase) => phase.attempt(),)*
                }
            }
        }
    };
}

phases! {
    /// Owners enrol on chain.
    Enrolling, "enrolling";
    /// The MLS group forms or follows the roster, the committee's key is made and registered.
    Forming, "forming";
    /// Waiting for owners to be there for the next attempt.
    Gathering, "gathering";
    /// The committee signs the beacon.
    Opening, "opening";
    /// Owners join their groups.
    Joining, "joining";
    /// Owners train and report.
    Reporting, "training";
    /// The committee releases seeds, masks are removed.
    Unmasking, "unmasking";
    /// Members evaluate the coalitions' models.
    Evaluating, "scoring";
    /// The committee signs the settlement, the chain takes it.
    Settling, "settling";
    /// All rounds are settled.
    Closed, "closed";
    /// The study ended without success.
    Aborted, "aborted";
}

impl Phase {
    /// Whether the study has ended.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        matches!(self, Self::Closed(_) | Self::Aborted(_))
    }

    /// The place within an attempt.
    const fn rank(&self) -> u8 {
        match self {
            Self::Opening(_) => 1,
            Self::Joining(_) => 2,
            Self::Reporting(_) => 3,
            Self::Unmasking(_) => 4,
            Self::Evaluating(_) => 5,
            Self::Settling(_) => 6,
            _ => 0,
        }
    }

    /// Whether the command is one of several that a quorum sends, and the quorum was reached without it.
    pub(crate) fn needs_no(&self, command: &Command) -> bool {
        let rank = match command {
            Command::BeaconShare { .. } => 1,
            Command::GraphShare { .. } => 3,
            Command::Release { .. } => 4,
            Command::Evaluation { .. } => 5,
            Command::SettlementShare { .. } => 6,
            _ => return false,
        };
        self.attempt().is_some() && self.attempt() == command.attempt() && rank < self.rank()
    }
}

/// The refusal of what a phase has no use for.
fn not_now(command: &Command, phase: &'static str, hint: &'static str) -> Rejection {
    Rejection::NotNow { what: command.name(), phase, hint }
}

/// Refuses what belongs to another attempt.
fn check_attempt(command: &Command, now: Attempt) -> Result<(), Rejection> {
    match command.attempt() {
        Some(got) if got != now => Err(Rejection::OtherAttempt { what: command.name(), got, now }),
        _ => Ok(()),
    }
}
