//! The committee signs the beacon, which the groups are drawn by.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_aggregation::committee::beacon::{beacon_message, candidates_digest};
use tributary_aggregation::committee::certificate::CombineError;
use tributary_aggregation::committee::{Certificate, Purpose, QuorumError, SignatureShare};
use tributary_aggregation::groups::assign_groups;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_proto::decode::Group;
use tributary_proto::v1::{self, event::Event};

use super::beacon::{Beacon, Look, Of};
use super::{Advance, Joining, Phase, not_now};
use crate::rounds::base::Attempt;
use crate::rounds::blob::Blob;
use crate::rounds::command::Command;
use crate::rounds::facts::Millis;
use crate::rounds::rejection::Rejection;
use crate::rounds::turn::{Turn, list};

/// The committee signs the beacon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    at: Attempt,
    /// Ascending.
    candidates: Vec<OwnerId>,
    beacon: Beacon,
}

impl Opening {
    pub(super) fn new(turn: &Turn, at: Attempt, candidates: Vec<OwnerId>) -> Self {
        let epoch = turn.base.committee.as_ref().map_or(0, |committee| committee.epoch);
        let study = turn.base.facts.study;
        let message = beacon_message(study, epoch, at.round, at.attempt, candidates_digest(&candidates));
        Self { at, candidates, beacon: Beacon::new(turn, Of::Groups, message) }
    }

    pub(super) fn accept(&mut self, turn: &mut Turn, command: Command) -> Result<(), Rejection> {
        super::check_attempt(&command, self.at)?;
        let Command::BeaconShare { owner, share, .. } = command else {
            return Err(not_now(&command, "opening", "wait for the round to be opened"));
        };
        self.beacon.accept(turn, owner, share)
    }

    pub(super) fn advance(mut self, turn: &mut Turn) -> Advance {
        match self.beacon.look(turn, self.at) {
            Look::Drawn(beacon) => Advance::Next(self.open(turn, &beacon)),
            Look::Wait => Advance::Wait(self.into()),
            Look::Missed(abort) => Advance::Next(turn.abort(self.at, abort)),
        }
    }

    fn open(self, turn: &mut Turn, beacon: &Certificate) -> Phase {
        let (min_group, max_groups) =
            (turn.base.facts.plan.aggregation.min_group, turn.base.facts.max_groups(self.at.round));
        let groups = assign_groups(&beacon.to_bytes(), &self.candidates, min_group, max_groups);
        turn.tell(Event::RoundOpened(v1::RoundOpened {
            round: self.at.round,
            attempt: self.at.attempt,
            beacon: beacon.to_bytes().to_vec(),
            groups: wire_groups(groups.iter().cloned()),
        }));
        turn.log(format!("{} is open: {} groups", self.at, groups.len()));
        Joining::new(turn, self.at, self.candidates, beacon.to_bytes(), groups).into()
    }

    pub(super) const fn deadline(&self) -> Option<Millis> {
        Some(self.beacon.deadline())
    }

    pub(super) fn extend(&mut self, until: Millis) {
        self.beacon.extend(until);
    }

    pub(super) const fn attempt(&self) -> Option<Attempt> {
        Some(self.at)
    }
}

/// Groups as they travel, numbered from 0.
pub(super) fn wire_groups(groups: impl Iterator<Item = Vec<OwnerId>>) -> Vec<v1::Group> {
    groups.zip(0u16..).map(|(owners, index)| Group { index, owners }.into()).collect()
}

/// A combined signature, and those whose shares were wrong.
pub(super) struct Combined {
    pub certificate: Certificate,
    pub liars: Vec<OwnerId>,
}

/// Combines shares of the committee's signature. On failure names those whose shares are wrong, if any.
pub(super) fn combine(
    turn: &Turn,
    purpose: Purpose,
    message: &Digest,
    shares: &BTreeMap<OwnerId, Blob>,
) -> Result<Combined, Vec<OwnerId>> {
    let Some(committee) = &turn.base.committee else { return Err(Vec::new()) };
    let share = |(owner, share): (&OwnerId, &Blob)| {
        Some((committee.index(owner)?, SignatureShare::from_bytes(&share.0).ok()?))
    };
    let shares = shares.iter().filter_map(share).collect();
    match committee.key.combine(purpose, message, &shares) {
        Ok(certified) => {
            Ok(Combined { certificate: certified.certificate, liars: committee.at(certified.liars) })
        }
        Err(CombineError::Quorum(QuorumError::BadShares { liars, .. })) => Err(committee.at(liars)),
        Err(_) => Err(Vec::new()),
    }
}

/// Writes down who gave wrong shares.
pub(super) fn tell_on(turn: &mut Turn, at: Attempt, of: &str, liars: &[OwnerId]) {
    if !liars.is_empty() {
        turn.log(format!("{at}: wrong shares of {of} from {}", list(liars)));
    }
}
