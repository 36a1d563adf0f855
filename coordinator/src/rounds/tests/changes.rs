//! Owners who come and go: what they and the group say.

use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_proto::decode;
use tributary_proto::v1::{self, event::Event};

use super::world::World;
use crate::rounds::command::{Commit, Leave, SignRemoval};
use crate::rounds::{Command, Facts, Rejection};
use crate::testing::facts;
use crate::testing::member::{members, next_committee};

/// What a change of the roster was announced as.
#[derive(Debug, PartialEq, Eq)]
pub struct Announced {
    pub epoch: u64,
    pub committer: OwnerId,
    pub added: Vec<OwnerId>,
    pub removed: Vec<OwnerId>,
}

/// A study of three or more, and up to `most` owners, who may enrol at any time.
fn open_facts(most: u16) -> Facts {
    let mut facts = facts(most, 2);
    facts.plan.cohort.min_owners = 3;
    facts.plan.cohort.late_enrolment = true;
    let may = members(u8::try_from(most).unwrap()).into_iter().map(|member| member.id);
    facts.plan.cohort.allowed = may.chain([OwnerId([0x77; 20])]).collect();
    facts.plan.cohort.allowed.sort_unstable();
    facts.plan_json = String::from_utf8(facts.plan.to_json().unwrap()).unwrap();
    facts
}

/// The same, and every owner has to consent.
pub fn consent_facts(most: u16) -> Facts {
    let mut facts = open_facts(most);
    facts.plan.cohort.consent = true;
    facts.plan.purpose = vec!["DUO:0000037".parse().unwrap()];
    facts.plan_json = String::from_utf8(facts.plan.to_json().unwrap()).unwrap();
    facts
}

impl World {
    /// These are at work, of so many who may, each with its consent: the first round is announced.
    pub fn with_consent(most: u8, who: &[usize]) -> Self {
        let mut world = Self::closed_under(consent_facts(most.into()), most, who);
        world.form().unwrap();
        world.make_key(who);
        world
    }

    /// An owner takes its consent back, and the coordinator hears of it.
    pub fn revoke(&mut self, who: usize) {
        let owner = self.id(who);
        let told = self.chain.revoke(owner);
        self.say(told).unwrap();
    }

    /// These are enrolled, of so many who may; enrolment is over.
    pub fn closed(most: u8, who: &[usize]) -> Self {
        Self::closed_under(open_facts(most.into()), most, who)
    }

    fn closed_under(facts: Facts, most: u8, who: &[usize]) -> Self {
        let mut world = Self::of(facts, most);
        who.iter().for_each(|who| world.enrol(*who).unwrap());
        if world.phase() == "enrolling" {
            world.tick(100_000);
            world.relay();
        }
        assert_eq!(world.phase(), "forming", "{:?}", world.lines);
        world
    }

    /// These are at work, of so many who may: the first round is announced.
    pub fn at_work(most: u8, who: &[usize]) -> Self {
        let mut world = Self::closed(most, who);
        world.form().unwrap();
        world.make_key(who);
        world
    }

    /// The group's owners make and sign a key.
    pub fn make_key(&mut self, who: &[usize]) {
        let epoch = self.epoch();
        next_committee(&mut self.members, who, epoch);
        who.iter().for_each(|who| self.sign_committee(*who).unwrap());
        self.relay();
    }

    fn sequence(&self, who: usize) -> u64 {
        self.study.base.roster.place(&self.id(who)).map_or(0, |place| place.sequence)
    }

    /// Comes with the keys that it has now.
    pub fn come(&mut self, who: usize) -> Result<(), Rejection> {
        self.say(self.enrolment(who, self.sequence(who)))
    }

    pub fn leave(&mut self, who: usize) -> Result<(), Rejection> {
        let (owner, sequence) = (self.id(who), self.sequence(who));
        self.say(Command::Leave(Leave { owner, sequence, signature: vec![5; 65] }))
    }

    pub fn propose_removal(&mut self, who: usize) -> Result<(), Rejection> {
        let (owner, sequence) = (self.id(who), self.sequence(who));
        self.say(Command::ProposeRemoval { owner, sequence, reason: "silent for a week".into() })
    }

