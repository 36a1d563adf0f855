//! Owners who take their consent back.

use super::world::World;
use crate::rounds::Command;
use crate::rounds::base::Attempt;
use crate::rounds::roster::Gate;

impl World {
    fn finish_round(&mut self, who: &[usize]) {
        who.iter().for_each(|who| self.report(*who).unwrap());
        who.iter().for_each(|who| self.release(*who).unwrap());
        self.publish().unwrap();
        let evaluation = self.evaluation(0);
        for &who in who {
            if self.phase() == "scoring" {
                self.evaluate(who, evaluation.clone()).unwrap();
            }
        }
        who.iter().for_each(|who| self.sign(*who).unwrap());
        self.relay();
        self.models += 1;
    }

    fn announced_rounds(&self) -> usize {
        use tributary_proto::v1::event::Event;
        self.events.iter().filter(|event| matches!(event, Event::RoundAnnounced(_))).count()
    }
}

#[test]
fn the_round_under_way_settles_and_the_next_is_without_who_withdrew() {
    let mut world = World::with_consent(5, &[0, 1, 2, 3, 4]);
    world.train(&[0, 1, 2, 3, 4]);
    world.reach_reporting(&[0, 1, 2, 3, 4]);
    world.revoke(4);
    assert_eq!(world.phase(), "training", "the round under way goes on");
    assert!(world.said("taken its consent back"));
    let rounds = world.announced_rounds();
    world.finish_round(&[0, 1, 2, 3, 4]);
    assert_eq!((world.study.base.history.rounds, world.phase()), (1, "forming"));
    assert_eq!(world.announced_rounds(), rounds, "nothing else under the old committee");
    world.follow(&[0, 1, 2, 3]);
    assert_eq!(world.at(), Attempt { round: 2, attempt: 1 });
    world.train(&[0, 1, 2, 3]);
    assert_eq!(world.phase(), "closed");
    assert!(world.study.base.may_read(&world.id(4)), "what it earned is on the record");
}

#[test]
fn who_withdraws_between_rounds_is_in_no_attempt_any_more() {
    let mut world = World::with_consent(5, &[0, 1, 2, 3, 4]);
    world.revoke(2);
    // The attempt that was announced ends, for want of a beacon; there is no other.
    let rounds = world.announced_rounds();
    world.pass(8, &[0, 1, 3, 4]);
    assert_eq!((world.phase(), world.announced_rounds()), ("forming", rounds));
    world.follow(&[0, 1, 3, 4]);
    world.train(&[0, 1, 3, 4]);
}

#[test]
fn a_withdrawal_while_the_roster_is_sealed_is_followed_before_any_round() {
    let mut world = World::with_consent(6, &[0, 1, 2, 3, 4]);
    world.train(&[0, 1, 2, 3, 4]);
    world.come(5).unwrap();
    world.relay();
    world.pass(8, &[0, 1, 2, 3, 4, 5]);
    world.relay();
    assert_eq!(world.study.base.roster.gate(), Gate::Sealed);
    world.revoke(1);
    assert!(world.said("the group follows after the next registration"));
    let rounds = world.announced_rounds();
    let committer = world.announced_changes().pop().unwrap().committer;
    world.commit(world.index_of(committer)).unwrap();
    // The sealed roster's committee is registered, since nothing else unseals it, and nothing is done under it.
    world.make_key(&[0, 1, 2, 3, 4, 5]);
    assert_eq!((world.phase(), world.announced_rounds()), ("forming", rounds));
    world.follow(&[0, 2, 3, 4, 5]);
    world.train(&[0, 2, 3, 4, 5]);
}

#[test]
fn who_withdraws_before_the_study_begins_is_not_in_it() {
    let mut world = World::of(super::changes::consent_facts(5), 5);
    for who in 0..4 {
        world.enrol(who).unwrap();
    }
    world.revoke(3);
    assert_eq!(world.study.base.owners.len(), 3);
    world.tick(100_000);
    world.relay();
    assert_eq!((world.phase(), world.study.base.owners.len()), ("forming", 3));
    // And between the seal and the first registration.
    world.form().unwrap();
    world.revoke(2);
    world.make_key(&[0, 1, 2]);
    world.relay();
    assert_eq!(world.announced_rounds(), 0);
    assert!(world.said("only 2 owners are left"), "{:?}", world.lines);
}

