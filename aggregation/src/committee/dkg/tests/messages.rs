//! What is no message of the run.

use super::*;

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
