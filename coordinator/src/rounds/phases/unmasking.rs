//! The committee releases the seeds of the cut and certifies it; then masks are removed and the sums published.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_aggregation::committee::certificate::CombineError;
use tributary_aggregation::committee::release::{OpenCutError, open_cut};
use tributary_aggregation::committee::sealed_seed::OpenError;
use tributary_aggregation::committee::{OpenedCut, QuorumError, Release};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::masking::{MaskGraph, PairSeeds, SelfSeed};
use tributary_aggregation::transcript::AbortReason;
use tributary_proto::decode::PublishedSum;
use tributary_proto::v1::{self, event::Event};

use super::opening::tell_on;
use super::{Advance, Evaluating, Phase, not_now};
use crate::rounds::base::{Attempt, Base};
use crate::rounds::blob::Blob;
use crate::rounds::command::{Command, GroupRelease};
use crate::rounds::committee::Committee;
use crate::rounds::cut::GroupCut;
use crate::rounds::effect::Effect;
use crate::rounds::facts::{Millis, seconds};
use crate::rounds::rejection::Rejection;
use crate::rounds::turn::{Abort, Turn};

/// The committee releases seeds, masks are removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unmasking {
    at: Attempt,
    candidates: Vec<OwnerId>,
    beacon: Blob,
    cuts: Vec<GroupCut>,
    /// The cuts' certificates, by group, once all seeds open.
    certificates: Option<Vec<Blob>>,
    /// The sums' digests, by group, once they are published.
    sums: Option<Vec<Digest>>,
    /// Why the cut can't be opened, and whose fault it is.
    fault: Option<(String, Option<OwnerId>)>,
    deadline: Millis,
}

/// What a quorum opened of a group. Not printable: seeds are secret.
pub struct OpenedGroup {
    /// The group.
    pub index: u16,
    /// Its context with the roster.
    pub context: Digest,
    /// Its roster, and who of it masks with whom.
    pub graph: MaskGraph,
    /// Digests of the online owners' updates.
    pub updates: Vec<(OwnerId, Digest)>,
    /// The online owners' own seeds, ascending.
    pub online: Vec<(OwnerId, SelfSeed)>,
    /// The offline owners' pair seeds, ascending.
    pub offline: Vec<(OwnerId, PairSeeds)>,
}

/// Why a cut does not open.
#[derive(Debug)]
pub enum OpenFailure {
    /// These members gave wrong answers.
    Liars(Vec<OwnerId>),
    /// It never will.
    Fault(String, Option<OwnerId>),
}

impl Unmasking {
    pub(super) fn new(
        turn: &mut Turn,
        at: Attempt,
        candidates: Vec<OwnerId>,
        beacon: Blob,
        cuts: Vec<GroupCut>,
    ) -> Self {
        turn.base.seen_seeds.extend(cuts.iter().flat_map(|cut| cut.seed_tags().map(|(_, tag)| tag)));
        turn.base.shown.extend(cuts.iter().map(|cut| cut.online.keys().copied().collect()));
        turn.tell(Event::CutsProposed(v1::CutsProposed {
            round: at.round,
            attempt: at.attempt,
            cuts: cuts.iter().map(|cut| cut.wire().into()).collect(),
        }));
        let deadline = turn.now + seconds(turn.base.facts.plan.deadlines.release_s);
        Self { at, candidates, beacon, cuts, certificates: None, sums: None, fault: None, deadline }
    }

    /// The cuts.
    #[must_use]
    pub fn cuts(&self) -> &[GroupCut] {
        &self.cuts
    }

