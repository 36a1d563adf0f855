//! Dealers that lie or keep silent, and members that accuse them.

use super::*;

#[test]
fn a_dealer_of_a_false_share_answers_and_the_run_goes_on() {
    // Member 1 spoils what it sealed to member 2, but justifies itself when asked.
    let mut network = Network::new(4, |from, mut message| {
        if let (1, Body::Deal { shares, .. }) = (from, &mut message.body) {
            shares[2][40] ^= 1;
        }
        Some(message)
    });
    network.run();
    assert_works(&network.outcomes());
}

#[test]
fn a_dealer_of_another_members_share_is_complained_about() {
    let mut complained = Vec::new();
    let mut network = Network::new(4, |from, mut message| {
        match &mut message.body {
            // Well sealed, but for somebody else.
            Body::Deal { shares, .. } if from == 1 => shares[2] = shares[3],
            Body::Verdict { complaints } => complained.push((from, complaints.clone())),
            _ => {}
        }
        Some(message)
    });
    network.run();
    assert_works(&network.outcomes());
    complained.sort_unstable();
    assert_eq!(complained, [(0, vec![]), (1, vec![]), (2, vec![1]), (3, vec![])]);
}

#[test]
fn a_dealer_that_justifies_itself_with_a_false_share_is_named() {
    let mut network = Network::new(4, |from, mut message| {
        match &mut message.body {
            Body::Deal { shares, .. } if from == 1 => shares[2][40] ^= 1,
            Body::Justify { shares } if from == 1 => shares[0].1[31] ^= 1,
            _ => {}
        }
        Some(message)
    });
    network.run();
    assert_eq!(network.faults(1), [Fault { owner: owner(1), kind: FaultKind::FalseShare }]);
}

#[test]
fn a_dealer_that_answers_another_complaint_than_was_made_is_named() {
    let mut network = Network::new(4, |from, mut message| {
        match &mut message.body {
            Body::Deal { shares, .. } if from == 1 => shares[2][40] ^= 1,
            Body::Justify { shares } if from == 1 => shares.clear(),
            _ => {}
        }
        Some(message)
    });
    network.run();
    assert_eq!(network.faults(1), [Fault { owner: owner(1), kind: FaultKind::Unanswered }]);
}

#[test]
fn a_dealer_that_does_not_answer_a_complaint_is_named_and_the_rest_go_on_without_it() {
    let mut network = Network::new(4, |from, mut message| {
        match &mut message.body {
            Body::Deal { shares, .. } if from == 3 => shares[2][40] ^= 1,
            Body::Justify { .. } if from == 3 => return None,
            _ => {}
        }
        Some(message)
    });
    network.run();
    assert_eq!(network.runs[0].missing(), [owner(3)]);
    network.silence();
    let faults = network.faults(3);
    assert_eq!(faults, [Fault { owner: owner(3), kind: FaultKind::Silent(Phase::Justify) }]);
    let restart = Restart { faults };
    assert_eq!(restart.without(), [owner(3)]);
    let mut again = Network::new(3, honest);
    again.run();
    assert_works(&again.outcomes());
}

#[test]
fn a_silent_dealer_is_dropped_in_every_phase() {
    let phases = [Phase::Commit, Phase::Deal, Phase::Verdict];
    for silent in phases {
        let mut network =
            Network::new(4, |from, message| (from != 2 || message.body.phase() != silent).then_some(message));
        network.run();
        network.silence();
        assert_eq!(network.faults(2), [Fault { owner: owner(2), kind: FaultKind::Silent(silent) }]);
    }
}

#[test]
fn a_deadline_that_nobody_missed_changes_nothing() {
    let mut network = Network::new(3, honest);
    network.run();
    network.silence();
    assert_works(&network.outcomes());
}

#[test]
fn a_false_complaint_is_harmless() {
    // Member 3 complains about everybody else.
    let mut network = Network::new(4, |from, mut message| {
        if let (3, Body::Verdict { complaints }) = (from, &mut message.body) {
            *complaints = vec![0, 1, 2];
        }
        Some(message)
    });
    network.run();
    let honest = (0..3).map(|me| match network.ends.remove(&me) {
        Some(End::Done(outcome)) => *outcome,
        _ => panic!("member {me} must be done"),
    });
    let honest: Vec<_> = honest.collect();
    assert!(honest.iter().all(|outcome| outcome.committee_key == honest[0].committee_key));
    let digest = Digest([1; 32]);
    let sign = |outcome: &DkgOutcome| {
        (outcome.share.index(), outcome.share.sign(Purpose::Cut, &digest).expect("a share"))
    };
    let key = &honest[0].committee_key;
    key.combine(Purpose::Cut, &digest, &honest.iter().map(sign).collect()).expect("the honest are a quorum");
}

#[test]
fn a_dealer_that_reveals_another_commitment_is_named() {
    let mut network = Network::new(4, |from, mut message| {
        if let (0, Body::Deal { coefficients, .. }) = (from, &mut message.body) {
            coefficients.swap(0, 1);
        }
        Some(message)
    });
    network.run();
    assert_eq!(network.faults(0), [Fault { owner: owner(0), kind: FaultKind::OtherCommitment }]);
}

#[test]
fn nothing_is_dealt_before_every_commitment_is_announced() {
    let (mut run, first) = start(3, 0);
    assert_eq!(first.len(), 1);
    let (_, others) = start(3, 1);
    let Some(Output::Broadcast(message)) = others.into_iter().next() else { panic!("a commitment") };
    assert!(run.receive(owner(1), message).expect("taken").is_empty());
    assert_eq!((run.phase(), run.missing()), (Phase::Commit, vec![owner(2)]));
}

#[test]
fn a_coordinator_that_silences_honest_dealers_leaves_no_room_for_two_quorums() {
    // Of 16, 5 are corrupt; 5 honest ones are called silent.
    let (full, corrupt) = (16, 5);
    let left = members(11);
    let (run, _) = Dkg::of_left(CONTEXT, 0, left.clone(), full, secret(0), &mut rng(1)).expect("a run");
    let observer = Observer::of_left(CONTEXT, left, full).expect("an observer");
    assert_eq!(run.params(), observer.params());
    let shared_by_two_quorums = 2 * run.params().quorum() - run.params().members();
    assert!(shared_by_two_quorums > corrupt, "an honest member is in both");
    let fewer = Dkg::of_left(CONTEXT, 0, members(10), full, secret(0), &mut rng(1));
    assert!(matches!(fewer.expect_err("too few are left"), DkgError::Params(_)));
}
