//! One step in the making: what phases write their effects to.

use tributary_aggregation::ids::OwnerId;
use tributary_aggregation::transcript::{AbortReason, AbortedAttempt};
use tributary_proto::encode;
use tributary_proto::v1::{self, event::Event};

use super::base::{Attempt, Base};
use super::effect::{Audience, Effect, Errand};
use super::facts::Millis;
use super::phases::{Aborted, Gathering, Phase};

/// Why an attempt is given up.
pub(crate) struct Abort {
    /// For the record.
    pub reason: AbortReason,
    /// For people.
    pub details: String,
    /// Those whose absence ended it, ascending.
    pub absent: Vec<OwnerId>,
    /// Whether a cut was shown, which members may have answered.
    pub dead: bool,
}

/// One step in the making.
pub struct Turn {
    /// What all phases share.
    pub base: Base,
    /// The time.
    pub now: Millis,
    /// What is to be done.
    pub effects: Vec<Effect>,
}

impl Turn {
    pub(crate) fn tell(&mut self, event: Event) {
        self.append(Audience::Everyone, event);
    }

    pub(crate) fn append(&mut self, audience: Audience, event: Event) {
        self.base.events += 1;
        self.effects.push(Effect::Append { seq: self.base.events, audience, event });
    }

    pub(crate) fn relay(&mut self, errand: Errand) {
        self.base.errands += 1;
        self.effects.push(Effect::Relay { number: self.base.errands, errand });
    }

    pub(crate) fn log(&mut self, line: impl Into<String>) {
        self.effects.push(Effect::Log(line.into()));
    }

    /// Ends an attempt loudly. If a cut was shown (`abort.dead`) the round's number is given up; there is no substitute
    /// for the statistics round's, and with it the study ends.
    pub(crate) fn abort(&mut self, at: Attempt, abort: Abort) -> Phase {
        let Abort { reason, details, absent, dead } = abort;
        let names = if absent.is_empty() { String::new() } else { format!("; absent: {}", list(&absent)) };
        self.log(format!("{at} is aborted: {details}{names}"));
        self.effects.push(Effect::DropReports { at });
        self.tell(Event::RoundAborted(v1::RoundAborted {
            round: at.round,
            attempt: at.attempt,
            reason: details.clone(),
            absent: encode::owners(&absent),
        }));
        let record = AbortedAttempt { round: at.round, attempt: at.attempt, reason, details, absent };
        let details = record.details.clone();
        self.base.aborted.push(record);
        if dead {
            return self.bury(at, &details);
        }
        let next = Attempt { round: at.round, attempt: at.attempt.saturating_add(1) };
        Gathering::new(next, self.now).into()
    }

    /// Goes on after a round whose cut was shown and that can't be finished.
    fn bury(&mut self, at: Attempt, details: &str) -> Phase {
        let next = at.round + 1;
        if at.round == 0 {
            return self.end(format!("the statistics can't be gathered: {details}"));
        }
        if next > self.base.facts.round_limit() {
            return self.end(format!("no round number is left after {at}: {details}"));
        }
        self.log(format!(
            "round {} is dead, since its cut was shown: the privacy account counts its updates as revealed, and the work \
             goes on as round {next}",
            at.round
        ));
        Gathering::new(Attempt { round: next, attempt: 1 }, self.now).into()
    }

    /// Ends the study without success, loudly.
    pub(crate) fn end(&mut self, reason: String) -> Phase {
        self.log(format!("the study is aborted: {reason}"));
        self.tell(Event::StudyEnded(v1::StudyEnded { completed: false, reason: reason.clone() }));
        Aborted { reason }.into()
    }
}

/// Owners, for people.
#[must_use]
pub fn list(owners: &[OwnerId]) -> String {
    if owners.is_empty() {
        return "nobody".into();
    }
    owners.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
