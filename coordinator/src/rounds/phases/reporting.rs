//! Owners train and report; when nobody more is waited for, the cut is made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_aggregation::committee::beacon::{contexts_digest, mask_graph_message};
use tributary_aggregation::committee::{Certificate, Kind, SealContext, SealedSeed};
use tributary_aggregation::header::{ReportHeader, Signed};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::masking::graph::needs_beacon;
use tributary_aggregation::transcript::AbortReason;
use tributary_proto::v1::{self, event::Event};

use super::beacon::{Beacon, Look, Of};
use super::{Advance, Unmasking, not_now};
use crate::rounds::base::Attempt;
use crate::rounds::blob::Blob;
use crate::rounds::command::Command;
use crate::rounds::cut::{GroupCut, too_close};
use crate::rounds::effect::Effect;
use crate::rounds::facts::{Millis, seconds};
use crate::rounds::headers::{Join, Report};
use crate::rounds::rejection::Rejection;
use crate::rounds::turn::{Abort, Turn, list};

/// Owners train and report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reporting {
    at: Attempt,
    candidates: Vec<OwnerId>,
    beacon: Blob,
    groups: Vec<RosteredGroup>,
    /// How many owners of the epoch may collude: mask graphs are drawn for that.
    corrupt: usize,
    mask_graphs: MaskGraphs,
    deadline: Millis,
}

/// Who masks with whom in large groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MaskGraphs {
    /// Everybody with everybody.
    Complete,
    /// The committee is to sign their beacon.
    Awaited(Beacon),
    /// Drawn by this beacon.
    Drawn(Blob),
}

/// A group whose roster is fixed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RosteredGroup {
    /// What its members joined in.
    pub context0: Digest,
    /// The same with the roster: what they report in.
    pub context: Digest,
    /// Ascending.
    pub roster: Vec<OwnerId>,
    /// By owner, for all of the roster.
    pub joins: BTreeMap<OwnerId, Join>,
    /// By owner.
    pub reports: BTreeMap<OwnerId, Report>,
}

impl Reporting {
    pub(super) fn new(
        turn: &Turn,
        at: Attempt,
        candidates: Vec<OwnerId>,
        beacon: Blob,
        groups: Vec<RosteredGroup>,
    ) -> Self {
        let deadline = turn.now + seconds(turn.base.facts.plan.deadlines.report_s);
        let corrupt = turn.base.facts.plan.cohort.corrupt_among(turn.base.owners.len());
        let mask_graphs = if needs_beacon(groups.iter().map(|group| group.roster.len()), corrupt) {
            let epoch = turn.base.committee.as_ref().map_or(0, |committee| committee.epoch);
            let contexts: Vec<Digest> = groups.iter().map(|group| group.context).collect();
            let (study, contexts) = (turn.base.facts.study, contexts_digest(&contexts));
            let message = mask_graph_message(study, epoch, at.round, at.attempt, contexts);
            MaskGraphs::Awaited(Beacon::new(turn, Of::MaskGraphs, message))
        } else {
            MaskGraphs::Complete
        };
        Self { at, candidates, beacon, groups, corrupt, mask_graphs, deadline }
    }

    /// The groups.
    #[must_use]
    pub fn groups(&self) -> &[RosteredGroup] {
        &self.groups
    }

    /// Checks a report before its update is received. `true` if the very same one was taken before.
    ///
    /// # Errors
    /// If it would be refused.
    pub fn check(&self, mls_key: &[u8; 32], report: &Signed<ReportHeader>) -> Result<bool, Rejection> {
        if let MaskGraphs::Awaited(_) = self.mask_graphs {
            let hint = "wait for the mask graph to be drawn: it says whom to mask with";
            return Err(Rejection::NotNow { what: "a report", phase: "training", hint });
        }
        let owner = report.header.owner;
        let group = self.groups.iter().find(|group| group.roster.contains(&owner));
        let group = group.ok_or(Rejection::Late {
            what: "a report",
            attempt: self.at,
            reason: "you did not join in time, wait for the next attempt",
        })?;
        if let Some(before) = group.reports.get(&owner) {
            let same = Report::from(report.clone()) == *before;
            return if same { Ok(true) } else { Err(Rejection::Conflict { what: "report", owner }) };
        }
        if report.header.context != group.context {
            let reason = format!("is {}, and your group's is {}", report.header.context, group.context);
            return Err(Rejection::invalid("report.context", reason));
        }
        report.clone().verify(mls_key)?;
        let sealed = SealedSeed::from_bytes(&report.header.sealed_self)
            .map_err(|error| Rejection::invalid("report.sealed_self", error))?;
        if !sealed.verify(&SealContext { context: group.context, owner, kind: Kind::SelfSeed }) {
            let reason = "was not sealed by its owner for this context";
            return Err(Rejection::invalid("report.sealed_self", reason));
        }
        Ok(false)
    }

    pub(super) fn accept(&mut self, turn: &mut Turn, command: Command) -> Result<(), Rejection> {
        super::check_attempt(&command, self.at)?;
        match command {
            Command::Report { report, .. } => {
                let owner = report.header.owner;
                let known = turn.base.owners.get(&owner).ok_or(Rejection::NotEnrolled(owner))?;
                if self.check(&known.mls_key, &report)? {
                    return Ok(());
                }
                self.take(turn, report);
                Ok(())
            }
            Command::GraphShare { owner, share, .. } => match &mut self.mask_graphs {
                MaskGraphs::Awaited(beacon) => beacon.accept(turn, owner, share),
                // A quorum gave theirs before.
                MaskGraphs::Drawn(_) => Ok(()),
                MaskGraphs::Complete => {
                    let hint = "no group is so large that it needs a mask graph";
                    Err(Rejection::NotNow {
                        what: "a share of the mask graphs' beacon",
                        phase: "training",
                        hint,
                    })
                }
            },
            Command::Join { join, .. } => {
                let owner = join.header.owner;
                let before = self.groups.iter().find_map(|group| group.joins.get(&owner));
                if before.is_some_and(|before| *before == Join::from(join)) {
                    return Ok(());
                }
                let reason = "the rosters are fixed, wait for the next attempt";
                Err(Rejection::Late { what: "a join", attempt: self.at, reason })
            }
            other => Err(not_now(&other, "training", "wait for the cut to be proposed")),
        }
    }

