use proptest::prelude::*;

use self::network::{CONTEXT, End, Network, honest, members, secret, start};
use super::*;
use crate::committee::testing::{owner, rng};
use crate::committee::{CommitteeParams, DecodeError, Kind, Purpose, SealContext, SealedSeed};
use crate::ids::{Digest, OwnerId};

mod network;

/// All members hold one key, a quorum of them signs and opens with it, and fewer do not.
fn assert_works(outcomes: &[DkgOutcome]) {
    let key = &outcomes[0].committee_key;
    let owners: Vec<OwnerId> = (0..outcomes.len() as u64).map(owner).collect();
    for (index, outcome) in (0..).zip(outcomes) {
        assert_eq!(outcome.committee_key, *key);
        assert_eq!(outcome.qualified, owners);
        assert_eq!(outcome.share.index(), index);
    }
    let quorum = key.params().quorum();
    let digest = Digest([1; 32]);
    let sign = |outcome: &DkgOutcome| {
        (outcome.share.index(), outcome.share.sign(Purpose::Beacon, &digest).expect("a share"))
    };
    let last = &outcomes[outcomes.len() - quorum..];
    let certified = key.combine(Purpose::Beacon, &digest, &last.iter().map(sign).collect()).expect("signed");
    assert!(certified.liars.is_empty());
    assert!(key.combine(Purpose::Beacon, &digest, &last[1..].iter().map(sign).collect()).is_err());
    let context = SealContext { context: digest, owner: owner(0), kind: Kind::Pair };
    let sealed = SealedSeed::seal(key, b"seed", &context, &mut rng(9)).expect("sealed");
    let open = |outcome: &DkgOutcome| {
        (outcome.share.index(), sealed.decryption_share(&context, &outcome.share).expect("a share"))
    };
    let opened = sealed.open(&context, &last.iter().map(open).collect(), key).expect("opened");
    assert_eq!(opened.payload.as_slice(), b"seed");
    assert!(sealed.open(&context, &last[1..].iter().map(open).collect(), key).is_err());
}

#[test]
fn honest_members_make_one_key_that_a_quorum_can_use() {
    for count in [2, 3, 4, 5, 6, 7, 16] {
        let mut network = Network::new(count, honest);
        network.run();
        assert_works(&network.outcomes());
    }
}

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
fn a_commitment_of_the_wrong_degree_or_with_an_identity_point_is_never_taken() {
    let changes: [fn(&mut Vec<[u8; 48]>); 4] = [
        |coefficients| coefficients.clear(),
        |coefficients| coefficients.truncate(2),
        |coefficients| coefficients.push(coefficients[0]),
        |coefficients| {
            coefficients[0] = [0; 48];
            coefficients[0][0] = 0xc0;
        },
    ];
    for change in changes {
        let mut network = Network::new(4, |from, mut message| {
            if let (1, Body::Deal { coefficients, .. }) = (from, &mut message.body) {
                change(coefficients);
            }
            Some(message)
        });
        network.run();
        network.silence();
        assert_eq!(network.faults(1), [Fault { owner: owner(1), kind: FaultKind::Silent(Phase::Deal) }]);
    }
}

#[test]
fn a_member_that_was_handed_an_unchecked_message_refuses_it_too() {
    let (mut run, _) = start(3, 0);
    let body = Body::Deal { coefficients: vec![], shares: vec![] };
    let error = run.receive(owner(1), DkgMessage { context: CONTEXT, body });
    let source = DecodeError::Length { field: "dealt commitment", expected: 2, got: 0 };
    assert_eq!(error.err(), Some(DkgError::Malformed { owner: owner(1), source }));
}