    pub fn sign_removal(&mut self, signer: usize, who: usize) -> Result<(), Rejection> {
        let (signer, owner, sequence) = (self.id(signer), self.id(who), self.sequence(who));
        self.say(Command::SignRemoval(SignRemoval { signer, owner, sequence, signature: vec![6; 65] }))
    }

    /// The changes of the roster as they were announced.
    pub fn announced_changes(&self) -> Vec<Announced> {
        let owners = |wire: &[Vec<u8>]| decode::ascending_owners("owners", wire).unwrap();
        let read = |changing: &v1::RosterChanging| Announced {
            epoch: changing.epoch,
            committer: decode::owner("committer", &changing.committer).unwrap(),
            added: owners(&changing.added.iter().map(|added| added.owner.clone()).collect::<Vec<_>>()),
            removed: owners(&changing.removed),
        };
        let changing = |event: &Event| match event {
            Event::RosterChanging(changing) => Some(read(changing)),
            _ => None,
        };
        self.events.iter().filter_map(changing).collect()
    }

    /// A commit as it was announced, by somebody.
    pub fn commit_of(&self, who: usize) -> Command {
        let announced = self.announced_changes().pop().unwrap();
        let welcome = if announced.added.is_empty() { vec![] } else { vec![8; 10] };
        let (sender, epoch, added) = (self.id(who), announced.epoch, announced.added);
        Command::Commit(Commit { sender, epoch, commit: vec![9; 10], welcome, added })
    }

    pub fn commit(&mut self, who: usize) -> Result<(), Rejection> {
        let commit = self.commit_of(who);
        self.say(commit)
    }

    pub fn index_of(&self, owner: OwnerId) -> usize {
        self.members.iter().position(|member| member.id == owner).unwrap()
    }

    /// The group follows the roster that the chain holds, to these owners.
    pub fn follow(&mut self, who: &[usize]) {
        self.relay();
        assert_eq!(self.phase(), "forming", "{:?}", self.lines);
        let committer = self.announced_changes().pop().unwrap().committer;
        self.commit(self.index_of(committer)).unwrap();
        self.make_key(who);
        let owners: Vec<usize> = self.study.base.owners.keys().map(|owner| self.index_of(*owner)).collect();
        assert_eq!(owners, who);
        assert_eq!(self.study.base.committee.as_ref().unwrap().epoch, self.epoch());
    }

    /// A message of the key generation, which nobody here can read.
    pub fn speak(&mut self, who: usize) -> Result<(), Rejection> {
        let (sender, epoch) = (self.id(who), self.epoch());
        self.say(Command::Message { sender, epoch, message: vec![1, 2, 3] })
    }

    pub fn key_deadlines(&self) -> Vec<(u64, u32)> {
        let deadline = |event: &Event| match event {
            Event::CommitteeDeadline(deadline) => Some((deadline.epoch, deadline.number)),
            _ => None,
        };
        self.events.iter().filter_map(deadline).collect()
    }

    /// A whole round with these, once it is announced.
    pub fn train(&mut self, who: &[usize]) {
        while self.phase() == "gathering" {
            self.pass(1, who);
        }
        let settled = self.study.base.history.rounds;
        self.reach_reporting(who);
        who.iter().for_each(|who| self.report(*who).unwrap());
        who.iter().for_each(|who| self.release(*who).unwrap());
        self.publish().unwrap();
        let evaluation = self.evaluation(0);
        for &who in who {
            if self.phase() == "scoring" {
                self.evaluate(who, evaluation.clone()).unwrap();
            }
        }
        if self.phase() == "settling" {
            who.iter().for_each(|who| self.sign(*who).unwrap());
            self.relay();
            assert_eq!(self.study.base.history.rounds, settled + 1);
        }
        self.models += 1;
    }

    /// What the relay is to do next about the roster, in words.
    pub fn pending(&self) -> Vec<&'static str> {
        self.errands[self.relayed..].iter().map(crate::rounds::Errand::name).collect()
    }
}

/// Keys that nobody has.
pub fn nowhere() -> Digest {
    Digest([0x99; 32])
}
