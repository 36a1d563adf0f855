//! What a member knows of the round in hand, phase by phase. Each phase checks what it is told and consumes the one before.

use std::collections::BTreeSet;

use thiserror::Error;
use tributary_aggregation::committee::beacon::{
    beacon_message, candidates_digest, contexts_digest, mask_graph_message,
};
use tributary_aggregation::committee::{Certificate, CommitteeKey, Purpose};
use tributary_aggregation::context::{RoundContext, with_roster};
use tributary_aggregation::groups::assign_groups;
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::masking::MaskGraph;
use tributary_aggregation::masking::graph::needs_beacon;
use tributary_proto::decode::Group;

use crate::connection::Attempt;

/// What the coordinator says of a round does not agree with what this member knows.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RoundError {
    /// A message of another round or attempt.
    #[error("a message of round {got_round}, attempt {got_attempt} came in round {round}, attempt {attempt}")]
    OtherAttempt {
        /// The round in hand.
        round: u64,
        /// The attempt in hand.
        attempt: u32,
        /// The message's round.
        got_round: u64,
        /// The message's attempt.
        got_attempt: u32,
    },
    /// Another epoch than the group's.
    #[error("round {round} was announced for epoch {got}; the group is in epoch {epoch}")]
    Epoch {
        /// The round.
        round: u64,
        /// The group's epoch.
        epoch: u64,
        /// The announced epoch.
        got: u64,
    },
    /// Somebody is a candidate who is not enrolled.
    #[error("{0} is announced as a candidate but not enrolled on chain")]
    Stranger(OwnerId),
    /// Too few candidates.
    #[error("a round was announced with {0} candidates, fewer than the smallest group")]
    TooFew(usize),
    /// The beacon is not the committee's.
    #[error("the beacon is not the committee's signature on this round's candidates")]
    Beacon,
    /// The groups are not those that the beacon gives.
    #[error("the groups are not those that the beacon gives")]
    Groups,
    /// The roster holds somebody who is not of the group, or too few.
    #[error(
        "the roster of group {0} holds somebody who is not of the group, or fewer than the smallest group"
    )]
    Roster(u16),
    /// The mask graphs' beacon is not the committee's.
    #[error("the beacon of the mask graphs is not the committee's signature on this round's rosters")]
    GraphBeacon,
}

/// What does not change over a round's phases.
#[derive(Debug, Clone)]
pub struct RoundFacts {
    /// The study.
    pub study: StudyId,
    /// The MLS epoch.
    pub epoch: u64,
    /// The MLS epoch authenticator.
    pub epoch_authenticator: Vec<u8>,
    /// Digest of the model that the round starts from.
    pub model: Digest,
    /// Digest of the round's plan.
    pub plan: Digest,
    /// The smallest group.
    pub min_group: u16,
    /// The most groups: 1 in the statistics round.
    pub max_groups: u16,
    /// How many owners of the epoch may collude with the coordinator: mask graphs are drawn for that.
    pub corrupt: usize,
}

/// Announced: who is to take part.
#[derive(Debug, Clone)]
pub struct Announced {
    /// Round and attempt.
    pub at: Attempt,
    facts: RoundFacts,
    candidates: Vec<OwnerId>,
}

/// Opened: the groups are drawn.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Round and attempt.
    pub at: Attempt,
    facts: RoundFacts,
    groups: Vec<Vec<OwnerId>>,
}

/// Rosters fixed: it is known who joined.
#[derive(Debug, Clone)]
pub struct Rostered {
    /// Round and attempt.
    pub at: Attempt,
    /// The MLS epoch.
    pub epoch: u64,
    /// Digest of the model that the round starts from.
    pub model: Digest,
    /// By group.
    pub groups: Vec<RosteredGroup>,
    study: StudyId,
    corrupt: usize,
}

/// One group with its roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosteredGroup {
    /// `context₀`.
    pub context0: Digest,
    /// `context`: with the roster.
    pub context: Digest,
    /// Who joined, ascending.
    pub roster: Vec<OwnerId>,
    /// Who of them masks with whom; not known until it is drawn, if a group of the round is large.
    pub graph: Option<MaskGraph>,
}

fn same_attempt(at: Attempt, got: Attempt) -> Result<(), RoundError> {
    if at == got {
        return Ok(());
    }
    Err(RoundError::OtherAttempt {
        round: at.round,
        attempt: at.attempt,
        got_round: got.round,
        got_attempt: got.attempt,
    })
}

impl Announced {
    /// A round is announced with these candidates (strictly ascending).
    ///
    /// # Errors
    /// If the epoch is not the group's, a candidate is not enrolled, or they are too few.
    pub fn new(
        at: Attempt,
        epoch: u64,
        candidates: Vec<OwnerId>,
        enrolled: &BTreeSet<OwnerId>,
        facts: RoundFacts,
    ) -> Result<Self, RoundError> {
        if epoch != facts.epoch {
            return Err(RoundError::Epoch { round: at.round, epoch: facts.epoch, got: epoch });
        }
        if let Some(stranger) = candidates.iter().find(|owner| !enrolled.contains(owner)) {
            return Err(RoundError::Stranger(*stranger));
        }
        if candidates.len() < usize::from(facts.min_group) {
            return Err(RoundError::TooFew(candidates.len()));
        }
        Ok(Self { at, facts, candidates })
    }

    /// Digest of the candidates: a member gives one share per attempt, for one list of candidates.
    #[must_use]
    pub fn candidates_digest(&self) -> Digest {
        candidates_digest(&self.candidates)
    }

