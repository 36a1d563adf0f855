use tributary_aggregation::transcript::OfflineReason;

use super::world::{World, forged};
use crate::rounds::{Command, Rejection};

#[test]
fn reports_are_verified_and_taken_once() {
    let mut world = World::training(4, 2);
    world.reach_reporting(&[0, 1, 2, 3]);
    let first = world.report_header(0);
    world.say(first.clone()).unwrap();
    world.say(first).unwrap();
    let second = world.report_header(0);
    assert!(matches!(world.say(second), Err(Rejection::Conflict { .. })));
    let Command::Report { at, report } = world.report_header(1) else { panic!() };
    assert!(matches!(
        world.say(Command::Report { at, report: forged(report.clone()) }),
        Err(Rejection::Header(_))
    ));
    let mut elsewhere = report.clone();
    elsewhere.header.context.0[0] ^= 1;
    let elsewhere = world.members[1].signed(elsewhere.header);
    assert!(matches!(world.say(Command::Report { at, report: elsewhere }), Err(Rejection::Invalid { .. })));
    // A seal for another context.
    let mut unsealed = report;
    unsealed.header.sealed_self = world.joined[&world.id(1)].header.header.sealed_pair.clone();
    let unsealed = world.members[1].signed(unsealed.header);
    assert!(matches!(world.say(Command::Report { at, report: unsealed }), Err(Rejection::Invalid { .. })));
    assert_eq!(world.phase(), "training");
}

#[test]
fn an_owner_that_falls_silent_is_cut_and_named() {
    let mut world = World::formed(5, 2);
    world.reach_reporting(&[0, 1, 2, 3, 4]);
    (0..4).for_each(|who| world.report(who).unwrap());
    world.pass(5, &[0, 1, 2, 3]);
    assert_eq!(world.phase(), "training", "not silent yet");
    world.pass(1, &[0, 1, 2, 3]);
    assert_eq!(world.phase(), "unmasking");
    let cut = &world.cuts()[0];
    assert_eq!((cut.online.len(), cut.offline.len()), (4, 1));
    assert_eq!(cut.offline[0].header.owner, world.id(4));
    let silent = world.id(4).to_string();
    assert!(world.said(&format!("left out: {silent}")));
    // It comes back with its report: too late, and told so.
    let late = world.report_header(4);
    assert!(matches!(world.say(late), Err(Rejection::Late { .. })));
}

#[test]
fn an_owner_that_is_heard_is_waited_for_until_the_hard_deadline() {
    let mut world = World::training(5, 2);
    world.reach_reporting(&[0, 1, 2, 3, 4]);
    // The groups are of three and two: somebody of the three does not report.
    let large = world.study.clone();
    let crate::rounds::Phase::Reporting(reporting) = &large.phase else { panic!() };
    let slow = reporting.groups().iter().find(|group| group.roster.len() == 3).unwrap().roster[0];
    let slow = world.everyone().into_iter().find(|who| world.id(*who) == slow).unwrap();
    for who in world.everyone().into_iter().filter(|who| *who != slow) {
        world.report(who).unwrap();
    }
    world.pass(29, &[0, 1, 2, 3, 4]);
    assert_eq!(world.phase(), "training");
    world.pass(1, &[0, 1, 2, 3, 4]);
    assert_eq!(world.phase(), "unmasking");
    // The record says that it was late, not silent.
    let Some(crate::rounds::Phase::Unmasking(unmasking)) = Some(&world.study.phase) else { panic!() };
    let reasons: Vec<_> =
        unmasking.cuts().iter().flat_map(|cut| cut.offline.values()).map(|cut| cut.reason).collect();
    assert_eq!(reasons, [OfflineReason::Late]);
}

#[test]
fn a_group_below_min_group_aborts_at_once_and_is_tried_again() {
    let mut world = World::training(4, 2);
    world.reach_reporting(&[0, 1, 2, 3]);
    world.report(0).unwrap();
    world.pass(6, &[0, 1, 2]);
    let aborts = world.aborts();
    assert_eq!(aborts.len(), 1);
    assert!(aborts[0].reason.contains("min_group is 2"), "{}", aborts[0].reason);
    assert!(world.absent().contains(&world.id(3)));
    assert_eq!((world.at().round, world.at().attempt), (1, 2), "no cut was shown: the round goes on");
    assert!(!world.events.iter().any(|event| {
        matches!(event, tributary_proto::v1::event::Event::CutsProposed(cuts) if cuts.round == 1)
    }));
    // With three owners there is one group.
    world.pass(10, &[0, 1, 2]);
    world.reach_reporting(&[0, 1, 2]);
    (0..3).for_each(|who| world.report(who).unwrap());
    (0..3).for_each(|who| world.release(who).unwrap());
    world.publish().unwrap();
    let evaluation = world.evaluation(0);
    (0..3).for_each(|who| world.evaluate(who, evaluation.clone()).unwrap());
    // The transcript says which attempt was given up, why, and who was absent.
    let transcript = world.transcript();
    assert_eq!((transcript.round, transcript.attempt), (1, 2));
    assert!(transcript.aborted[0].absent.contains(&world.id(3)));
    assert!(!transcript.candidates.contains(&world.id(3)));
}

#[test]
fn no_cut_is_shown_while_no_quorum_could_answer_it() {
    let mut world = World::formed(4, 2);
    world.reach_reporting(&[0, 1, 2, 3]);
    world.report(0).unwrap();
    world.report(1).unwrap();
    world.pass(6, &[0, 1]);
    let aborts = world.aborts();
    assert!(aborts[0].reason.contains("2 of a quorum of 3"), "{}", aborts[0].reason);
    assert_eq!(world.absent(), [world.id(2), world.id(3)].into());
    assert_eq!((world.at().round, world.at().attempt), (0, 2));
}
