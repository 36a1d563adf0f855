//! Owners come, go, replace their keys and are removed.

use tributary_aggregation::ids::OwnerId;

use super::changes::{Announced, nowhere};
use super::world::World;
use crate::rounds::base::Attempt;
use crate::rounds::roster::{Ended, Gate, MOST_CHANGES};
use crate::rounds::{Command, Errand, Rejection};

#[test]
fn an_owner_joins_late_once_the_attempt_has_ended() {
    let mut world = World::at_work(5, &[0, 1, 2, 3]);
    world.train(&[0, 1, 2, 3]);
    world.reach_reporting(&[0, 1, 2, 3]);
    world.come(4).unwrap();
    world.relay();
    // The chain has it; the round goes on as it was.
    assert_eq!(world.phase(), "training");
    assert_eq!(world.study.base.owners.len(), 4);
    assert!(world.study.base.roster.is_joining(&world.id(4)) && world.study.base.may_read(&world.id(4)));
    world.beat(4);
    (0..4).for_each(|who| world.report(who).unwrap());
    (0..4).for_each(|who| world.release(who).unwrap());
    world.publish().unwrap();
    let evaluation = world.evaluation(0);
    (0..3).for_each(|who| world.evaluate(who, evaluation.clone()).unwrap());
    (0..4).for_each(|who| world.sign(who).unwrap());
    world.settled().unwrap();
    world.models += 1;
    // Between two rounds the group follows.
    assert_eq!((world.phase(), world.pending().last()), ("forming", Some(&"seal roster")));
    world.relay();
    let (committer, added) = (world.id(0), vec![world.id(4)]);
    assert_eq!(world.announced_changes(), [Announced { epoch: 1, committer, added, removed: vec![] }]);
    world.follow(&[0, 1, 2, 3, 4]);
    assert_eq!(world.at(), Attempt { round: 2, attempt: 1 });
    assert_eq!(world.study.base.quorum(), 4);
    world.train(&[0, 1, 2, 3, 4]);
    assert_eq!(world.phase(), "closed");
}

#[test]
fn a_newcomer_has_no_vote_on_the_committee_that_takes_it_in() {
    let mut world = World::at_work(5, &[0, 1, 2, 3]);
    world.train(&[0, 1, 2, 3]);
    world.come(4).unwrap();
    world.relay();
    // It was announced already: it ends, for want of a beacon, and then the group follows.
    world.pass(8, &[0, 1, 2, 3, 4]);
    world.relay();
    world.commit(0).unwrap();
    let epoch = world.epoch();
    crate::testing::member::next_committee(&mut world.members, &[0, 1, 2, 3, 4], epoch);
    world.sign_committee(0).unwrap();
    world.sign_committee(4).unwrap();
    world.sign_committee(1).unwrap();
    assert!(world.pending().is_empty(), "two votes are no quorum of four voters, and the newcomer has none");
    world.sign_committee(3).unwrap();
    let Some(Errand::RegisterCommittee { signers, .. }) = world.errands.last() else { panic!() };
    assert_eq!(signers, &[world.id(0), world.id(1), world.id(3)]);
    world.relay();
    assert_eq!(world.at(), Attempt { round: 1, attempt: 2 });
    assert_eq!(world.study.base.roster.quorum(epoch), 4, "from now on it votes");
}

#[test]
fn an_owner_that_the_plan_takes_no_more_or_not_at_all_is_refused() {
    let mut world = World::at_work(4, &[0, 1, 2, 3]);
    let stranger = world.enrolment(0, 0);
    let Command::Enrol(mut stranger) = stranger else { panic!() };
    stranger.owner = OwnerId([0x77; 20]);
    assert_eq!(world.say(Command::Enrol(stranger)), Err(Rejection::Full { max: 4 }));
    // The plan of `formed` closes with enrolment.
    let mut world = World::formed(4, 2);
    let Command::Enrol(mut late) = world.enrolment(0, 0) else { panic!() };
    late.owner = OwnerId([0x77; 20]);
    assert_eq!(world.say(Command::Enrol(late)), Err(Rejection::EnrolmentOver));
}

