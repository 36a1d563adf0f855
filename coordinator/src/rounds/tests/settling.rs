use tributary_aggregation::ids::Digest;
use tributary_proto::v1::event::Event;

use super::world::World;
use crate::rounds::command::Evaluation;
use crate::rounds::{Command, Errand, Rejection};

#[test]
fn the_median_within_tolerance_is_proposed() {
    let mut world = World::training(4, 2);
    world.reach_evaluating();
    for (who, shift) in [(0, 5), (1, -5)] {
        let evaluation = world.evaluation(shift);
        world.evaluate(who, evaluation.clone()).unwrap();
        world.evaluate(who, evaluation).unwrap();
    }
    assert_eq!(world.phase(), "scoring");
    let evaluation = world.evaluation(0);
    world.evaluate(2, evaluation.clone()).unwrap();
    assert_eq!(world.phase(), "settling");
    assert_eq!(world.transcript().utilities, evaluation.utilities);
    assert_eq!(world.transcript().model_after, evaluation.model_after);
    world.evaluate(3, world.evaluation(0)).unwrap();
}

#[test]
fn a_dissenter_is_named_and_outvoted() {
    let mut world = World::training(4, 2);
    world.reach_evaluating();
    let far = world.evaluation(1_000_000);
    world.evaluate(0, far.clone()).unwrap();
    let conflict = world.evaluate(0, world.evaluation(0));
    assert!(matches!(conflict, Err(Rejection::Conflict { .. })));
    (1..4).for_each(|who| world.evaluate(who, world.evaluation(0)).unwrap());
    assert_eq!(world.phase(), "settling");
    let dissenter = world.id(0).to_string();
    assert!(world.said(&format!("something else than the quorum: {dissenter}")));
}

#[test]
fn members_that_cannot_agree_end_the_attempt() {
    let mut world = World::training(4, 2);
    world.reach_evaluating();
    for who in 0..4 {
        let model_after = Digest([who as u8; 32]);
        world.evaluate(who, Evaluation { model_after, ..world.evaluation(0) }).unwrap();
    }
    assert_eq!(world.at().round, 2);
    assert!(world.aborts()[0].reason.contains("no quorum of the committee agrees"));
}

#[test]
fn evaluations_have_one_utility_for_each_coalition() {
    let mut world = World::training(4, 2);
    world.reach_evaluating();
    let mut evaluation = world.evaluation(0);
    evaluation.utilities.pop();
    assert!(matches!(world.evaluate(0, evaluation), Err(Rejection::Invalid { .. })));
}

#[test]
fn a_silent_majority_of_evaluators_makes_the_round_dead() {
    let mut world = World::training(4, 2);
    world.reach_evaluating();
    world.evaluate(0, world.evaluation(0)).unwrap();
    world.pass(20, &[0, 1, 2, 3]);
    assert_eq!((world.at().round, world.at().attempt), (2, 1));
    assert_eq!(world.absent().len(), 3);
}

#[test]
fn a_quorum_signs_and_the_relay_gets_one_settlement() {
    let mut world = World::training(4, 2);
    world.reach_settling();
    let (_, digest) = world.proposed();
    let (at, owner) = (world.at(), world.id(3));
    let share = world.members[3].settlement_share(digest);
    let wrong = Command::SettlementShare { owner, at, transcript: Digest([1; 32]), share };
    assert!(matches!(world.say(wrong), Err(Rejection::Invalid { .. })));
    assert!(matches!(world.settled(), Err(Rejection::NotNow { .. })), "nothing was relayed yet");
    // A share of something else.
    let (transcript, _) = world.proposed();
    let share = world.members[3].settlement_share(Digest([9; 32]));
    world.say(Command::SettlementShare { owner, at, transcript, share }).unwrap();
    world.sign(0).unwrap();
    world.sign(1).unwrap();
    assert!(world.said(&format!("wrong shares of the settlement from {owner}")));
    world.sign(2).unwrap();
    let settles = world.errands.iter().filter(|errand| matches!(errand, Errand::Settle { .. })).count();
    assert_eq!(settles, 1);
    assert!(world.errands.iter().any(|errand| matches!(errand, Errand::Publish { .. })));
    // Signed is signed: the deadlines of the round, and of the study, are the chain's now.
    world.pass(100, &[0, 1, 2, 3]);
    assert_eq!(world.phase(), "settling");
    world.settled().unwrap();
    world.models += 1;
    assert!(
        matches!(world.events.iter().rev().nth(1), Some(Event::RoundSettled(settled)) if settled.round == 1)
    );
    assert_eq!(world.phase(), "opening", "the next round is announced");
    // The last signer is a little late: no harm.
    world.say(Command::SettlementShare { owner: world.id(1), at, transcript, share: vec![0; 96] }).unwrap();
}

#[test]
fn a_settlement_that_is_not_signed_in_time_makes_the_round_dead() {
    let mut world = World::training(4, 2);
    world.reach_settling();
    world.sign(0).unwrap();
    world.sign(1).unwrap();
    world.pass(20, &[0, 1, 2, 3]);
    assert_eq!(world.at().round, 2);
    assert_eq!(world.absent(), [world.id(2), world.id(3)].into());
    assert!(!world.errands.iter().any(|errand| matches!(errand, Errand::Settle { .. })));
}

#[test]
fn a_settlement_that_the_chain_refuses_ends_the_study() {
    let mut world = World::training(4, 2);
    world.reach_settling();
    (0..3).for_each(|who| world.sign(who).unwrap());
    let reason = "StudyEscrow_PayoutAboveBudget()".to_owned();
    world.say(Command::SettleRefused { round: 1, reason }).unwrap();
    assert_eq!(world.phase(), "aborted");
    assert!(world.said("StudyEscrow_PayoutAboveBudget"));
}
