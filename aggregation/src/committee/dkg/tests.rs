use proptest::prelude::*;

use self::network::{CONTEXT, End, Network, honest, members, secret, start};
use super::*;
use crate::committee::testing::{owner, rng};
use crate::committee::{CommitteeParams, DecodeError, Kind, Purpose, SealContext, SealedSeed};
use crate::ids::{Digest, OwnerId};

mod faults;
mod messages;
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