#[test]
fn an_owner_leaves_and_its_round_is_finished_with_it() {
    let mut world = World::at_work(5, &[0, 1, 2, 3, 4]);
    world.train(&[0, 1, 2, 3, 4]);
    world.reach_reporting(&[0, 1, 2, 3, 4]);
    world.leave(2).unwrap();
    world.leave(2).unwrap();
    assert_eq!(world.pending(), ["leave"], "asked twice, relayed once");
    world.relay();
    let answer = world.study.base.roster.answer(&world.id(2), 1);
    assert!(matches!(answer, Some(Ended::Done(Some(_)))));
    (0..5).for_each(|who| world.report(who).unwrap());
    (0..5).for_each(|who| world.release(who).unwrap());
    world.publish().unwrap();
    let evaluation = world.evaluation(0);
    (0..4).for_each(|who| world.evaluate(who, evaluation.clone()).unwrap());
    (0..5).for_each(|who| world.sign(who).unwrap());
    world.settled().unwrap();
    world.models += 1;
    let earned = world.study.base.history.cumulative.get(&world.id(2));
    assert!(earned > 0);
    world.follow(&[0, 1, 3, 4]);
    let announced = world.announced_changes().pop().unwrap();
    assert_eq!((announced.added, announced.removed), (vec![], vec![world.id(2)]));
    world.train(&[0, 1, 3, 4]);
    assert_eq!(world.phase(), "closed");
    assert_eq!(world.study.base.history.cumulative.get(&world.id(2)), earned, "what it earned stays its own");
    assert!(world.study.base.may_read(&world.id(2)));
}

#[test]
fn the_first_to_leave_is_not_the_first_to_commit() {
    let mut world = World::at_work(5, &[0, 1, 2, 3, 4]);
    world.train(&[0, 1, 2, 3, 4]);
    world.leave(0).unwrap();
    world.relay();
    world.pass(8, &[1, 2, 3, 4]);
    world.relay();
    assert_eq!(world.announced_changes().pop().unwrap().committer, world.id(1));
    assert_eq!(world.commit(0), Err(Rejection::NotEnrolled(world.id(0))));
    world.follow(&[1, 2, 3, 4]);
    assert!(world.sign_committee(0).is_err());
}

#[test]
fn a_study_with_too_few_owners_left_ends() {
    let mut world = World::at_work(4, &[0, 1, 2]);
    world.leave(1).unwrap();
    world.relay();
    world.pass(8, &[0, 1, 2]);
    world.relay();
    assert_eq!(world.phase(), "aborted");
    assert!(world.said("only 2 owners are left"), "{:?}", world.lines);
}

#[test]
fn a_quorum_removes_an_owner_and_a_minority_does_not() {
    let mut world = World::at_work(5, &[0, 1, 2, 3, 4]);
    assert!(world.sign_removal(0, 4).is_err(), "nobody proposed it");
    world.propose_removal(4).unwrap();
    let events = world.events.len();
    world.propose_removal(4).unwrap();
    assert_eq!(world.events.len(), events, "proposed once");
    for signer in [0, 1, 1, 2] {
        world.sign_removal(signer, 4).unwrap();
    }
    assert!(world.pending().is_empty(), "three of five are no quorum");
    world.pass(30, &[0, 1, 2, 3]);
    world.relay();
    assert_eq!(world.study.base.owners.len(), 5);
    let stranger = OwnerId([0x77; 20]);
    let signed = crate::rounds::command::SignRemoval {
        signer: stranger,
        owner: world.id(4),
        sequence: 1,
        signature: vec![6; 65],
    };
    assert_eq!(world.say(Command::SignRemoval(signed)), Err(Rejection::NotEnrolled(stranger)));
    world.sign_removal(3, 4).unwrap();
    let Some(Errand::Remove { signers, .. }) = world.errands.last() else { panic!() };
    assert_eq!(signers.len(), 4);
    world.relay();
    world.pass(20, &[0, 1, 2, 3]);
    world.follow(&[0, 1, 2, 3]);
    world.train(&[0, 1, 2, 3]);
    assert_eq!(world.at().round, 1);
}

#[test]
fn nobody_is_removed_while_owners_still_come() {
    let mut world = World::new(4, 2);
    world.enrol(0).unwrap();
    world.enrol(1).unwrap();
    assert!(matches!(world.propose_removal(1), Err(Rejection::NotNow { .. })));
}

