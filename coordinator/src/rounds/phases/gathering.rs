//! Waiting for owners to be there, then announcing the attempt with those who are. If the roster has changed the group
//! follows it first.

use serde::{Deserialize, Serialize};
use tributary_aggregation::ids::OwnerId;
use tributary_proto::encode;
use tributary_proto::v1::{self, event::Event};

use super::{Advance, Forming, Opening, not_now};
use crate::rounds::base::Attempt;
use crate::rounds::command::Command;
use crate::rounds::facts::{Millis, seconds};
use crate::rounds::rejection::Rejection;
use crate::rounds::turn::{Turn, list};

/// Waiting for owners to be there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gathering {
    at: Attempt,
    since: Millis,
    /// When time alone moves on.
    until: Option<Millis>,
    /// Whether people were told that the study waits.
    said: bool,
}

impl Gathering {
    pub(crate) const fn new(at: Attempt, since: Millis) -> Self {
        Self { at, since, until: None, said: false }
    }

    pub(super) fn accept(&mut self, _: &mut Turn, command: Command) -> Result<(), Rejection> {
        super::check_attempt(&command, self.at)?;
        Err(not_now(&command, "gathering", "wait for the round to be announced"))
    }

    pub(super) fn advance(mut self, turn: &mut Turn) -> Advance {
        if turn.base.roster.has_changed() {
            return Advance::Next(Forming::follow_roster(turn, self.at).into());
        }
        let gather = seconds(turn.base.facts.plan.deadlines.gather_s);
        // An attempt that fails at once must not be repeated as fast as the network allows.
        let pause = (u64::from(self.at.attempt) - 1).min(60) * 1000;
        let (present, absent): (Vec<OwnerId>, Vec<OwnerId>) =
            turn.base.eligible().partition(|owner| !turn.base.is_silent(owner, turn.now));
        let wait = if absent.is_empty() { pause.min(gather) } else { gather };
        self.until = Some(self.since + wait);
        if turn.now < self.since + wait {
            return Advance::Wait(self.into());
        }
        let committee = turn.base.committee_present(turn.now).len();
        let enough = present.len() >= turn.base.min_group() && committee >= turn.base.quorum();
        if enough {
            return Advance::Next(self.announce(turn, present, &absent));
        }
        if !self.said {
            self.said = true;
            turn.log(format!(
                "{} waits: {committee} of the committee's quorum of {} are there; absent: {}",
                self.at,
                turn.base.quorum(),
                list(&absent)
            ));
        }
        Advance::Wait(self.into())
    }

    fn announce(self, turn: &mut Turn, candidates: Vec<OwnerId>, absent: &[OwnerId]) -> super::Phase {
        let names = if absent.is_empty() { String::new() } else { format!("; without {}", list(absent)) };
        turn.log(format!("{} is announced to {} owners{names}", self.at, candidates.len()));
        let epoch = turn.base.committee.as_ref().map_or(0, |committee| committee.epoch);
        turn.tell(Event::RoundAnnounced(v1::RoundAnnounced {
            round: self.at.round,
            attempt: self.at.attempt,
            epoch,
            candidates: encode::owners(&candidates),
        }));
        Opening::new(turn, self.at, candidates).into()
    }

    pub(super) const fn deadline(&self) -> Option<Millis> {
        self.until
    }

    /// After a restart everybody is given time to be heard again.
    pub(super) const fn extend(&mut self, _: Millis) {}

    pub(super) const fn attempt(&self) -> Option<Attempt> {
        Some(self.at)
    }
}
