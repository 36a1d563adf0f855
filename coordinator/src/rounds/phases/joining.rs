//! Owners join: each seals its pair seeds to the committee.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_aggregation::committee::{Kind, SealContext, SealedSeed};
use tributary_aggregation::context::with_roster;
use tributary_aggregation::header::{JoinHeader, Signed};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::transcript::AbortReason;
use tributary_proto::v1::{self, event::Event};

use super::opening::wire_groups;
use super::{Advance, Phase, Reporting, RosteredGroup, not_now};
use crate::rounds::base::Attempt;
use crate::rounds::blob::Blob;
use crate::rounds::command::Command;
use crate::rounds::facts::{Millis, seconds};
use crate::rounds::headers::Join;
use crate::rounds::rejection::Rejection;
use crate::rounds::turn::{Abort, Turn, list};

/// Owners join their groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Joining {
    at: Attempt,
    candidates: Vec<OwnerId>,
    beacon: Blob,
    groups: Vec<Vec<OwnerId>>,
    joins: BTreeMap<OwnerId, Join>,
    deadline: Millis,
}

impl Joining {
    pub(super) fn new(
        turn: &Turn,
        at: Attempt,
        candidates: Vec<OwnerId>,
        beacon: [u8; 96],
        groups: Vec<Vec<OwnerId>>,
    ) -> Self {
        let deadline = turn.now + seconds(turn.base.facts.plan.deadlines.join_s);
        Self { at, candidates, beacon: beacon[..].into(), groups, joins: BTreeMap::new(), deadline }
    }

    /// Whether the owner has joined.
    #[must_use]
    pub fn has_joined(&self, owner: &OwnerId) -> bool {
        self.joins.contains_key(owner)
    }

    pub(super) fn accept(&mut self, turn: &mut Turn, command: Command) -> Result<(), Rejection> {
        super::check_attempt(&command, self.at)?;
        let Command::Join { join, .. } = command else {
            return Err(not_now(&command, "joining", "wait for the rosters to be fixed"));
        };
        let owner = join.header.owner;
        if !self.candidates.contains(&owner) {
            let reason = "you were not heard when the attempt was announced: wait for the next one";
            return Err(Rejection::Late { what: "a join", attempt: self.at, reason });
        }
        if let Some(before) = self.joins.get(&owner) {
            return if Join::from(join) == *before {
                Ok(())
            } else {
                Err(Rejection::Conflict { what: "join", owner })
            };
        }
        let join = check(turn, join)?;
        self.joins.insert(owner, join);
        Ok(())
    }

    pub(super) fn advance(self, turn: &mut Turn) -> Advance {
        let is_awaited =
            |owner: &&OwnerId| !self.joins.contains_key(owner) && !turn.base.is_silent(owner, turn.now);
        let over = turn.now >= self.deadline;
        let min_group = turn.base.min_group();
        for (index, group) in self.groups.iter().enumerate() {
            let joined = group.iter().filter(|owner| self.joins.contains_key(owner)).count();
            let awaited = if over { 0 } else { group.iter().filter(is_awaited).count() };
            if joined + awaited < min_group {
                let absent = group.iter().filter(|owner| !self.joins.contains_key(owner)).copied().collect();
                let details = format!("{joined} owners joined group {index} and min_group is {min_group}");
                return Advance::Next(turn.abort(self.at, too_small(details, absent)));
            }
        }
        if !over && self.candidates.iter().any(|owner| is_awaited(&owner)) {
            return Advance::Wait(self.into());
        }
        Advance::Next(self.fix(turn))
    }

    /// Fixes the rosters: in each group those who hold the context that most of it hold.
    fn fix(self, turn: &mut Turn) -> Phase {
        let min_group = turn.base.min_group();
        let mut rostered = Vec::with_capacity(self.groups.len());
        for (index, group) in self.groups.iter().enumerate() {
            let absent: Vec<_> =
                group.iter().filter(|owner| !self.joins.contains_key(owner)).copied().collect();
            let joined: BTreeMap<OwnerId, Join> = group
                .iter()
                .filter_map(|owner| self.joins.get(owner).map(|join| (*owner, join.clone())))
                .collect();
            let Some(context0) = majority(joined.values()) else {
                let details =
                    format!("the owners of group {index} hold different contexts, none of them most");
                return turn.abort(self.at, too_small(details, absent));
            };
            let (joins, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
                joined.into_iter().partition(|(_, join)| join.context0 == context0);
            let others: Vec<OwnerId> = others.into_keys().collect();
            if !others.is_empty() {
                turn.log(format!(
                    "{}: left out for another context than their group's: {}",
                    self.at,
                    list(&others)
                ));
            }
            if joins.len() < min_group {
                let details = format!(
                    "{} owners of group {index} agree on its context and min_group is {min_group}",
                    joins.len()
                );
                return turn.abort(self.at, too_small(details, absent));
            }
            let roster: Vec<OwnerId> = joins.keys().copied().collect();
            let context = with_roster(&context0, &roster);
            rostered.push(RosteredGroup { context0, context, roster, joins, reports: BTreeMap::new() });
        }
        let missing: Vec<_> =
            self.candidates.iter().filter(|owner| !self.joins.contains_key(owner)).copied().collect();
        if !missing.is_empty() {
            turn.log(format!("{}: did not join: {}", self.at, list(&missing)));
        }
        turn.tell(Event::RostersFixed(v1::RostersFixed {
            round: self.at.round,
            attempt: self.at.attempt,
            rosters: wire_groups(rostered.iter().map(|group| group.roster.clone())),
        }));
        Reporting::new(turn, self.at, self.candidates, self.beacon, rostered).into()
    }

    pub(super) const fn deadline(&self) -> Option<Millis> {
        Some(self.deadline)
    }

    pub(super) fn extend(&mut self, until: Millis) {
        self.deadline = self.deadline.max(until);
    }

    pub(super) const fn attempt(&self) -> Option<Attempt> {
        Some(self.at)
    }
}

fn too_small(details: String, absent: Vec<OwnerId>) -> Abort {
    Abort { reason: AbortReason::GroupTooSmall, details, absent, dead: false }
}

/// Verifies a join: the owner's signature, and that the seal was made for this.
fn check(turn: &Turn, join: Signed<JoinHeader>) -> Result<Join, Rejection> {
    let owner = join.header.owner;
    let known = turn.base.owners.get(&owner).ok_or(Rejection::NotEnrolled(owner))?;
    let join = join.verify(&known.mls_key)?.into_signed();
    let sealed = SealedSeed::from_bytes(&join.header.sealed_pair)
        .map_err(|error| Rejection::invalid("join.sealed_pair", error))?;
    if !sealed.verify(&SealContext { context: join.header.context0, owner, kind: Kind::Pair }) {
        return Err(Rejection::invalid("join.sealed_pair", "was not sealed by its owner for this context"));
    }
    Ok(join.into())
}

/// The context that more owners hold than any other.
fn majority<'a>(joins: impl Iterator<Item = &'a Join>) -> Option<Digest> {
    let mut counts: BTreeMap<Digest, usize> = BTreeMap::new();
    joins.for_each(|join| *counts.entry(join.context0).or_default() += 1);
    let most = counts.values().copied().max()?;
    let mut leading = counts.into_iter().filter(|(_, count)| *count == most);
    let (context0, _) = leading.next()?;
    leading.next().is_none().then_some(context0)
}
