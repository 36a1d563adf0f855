//! The group follows the roster: the commit, and the key generation after it.

use super::world::World;
use crate::rounds::command::Commit;
use crate::rounds::{Command, Rejection};

#[test]
fn a_committer_that_falls_silent_is_replaced() {
    let mut world = World::at_work(5, &[0, 1, 2, 3, 4]);
    world.leave(4).unwrap();
    world.relay();
    world.pass(8, &[0, 1, 2, 3]);
    world.relay();
    let committers = |world: &World| {
        let all = world.announced_changes().into_iter().map(|announced| announced.committer);
        all.map(|committer| world.index_of(committer)).collect::<Vec<_>>()
    };
    assert_eq!(committers(&world), [0]);
    // One is heard and does nothing, one is not heard.
    world.pass(6, &[0, 2, 3]);
    assert_eq!(committers(&world), [0, 2]);
    world.pass(6, &[0, 2, 3]);
    world.pass(6, &[0, 2, 3]);
    assert_eq!(committers(&world), [0, 2, 3, 0], "who does not answer is asked again when all were");
    // A commit by one that was asked before is as good as any; a second one is none.
    let repeated = world.commit_of(2);
    world.say(repeated.clone()).unwrap();
    let events = world.events.len();
    world.say(repeated).unwrap();
    assert_eq!(world.events.len(), events);
    assert_eq!(world.commit(0), Err(Rejection::EpochTaken { epoch: 1 }));
    world.make_key(&[0, 1, 2, 3]);
    // The answer that was lost is given in every phase.
    let repeated = world.commit_of(2);
    world.say(repeated).unwrap();
}

#[test]
fn when_nobody_is_there_the_next_who_is_heard_is_asked() {
    let mut world = World::at_work(5, &[0, 1, 2, 3, 4]);
    world.leave(4).unwrap();
    world.relay();
    world.pass(8, &[]);
    world.relay();
    assert_eq!((world.phase(), world.announced_changes().len()), ("forming", 0));
    world.beat(2);
    assert_eq!(world.announced_changes().pop().unwrap().committer, world.id(2));
}

#[test]
fn a_commit_that_adds_others_than_the_chain_is_refused() {
    let mut world = World::at_work(5, &[0, 1, 2, 3]);
    world.come(4).unwrap();
    world.relay();
    world.pass(8, &[0, 1, 2, 3]);
    let early = Commit { sender: world.id(0), epoch: 1, commit: vec![1], welcome: vec![], added: vec![] };
    assert!(matches!(world.say(Command::Commit(early)), Err(Rejection::NotNow { .. })), "not sealed yet");
    world.relay();
    let Command::Commit(right) = world.commit_of(0) else { panic!() };
    let researcher = world.study.base.facts.chain.researcher;
    for wrong in [
        Commit { added: vec![], ..right.clone() },
        Commit { added: vec![], welcome: vec![], ..right.clone() },
        Commit { added: vec![world.id(3), world.id(4)], ..right.clone() },
        Commit { welcome: vec![], ..right.clone() },
        Commit { commit: vec![], ..right.clone() },
        Commit { epoch: 2, ..right.clone() },
        Commit { sender: researcher, ..right.clone() },
        Commit { sender: world.id(4), ..right.clone() },
    ] {
        assert!(matches!(world.say(Command::Commit(wrong)), Err(Rejection::Invalid { .. })));
    }
    world.say(Command::Commit(right.clone())).unwrap();
    let second = Commit { epoch: 2, ..right };
    assert!(matches!(world.say(Command::Commit(second)), Err(Rejection::Invalid { .. })), "one is enough");
}

#[test]
fn a_silent_dealer_brings_a_deadline_and_the_study_goes_on_without_its_share() {
    let mut world = World::closed(5, &[0, 1, 2, 3, 4]);
    world.form().unwrap();
    let all = [0, 1, 2, 3, 4];
    world.pass(20, &all);
    assert!(world.key_deadlines().is_empty(), "nobody has spoken");
    [0, 1, 2].iter().for_each(|who| world.speak(*who).unwrap());
    world.pass(20, &all);
    assert!(world.key_deadlines().is_empty(), "three of five could not go on by themselves");
    world.speak(3).unwrap();
    world.pass(5, &all);
    assert!(world.key_deadlines().is_empty());
    world.pass(1, &all);
    assert_eq!(world.key_deadlines(), [(1, 1)]);
    world.pass(10, &all);
    assert_eq!(world.key_deadlines(), [(1, 1)], "the four are about to begin again");
    // Four make the key, all sign it.
    crate::testing::member::next_committee(&mut world.members, &[0, 1, 2, 3], 1);
    (world.members[4].key, world.members[4].members) =
        (world.members[0].key.clone(), world.members[0].members.clone());
    all.iter().for_each(|who| world.sign_committee(*who).unwrap());
    world.relay();
    assert_eq!(world.phase(), "opening");
    let committee = world.study.base.committee.as_ref().unwrap();
    assert_eq!((committee.members.len(), world.study.base.owners.len()), (4, 5));
}

#[test]
fn owners_that_have_a_key_are_set_no_deadline() {
    let mut world = World::closed(5, &[0, 1, 2, 3, 4]);
    world.form().unwrap();
    let all = [0, 1, 2, 3, 4];
    all.iter().for_each(|who| world.speak(*who).unwrap());
    world.sign_committee(0).unwrap();
    world.sign_committee(1).unwrap();
    world.pass(10, &all);
    assert!(world.key_deadlines().is_empty(), "two agree, and only one of five may be corrupt");
}

#[test]
fn one_owner_that_claims_a_key_delays_no_deadline() {
    let mut world = World::closed(5, &[0, 1, 2, 3, 4]);
    world.form().unwrap();
    let all = [0, 1, 2, 3, 4];
    all.iter().for_each(|who| world.speak(*who).unwrap());
    world.sign_committee(0).unwrap();
    world.pass(10, &all);
    assert_eq!(world.key_deadlines(), [(1, 1)]);
}

#[test]
fn a_group_that_nobody_brings_to_the_new_roster_ends_the_study() {
    let mut world = World::at_work(5, &[0, 1, 2, 3, 4]);
    world.leave(4).unwrap();
    world.relay();
    world.pass(8, &[0, 1, 2, 3]);
    world.relay();
    world.pass(60, &[0, 1, 2, 3]);
    assert_eq!(world.phase(), "aborted");
    assert!(world.said("no member has brought the MLS group to the new roster in time"));
}
