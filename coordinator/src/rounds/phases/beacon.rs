//! Shares of a beacon, until a quorum of the committee gave right ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_aggregation::committee::{Certificate, Purpose, SignatureShare};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::transcript::AbortReason;

use super::opening::{Combined, combine, tell_on};
use crate::rounds::base::Attempt;
use crate::rounds::blob::Blob;
use crate::rounds::facts::{Millis, seconds};
use crate::rounds::rejection::Rejection;
use crate::rounds::turn::{Abort, Turn};

/// A beacon in the making.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Beacon {
    of: Of,
    /// What is signed.
    message: Digest,
    shares: BTreeMap<OwnerId, Blob>,
    /// Members whose shares were wrong.
    liars: Vec<OwnerId>,
    deadline: Millis,
}

/// What is drawn by it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Of {
    Groups,
    MaskGraphs,
}

impl Of {
    const fn name(self) -> &'static str {
        match self {
            Self::Groups => "the beacon",
            Self::MaskGraphs => "the mask graphs' beacon",
        }
    }

    const fn share(self) -> &'static str {
        match self {
            Self::Groups => "share of the beacon",
            Self::MaskGraphs => "share of the mask graphs' beacon",
        }
    }
}

/// Where a beacon stands.
pub(super) enum Look {
    /// A quorum signed.
    Drawn(Certificate),
    /// Members are waited for.
    Wait,
    /// It is too late, or too few are there.
    Missed(Abort),
}

impl Beacon {
    pub(super) fn new(turn: &Turn, of: Of, message: Digest) -> Self {
        let deadline = turn.now + seconds(turn.base.facts.plan.deadlines.join_s);
        Self { of, message, shares: BTreeMap::new(), liars: Vec::new(), deadline }
    }

    pub(super) fn accept(&mut self, turn: &Turn, owner: OwnerId, share: Vec<u8>) -> Result<(), Rejection> {
        let committee = turn.base.committee.as_ref().ok_or(Rejection::NotInCommittee(owner))?;
        committee.index(&owner).ok_or(Rejection::NotInCommittee(owner))?;
        SignatureShare::from_bytes(&share).map_err(|error| Rejection::invalid("share", error))?;
        let share = Blob(share);
        if self.liars.contains(&owner) || self.shares.get(&owner).is_some_and(|before| *before != share) {
            return Err(Rejection::Conflict { what: self.of.share(), owner });
        }
        self.shares.insert(owner, share);
        Ok(())
    }

    pub(super) fn look(&mut self, turn: &mut Turn, at: Attempt) -> Look {
        while self.shares.len() >= turn.base.quorum() {
            match combine(turn, Purpose::Beacon, &self.message, &self.shares) {
                Ok(Combined { certificate, liars }) => {
                    tell_on(turn, at, self.of.name(), &liars);
                    return Look::Drawn(certificate);
                }
                Err(liars) if liars.is_empty() => break,
                Err(liars) => {
                    tell_on(turn, at, self.of.name(), &liars);
                    self.shares.retain(|owner, _| !liars.contains(owner));
                    self.liars.extend(liars);
                }
            }
        }
        let waiting = self.waited_for(turn);
        let reachable = self.shares.len() + waiting.len() >= turn.base.quorum();
        if reachable && turn.now < self.deadline {
            return Look::Wait;
        }
        let mut absent = turn.base.committee_absent(turn.now);
        absent.extend(waiting);
        absent.retain(|owner| !self.shares.contains_key(owner));
        absent.sort_unstable();
        absent.dedup();
        let (signed, quorum) = (self.shares.len(), turn.base.quorum());
        let details = format!("{signed} of a quorum of {quorum} signed {}", self.of.name());
        Look::Missed(Abort { reason: AbortReason::BeaconQuorumMissed, details, absent, dead: false })
    }

    /// Members who are there and have not answered.
    fn waited_for(&self, turn: &Turn) -> Vec<OwnerId> {
        let mut waiting = turn.base.committee_present(turn.now);
        waiting.retain(|owner| !self.shares.contains_key(owner) && !self.liars.contains(owner));
        waiting
    }

    pub(super) const fn deadline(&self) -> Millis {
        self.deadline
    }

    pub(super) fn extend(&mut self, until: Millis) {
        self.deadline = self.deadline.max(until);
    }
}