#[test]
fn strangers_other_runs_and_second_messages_are_refused() {
    let (mut run, _) = start(3, 0);
    let say = |context, byte| DkgMessage { context, body: Body::Commit { announced: Digest([byte; 32]) } };
    let stranger = run.receive(owner(9), say(CONTEXT, 1));
    assert_eq!(stranger.err(), Some(DkgError::Stranger { owner: owner(9) }));
    let other = run.receive(owner(1), say(Digest([6; 32]), 1));
    assert_eq!(other.err(), Some(DkgError::OtherRun { owner: owner(1) }));
    run.receive(owner(1), say(CONTEXT, 1)).expect("the first message");
    assert!(run.receive(owner(1), say(CONTEXT, 1)).expect("the same again").is_empty());
    let second = run.receive(owner(1), say(CONTEXT, 2));
    assert_eq!(second.err(), Some(DkgError::Contradiction { owner: owner(1), phase: Phase::Commit }));
    run.silence().expect("member 2 said nothing");
    assert_eq!(run.receive(owner(2), say(CONTEXT, 1)).err(), Some(DkgError::Finished));
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

#[test]
fn a_wrong_set_up_is_refused() {
    let new = |me, members, secret| {
        Dkg::new(CONTEXT, me, members, secret, &mut rng(1)).expect_err("this must be refused")
    };
    assert!(matches!(new(0, members(1), secret(0)), DkgError::Params(_)));
    assert_eq!(new(3, members(3), secret(0)), DkgError::Index { me: 3, members: 3 });
    assert_eq!(new(u64::MAX, members(3), secret(0)), DkgError::Index { me: u64::MAX, members: 3 });
    assert_eq!(new(0, members(3), secret(1)), DkgError::OwnSealKey);
    let mut twice = members(3);
    twice[2].owner = owner(1);
    assert_eq!(new(0, twice, secret(0)), DkgError::Duplicate { owner: owner(1) });
    let mut low_order = members(3);
    low_order[2].seal_key = [0; 32];
    assert_eq!(new(0, low_order, secret(0)), DkgError::SealKey { owner: owner(2) });
}

#[test]
fn a_run_does_not_print_its_secrets() {
    let (run, _) = start(2, 0);
    let text = format!("{run:?}");
    assert!(text.contains("Commit") && !text.contains("poly") && !text.contains("secret"), "{text}");
}

fn bodies() -> impl Strategy<Value = Body> {
    let params = CommitteeParams::new(4).expect("a committee");
    let dealt = (any::<u64>(), prop::collection::vec(any::<[u8; 32]>(), 4)).prop_map(move |(seed, noise)| {
        let poly = threshold_crypto::poly::Poly::random(params.threshold(), &mut rng(seed));
        let coefficients = crate::committee::points::coefficients(&poly.commitment()).expect("layout");
        let sealed = |noise: [u8; 32]| std::array::from_fn(|position| noise[position % 32]);
        Body::Deal { coefficients, shares: noise.into_iter().map(sealed).collect() }
    });
    let indices = prop::collection::btree_set(0..4u64, 0..=4);
    let scalar = any::<[u8; 32]>().prop_map(|mut bytes| {
        bytes[0] &= 0x3f;
        bytes
    });
    let shares = prop::collection::btree_map(0..4u64, scalar, 0..=4);
    prop_oneof![
        any::<[u8; 32]>().prop_map(|bytes| Body::Commit { announced: Digest(bytes) }),
        dealt,
        indices.prop_map(|complaints| Body::Verdict { complaints: complaints.into_iter().collect() }),
        shares.prop_map(|shares| Body::Justify { shares: shares.into_iter().collect() }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn messages_come_back_from_their_bytes_and_no_other_length_does(context: [u8; 32], body in bodies()) {
        let params = CommitteeParams::new(4).expect("a committee");
        let message = DkgMessage { context: Digest(context), body };
        let bytes = message.to_bytes();
        prop_assert_eq!(DkgMessage::from_bytes(&bytes, params), Ok(message));
        prop_assert!(DkgMessage::from_bytes(&bytes[..bytes.len() - 1], params).is_err());
        let long = [bytes.as_slice(), &[0]].concat();
        let trailing = DecodeError::Trailing { structure: "key generation message", extra: 1 };
        prop_assert_eq!(DkgMessage::from_bytes(&long, params), Err(trailing));
    }

    #[test]
    fn arbitrary_bytes_are_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), tag in 0..6u8) {
        let params = CommitteeParams::new(4).expect("a committee");
        let _ = DkgMessage::from_bytes(&bytes, params);
        let mut framed = bytes;
        if framed.len() > 33 {
            framed[0] = 1;
            framed[33] = tag;
        }
        if let Ok(message) = DkgMessage::from_bytes(&framed, params) {
            prop_assert_eq!(message.to_bytes(), framed);
        }
    }

}

proptest! {
    // Each case is two whole runs.
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn a_member_that_restarts_and_hears_everything_again_in_any_order_ends_with_the_same_share(seed: u64) {
        // Member 0 starts again from the same randomness.
        let mut said = Vec::new();
        let mut network = Network::new(4, |from, message| {
            said.push((from, message.clone()));
            Some(message)
        });
        network.run();
        let first = network.outcomes().remove(0);
        let (mut run, _) = start(4, 0);
        let mut rng = rng(seed);
        let mut done = None;
        said.retain(|(from, _)| *from != 0);
        while !said.is_empty() {
            let next = (rand07::RngCore::next_u64(&mut rng) % said.len() as u64) as usize;
            let (from, message) = said.swap_remove(next);
            for output in run.receive(owner(from), message).expect("taken") {
                if let Output::Done(outcome) = output {
                    done = Some(outcome);
                }
            }
        }
        let again = done.expect("done");
        prop_assert_eq!(again.committee_key, first.committee_key);
        prop_assert_eq!(again.share.to_bytes(), first.share.to_bytes());
    }
}

#[test]
fn unordered_indices_and_scalars_out_of_range_are_refused() {
    let params = CommitteeParams::new(4).expect("a committee");
    let decode = |body| DkgMessage::from_bytes(&DkgMessage { context: CONTEXT, body }.to_bytes(), params);
    for complaints in [vec![1, 1], vec![2, 1]] {
        let error = DecodeError::Order { field: "complaint" };
        assert_eq!(decode(Body::Verdict { complaints }), Err(error));
    }
    let error = DecodeError::Index { field: "complaint", got: 4, members: 4 };
    assert_eq!(decode(Body::Verdict { complaints: vec![4] }), Err(error));
    let error = DecodeError::Length { field: "complaints", expected: 4, got: 5 };
    assert_eq!(decode(Body::Verdict { complaints: vec![0, 1, 2, 3, 4] }), Err(error));
    let error = DecodeError::Scalar { field: "justified share" };
    assert_eq!(decode(Body::Justify { shares: vec![(0, [0xff; 32])] }), Err(error));
    let mut bytes = DkgMessage { context: CONTEXT, body: Body::Verdict { complaints: vec![] } }.to_bytes();
    bytes[33] = 9;
    let error = DecodeError::Tag { field: "key generation message", got: 9 };
    assert_eq!(DkgMessage::from_bytes(&bytes, params), Err(error));
}

#[test]
fn an_observer_with_a_wrong_set_up_and_a_strangers_message_are_refused() {
    let new = |members| Observer::new(CONTEXT, members).expect_err("this must be refused");
    assert!(matches!(new(members(1)), DkgError::Params(_)));
    let mut twice = members(3);
    twice[2].owner = owner(1);
    assert_eq!(new(twice), DkgError::Duplicate { owner: owner(1) });
    let mut observer = Observer::new(CONTEXT, members(3)).expect("an observer");
    let say = |context, byte| DkgMessage { context, body: Body::Commit { announced: Digest([byte; 32]) } };
    assert_eq!(observer.receive(owner(9), say(CONTEXT, 1)), Err(DkgError::Stranger { owner: owner(9) }));
    let other = observer.receive(owner(1), say(Digest([6; 32]), 1));
    assert_eq!(other, Err(DkgError::OtherRun { owner: owner(1) }));
    assert_eq!(observer.receive(owner(1), say(CONTEXT, 1)), Ok(None));
    let second = observer.receive(owner(1), say(CONTEXT, 2));
    assert_eq!(second, Err(DkgError::Contradiction { owner: owner(1), phase: Phase::Commit }));
    assert_eq!((observer.phase(), observer.missing()), (Phase::Commit, vec![owner(0), owner(2)]));
    let silent = observer.silence().expect("two said nothing").without();
    assert_eq!(silent, [owner(0), owner(2)]);
    assert_eq!(observer.receive(owner(2), say(CONTEXT, 1)), Err(DkgError::Finished));
}

#[test]
fn an_observer_that_hears_everything_in_another_order_sees_the_same_key() {
    let mut said = Vec::new();
    let mut network = Network::new(4, |from, message| {
        said.push((from, message.clone()));
        Some(message)
    });
    network.run();
    let key = network.outcomes().remove(0).committee_key;
    let mut observer = Observer::new(CONTEXT, members(4)).expect("an observer");
    said.reverse();
    let ends: Vec<Observed> = said
        .into_iter()
        .filter_map(|(from, message)| observer.receive(owner(from), message).expect("taken"))
        .collect();
    let due = ObservedKey { committee_key: key, qualified: (0..4).map(owner).collect() };
    assert_eq!(ends, [Observed::Done(due)]);
}
