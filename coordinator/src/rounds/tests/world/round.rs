//! What owners say in a round, and rounds as far as a test wants them.

use tributary_aggregation::context::with_roster;
use tributary_aggregation::ids::Digest;
use tributary_aggregation::transcript::RoundTranscript;
use tributary_proto::decode;
use tributary_proto::v1::event::Event;

use super::World;
use crate::rounds::base::Attempt;
use crate::rounds::command::{Evaluation, GroupRelease};
use crate::rounds::{Command, Phase, Rejection};
use crate::testing::member::{context0, model};

impl World {
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
}
