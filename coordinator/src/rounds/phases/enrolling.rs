//! Owners enrol: each sends its signature, the relay takes it to the chain, the chain says who is in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_proto::v1::{self, event::Event};

use super::{Advance, Forming, not_now};
use crate::rounds::base::{Attempt, Owner};
use crate::rounds::blob::Blob;
use crate::rounds::command::{Command, Enrol};
use crate::rounds::effect::Errand;
use crate::rounds::facts::Millis;
use crate::rounds::rejection::Rejection;
use crate::rounds::turn::Turn;

/// Owners enrol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Enrolling {
    /// Those who wait for the chain.
    pending: BTreeMap<OwnerId, Pending>,
    /// Those whom the chain refused, and why.
    refused: BTreeMap<OwnerId, String>,
    deadline: Millis,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Pending {
    #[serde(with = "hex")]
    mls_key: [u8; 32],
    key_package: Blob,
}

impl Enrolling {
    /// The contract takes enrolments in the last second too, and the committee only after it.
    pub(crate) fn new(enrol_by: Millis) -> Self {
        Self { pending: BTreeMap::new(), refused: BTreeMap::new(), deadline: enrol_by.saturating_add(1000) }
    }

    /// Why the chain refused an owner, if it did.
    #[must_use]
    pub fn refusal(&self, owner: &OwnerId) -> Option<&str> {
        self.refused.get(owner).map(String::as_str)
    }

    pub(super) fn accept(&mut self, turn: &mut Turn, command: Command) -> Result<(), Rejection> {
        match command {
            Command::Enrol(enrol) => self.enrol(turn, enrol),
            Command::Enrolled { owner, transaction } => {
                self.enrolled(turn, owner, transaction);
                Ok(())
            }
            Command::EnrolRefused { owner, reason } => {
                if self.pending.remove(&owner).is_some() {
                    turn.log(format!("the chain does not enrol {owner}: {reason}"));
                    self.refused.insert(owner, reason);
                }
                Ok(())
            }
            other => Err(not_now(&other, "enrolling", "wait until enrolment is closed")),
        }
    }

    /// Asked again, an owner may bring a new key package, as long as its MLS key is the one that is on chain.
    fn enrol(&mut self, turn: &mut Turn, enrol: Enrol) -> Result<(), Rejection> {
        let Enrol { owner, mls_key, key_package, identity, signature } = enrol;
        if !turn.base.facts.plan.cohort.allows(&owner) {
            return Err(Rejection::NotAllowed(owner));
        }
        if let Some(known) = turn.base.owners.get_mut(&owner) {
            if known.mls_key != mls_key {
                return Err(Rejection::Conflict { what: "MLS key", owner });
            }
            known.key_package = key_package.into();
            return Ok(());
        }
        if let Some(pending) = self.pending.get_mut(&owner) {
            if pending.mls_key != mls_key {
                return Err(Rejection::Conflict { what: "MLS key", owner });
            }
            pending.key_package = key_package.into();
            return Ok(());
        }
        let max = turn.base.facts.plan.cohort.max_owners;
        if turn.base.owners.len() + self.pending.len() >= usize::from(max) {
            return Err(Rejection::Full { max });
        }
        self.refused.remove(&owner);
        self.pending.insert(owner, Pending { mls_key, key_package: key_package.into() });
        turn.relay(Errand::Enrol { owner, identity, signature: signature.into() });
        Ok(())
    }

    fn enrolled(&mut self, turn: &mut Turn, owner: OwnerId, transaction: Option<Digest>) {
        let Some(Pending { mls_key, key_package }) = self.pending.remove(&owner) else { return };
        let heard = turn.now;
        let known = Owner { mls_key, key_package, heard, progress: (0, 0), transaction };
        turn.base.owners.insert(owner, known);
        let cohort = &turn.base.facts.plan.cohort;
        turn.log(format!(
            "{owner} is enrolled ({} of {} to {} owners)",
            turn.base.owners.len(),
            cohort.min_owners,
            cohort.max_owners
        ));
    }

    pub(super) fn advance(self, turn: &mut Turn) -> Advance {
        let cohort = turn.base.facts.plan.cohort.clone();
        let enrolled = turn.base.owners.len();
        let full = enrolled >= usize::from(cohort.max_owners);
        if !full && turn.now < self.deadline {
            return Advance::Wait(self.into());
        }
        if enrolled < usize::from(cohort.min_owners) {
            let needed = cohort.min_owners;
            let reason = format!("only {enrolled} of at least {needed} owners had enrolled by the deadline");
            return Advance::Next(turn.end(reason));
        }
        let owners = turn.base.owners.iter().map(|(owner, known)| v1::Enrolled {
            owner: owner.0.to_vec(),
            key_package: known.key_package.0.clone(),
        });
        let closed = v1::EnrolmentClosed { owners: owners.collect() };
        turn.log(format!("enrolment is closed with {enrolled} owners"));
        turn.tell(Event::EnrolmentClosed(closed));
        Advance::Next(Forming::new(turn).into())
    }

    pub(super) const fn deadline(&self) -> Option<Millis> {
        Some(self.deadline)
    }

    pub(super) const fn extend(&mut self, _: Millis) {}

    pub(super) const fn attempt(&self) -> Option<Attempt> {
        None
    }
}
