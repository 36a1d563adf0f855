use tributary_aggregation::ids::Digest;
use tributary_aggregation::study::EarlyStop;
use tributary_proto::v1::event::Event;

use super::world::{World, forged};
use crate::rounds::base::Attempt;
use crate::rounds::{Command, Rejection};
use crate::testing::facts;

#[test]
fn a_whole_study_settles_every_round() {
    let mut world = World::formed(4, 2);
    assert_eq!(world.at(), Attempt { round: 0, attempt: 1 });
    world.run_round();
    assert_eq!(world.at(), Attempt { round: 1, attempt: 1 });
    world.run_round();
    assert_eq!(world.at(), Attempt { round: 2, attempt: 1 });
    world.run_round();
    assert_eq!(world.phase(), "closed");
    assert!(world.said("the study is complete"));
    assert!(world.aborts().is_empty());
    let pool = world.study.base.facts.plan.payment.per_round;
    assert_eq!(world.study.base.history.cumulative.total(), 2 * pool);
    assert!(matches!(world.say(Command::Resumed), Ok(())));
    assert!(matches!(world.enrol(0), Err(Rejection::Ended { .. })));
    assert_eq!(world.study.due(world.now), None);
}

#[test]
fn a_study_that_gains_nothing_stops_early() {
    let mut facts = facts(4, 2);
    facts.plan.rounds = 9;
    facts.plan.training.early_stop = Some(EarlyStop { patience: 2, min_delta_micros: 500 });
    facts.plan_json = String::from_utf8(facts.plan.to_json().unwrap()).unwrap();
    let mut world = World::of(facts, 4);
    (0..4).for_each(|who| world.enrol(who).unwrap());
    world.form().unwrap();
    (0..4).for_each(|who| world.sign_committee(who).unwrap());
    world.relay();
    world.run_round();
    // The first utility is the best so far; the two after it are no better.
    for round in 1..=3 {
        assert_eq!(world.at(), Attempt { round, attempt: 1 });
        world.run_round();
    }
    assert_eq!(world.phase(), "closed");
    assert!(world.said("stopped early after 3 of 9 rounds: no gain in the last 2"));
    assert!(matches!(world.events.last(), Some(Event::StudyEnded(ended)) if ended.completed));
    let pool = world.study.base.facts.plan.payment.per_round;
    assert_eq!(world.study.base.history.cumulative.total(), 3 * pool);
}

#[test]
fn a_round_waits_for_the_absent_and_then_goes_on_without_them() {
    let mut world = World::training(4, 2);
    // Owner 3 is not heard any more; the announced attempt fails for it and the next waits for it.
    (0..3).for_each(|who| world.beacon(who).unwrap());
    (0..3).for_each(|who| world.join(who).unwrap());
    world.pass(6, &[0, 1, 2]);
    assert_eq!(world.phase(), "gathering", "a group of two lacks one");
    assert_eq!(world.absent(), [world.id(3)].into());
    world.pass(9, &[0, 1, 2]);
    assert_eq!(world.phase(), "gathering");
    world.pass(1, &[0, 1, 2]);
    assert_eq!(world.phase(), "opening");
    assert_eq!(world.at(), Attempt { round: 1, attempt: 2 });
    let absent = world.id(3).to_string();
    assert!(world.said(&format!("without {absent}")));
}

#[test]
fn the_study_waits_while_there_is_no_quorum() {
    let mut world = World::training(4, 2);
    world.pass(60, &[0, 1]);
    assert_eq!(world.phase(), "gathering");
    assert!(world.said("waits"));
    let attempts = world.aborts().len();
    world.pass(60, &[0, 1]);
    assert_eq!(world.aborts().len(), attempts, "waiting is quiet");
    world.beat(2);
    assert_eq!(world.phase(), "opening", "a quorum is back");
}

#[test]
fn the_beacon_needs_a_quorum_and_finds_liars() {
    let mut world = World::training(4, 2);
    let at = world.at();
    world.beacon(0).unwrap();
    world.beacon(0).unwrap();
    // A share of something else.
    let share = world.members[1].settlement_share(Digest([1; 32]));
    let owner = world.id(1);
    world.say(Command::BeaconShare { owner, at, share }).unwrap();
    assert_eq!(world.beacon(1), Err(Rejection::Conflict { what: "share of the beacon", owner }));
    world.beacon(2).unwrap();
    assert_eq!(world.phase(), "opening", "two right shares are no quorum of three");
    assert!(world.said(&format!("wrong shares of the beacon from {owner}")));
    assert!(matches!(world.beacon(1), Err(Rejection::Conflict { .. })), "a liar is not heard again");
    world.beacon(3).unwrap();
    assert_eq!(world.phase(), "joining");
    let share = vec![0; 96];
    world.say(Command::BeaconShare { owner, at, share }).unwrap();
    assert_eq!(world.phase(), "joining", "what a quorum did without is no fault");
}

