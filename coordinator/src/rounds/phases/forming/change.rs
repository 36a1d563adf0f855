//! A group that is there already follows the roster: the roster is sealed, one owner is asked for the commit, and
//! another if it stays silent.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tributary_aggregation::ids::OwnerId;
use tributary_proto::encode;
use tributary_proto::v1::{self, event::Event};

use crate::rounds::facts::{Millis, seconds};
use crate::rounds::phases::enrolling::wire;
use crate::rounds::rejection::Rejection;
use crate::rounds::roster::{Applied, Place};
use crate::rounds::turn::{Turn, list};

/// The fewest owners that a committee's guarantees mean something for.
const FEWEST: usize = 3;

/// How a group follows the roster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Change {
    /// What the seal brought, once the chain has it.
    difference: Option<Difference>,
    /// Who is asked for the commit; nobody while all who could make it are silent.
    committer: Option<OwnerId>,
    /// Those who were asked since the last time that all had been.
    asked: BTreeSet<OwnerId>,
    /// When the next one is asked.
    until: Option<Millis>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Difference {
    /// Ascending.
    added: Vec<OwnerId>,
    /// Ascending; an owner with new keys is in both.
    removed: Vec<OwnerId>,
}

impl Change {
    pub(super) const fn is_sealed(&self) -> bool {
        self.difference.is_some()
    }

    /// The chain's roster is sealed: it is the epoch's from here on.
    ///
    /// # Errors
    /// If too few owners are left.
    pub(super) fn sealed(&mut self, turn: &mut Turn, roster: BTreeMap<OwnerId, Place>) -> Result<(), String> {
        if self.is_sealed() {
            return Ok(());
        }
        let Applied { added, removed } = turn.base.apply_roster(roster);
        let strangers = turn.base.strangers();
        let mut line = format!("the roster is sealed; come: {}; go: {}", list(&added), list(&removed));
        if !strangers.is_empty() {
            let names = list(&strangers);
            line += &format!("; enrolled past this coordinator, without a key package here: {names}");
        }
        turn.log(line);
        self.difference = Some(Difference { added, removed });
        let (left, needed) = (turn.base.owners.len(), turn.base.min_group().max(FEWEST));
        if left < needed {
            return Err(format!("only {left} owners are left and the study needs {needed}"));
        }
        Ok(())
    }

    /// Asks for the commit, if nobody is asked or whoever is takes too long.
    pub(super) fn ask(&mut self, turn: &mut Turn) {
        let Some(difference) = &self.difference else { return };
        let waits = self.until.is_some_and(|until| turn.now < until);
        if self.committer.is_some_and(|asked| waits && !turn.base.is_silent(&asked, turn.now)) {
            return;
        }
        if let Some(slow) = self.committer.take() {
            turn.log(format!("{slow} did not bring the group to the new roster: another is asked"));
        }
        let able: Vec<OwnerId> = turn
            .base
            .eligible()
            .filter(|owner| !difference.added.contains(owner) && !turn.base.is_silent(owner, turn.now))
            .collect();
        let next = able.iter().find(|owner| !self.asked.contains(owner)).or_else(|| {
            self.asked.clear();
            able.first()
        });
        // If nobody is there, whoever is heard next is asked.
        self.until = None;
        let Some(committer) = next.copied() else { return };
        self.committer = Some(committer);
        self.asked.insert(committer);
        self.until = Some(turn.now + seconds(turn.base.facts.plan.deadlines.silence_s));
        let owners = &turn.base.owners;
        let added = difference.added.iter().filter_map(|owner| Some(wire(owner, owners.get(owner)?)));
        let changing = v1::RosterChanging {
            epoch: turn.base.mls_epoch.unwrap_or(0),
            committer: committer.0.to_vec(),
            added: added.collect(),
            removed: encode::owners(&difference.removed),
        };
        turn.tell(Event::RosterChanging(changing));
    }

    /// Whether a commit does what was asked, as far as it can be seen from outside. Members see the rest.
    pub(super) fn check(
        &self,
        turn: &Turn,
        sender: OwnerId,
        commit: &[u8],
        welcome: &[u8],
        added: &BTreeSet<OwnerId>,
    ) -> Result<(), Rejection> {
        let Some(difference) = &self.difference else {
            let hint = "wait until the roster is sealed on the chain";
            return Err(Rejection::NotNow { what: "an MLS commit", phase: "forming", hint });
        };
        if !turn.base.owners.contains_key(&sender) || difference.added.contains(&sender) {
            let reason = "an owner that was in the group before makes it";
            return Err(Rejection::invalid("commit", reason));
        }
        if commit.is_empty() {
            return Err(Rejection::invalid("commit", "may be empty only when the group is created"));
        }
        if welcome.is_empty() != difference.added.is_empty() || !added.iter().eq(&difference.added) {
            let reason = "must be those whom the change of the roster adds, with a welcome for them";
            return Err(Rejection::invalid("commit.added", reason));
        }
        Ok(())
    }

    pub(super) const fn until(&self) -> Option<Millis> {
        self.until
    }

    pub(super) fn extend(&mut self, until: Millis) {
        self.until = self.until.map(|own| own.max(until));
    }
}
