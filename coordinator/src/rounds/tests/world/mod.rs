//! A study with its owners, without a coordinator around it: commands go in, events come out.

mod round;

use std::collections::{BTreeMap, BTreeSet};

use tributary_aggregation::header::Signed;
use tributary_aggregation::ids::OwnerId;
use tributary_proto::decode;
use tributary_proto::v1::{self, event::Event};

use super::chain::Chain;
use crate::rounds::base::Attempt;
use crate::rounds::command::{Commit, CommitteeSigned, Enrol};
use crate::rounds::{Command, Effect, Errand, Facts, Millis, Rejection, Step, Study, step};
use crate::testing::facts;
use crate::testing::member::{Joined, Member, members};

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

    fn last<T>(&self, pick: impl Fn(&Event) -> Option<T>) -> T {
        self.events.iter().rev().find_map(pick).expect("the event")
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