#[test]
fn signatures_against_an_earlier_enrolment_of_an_owner_remove_nobody() {
    let mut world = World::at_work(5, &[0, 1, 2, 3, 4]);
    world.propose_removal(4).unwrap();
    (0..3).for_each(|signer| world.sign_removal(signer, 4).unwrap());
    // It comes back before the quorum is there.
    world.members[4].lose_keys();
    world.come(4).unwrap();
    world.relay();
    assert!(matches!(world.sign_removal(3, 4), Err(Rejection::Invalid { .. })));
}

#[test]
fn an_owner_that_lost_its_vault_comes_back_with_other_keys() {
    let mut world = World::at_work(4, &[0, 1, 2, 3]);
    world.train(&[0, 1, 2, 3]);
    let beat =
        |owner, vault_generation| Command::Heartbeat { owner, round: 1, done_permille: 0, vault_generation };
    let owner = world.id(3);
    world.say(beat(owner, 77)).unwrap();
    world.say(beat(owner, 12)).unwrap();
    assert_eq!(world.study.base.newest(&owner).unwrap().vault_generation, 77, "the highest");
    world.study.base.excluded.insert(owner, "it repeated a seed".into());
    (0..3).for_each(|who| world.beacon(who).unwrap());
    world.members[3].lose_keys();
    world.come(3).unwrap();
    assert_eq!(world.phase(), "joining");
    world.relay_one();
    // It is heard, but not with the keys of this epoch: nobody waits for it, though no time has passed.
    world.say(beat(owner, 1)).unwrap();
    assert!(world.study.base.is_silent(&owner, world.now));
    assert_eq!(world.study.base.newest(&owner).unwrap().vault_generation, 1, "a new vault counts anew");
    assert!(world.absent().contains(&owner));
    assert_eq!((world.phase(), world.pending()), ("forming", vec!["seal roster"]));
    world.relay();
    let announced = world.announced_changes().pop().unwrap();
    assert_eq!((announced.added, announced.removed), (vec![owner], vec![owner]));
    assert!(world.study.base.excluded.is_empty());
    assert!(
        matches!(world.commit(3), Err(Rejection::Invalid { .. })),
        "it is in no group that it could change"
    );
    world.follow(&[0, 1, 2, 3]);
    assert_eq!(world.at(), Attempt { round: 1, attempt: 2 });
    world.train(&[0, 1, 2, 3]);
    assert_eq!(world.at(), Attempt { round: 2, attempt: 1 });
}

#[test]
fn a_returning_owner_keeps_its_vote() {
    let mut world = World::at_work(4, &[0, 1, 2, 3]);
    world.members[3].lose_keys();
    world.come(3).unwrap();
    world.relay();
    assert_eq!(world.study.base.roster.voters(1).count(), 4);
}

#[test]
fn while_owners_enrol_they_come_go_and_change_their_keys_at_once() {
    let mut world = World::new(4, 2);
    world.enrol(0).unwrap();
    world.enrol(1).unwrap();
    world.leave(0).unwrap();
    world.relay();
    assert_eq!(world.study.base.owners.keys().copied().collect::<Vec<_>>(), [world.id(1)]);
    world.members[1].lose_keys();
    world.come(1).unwrap();
    world.relay();
    assert_eq!(world.study.base.owners[&world.id(1)].identity, world.members[1].identity());
    // The chain counts changes: an old number is good for nothing.
    let old = world.enrolment(0, 0);
    assert!(matches!(world.say(old), Err(Rejection::Invalid { what: "sequence", .. })));
    let ahead = world.enrolment(0, 3);
    world.say(ahead).unwrap();
    world.relay();
    assert!(matches!(world.study.base.roster.answer(&world.id(0), 3), Some(Ended::Refused(_))));
    world.say(world.enrolment(0, 2)).unwrap();
    world.relay();
    world.enrol(2).unwrap();
    world.enrol(3).unwrap();
    assert_eq!(world.phase(), "forming");
}