#[test]
fn garbage_and_strangers_are_refused() {
    let mut world = World::training(4, 2);
    let (at, owner) = (world.at(), world.id(0));
    let garbage = Command::BeaconShare { owner, at, share: vec![0xff; 96] };
    assert!(matches!(world.say(garbage), Err(Rejection::Invalid { .. })));
    let stranger = tributary_aggregation::ids::OwnerId([0x77; 20]);
    let foreign = Command::BeaconShare { owner: stranger, at, share: vec![0; 96] };
    assert_eq!(world.say(foreign), Err(Rejection::NotInCommittee(stranger)));
    let early = Attempt { round: 1, attempt: 2 };
    let share = vec![0; 96];
    assert!(matches!(
        world.say(Command::BeaconShare { owner, at: early, share }),
        Err(Rejection::OtherAttempt { got, now, .. }) if got == early && now == at
    ));
    assert!(matches!(
        world.say(Command::Heartbeat { owner: stranger, round: 0, done_permille: 0, vault_generation: 0 }),
        Err(Rejection::NotEnrolled(_))
    ));
}

#[test]
fn no_beacon_by_the_deadline_aborts_and_names_the_silent() {
    let mut world = World::training(4, 2);
    world.beacon(0).unwrap();
    world.beacon(1).unwrap();
    // All are heard, two do not answer.
    world.pass(8, &[0, 1, 2, 3]);
    let aborts = world.aborts();
    assert_eq!(aborts.len(), 1);
    assert!(aborts[0].reason.contains("2 of a quorum of 3 signed the beacon"), "{}", aborts[0].reason);
    assert_eq!(world.absent(), [world.id(2), world.id(3)].into());
    assert_eq!((world.at().round, world.at().attempt), (1, 2));
}

#[test]
fn joins_are_verified_and_taken_once() {
    let mut world = World::training(4, 2);
    (0..3).for_each(|who| world.beacon(who).unwrap());
    let at = world.at();
    world.join(0).unwrap();
    let join = world.joined[&world.id(0)].header.clone();
    world.say(Command::Join { at, join: join.clone() }).unwrap();
    assert!(matches!(world.join(0), Err(Rejection::Conflict { .. })), "seals are drawn afresh: another join");
    world.say(Command::Join { at, join }).unwrap();
    world.join(1).unwrap();
    let owner = world.id(2);
    let mut stolen = world.joined[&world.id(1)].header.clone();
    stolen.header.owner = owner;
    assert!(matches!(
        world.say(Command::Join { at, join: forged(stolen.clone()) }),
        Err(Rejection::Header(_))
    ));
    // Another owner's seal, signed by oneself.
    let copied = world.members[2].signed(stolen.header);
    assert!(matches!(world.say(Command::Join { at, join: copied }), Err(Rejection::Invalid { .. })));
    world.join(2).unwrap();
    assert_eq!(world.phase(), "joining");
    world.join(3).unwrap();
    assert_eq!(world.phase(), "training", "all are there: the rosters are fixed at once");
    assert!(matches!(world.join_in(3, Digest([1; 32])), Err(Rejection::Late { .. })));
}

#[test]
fn owners_with_another_context_are_left_out_and_named() {
    let mut world = World::formed(4, 2);
    (0..4).for_each(|who| world.beacon(who).unwrap());
    (0..3).for_each(|who| world.join(who).unwrap());
    world.join_in(3, Digest([9; 32])).unwrap();
    assert_eq!(world.phase(), "training");
    let other = world.id(3).to_string();
    assert!(world.lines.iter().any(|line| line.contains("another context") && line.contains(&other)));
    (0..3).for_each(|who| world.report(who).unwrap());
    assert_eq!(world.phase(), "unmasking");
    assert_eq!(world.cuts()[0].online.len(), 3);
}

#[test]
fn a_group_without_a_majority_aborts() {
    let mut world = World::formed(4, 2);
    (0..4).for_each(|who| world.beacon(who).unwrap());
    world.join(0).unwrap();
    world.join(1).unwrap();
    world.join_in(2, Digest([9; 32])).unwrap();
    world.join_in(3, Digest([9; 32])).unwrap();
    assert!(world.aborts()[0].reason.contains("different contexts"));
    assert_eq!(world.phase(), "gathering", "an attempt that fails at once is not repeated at once");
    world.pass(1, &[0, 1, 2, 3]);
    assert_eq!(world.at().attempt, 2);
    assert_eq!(world.phase(), "opening");
}

#[test]
fn after_a_restart_everybody_has_time_to_be_heard() {
    let mut world = World::training(4, 2);
    world.reach_reporting(&[0, 1, 2, 3]);
    // The coordinator is down for an hour.
    world.now += 3_600_000;
    world.say(Command::Resumed).unwrap();
    assert_eq!(world.phase(), "training");
    world.pass(5, &[]);
    assert_eq!(world.phase(), "training");
    (0..4).for_each(|who| world.report(who).unwrap());
    assert_eq!(world.phase(), "unmasking");
}

#[test]
fn the_studys_deadline_ends_it_loudly() {
    let mut world = World::training(4, 2);
    world.now = 10_000_001;
    world.say(Command::Tick).unwrap();
    assert_eq!(world.phase(), "aborted");
    assert!(world.said("its deadline has passed"));
}