    fn take(&mut self, turn: &mut Turn, report: Signed<ReportHeader>) {
        let (owner, update) = (report.header.owner, report.header.update);
        for (group, index) in self.groups.iter_mut().zip(0u16..) {
            if group.roster.contains(&owner) {
                group.reports.insert(owner, report.into());
                turn.effects.push(Effect::Fold { at: self.at, group: index, owner, update });
                return;
            }
        }
    }

    pub(super) fn advance(mut self, turn: &mut Turn) -> Advance {
        if let MaskGraphs::Awaited(beacon) = &mut self.mask_graphs {
            match beacon.look(turn, self.at) {
                Look::Drawn(beacon) => self.draw(turn, &beacon),
                Look::Wait => {}
                Look::Missed(abort) => return Advance::Next(turn.abort(self.at, abort)),
            }
        }
        let over = turn.now >= self.deadline;
        let min_group = turn.base.min_group();
        let mut awaited = false;
        for (index, group) in self.groups.iter().enumerate() {
            let missing: Vec<OwnerId> =
                group.roster.iter().filter(|owner| !group.reports.contains_key(owner)).copied().collect();
            let still = missing.iter().filter(|owner| !over && !turn.base.is_silent(owner, turn.now)).count();
            if group.reports.len() + still < min_group {
                let reported = group.reports.len();
                let details =
                    format!("{reported} owners of group {index} reported and min_group is {min_group}");
                let reason = AbortReason::GroupTooSmall;
                let abort = Abort { reason, details, absent: missing, dead: false };
                return Advance::Next(turn.abort(self.at, abort));
            }
            awaited |= still > 0;
        }
        if awaited { Advance::Wait(self.into()) } else { Advance::Next(self.cut(turn)) }
    }

    fn draw(&mut self, turn: &mut Turn, beacon: &Certificate) {
        let beacon = beacon.to_bytes();
        let Attempt { round, attempt } = self.at;
        turn.tell(Event::MaskGraphDrawn(v1::MaskGraphDrawn { round, attempt, beacon: beacon.to_vec() }));
        turn.log(format!("{}: it is drawn who masks with whom", self.at));
        self.mask_graphs = MaskGraphs::Drawn(beacon[..].into());
    }

    /// Nobody more is waited for: shows the committee who is online and who is not.
    fn cut(self, turn: &mut Turn) -> super::Phase {
        let present = turn.base.committee_present(turn.now).len();
        let quorum = turn.base.quorum();
        if present < quorum {
            let details = format!("{present} of a quorum of {quorum} are there to release the cut");
            let absent = turn.base.committee_absent(turn.now);
            let reason = AbortReason::ReleaseQuorumMissed;
            return turn.abort(self.at, Abort { reason, details, absent, dead: false });
        }
        let now = turn.now;
        let graph_beacon = match self.mask_graphs {
            MaskGraphs::Drawn(beacon) => Some(beacon),
            MaskGraphs::Complete | MaskGraphs::Awaited(_) => None,
        };
        let cut = |(group, index)| {
            let is_silent = |owner: &OwnerId| turn.base.is_silent(owner, now);
            GroupCut::new(index, group, self.corrupt, graph_beacon.clone(), is_silent)
        };
        let cuts: Vec<GroupCut> = self.groups.into_iter().zip(0u16..).map(cut).collect();
        let mut offline: Vec<OwnerId> = cuts.iter().flat_map(|cut| cut.offline.keys().copied()).collect();
        offline.sort_unstable();
        if let Some(details) = cuts.iter().find_map(GroupCut::too_thin) {
            let reason = AbortReason::MaskGraphTooThin;
            return turn.abort(self.at, Abort { reason, details, absent: offline, dead: false });
        }
        if let Some(details) = too_close(&turn.base, &cuts) {
            let reason = AbortReason::GroupTooSmall;
            return turn.abort(self.at, Abort { reason, details, absent: offline, dead: false });
        }
        if let Some(owner) = cuts.iter().find_map(|cut| cut.repeated_seed(&turn.base)) {
            // Its members would never open what was shown before.
            let details = format!("{owner} used a sealed seed of an earlier round again and is excluded");
            turn.base.excluded.insert(owner, details.clone());
            let reason = AbortReason::GroupTooSmall;
            return turn.abort(self.at, Abort { reason, details, absent: Vec::new(), dead: false });
        }
        let names = if offline.is_empty() { "nobody".into() } else { list(&offline) };
        turn.log(format!("{} is cut; left out: {names}", self.at));
        Unmasking::new(turn, self.at, self.candidates, self.beacon, cuts).into()
    }

    pub(super) fn deadline(&self) -> Option<Millis> {
        match &self.mask_graphs {
            MaskGraphs::Awaited(beacon) if beacon.deadline() < self.deadline => Some(beacon.deadline()),
            _ => Some(self.deadline),
        }
    }

    pub(super) fn extend(&mut self, until: Millis) {
        self.deadline = self.deadline.max(until);
        if let MaskGraphs::Awaited(beacon) = &mut self.mask_graphs {
            beacon.extend(until);
        }
    }

    pub(super) const fn attempt(&self) -> Option<Attempt> {
        Some(self.at)
    }
}
