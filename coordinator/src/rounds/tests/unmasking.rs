use tributary_aggregation::committee::Kind;
use tributary_aggregation::header::ReportHeader;
use tributary_aggregation::ids::Digest;

use super::world::World;
use crate::rounds::{Command, Phase, Rejection};

#[test]
fn a_quorum_opens_the_cut_and_the_rest_is_not_needed() {
    let mut world = World::training(4, 2);
    world.reach_unmasking();
    world.release(0).unwrap();
    world.release(0).unwrap();
    world.release(1).unwrap();
    assert_eq!(world.unmask, 1, "only the statistics so far");
    assert!(!world.study.wants_unmasking());
    world.release(2).unwrap();
    assert_eq!(world.unmask, 2);
    assert!(world.study.wants_unmasking());
    world.release(3).unwrap();
    world.publish().unwrap();
    assert_eq!(world.phase(), "scoring");
    let at = world.at();
    world.say(Command::Release { owner: world.id(3), at, groups: vec![] }).unwrap();
}

#[test]
fn what_opens_is_what_was_sealed() {
    let mut world = World::formed(5, 2);
    world.reach_reporting(&[0, 1, 2, 3, 4]);
    (0..4).for_each(|who| world.report(who).unwrap());
    world.pass(6, &[0, 1, 2, 3]);
    (0..4).for_each(|who| world.release(who).unwrap());
    let Phase::Unmasking(unmasking) = &world.study.phase else { panic!("{}", world.phase()) };
    let groups = unmasking.open(&world.study.base).unwrap_or_else(|_| panic!("opens"));
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0].online.len(), 4);
    assert_eq!(groups[0].offline.len(), 1);
    assert_eq!(groups[0].offline[0].0, world.id(4));
    let others: Vec<_> = groups[0].offline[0].1.others().collect();
    assert_eq!(others, (0..4).map(|who| world.id(who)).collect::<Vec<_>>());
}

#[test]
fn releases_of_another_cut_or_of_garbage_are_refused() {
    let mut world = World::training(4, 2);
    world.reach_unmasking();
    let Command::Release { owner, at, groups } = world.release_of(0) else { panic!() };
    let mut other = groups.clone();
    other[0].cut = Digest([1; 32]);
    let mut garbage = groups.clone();
    garbage[1].release.pop();
    let mut far = groups;
    far[0].group = 7;
    for wrong in [other, garbage, far] {
        let refused = world.say(Command::Release { owner, at, groups: wrong });
        assert!(matches!(refused, Err(Rejection::Invalid { .. })), "{refused:?}");
    }
}

#[test]
fn a_liar_is_found_named_and_not_heard_again() {
    let mut world = World::training(4, 2);
    world.reach_unmasking();
    // Member 1 passes another group's answer off as this one's.
    let Command::Release { owner, at, mut groups } = world.release_of(1) else { panic!() };
    groups[0].release = groups[1].release.clone();
    world.say(Command::Release { owner, at, groups: groups.clone() }).unwrap();
    world.release(0).unwrap();
    world.release(2).unwrap();
    assert!(world.said(&format!("wrong shares of the release from {owner}")));
    assert!(!world.study.wants_unmasking());
    let again = world.say(Command::Release { owner, at, groups });
    assert!(matches!(again, Err(Rejection::Conflict { .. })));
    world.release(3).unwrap();
    assert!(world.study.wants_unmasking());
}

#[test]
fn a_release_that_stalls_makes_the_round_dead() {
    let mut world = World::training(4, 2);
    world.reach_unmasking();
    world.release(0).unwrap();
    world.pass(12, &[0, 1, 2, 3]);
    assert_eq!((world.at().round, world.at().attempt), (2, 1), "nobody is asked for a second cut of round 1");
    assert!(world.said("round 1 is dead"));
    assert_eq!(world.absent(), [world.id(1), world.id(2), world.id(3)].into());
    // Both rounds of the plan are settled still, under later numbers, and the record names the dead one.
    world.reach_settling();
    let transcript = world.transcript();
    assert_eq!((transcript.round, transcript.attempt), (2, 1));
    assert_eq!((transcript.aborted[0].round, transcript.aborted[0].attempt), (1, 1));
    (0..4).for_each(|who| world.sign(who).unwrap());
    world.settled().unwrap();
    world.models += 1;
    assert_eq!(world.at().round, 3);
    world.run_round();
    assert_eq!(world.phase(), "closed");
}

