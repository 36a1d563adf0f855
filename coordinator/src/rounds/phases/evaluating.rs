//! Members open the sums, step the model, and say what each coalition of groups is worth.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::transcript::{AbortReason, GroupRecord};
use tributary_proto::v1::{self, event::Event};

use super::{Advance, Gathering, Phase, Settling, not_now};
use crate::rounds::base::Attempt;
use crate::rounds::blob::Blob;
use crate::rounds::command::{Command, Evaluation};
use crate::rounds::facts::{Millis, seconds};
use crate::rounds::rejection::Rejection;
use crate::rounds::settlement::propose;
use crate::rounds::turn::{Abort, Turn, list};

/// Members evaluate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluating {
    at: Attempt,
    candidates: Vec<OwnerId>,
    beacon: Blob,
    groups: Vec<GroupRecord>,
    evaluations: BTreeMap<OwnerId, Evaluation>,
    deadline: Millis,
}

/// What a quorum agrees on.
struct Agreed {
    evaluation: Evaluation,
    dissenters: Vec<OwnerId>,
}

impl Evaluating {
    pub(super) fn new(
        turn: &Turn,
        at: Attempt,
        candidates: Vec<OwnerId>,
        beacon: Blob,
        groups: Vec<GroupRecord>,
    ) -> Self {
        let deadline = turn.now + seconds(turn.base.facts.plan.deadlines.settle_s);
        Self { at, candidates, beacon, groups, evaluations: BTreeMap::new(), deadline }
    }

    /// Whether the member has evaluated.
    #[must_use]
    pub fn has_evaluated(&self, owner: &OwnerId) -> bool {
        self.evaluations.contains_key(owner)
    }

    pub(super) fn accept(&mut self, turn: &mut Turn, command: Command) -> Result<(), Rejection> {
        super::check_attempt(&command, self.at)?;
        let Command::Evaluation { owner, evaluation, .. } = command else {
            return Err(not_now(&command, "scoring", "wait for the settlement to be proposed"));
        };
        let committee = turn.base.committee.as_ref().ok_or(Rejection::NotInCommittee(owner))?;
        committee.index(&owner).ok_or(Rejection::NotInCommittee(owner))?;
        let due = if self.at.round == 0 { 0 } else { 1usize << self.groups.len().min(6) };
        if evaluation.utilities.len() != due {
            let got = evaluation.utilities.len();
            let reason = format!("must be {due}, one for each coalition of groups; got {got}");
            return Err(Rejection::invalid("evaluation.utilities", reason));
        }
        match self.evaluations.get(&owner) {
            Some(before) if *before != evaluation => Err(Rejection::Conflict { what: "evaluation", owner }),
            _ => {
                self.evaluations.insert(owner, evaluation);
                Ok(())
            }
        }
    }

    /// What a quorum agrees on: the models exactly, each utility within the plan's tolerance of the median.
    fn agreed(&self, turn: &Turn) -> Option<Agreed> {
        let quorum = turn.base.quorum();
        let tolerance = u64::from(turn.base.facts.plan.scoring.tolerance_micros);
        let models: BTreeSet<(Digest, Digest)> = self
            .evaluations
            .values()
            .map(|evaluation| (evaluation.model_before, evaluation.model_after))
            .collect();
        models.into_iter().find_map(|(model_before, model_after)| {
            let same: Vec<(&OwnerId, &Evaluation)> = self
                .evaluations
                .iter()
                .filter(|(_, e)| (e.model_before, e.model_after) == (model_before, model_after))
                .collect();
            let utilities = medians(same.iter().map(|(_, evaluation)| evaluation.utilities.as_slice()));
            let is_near = |evaluation: &Evaluation| {
                evaluation
                    .utilities
                    .iter()
                    .zip(&utilities)
                    .all(|(own, median)| own.abs_diff(*median) <= tolerance)
            };
            let agreeing: BTreeSet<&OwnerId> =
                same.iter().filter(|(_, evaluation)| is_near(evaluation)).map(|(owner, _)| *owner).collect();
            if agreeing.len() < quorum {
                return None;
            }
            let dissenters =
                self.evaluations.keys().filter(|owner| !agreeing.contains(owner)).copied().collect();
            Some(Agreed { evaluation: Evaluation { utilities, model_before, model_after }, dissenters })
        })
    }

    pub(super) fn advance(self, turn: &mut Turn) -> Advance {
        if let Some(Agreed { evaluation, dissenters }) = self.agreed(turn) {
            if !dissenters.is_empty() {
                turn.log(format!("{}: found something else than the quorum: {}", self.at, list(&dissenters)));
            }
            return Advance::Next(if self.at.round == 0 {
                self.finish_statistics(turn)
            } else {
                self.propose(turn, evaluation)
            });
        }
        let members =
            turn.base.committee.as_ref().map(|committee| committee.members.clone()).unwrap_or_default();
        let missing: Vec<OwnerId> =
            members.into_iter().filter(|member| !self.evaluations.contains_key(member)).collect();
        // Whoever is silent may come back until the deadline; disagreement does not pass.
        let is_hopeless = missing.is_empty();
        let is_over = turn.now >= self.deadline && self.at.round != 0;
        if !is_hopeless && !is_over {
            return Advance::Wait(self.into());
        }
        let details = if is_hopeless {
            "no quorum of the committee agrees on what the round's sums give".to_owned()
        } else {
            format!("{} of a quorum of {} evaluated in time", self.evaluations.len(), turn.base.quorum())
        };
        let mut absent = missing;
        absent.sort_unstable();
        let reason = AbortReason::SettlementQuorumMissed;
        Advance::Next(turn.abort(self.at, Abort { reason, details, absent, dead: true }))
    }

    fn finish_statistics(self, turn: &mut Turn) -> Phase {
        turn.log("the statistics are gathered, training begins");
        turn.tell(Event::RoundSettled(v1::RoundSettled {
            round: 0,
            transaction: Vec::new(),
            gas_used: 0,
            transcript: Vec::new(),
        }));
        turn.base.finished = Some(self.at);
        turn.base.shown.clear();
        turn.base.aborted.clear();
        Gathering::new(Attempt { round: 1, attempt: 1 }, turn.now).into()
    }

    fn propose(self, turn: &mut Turn, evaluation: Evaluation) -> Phase {
        let Self { at, candidates, beacon, groups, deadline, .. } = self;
        match propose(&turn.base, at, candidates, &beacon, groups, evaluation) {
            Ok(proposal) => {
                turn.tell(Event::SettlementProposed(v1::SettlementProposed {
                    round: at.round,
                    attempt: at.attempt,
                    transcript: proposal.transcript.clone().into_bytes(),
                }));
                Settling::new(at, proposal, deadline).into()
            }
            Err(details) => {
                let reason = AbortReason::SettlementQuorumMissed;
                turn.abort(at, Abort { reason, details, absent: Vec::new(), dead: true })
            }
        }
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

/// The lower median of each utility.
fn medians<'a>(evaluations: impl Iterator<Item = &'a [i64]>) -> Vec<i64> {
    let all: Vec<&[i64]> = evaluations.collect();
    let count = all.iter().map(|utilities| utilities.len()).min().unwrap_or(0);
    (0..count)
        .map(|coalition| {
            let mut values: Vec<i64> =
                all.iter().filter_map(|utilities| utilities.get(coalition)).copied().collect();
            values.sort_unstable();
            values.get((values.len().max(1) - 1) / 2).copied().unwrap_or(0)
        })
        .collect()
}
