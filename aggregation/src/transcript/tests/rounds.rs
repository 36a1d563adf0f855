//! Rounds that agree, and rounds that nobody accepts although they were built as they should be.

use proptest::prelude::*;

use super::*;

#[test]
fn an_honest_round_agrees_and_the_next_stands_on_it() {
    let (study, second) = Study::second_round();
    let record = second.transcript();
    assert_eq!((record.round, record.attempt), (2, 2));
    assert_eq!(record.previous, study.standing.transcript);
    assert_eq!(record.payouts.total(), study.plan.payment.per_round);
    assert_eq!(record.payouts.iter().len(), 4);
    assert_eq!(record.aborted[0].absent, [OwnerId([1; 20]), OwnerId([2; 20])]);

    let settlement = second.settlement();
    assert_eq!(settlement.cumulative_payout, 2 * study.plan.payment.per_round);
    assert_eq!(settlement.payouts.total(), settlement.cumulative_payout);
    assert_eq!(settlement.transcript, RoundTranscript::digest_of(second.bytes()));
    assert_eq!((settlement.study, settlement.epoch, settlement.round), (StudyId([9; 32]), 4, 2));

    // Members and auditors read the same from the same bytes, and see every part checked.
    let by_auditor = verify(second.bytes(), &study.view(), None).unwrap();
    assert_eq!(by_auditor, second);
    as_member(&second, |member| {
        let by_member = verify(second.bytes(), &study.view(), Some(member)).unwrap();
        assert_eq!(by_member.settlement(), settlement);
        assert!(by_member.lines().len() > by_auditor.lines().len());
    });
    for field in ["study", "beacon", "groups[1].certificate", "scores", "payouts", "cumulative", "budget"] {
        assert!(by_auditor.lines().iter().any(|line| line.field == field), "{field}");
    }
}

