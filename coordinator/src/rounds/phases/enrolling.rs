//! Owners enrol: each sends its signature, the relay takes it to the chain, the chain says who is in. Enrolment ends
//! when the roster is sealed there.

use serde::{Deserialize, Serialize};
use tributary_proto::v1::{self, event::Event};

use super::{Advance, Forming, Phase, not_now};
use crate::rounds::base::{Attempt, Owner};
use crate::rounds::command::Command;
use crate::rounds::facts::{Millis, seconds};
use crate::rounds::rejection::Rejection;
use crate::rounds::roster::{self, Gate};
use crate::rounds::turn::{Turn, list};

/// Owners enrol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Enrolling {
    stage: Stage,
    deadline: Millis,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    /// Owners come.
    Open,
    /// The relay has the roster sealed.
    Sealing,
    /// It is sealed. Those who enrolled past this coordinator are waited for: the group needs their keys.
    Sealed,
    /// The chain will not seal it.
    Refused(String),
}

impl Enrolling {
    /// The contract takes enrolments in the last second too, and the seal only after it.
    pub(crate) const fn new(enrol_by: Millis) -> Self {
        Self { stage: Stage::Open, deadline: enrol_by.saturating_add(1000) }
    }

    pub(super) fn accept(&mut self, turn: &mut Turn, command: Command) -> Result<(), Rejection> {
        match command {
            Command::Sealed { roster } if self.stage == Stage::Sealing => {
                turn.base.apply_roster(roster);
                self.stage = Stage::Sealed;
                self.deadline = turn.now + seconds(turn.base.facts.plan.deadlines.committee_s);
                Ok(())
            }
            Command::SealRefused { reason } if self.stage == Stage::Sealing => {
                self.stage = Stage::Refused(reason);
                Ok(())
            }
            other => Err(not_now(&other, "enrolling", "wait until enrolment is closed")),
        }
    }

    pub(super) fn advance(self, turn: &mut Turn) -> Advance {
        match &self.stage {
            Stage::Open => self.enrol(turn),
            Stage::Sealing => Advance::Wait(self.into()),
            Stage::Sealed => self.close(turn),
            Stage::Refused(reason) => {
                Advance::Next(turn.end(format!("the chain does not close enrolment: {reason}")))
            }
        }
    }

    fn enrol(mut self, turn: &mut Turn) -> Advance {
        let cohort = &turn.base.facts.plan.cohort;
        let enrolled = turn.base.owners.len();
        let full = enrolled >= usize::from(cohort.max_owners);
        // Anybody may seal a roster that is full or late enough.
        let sealed = turn.base.roster.gate() == Gate::Sealed;
        if !full && !sealed && turn.now < self.deadline {
            return Advance::Wait(self.into());
        }
        if !sealed && enrolled < usize::from(cohort.min_owners) {
            let needed = cohort.min_owners;
            let reason = format!("only {enrolled} of at least {needed} owners had enrolled by the deadline");
            return Advance::Next(turn.end(reason));
        }
        roster::seal(turn);
        self.stage = Stage::Sealing;
        Advance::Wait(self.into())
    }

    fn close(self, turn: &mut Turn) -> Advance {
        turn.base.admit_waiting();
        let strangers = turn.base.strangers();
        if strangers.is_empty() {
            return Advance::Next(form(turn));
        }
        if turn.now < self.deadline {
            return Advance::Wait(self.into());
        }
        let names = list(&strangers);
        let reason = format!("enrolled on the chain, but did not hand their key packages in here: {names}");
        Advance::Next(turn.end(reason))
    }

    pub(super) fn deadline(&self) -> Option<Millis> {
        (self.stage != Stage::Sealing).then_some(self.deadline)
    }

    pub(super) fn extend(&mut self, until: Millis) {
        if self.stage == Stage::Sealed {
            self.deadline = self.deadline.max(until);
        }
    }

    pub(super) const fn attempt(&self) -> Option<Attempt> {
        None
    }
}

fn form(turn: &mut Turn) -> Phase {
    let owners = turn.base.owners.iter().map(|(owner, known)| wire(owner, known));
    let closed = v1::EnrolmentClosed { owners: owners.collect() };
    turn.log(format!("enrolment is closed with {} owners", closed.owners.len()));
    turn.tell(Event::EnrolmentClosed(closed));
    Forming::creation(turn).into()
}

/// An owner with its key package, as it travels.
pub(super) fn wire(owner: &tributary_aggregation::ids::OwnerId, known: &Owner) -> v1::Enrolled {
    v1::Enrolled { owner: owner.0.to_vec(), key_package: known.key_package.0.clone() }
}
