//! A study with its owners, without a coordinator around it: commands go in, events come out.

use std::collections::{BTreeMap, BTreeSet};

use tributary_aggregation::context::with_roster;
use tributary_aggregation::header::Signed;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::transcript::RoundTranscript;
use tributary_proto::decode;
use tributary_proto::v1::{self, event::Event};

use super::chain::Chain;
use crate::rounds::base::Attempt;
use crate::rounds::command::{Commit, CommitteeSigned, Enrol, Evaluation, GroupRelease};
use crate::rounds::{Command, Effect, Errand, Facts, Millis, Phase, Rejection, Step, Study, step};
use crate::testing::facts;
use crate::testing::member::{Joined, Member, context0, members, model};

pub struct World {
    pub study: Study,
    pub members: Vec<Member>,
    pub now: Millis,
    pub events: Vec<Event>,
    pub lines: Vec<String>,
    pub errands: Vec<Errand>,
    /// Those of the errands that the relay has carried out.
    pub relayed: usize,
    pub chain: Chain,
    pub unmask: usize,
    pub joined: BTreeMap<OwnerId, Joined>,
    pub models: u64,
}

impl World {
    /// A study that owners may enrol in.
    pub fn new(owners: u8, min_group: u16) -> Self {
        Self::of(facts(owners.into(), min_group), owners)
    }

    /// A study of this plan, with some that may become its owners.
    pub fn of(facts: Facts, owners: u8) -> Self {
        Self {
            study: Study::new(facts, 0),
            members: members(owners),
            now: 1000,
            events: Vec::new(),
            lines: Vec::new(),
            errands: Vec::new(),
            relayed: 0,
            chain: Chain::default(),
            unmask: 0,
            joined: BTreeMap::new(),
            models: 0,
        }
    }

    /// A study whose committee is registered: its first round is announced.
    pub fn formed(owners: u8, min_group: u16) -> Self {
        let mut world = Self::new(owners, min_group);
        for who in 0..world.members.len() {
            world.enrol(who).unwrap();
        }
        world.form().unwrap();
        for who in 0..world.members.len() {
            world.sign_committee(who).unwrap();
        }
        world.relay();
        world
    }

    /// A study whose statistics are gathered: its first training round is announced.
    pub fn training(owners: u8, min_group: u16) -> Self {
        let mut world = Self::formed(owners, min_group);
        world.run_round();
        assert_eq!(world.at().round, 1);
        world
    }

    /// Says a command; after it the state is written, read back, and must be the same.
    pub fn say(&mut self, command: Command) -> Result<(), Rejection> {
        let Step { study, effects } = step(self.study.clone(), command, self.now)?;
        let json = serde_json::to_string(&study).unwrap();
        self.study = serde_json::from_str(&json).unwrap();
        assert_eq!(self.study, study, "a restart changes nothing");
        for effect in effects {
            match effect {
                Effect::Append { seq, event, .. } => {
                    if let Event::MaskGraphDrawn(drawn) = &event {
                        let beacon = decode::array("beacon", &drawn.beacon).unwrap();
                        self.members.iter_mut().for_each(|member| member.graph_beacon = Some(beacon));
                    }
                    self.events.push(event);
                    assert_eq!(seq, self.events.len() as u64);
                }
                Effect::Relay { errand, .. } => self.errands.push(errand),
                Effect::Log(line) => self.lines.push(line),
                Effect::Unmask => self.unmask += 1,
                Effect::Fold { .. } | Effect::DropReports { .. } => {}
            }
        }
        Ok(())
    }

    pub fn tick(&mut self, after: Millis) {
        self.now += after;
        self.say(Command::Tick).unwrap();
    }

    /// Time passes while these are heard.
    pub fn pass(&mut self, seconds: u64, heard: &[usize]) {
        for _ in 0..seconds {
            self.now += 1000;
            for who in heard {
                self.beat(*who);
            }
            self.say(Command::Tick).unwrap();
        }
    }

    pub fn beat(&mut self, who: usize) {
        let owner = self.members[who].id;
        let beat = Command::Heartbeat { owner, round: 0, done_permille: 0, vault_generation: 0 };
        self.say(beat).unwrap();
    }