#[test]
fn who_consents_and_comes_again_is_not_struck_off_by_an_old_withdrawal() {
    let mut world = World::of(super::changes::consent_facts(5), 5);
    for who in 0..4 {
        world.enrol(who).unwrap();
    }
    let owner = world.id(3);
    world.revoke(3);
    world.chain.revoked.clear();
    world.say(world.enrolment(3, 2)).unwrap();
    world.relay();
    world.say(Command::ConsentWithdrawn { owner, sequence: 1 }).unwrap();
    assert!(world.study.base.roster.place(&owner).is_some() && world.study.base.owners.len() == 4);
}

#[test]
fn a_wish_that_was_pending_ends_with_the_consent() {
    let mut world = World::with_consent(5, &[0, 1, 2, 3, 4]);
    world.train(&[0, 1, 2, 3, 4]);
    world.leave(4).unwrap();
    world.revoke(4);
    world.relay();
    world.pass(8, &[0, 1, 2, 3]);
    world.follow(&[0, 1, 2, 3]);
    assert_eq!(world.study.base.owners.len(), 4);
    // The same the other way round: it had left before the withdrawal was heard of.
    let mut world = World::with_consent(5, &[0, 1, 2, 3, 4]);
    world.train(&[0, 1, 2, 3, 4]);
    world.leave(4).unwrap();
    world.relay();
    world.revoke(4);
    world.pass(8, &[0, 1, 2, 3]);
    world.follow(&[0, 1, 2, 3]);
}

#[test]
fn a_withdrawal_that_is_heard_twice_or_late_changes_nothing() {
    let mut world = World::with_consent(5, &[0, 1, 2, 3, 4]);
    world.train(&[0, 1, 2, 3, 4]);
    let (owner, sequence) = (world.id(4), 1);
    world.revoke(4);
    let withdrawn = Command::ConsentWithdrawn { owner, sequence };
    world.say(withdrawn.clone()).unwrap();
    world.say(Command::ConsentRevoked { owner }).unwrap();
    world.pass(8, &[0, 1, 2, 3]);
    world.follow(&[0, 1, 2, 3]);
    let before = world.study.clone();
    world.say(withdrawn.clone()).unwrap();
    world.say(Command::ConsentRevoked { owner }).unwrap();
    assert_eq!(world.study, before);
    // A stranger, and a study that asks for no consent.
    let before = world.study.clone();
    world.say(Command::ConsentRevoked { owner: tributary_aggregation::ids::OwnerId([0x55; 20]) }).unwrap();
    assert_eq!(world.study, before);
    let mut open = World::at_work(5, &[0, 1, 2, 3, 4]);
    let (owner, before) = (open.id(4), open.study.clone());
    open.say(Command::ConsentWithdrawn { owner, sequence: 1 }).unwrap();
    open.say(Command::ConsentRevoked { owner }).unwrap();
    assert_eq!(open.study, before);
}

#[test]
fn a_withdrawal_that_nobody_told_of_costs_one_round_and_no_study() {
    let mut world = World::with_consent(5, &[0, 1, 2, 3, 4]);
    world.train(&[0, 1, 2, 3, 4]);
    let _ = world.chain.revoke(world.id(4));
    world.train(&[0, 1, 2, 3, 4]);
    assert_eq!(world.study.base.history.rounds, 1, "the round under way");
    world.reach_reporting(&[0, 1, 2, 3, 4]);
    let at = world.at();
    world.finish_round(&[0, 1, 2, 3, 4]);
    world.models -= 1;
    // The chain refuses the one after it. Its number is gone, and the group follows.
    let aborted = world.aborts().pop().unwrap();
    assert_eq!((aborted.round, aborted.attempt), (at.round, at.attempt));
    assert!(aborted.reason.contains("consent"), "{}", aborted.reason);
    assert_eq!(world.phase(), "forming");
    world.follow(&[0, 1, 2, 3]);
    assert_eq!(world.at(), Attempt { round: at.round + 1, attempt: 1 });
    world.train(&[0, 1, 2, 3]);
    assert_eq!((world.phase(), world.study.base.history.rounds), ("closed", 2));
}