    /// What the committee signs to draw the groups.
    #[must_use]
    pub fn beacon_message(&self) -> Digest {
        let Attempt { round, attempt } = self.at;
        beacon_message(self.facts.study, self.facts.epoch, round, attempt, self.candidates_digest())
    }

    /// The beacon came: the groups follow from it.
    ///
    /// # Errors
    /// If the beacon is not the committee's, or the groups are others.
    pub fn open(
        self,
        at: Attempt,
        beacon: &[u8; 96],
        groups: &[Group],
        committee: &CommitteeKey,
    ) -> Result<Opened, RoundError> {
        same_attempt(self.at, at)?;
        let signed = Certificate::from_bytes(beacon)
            .is_ok_and(|certificate| committee.verify(Purpose::Beacon, &self.beacon_message(), &certificate));
        if !signed {
            return Err(RoundError::Beacon);
        }
        let assigned = assign_groups(beacon, &self.candidates, self.facts.min_group, self.facts.max_groups);
        let stated: Vec<&Vec<OwnerId>> = groups.iter().map(|group| &group.owners).collect();
        if stated != assigned.iter().collect::<Vec<_>>() {
            return Err(RoundError::Groups);
        }
        Ok(Opened { at: self.at, facts: self.facts, groups: assigned })
    }
}

impl Opened {
    /// The group that `owner` is in, with its number; `None` if it is no candidate.
    #[must_use]
    pub fn group_of(&self, owner: &OwnerId) -> Option<(u16, &[OwnerId])> {
        (0u16..).zip(&self.groups).find(|(_, group)| group.contains(owner)).map(|(i, g)| (i, g.as_slice()))
    }

    /// `context₀` of a group.
    #[must_use]
    pub fn context0(&self, group: u16) -> Digest {
        RoundContext {
            study: self.facts.study,
            epoch: self.facts.epoch,
            epoch_authenticator: self.facts.epoch_authenticator.clone(),
            round: self.at.round,
            attempt: self.at.attempt,
            group,
            model: self.facts.model,
            plan: self.facts.plan,
        }
        .digest()
    }

    /// It is known who joined.
    ///
    /// # Errors
    /// If a roster is not part of its group, or too small.
    pub fn fix(self, at: Attempt, rosters: Vec<Group>) -> Result<Rostered, RoundError> {
        same_attempt(self.at, at)?;
        if rosters.len() != self.groups.len() {
            return Err(RoundError::Groups);
        }
        let corrupt = self.facts.corrupt;
        let is_drawn = needs_beacon(rosters.iter().map(|roster| roster.owners.len()), corrupt);
        let mut groups = Vec::with_capacity(rosters.len());
        for (roster, group) in rosters.into_iter().zip(&self.groups) {
            let all_of_the_group = roster.owners.iter().all(|owner| group.contains(owner));
            if !all_of_the_group || roster.owners.len() < usize::from(self.facts.min_group) {
                return Err(RoundError::Roster(roster.index));
            }
            let context0 = self.context0(roster.index);
            let context = with_roster(&context0, &roster.owners);
            let complete =
                || MaskGraph::complete(&roster.owners).map_err(|_| RoundError::Roster(roster.index));
            let graph = if is_drawn { None } else { Some(complete()?) };
            groups.push(RosteredGroup { context0, context, roster: roster.owners, graph });
        }
        let RoundFacts { study, epoch, model, .. } = self.facts;
        Ok(Rostered { at: self.at, epoch, model, groups, study, corrupt })
    }
}

impl Rostered {
    /// The group in whose roster `owner` is, with its number.
    #[must_use]
    pub fn group_of(&self, owner: &OwnerId) -> Option<(u16, &RosteredGroup)> {
        (0u16..).zip(&self.groups).find(|(_, group)| group.roster.contains(owner))
    }

    /// Whether it is still to be drawn who masks with whom.
    #[must_use]
    pub fn awaits_graphs(&self) -> bool {
        self.groups.iter().any(|group| group.graph.is_none())
    }

    /// Digest of the groups' contexts: a member has the mask graphs of one set of rosters drawn per attempt.
    #[must_use]
    pub fn contexts_digest(&self) -> Digest {
        contexts_digest(&self.groups.iter().map(|group| group.context).collect::<Vec<_>>())
    }

    /// What the committee signs to draw the mask graphs.
    #[must_use]
    pub fn graph_message(&self) -> Digest {
        let Attempt { round, attempt } = self.at;
        mask_graph_message(self.study, self.epoch, round, attempt, self.contexts_digest())
    }

    /// The mask graphs' beacon came: who masks with whom follows from it.
    ///
    /// # Errors
    /// If the beacon is not the committee's; nothing is drawn then.
    pub fn draw(
        &mut self,
        at: Attempt,
        beacon: &[u8; 96],
        committee: &CommitteeKey,
    ) -> Result<(), RoundError> {
        same_attempt(self.at, at)?;
        let signed = Certificate::from_bytes(beacon)
            .is_ok_and(|certificate| committee.verify(Purpose::Beacon, &self.graph_message(), &certificate));
        if !signed {
            return Err(RoundError::GraphBeacon);
        }
        for (group, index) in self.groups.iter_mut().zip(0u16..).filter(|(group, _)| group.graph.is_none()) {
            let graph = MaskGraph::new(&group.roster, self.corrupt, &group.context, Some(beacon));
            group.graph = Some(graph.map_err(|_| RoundError::Roster(index))?);
        }
        Ok(())
    }

    /// Checks that a message belongs to this attempt.
    ///
    /// # Errors
    /// If it belongs to another.
    pub fn check(&self, at: Attempt) -> Result<(), RoundError> {
        same_attempt(self.at, at)
    }
}

#[cfg(test)]
#[path = "round_tests.rs"]
pub(super) mod tests;