    pub fn phase(&self) -> &'static str {
        self.study.phase.name()
    }

    pub fn at(&self) -> Attempt {
        self.study.phase.attempt().unwrap()
    }

    pub fn id(&self, who: usize) -> OwnerId {
        self.members[who].id
    }

    pub fn everyone(&self) -> Vec<usize> {
        (0..self.members.len()).collect()
    }

    pub fn said(&self, text: &str) -> bool {
        self.lines.iter().any(|line| line.contains(text))
    }

    /// The relay carries out what it was given, and what follows from that.
    pub fn relay(&mut self) {
        while self.relayed < self.errands.len() {
            self.relay_one();
        }
    }

    /// The relay carries out its next errand.
    pub fn relay_one(&mut self) {
        let told = self.chain.carry_out(&self.errands[self.relayed]);
        self.relayed += 1;
        // The study may have no use for the answer any more.
        let _ = told.map(|command| self.say(command));
    }

    /// The relay was killed before it struck its last errand off: it is done again.
    pub fn relay_again(&mut self) {
        self.relayed = self.relayed.saturating_sub(1);
        self.relay();
    }

    /// The group's epoch.
    pub fn epoch(&self) -> u64 {
        self.study.base.mls_epoch.unwrap_or(0)
    }

    // ------------------------------------------------------------------------------------------- forming

    pub fn enrolment(&self, who: usize, sequence: u64) -> Command {
        let (owner, identity) = (self.id(who), self.members[who].identity());
        let mls_key = self.members[who].mls.verifying_key().to_bytes();
        let (key_package, signature) = (vec![1; 50], vec![3; 65]);
        Command::Enrol(Enrol { owner, mls_key, key_package, identity, sequence, signature })
    }

    pub fn enrol(&mut self, who: usize) -> Result<(), Rejection> {
        self.say(self.enrolment(who, 0))?;
        self.relay();
        Ok(())
    }

    pub fn form(&mut self) -> Result<(), Rejection> {
        let sender = self.study.base.facts.chain.researcher;
        let added = self.study.base.owners.keys().copied().collect();
        self.say(Command::Commit(Commit { sender, epoch: 0, commit: vec![], welcome: vec![7; 10], added }))
    }

    pub fn sign_committee(&mut self, who: usize) -> Result<(), Rejection> {
        let member = &self.members[who];
        let signed = CommitteeSigned {
            owner: member.id,
            epoch: member.epoch,
            key: member.key.to_bytes(),
            members: member.members.clone(),
            signature: vec![4; 65],
        };
        self.say(Command::CommitteeSigned(signed))
    }

    // -------------------------------------------------------------------------------------------- a round

    fn last<T>(&self, pick: impl Fn(&Event) -> Option<T>) -> T {
        self.events.iter().rev().find_map(pick).expect("the event")
    }

    pub fn beacon(&mut self, who: usize) -> Result<(), Rejection> {
        let at = self.at();
        let candidates = self.last(|event| match event {
            Event::RoundAnnounced(announced) => Some(announced.candidates.clone()),
            _ => None,
        });
        let candidates = decode::ascending_owners("candidates", &candidates).unwrap();
        let (study, member) = (self.study.base.facts.study, &self.members[who]);
        let share = member.beacon_share(study, (at.round, at.attempt), &candidates);
        self.say(Command::BeaconShare { owner: member.id, at, share })
    }

    fn groups(&self, rosters: bool) -> Vec<decode::Group> {
        let groups = self.last(|event| match event {
            Event::RoundOpened(opened) if !rosters => Some(opened.groups.clone()),
            Event::RostersFixed(fixed) if rosters => Some(fixed.rosters.clone()),
            _ => None,
        });
        decode::groups("groups", &groups).unwrap()
    }

    fn group_of(&self, who: usize, rosters: bool) -> decode::Group {
        let owner = self.id(who);
        self.groups(rosters).into_iter().find(|group| group.owners.contains(&owner)).expect("a group")
    }

    fn context0(&self, group: u16) -> Digest {
        let at = self.at();
        let plan = self.study.base.facts.round_plan(at.round).unwrap();
        let (study, epoch) = (self.study.base.facts.study, self.epoch());
        context0(study, epoch, (at.round, at.attempt), group, model(self.models), &plan)
    }

    pub fn join(&mut self, who: usize) -> Result<(), Rejection> {
        let group = self.group_of(who, false);
        self.join_in(who, self.context0(group.index))
    }

    pub fn join_in(&mut self, who: usize, context0: Digest) -> Result<(), Rejection> {
        let (at, group) = (self.at(), self.group_of(who, false));
        let mut joined = self.members[who].join(context0, &group.owners);
        joined.at = (at.round, at.attempt);
        let join = joined.header.clone();
        self.joined.insert(self.id(who), joined);
        self.say(Command::Join { at, join })
    }

    /// A share of the beacon that says who masks with whom.
    pub fn graph_share(&self, who: usize) -> Command {
        let context = |group: &decode::Group| with_roster(&self.context0(group.index), &group.owners);
        let contexts: Vec<Digest> = self.groups(true).iter().map(context).collect();
        let (at, study, member) = (self.at(), self.study.base.facts.study, &self.members[who]);
        let share = member.graph_share(study, (at.round, at.attempt), &contexts);
        Command::GraphShare { owner: member.id, at, share }
    }

    /// Those who are of the committee.
    pub fn committee(&self) -> Vec<usize> {
        let all = self.everyone().into_iter();
        all.filter(|who| self.members[*who].is_in_committee()).collect()
    }

    pub fn report_header(&mut self, who: usize) -> Command {
        let (at, group, owner) = (self.at(), self.group_of(who, true), self.id(who));
        let plan = self.study.base.facts.round_plan(at.round).unwrap();
        let values = vec![0.25; plan.vector_len()];
        let joined = &self.joined[&owner];
        let (report, _) = self.members[who].report(&plan, joined, &group.owners, &values, 10);
        Command::Report { at, report }
    }

    pub fn report(&mut self, who: usize) -> Result<(), Rejection> {
        let report = self.report_header(who);
        self.say(report)
    }

    pub fn cuts(&self) -> Vec<decode::Cut> {
        self.last(|event| match event {
            Event::CutsProposed(proposed) => Some(proposed.cuts.clone()),
            _ => None,
        })
        .into_iter()
        .map(|cut| decode::Cut::try_from(cut).unwrap())
        .collect()
    }

    pub fn release_of(&mut self, who: usize) -> Command {
        let (at, min_group) = (self.at(), self.study.base.min_group());
        let cuts = self.cuts();
        let contexts: Vec<Digest> = cuts.iter().map(|cut| self.context0(cut.group)).collect();
        let model = model(self.models);
        let member = &mut self.members[who];
        let groups = cuts.iter().zip(contexts).map(|(cut, context0)| {
            let (digest, release) =
                member.release((at.round, at.attempt), cut, context0, model, min_group).unwrap();
            GroupRelease { group: cut.group, cut: digest, release }
        });
        let groups = groups.collect();
        Command::Release { owner: self.id(who), at, groups }
    }

    pub fn release(&mut self, who: usize) -> Result<(), Rejection> {
        let release = self.release_of(who);
        self.say(release)
    }

    pub fn publish(&mut self) -> Result<(), Rejection> {
        let sums = self.cuts().iter().map(|cut| Digest([cut.group as u8; 32])).collect();
        self.say(Command::Summed { at: self.at(), sums })
    }

    pub fn evaluation(&self, shift: i64) -> Evaluation {
        let groups = self.cuts().len();
        let utilities =
            if self.at().round == 0 { vec![] } else { (0..1 << groups).map(|u| u * 1000 + shift).collect() };
        Evaluation { utilities, model_before: model(self.models), model_after: model(self.models + 1) }
    }

    pub fn evaluate(&mut self, who: usize, evaluation: Evaluation) -> Result<(), Rejection> {
        self.say(Command::Evaluation { owner: self.id(who), at: self.at(), evaluation })
    }

    pub fn transcript(&self) -> RoundTranscript {
        let bytes = self.last(|event| match event {
            Event::SettlementProposed(proposed) => Some(proposed.transcript.clone()),
            _ => None,
        });
        serde_json::from_slice(&bytes).unwrap()
    }

    /// What is signed: digest of the transcript, and EIP-712 digest.
    pub fn proposed(&self) -> (Digest, Digest) {
        let Phase::Settling(settling) = &self.study.phase else { panic!("{}", self.phase()) };
        (settling.proposal().transcript_digest, settling.proposal().digest)
    }

    pub fn sign(&mut self, who: usize) -> Result<(), Rejection> {
        let (transcript, digest) = self.proposed();
        let (at, owner) = (self.at(), self.id(who));
        let share = self.members[who].settlement_share(digest);
        self.say(Command::SettlementShare { owner, at, transcript, share })
    }

    pub fn settled(&mut self) -> Result<(), Rejection> {
        let round = self.at().round;
        self.say(Command::Settled { round, transaction: Some(Digest([round as u8; 32])), gas_used: 200_000 })
    }

    // ------------------------------------------------------------------------------------ several phases

    /// From the announcement to the rosters, with these.
    pub fn reach_reporting(&mut self, who: &[usize]) {
        let committee = self.committee();
        who.iter().filter(|who| committee.contains(who)).for_each(|who| self.beacon(*who).unwrap());
        assert_eq!(self.phase(), "joining", "{:?}", self.lines);
        who.iter().for_each(|who| self.join(*who).unwrap());
    }

    /// From the announcement to the cut, all reporting.
    pub fn reach_unmasking(&mut self) {
        let all = self.everyone();
        self.reach_reporting(&all);
        all.iter().for_each(|who| self.report(*who).unwrap());
        assert_eq!(self.phase(), "unmasking", "{:?}", self.lines);
    }

    /// From the announcement to the published sums.
    pub fn reach_evaluating(&mut self) {
        self.reach_unmasking();
        self.everyone().iter().for_each(|who| self.release(*who).unwrap());
        self.publish().unwrap();
        assert_eq!(self.phase(), "scoring", "{:?}", self.lines);
    }

    /// From the announcement to the proposed settlement.
    pub fn reach_settling(&mut self) {
        self.reach_evaluating();
        let evaluation = self.evaluation(0);
        for who in self.everyone() {
            if self.phase() == "scoring" {
                self.evaluate(who, evaluation.clone()).unwrap();
            }
        }
        assert_eq!(self.phase(), "settling", "{:?}", self.lines);
    }

    /// A whole round; the next is announced, or the study has ended.
    pub fn run_round(&mut self) {
        if self.at().round == 0 {
            self.reach_evaluating();
            let evaluation = self.evaluation(0);
            for who in self.everyone() {
                if self.at().round == 0 {
                    self.evaluate(who, evaluation.clone()).unwrap();
                }
            }
        } else {
            self.reach_settling();
            self.everyone().iter().for_each(|who| self.sign(*who).unwrap());
            self.settled().unwrap();
        }
        self.models += 1;
    }

    pub fn is_candidate(&self, who: usize) -> bool {
        let owner = self.id(who);
        self.groups(false).iter().any(|group| group.owners.contains(&owner))
    }

    pub fn is_rostered(&self, who: usize) -> bool {
        let owner = self.id(who);
        let here =
            |at: &Attempt| self.joined.get(&owner).map(|joined| joined.at) == Some((at.round, at.attempt));
        self.groups(true).iter().any(|group| group.owners.contains(&owner)) && here(&self.at())
    }

    /// The model that members hold: one after the statistics, one more for each settled round.
    pub fn models_after_statistics(&self) -> u64 {
        let settled = self.events.iter().filter(|event| matches!(event, Event::RoundSettled(_))).count();
        settled as u64
    }

    /// Who was named absent when the last attempt was aborted.
    pub fn absent(&self) -> BTreeSet<OwnerId> {
        let absent = self.last(|event| match event {
            Event::RoundAborted(aborted) => Some(aborted.absent.clone()),
            _ => None,
        });
        decode::ascending_owners("absent", &absent).unwrap().into_iter().collect()
    }

    pub fn aborts(&self) -> Vec<v1::RoundAborted> {
        let aborted = |event: &Event| match event {
            Event::RoundAborted(aborted) => Some(aborted.clone()),
            _ => None,
        };
        self.events.iter().filter_map(aborted).collect()
    }
}

/// The same header, changed: its signature does not fit any more.
pub fn forged<T>(mut signed: Signed<T>) -> Signed<T> {
    signed.signature[0] ^= 1;
    signed
}