#[test]
fn changes_that_come_while_the_roster_is_sealed_wait_for_the_next_committee() {
    let mut world = World::at_work(6, &[0, 1, 2, 3, 4]);
    world.leave(4).unwrap();
    world.relay();
    world.pass(8, &[0, 1, 2, 3]);
    world.relay();
    assert_eq!(world.study.base.roster.gate(), Gate::Sealed);
    world.come(5).unwrap();
    world.propose_removal(3).unwrap();
    (0..3).for_each(|signer| world.sign_removal(signer, 3).unwrap());
    assert!(world.pending().is_empty());
    world.commit(0).unwrap();
    world.make_key(&[0, 1, 2, 3]);
    // Both are taken to the chain at once, and the group follows before anything else.
    assert!(world.chain.places.contains_key(&world.id(5)) && !world.chain.places.contains_key(&world.id(3)));
    world.pass(10, &[0, 1, 2, 5]);
    world.follow(&[0, 1, 2, 5]);
    assert_eq!(world.epoch(), 3);
}

#[test]
fn a_relay_that_was_killed_does_everything_twice_and_nothing_changes() {
    let mut world = World::at_work(5, &[0, 1, 2, 3]);
    world.come(4).unwrap();
    world.relay();
    world.relay_again();
    world.pass(8, &[0, 1, 2, 3, 4]);
    world.relay();
    world.relay_again();
    assert_eq!(world.announced_changes().len(), 1);
    world.say(Command::Resumed).unwrap();
    world.commit(0).unwrap();
    world.make_key(&[0, 1, 2, 3, 4]);
    let events = world.events.len();
    world.relay_again();
    assert_eq!((world.phase(), world.events.len()), ("gathering", events));
    world.train(&[0, 1, 2, 3, 4]);
    assert_eq!(world.at().round, 1);
}

#[test]
fn a_roster_that_somebody_else_sealed_brings_the_next_epoch() {
    let mut world = World::at_work(6, &[0, 1, 2, 3]);
    // Somebody enrols without a key package, and seals.
    let stranger = world.id(5);
    world.chain.enrol_directly(stranger, nowhere());
    world.chain.sealed = true;
    world.come(4).unwrap();
    world.relay();
    assert!(world.said("waits for the next committee"));
    world.pass(8, &[0, 1, 2, 3]);
    world.relay();
    // The group has nobody to add, and follows all the same: the chain takes nothing before the next committee.
    let announced = world.announced_changes().pop().unwrap();
    assert_eq!((announced.added, announced.removed), (vec![], vec![]));
    assert!(world.said("without a key package here"));
    world.commit(0).unwrap();
    world.make_key(&[0, 1, 2, 3]);
    world.follow(&[0, 1, 2, 3, 4]);
}

#[test]
fn an_owner_that_enrolled_past_the_coordinator_hands_its_keys_in() {
    let mut world = World::new(4, 2);
    let (owner, identity) = (world.id(3), world.members[3].identity());
    (0..3).for_each(|who| world.enrol(who).unwrap());
    world.chain.enrol_directly(owner, identity);
    // The study is full on the chain, and somebody seals it.
    world.chain.sealed = true;
    world.tick(100_000);
    assert_eq!(world.phase(), "aborted", "three were known here, and four are needed");

    let mut world = World::closed(4, &[0, 1, 2]);
    assert_eq!(world.phase(), "forming");
    world = World::of(world.study.base.facts.clone(), 4);
    (0..3).for_each(|who| world.enrol(who).unwrap());
    world.chain.enrol_directly(owner, identity);
    world.tick(100_000);
    world.relay();
    assert_eq!(world.phase(), "enrolling", "the group would lack one");
    world.come(3).unwrap();
    assert_eq!(world.phase(), "forming");
    assert_eq!(world.study.base.owners.len(), 4);
}

#[test]
fn an_owner_that_never_hands_its_keys_in_keeps_the_study_from_beginning() {
    let facts = World::closed(4, &[0, 1, 2]).study.base.facts;
    let mut world = World::of(facts, 4);
    (0..3).for_each(|who| world.enrol(who).unwrap());
    world.chain.enrol_directly(world.id(3), nowhere());
    world.tick(100_000);
    world.relay();
    world.tick(60_000);
    assert_eq!(world.phase(), "aborted");
    let name = world.id(3).to_string();
    assert!(world.lines.iter().any(|line| line.contains("key packages") && line.contains(&name)));
}

#[test]
fn an_owner_that_changes_its_keys_without_end_pays_for_itself() {
    let mut world = World::at_work(4, &[0, 1, 2]);
    let change = world.enrolment(3, MOST_CHANGES);
    assert!(matches!(world.say(change), Err(Rejection::Invalid { what: "sequence", .. })));
}