#[test]
fn an_owner_that_left_may_have_been_absent_before_but_takes_no_part() {
    let study = Study::new();
    let left = OwnerId([6; 20]);
    assert!(!study.owners.contains(&left) && study.ever.contains(&left));
    let mut parts = study.parts(1);
    parts.aborted[0].absent = vec![left];
    let built = build(&study.view(), parts).unwrap();
    assert_eq!(built.transcript().aborted[0].absent, [left]);

    let mut parts = study.parts(1);
    parts.aborted[0].absent = vec![OwnerId([7; 20])];
    match build(&study.view(), parts) {
        Err(BuildError::Disagrees(refusal)) => assert_eq!(refusal.field, "aborted[0].absent"),
        other => panic!("{other:?}"),
    }
    let mut parts = study.parts(0);
    parts.candidates.push(left);
    match build(&study.view(), parts) {
        Err(BuildError::Disagrees(refusal)) => assert_eq!(refusal.field, "candidates"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_same_parts_in_any_order_give_the_same_bytes() {
    let study = Study::new();
    let mut parts = study.parts(2);
    let built = build(&study.view(), parts.clone()).unwrap();
    parts.candidates.reverse();
    parts.aborted.reverse();
    parts.groups.reverse();
    for group in &mut parts.groups {
        group.roster.reverse();
        group.online.reverse();
    }
    assert_eq!(build(&study.view(), parts).unwrap().bytes(), built.bytes());
}

#[test]
fn groups_beyond_the_rotation_budget_are_refused() {
    let mut study = Study::new();
    study.plan.aggregation.rotation_budget = 1;
    let first = build(&study.view(), study.parts(0)).unwrap();
    assert_eq!(first.transcript().groups.len(), 2);
    study.standing = first.standing();
    match build(&study.view(), study.parts(0)) {
        Err(BuildError::Disagrees(refusal)) => assert_eq!(refusal.field, "groups.len"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn certificates_of_another_attempt_are_refused() {
    let study = Study::new();
    let mut parts = study.parts(1);
    let due = build(&study.view(), parts.clone()).unwrap();
    parts.groups.iter_mut().for_each(|group| study.certify_cut(1, 1, group));
    let field = |parts| match build(&study.view(), parts) {
        Err(BuildError::Disagrees(refusal)) => refusal.field,
        other => panic!("{other:?}"),
    };
    assert_eq!(field(parts.clone()), "groups[0].certificate");
    parts.groups.clone_from(&due.transcript().groups);
    parts.beacon = study.parts(0).beacon;
    assert_eq!(field(parts), "beacon");
}

#[test]
fn a_group_below_the_minimum_is_refused_although_the_committee_signed() {
    let study = Study::new();
    let mut parts = study.parts(0);
    let last = parts.groups[0].online.pop().unwrap();
    parts.groups[0].offline.push(Offline {
        owner: last.owner,
        join: last.report,
        reason: OfflineReason::Late,
    });
    parts.groups[0].offline.sort_by_key(|offline| offline.owner);
    study.certify_cut(1, 1, &mut parts.groups[0]);
    match build(&study.view(), parts) {
        Err(BuildError::Disagrees(refusal)) => {
            assert_eq!(refusal.field, "groups[0].online");
            assert_eq!((refusal.stated.as_str(), &refusal.expected[..10]), ("1 owners", "at least 2"));
            assert!(refusal.agreed.iter().any(|line| line.field == "beacon"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn utilities_made_up_consistently_are_refused_by_members() {
    let (study, second) = Study::second_round();
    let mut parts = study.parts(1);
    parts.utilities[2] += 1;
    let forged = build(&study.view(), parts).unwrap();
    // The public can't tell, but sees that this is not what the committee signed; a member sees what is wrong.
    assert_ne!(forged.settlement().scores, second.settlement().scores);
    let refusal = as_member(&second, |member| verify(forged.bytes(), &study.view(), Some(member)));
    assert_eq!(refusal.expect_err("refused").field, "utilities[2]");
    // A plan may allow as much.
    let mut lenient = study;
    lenient.plan.scoring.tolerance_micros = 1;
    assert!(as_member(&second, |member| verify(forged.bytes(), &lenient.view(), Some(member))).is_ok());
}

#[test]
fn a_round_out_of_turn_or_beyond_the_plan_is_refused() {
    let (mut study, second) = Study::second_round();
    study.standing = second.standing();
    assert_eq!(refused_at(&study, second.transcript()), "round");
    let third = build(&study.view(), study.parts(0)).unwrap();
    study.standing = third.standing();
    // Three rounds use the plan's budget up, whatever number a fourth one has.
    match build(&study.view(), study.parts(0)) {
        Err(BuildError::Disagrees(refusal)) => assert_eq!(refusal.field, "cumulative"),
        other => panic!("{other:?}"),
    }
    study.standing.round = 6;
    match build(&study.view(), study.parts(0)) {
        Err(BuildError::Disagrees(refusal)) => assert_eq!(refusal.field, "round"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_dead_rounds_number_is_passed_over_only_with_its_attempts_on_record() {
    let study = Study::new();
    let mut parts = study.parts_of(2, 1);
    match build(&study.view(), parts.clone()) {
        Err(BuildError::Disagrees(refusal)) => assert_eq!(refusal.field, "aborted[0].round"),
        other => panic!("{other:?}"),
    }
    let mut dead = parts.aborted[0].clone();
    (dead.round, dead.attempt, dead.reason) = (1, 1, AbortReason::ReleaseQuorumMissed);
    parts.aborted.push(dead);
    let built = build(&study.view(), parts).unwrap();
    assert_eq!((built.transcript().round, built.transcript().attempt), (2, 2));
    assert_eq!(built.standing().round, 2);
}

#[test]
fn payouts_beyond_the_budget_are_refused() {
    let mut study = Study::new();
    let excess = 2 * study.plan.payment.per_round + 1;
    study.standing.cumulative.credit(OwnerId([1; 20]), excess).unwrap();
    match build(&study.view(), study.parts(0)) {
        Err(BuildError::Disagrees(refusal)) => assert!(refusal.expected.contains("budget"), "{refusal}"),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_utilities_make_a_transcript_that_agrees(utilities in prop::collection::vec(any::<i64>(), 4)) {
        let study = Study::new();
        let built = build(&study.view(), RoundParts { utilities, ..study.parts(0) }).unwrap();
        prop_assert_eq!(built.transcript().payouts.total(), study.plan.payment.per_round);
        let read: RoundTranscript = serde_json::from_slice(built.bytes()).unwrap();
        prop_assert_eq!(&read, built.transcript());
        prop_assert_eq!(read.to_json().unwrap(), built.bytes());
    }
}