    /// Whether a quorum has opened everything, so that masks can be removed.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.certificates.is_some() && self.sums.is_none()
    }

    /// Opens every group's seeds with what was released.
    ///
    /// # Errors
    /// Members whose answers are wrong, or a fault that no other answers would mend.
    pub fn open(&self, base: &Base) -> Result<Vec<OpenedGroup>, OpenFailure> {
        let committee = base
            .committee
            .as_ref()
            .ok_or_else(|| OpenFailure::Fault("there is no committee".into(), None))?;
        self.cuts.iter().map(|cut| opened_group(cut, &self.open_cut(cut, committee)?)).collect()
    }

    fn open_cut(&self, cut: &GroupCut, committee: &Committee) -> Result<OpenedCut, OpenFailure> {
        let verified = cut
            .verified(committee.epoch, self.at)
            .map_err(|error| OpenFailure::Fault(error.to_string(), None))?;
        let release = |(owner, release): (&OwnerId, &Blob)| {
            Some((committee.index(owner)?, Release::from_bytes(&release.0, cut.seed_count()).ok()?))
        };
        let releases: BTreeMap<u64, Release> = cut.releases.iter().filter_map(release).collect();
        open_cut(&verified, &committee.key, &releases).map_err(|error| failure(committee, &error))
    }

    pub(super) fn accept(&mut self, turn: &mut Turn, command: Command) -> Result<(), Rejection> {
        super::check_attempt(&command, self.at)?;
        match command {
            Command::Release { owner, groups, .. } => self.release(turn, owner, groups),
            Command::Summed { sums, .. } => {
                if self.is_open() && sums.len() == self.cuts.len() {
                    self.sums = Some(sums);
                }
                Ok(())
            }
            Command::NotSummed { reason, fault, .. } => {
                self.fault = Some((reason, fault));
                Ok(())
            }
            Command::Report { report, .. } => {
                let owner = report.header.owner;
                let before = self.cuts.iter().find_map(|cut| cut.online.get(&owner));
                if before.is_some_and(|before| *before == report.into()) {
                    return Ok(());
                }
                let reason = "the cut is made, wait for the next round";
                Err(Rejection::Late { what: "a report", attempt: self.at, reason })
            }
            other => Err(not_now(&other, "unmasking", "wait for the sums to be published")),
        }
    }

    fn release(&mut self, turn: &Turn, owner: OwnerId, groups: Vec<GroupRelease>) -> Result<(), Rejection> {
        let committee = turn.base.committee.as_ref().ok_or(Rejection::NotInCommittee(owner))?;
        committee.index(&owner).ok_or(Rejection::NotInCommittee(owner))?;
        let mut releases = Vec::with_capacity(groups.len());
        for GroupRelease { group, cut: digest, release } in groups {
            let position = usize::from(group);
            let cut = self.cuts.get(position);
            let cut =
                cut.ok_or_else(|| Rejection::invalid("release.group", format!("there is no group {group}")))?;
            if cut.digest(committee.epoch, self.at) != digest {
                return Err(Rejection::invalid("release.cut", format!("is not the cut of group {group}")));
            }
            Release::from_bytes(&release, cut.seed_count())
                .map_err(|error| Rejection::invalid("release.release", error))?;
            let release = Blob(release);
            let conflicts = cut.releases.get(&owner).is_some_and(|before| *before != release);
            if conflicts || cut.liars.contains(&owner) {
                return Err(Rejection::Conflict { what: "release", owner });
            }
            releases.push((position, release));
        }
        if self.certificates.is_none() {
            for (position, release) in releases {
                if let Some(cut) = self.cuts.get_mut(position) {
                    cut.releases.insert(owner, release);
                }
            }
        }
        Ok(())
    }

    pub(super) fn advance(mut self, turn: &mut Turn) -> Advance {
        if let Some((details, fault)) = self.fault.take() {
            return Advance::Next(self.fail(turn, details, fault));
        }
        if self.certificates.is_some() {
            return match self.sums.take() {
                None => Advance::Wait(self.into()),
                Some(sums) => Advance::Next(self.publish(turn, &sums)),
            };
        }
        while self.cuts.iter().all(|cut| cut.releases.len() >= turn.base.quorum()) {
            match self.certify(turn) {
                Ok(certificates) => {
                    self.certificates = Some(certificates);
                    turn.effects.push(Effect::Unmask);
                    return Advance::Wait(self.into());
                }
                Err(OpenFailure::Liars(liars)) if !liars.is_empty() => {
                    tell_on(turn, self.at, "the release", &liars);
                    for cut in &mut self.cuts {
                        cut.releases.retain(|owner, _| !liars.contains(owner));
                        cut.liars.extend(liars.iter().copied());
                    }
                }
                Err(OpenFailure::Liars(_)) => break,
                Err(OpenFailure::Fault(details, fault)) => {
                    return Advance::Next(self.fail(turn, details, fault));
                }
            }
        }
        // The statistics have no second round: their cut waits for its members.
        if turn.now < self.deadline || self.at.round == 0 {
            return Advance::Wait(self.into());
        }
        let answered = self.cuts.iter().map(|cut| cut.releases.len()).min().unwrap_or(0);
        let details = format!("{answered} of a quorum of {} released the cut in time", turn.base.quorum());
        let mut absent =
            turn.base.committee.as_ref().map(|committee| committee.members.clone()).unwrap_or_default();
        absent.retain(|owner| self.cuts.iter().any(|cut| !cut.releases.contains_key(owner)));
        absent.sort_unstable();
        let reason = AbortReason::ReleaseQuorumMissed;
        Advance::Next(turn.abort(self.at, Abort { reason, details, absent, dead: true }))
    }

    /// All cuts' certificates, if all their seeds open.
    fn certify(&self, turn: &mut Turn) -> Result<Vec<Blob>, OpenFailure> {
        let Some(committee) = turn.base.committee.clone() else {
            return Err(OpenFailure::Fault("there is no committee".into(), None));
        };
        let mut certificates = Vec::with_capacity(self.cuts.len());
        for cut in &self.cuts {
            let opened = self.open_cut(cut, &committee)?;
            tell_on(turn, self.at, "the release", &committee.at(opened.liars.iter().copied()));
            opened_group(cut, &opened)?;
            certificates.push(opened.certificate.to_bytes()[..].into());
        }
        Ok(certificates)
    }

    fn fail(self, turn: &mut Turn, details: String, fault: Option<OwnerId>) -> Phase {
        if let Some(owner) = fault {
            turn.log(format!("{owner} is excluded from the study: {details}"));
            turn.base.excluded.insert(owner, details.clone());
        }
        let reason = AbortReason::ReleaseQuorumMissed;
        turn.abort(self.at, Abort { reason, details, absent: Vec::new(), dead: true })
    }

    fn publish(self, turn: &mut Turn, sums: &[Digest]) -> Phase {
        let epoch = turn.base.committee.as_ref().map_or(0, |committee| committee.epoch);
        let certificates: Vec<[u8; 96]> = self
            .certificates
            .unwrap_or_default()
            .iter()
            .map(|certificate| certificate.0.as_slice().try_into().unwrap_or([0; 96]))
            .collect();
        let published =
            self.cuts.iter().zip(sums).zip(&certificates).map(|((cut, sum), certificate)| PublishedSum {
                group: cut.index,
                context: cut.context,
                roster: cut.roster.clone(),
                online: cut.online.keys().copied().collect(),
                sum: *sum,
                cut: cut.digest(epoch, self.at),
                certificate: *certificate,
            });
        turn.tell(Event::SumsPublished(v1::SumsPublished {
            round: self.at.round,
            attempt: self.at.attempt,
            sums: published.map(Into::into).collect(),
        }));
        turn.effects.push(Effect::DropReports { at: self.at });
        turn.log(format!("{}: the sums are published, still sealed to the members", self.at));
        let records = self.cuts.iter().zip(sums).zip(&certificates);
        let records = records.map(|((cut, sum), certificate)| cut.record(*sum, *certificate)).collect();
        Evaluating::new(turn, self.at, self.candidates, self.beacon, records).into()
    }

    pub(super) fn deadline(&self) -> Option<Millis> {
        self.certificates.is_none().then_some(self.deadline)
    }

    pub(super) fn extend(&mut self, until: Millis) {
        self.deadline = self.deadline.max(until);
    }

    pub(super) const fn attempt(&self) -> Option<Attempt> {
        Some(self.at)
    }
}