#[test]
fn the_statistics_wait_for_their_members() {
    let mut world = World::formed(4, 2);
    world.reach_unmasking();
    world.release(0).unwrap();
    world.pass(100, &[0]);
    assert_eq!(world.phase(), "unmasking", "round 0 has no other number");
    world.release(1).unwrap();
    world.release(2).unwrap();
    assert!(world.study.wants_unmasking());
}

#[test]
fn dead_rounds_use_up_the_numbers_and_end_the_study() {
    let mut world = World::training(4, 2);
    for round in 1..=4 {
        assert_eq!(world.at().round, round);
        // Each group's owners must differ enough from those of the dead rounds before: two by two they do, or are equal.
        world.reach_unmasking();
        world.pass(12, &[0, 1, 2, 3]);
    }
    assert_eq!(world.phase(), "aborted");
    assert!(world.said("no round number is left"));
}

#[test]
fn an_owner_that_sealed_nonsense_is_excluded() {
    let mut world = World::training(5, 2);
    world.reach_reporting(&[0, 1, 2, 3, 4]);
    (0..4).for_each(|who| world.report(who).unwrap());
    let Command::Report { at, report } = world.report_header(4) else { panic!() };
    let context = report.header.context;
    let owner = world.id(4);
    let sealed_self = world.members[4].seal(b"seven", context, Kind::SelfSeed);
    let report = world.members[4].signed(ReportHeader { sealed_self, ..report.header });
    world.say(Command::Report { at, report }).unwrap();
    (0..4).for_each(|who| {
        if world.at() == at {
            world.release(who).unwrap();
        }
    });
    assert!(world.said(&format!("{owner} is excluded")), "{:?}", world.lines);
    assert_eq!(world.at().round, 2);
    world.pass(1, &[0, 1, 2, 3, 4]);
    let candidates = world.events.iter().rev().find_map(|event| match event {
        tributary_proto::v1::event::Event::RoundAnnounced(announced) => Some(announced.candidates.len()),
        _ => None,
    });
    assert_eq!(candidates, Some(4));
}

#[test]
fn sums_that_cannot_be_made_end_the_attempt() {
    let mut world = World::training(4, 2);
    world.reach_unmasking();
    (0..3).for_each(|who| world.release(who).unwrap());
    let at = world.at();
    let (reason, fault) = ("the spool is gone".to_owned(), None);
    world.say(Command::NotSummed { at, reason, fault }).unwrap();
    assert_eq!(world.at().round, 2);
    assert!(world.aborts()[0].reason.contains("the spool is gone"));
}

#[test]
fn no_cut_is_shown_whose_difference_to_a_dead_rounds_is_somebodys_update() {
    // Five owners, one group: the committee's quorum of four can go on without the fifth.
    let mut world = World::training(5, 3);
    world.reach_unmasking();
    world.pass(12, &[0, 1, 2, 3, 4]);
    assert_eq!(world.at().round, 2);
    world.reach_reporting(&[0, 1, 2, 3, 4]);
    (0..4).for_each(|who| world.report(who).unwrap());
    world.pass(6, &[0, 1, 2, 3]);
    let last = world.aborts().pop().unwrap();
    assert!(last.reason.contains("differ in 1"), "{}", last.reason);
    assert_eq!((world.at().round, world.at().attempt), (2, 2), "it was not shown: the round lives");
    // With everybody the sets are equal.
    world.beat(4);
    world.pass(1, &[0, 1, 2, 3, 4]);
    world.reach_unmasking();
    assert_eq!(world.cuts()[0].online.len(), 5);
}