fn failure(committee: &Committee, error: &OpenCutError) -> OpenFailure {
    match error {
        OpenCutError::Certificate(CombineError::Quorum(QuorumError::BadShares { liars, .. }))
        | OpenCutError::Seed { source: OpenError::Quorum(QuorumError::BadShares { liars, .. }), .. } => {
            OpenFailure::Liars(committee.at(liars.iter().copied()))
        }
        OpenCutError::Certificate(CombineError::Quorum(QuorumError::TooFew { .. })) => {
            OpenFailure::Liars(Vec::new())
        }
        OpenCutError::Seed { owner, source: OpenError::Invalid { .. } | OpenError::Payload { .. } } => {
            OpenFailure::Fault(error.to_string(), Some(*owner))
        }
        other => OpenFailure::Fault(other.to_string(), None),
    }
}

/// Reads what was sealed.
fn opened_group(cut: &GroupCut, opened: &OpenedCut) -> Result<OpenedGroup, OpenFailure> {
    let mut group = OpenedGroup {
        index: cut.index,
        context: cut.context,
        graph: cut.graph().map_err(|error| OpenFailure::Fault(error.to_string(), None))?,
        updates: cut.online.iter().map(|(owner, report)| (*owner, report.update)).collect(),
        online: Vec::with_capacity(cut.online.len()),
        offline: Vec::with_capacity(cut.offline.len()),
    };
    for (owner, payload) in &opened.seeds {
        let fault = |what: String| OpenFailure::Fault(format!("{owner} sealed {what}"), Some(*owner));
        if cut.online.contains_key(owner) {
            let seed: [u8; 32] = payload
                .as_slice()
                .try_into()
                .map_err(|_| fault(format!("a self seed of {} bytes instead of 32", payload.len())))?;
            group.online.push((*owner, SelfSeed::from_bytes(seed)));
        } else {
            let seeds =
                PairSeeds::decode(payload).map_err(|error| fault(format!("no pair seeds: {error}")))?;
            group.offline.push((*owner, seeds));
        }
    }
    Ok(group)
}
