//! Seeds that their owners did not seal for this round.

use super::*;

#[test]
fn a_seed_copied_to_another_owner_in_the_same_round_is_refused() {
    let study = Study::new();
    // Owner 3, offline, presents owner 0's self seed as its own: both in one cut.
    let mut cut = study.cut(FIRST, &[0, 1, 2], &[3]);
    cut.offline[0].1 = cut.online[0].1.clone();
    assert_eq!(refusal(&mut Ledger::new(), &cut), ReleaseRefusal::SeenSeed { owner: owner(3) });
    // It presents owner 0's pair seeds, which are not to be opened while owner 0 is online: nobody has seen them yet.
    cut.offline[0].1 = study.seal(FIRST, owner(0), Kind::Pair);
    let copied = ReleaseRefusal::InvalidSeed { owner: owner(3), kind: Kind::Pair };
    assert_eq!(refusal(&mut Ledger::new(), &cut), copied);
}

#[test]
fn a_seed_copied_from_an_aborted_attempt_that_no_member_was_shown_is_refused() {
    let study = Study::new();
    let second = Place { attempt: 2, ..FIRST };
    let mut cut = study.cut(second, &[0, 1, 2], &[3]);
    cut.online[2].1 = study.seal(FIRST, owner(0), Kind::SelfSeed);
    let copied = ReleaseRefusal::InvalidSeed { owner: owner(2), kind: Kind::SelfSeed };
    assert_eq!(refusal(&mut Ledger::new(), &cut), copied);
    // Not even its own owner can bring it into the next attempt.
    let mut cut = study.cut(second, &[0, 1, 2], &[3]);
    cut.online[0].1 = study.seal(FIRST, owner(0), Kind::SelfSeed);
    let stale = ReleaseRefusal::InvalidSeed { owner: owner(0), kind: Kind::SelfSeed };
    assert_eq!(refusal(&mut Ledger::new(), &cut), stale);
}

#[test]
fn a_seed_copied_to_a_later_round_is_refused() {
    let study = Study::new();
    let mut ledger = Ledger::new();
    let first = study.cut(FIRST, &[0, 1], &[2]);
    ledger.answer(&first, MIN_GROUP).expect("approved");
    let mut later = study.cut(Place { round: 2, model: 2, ..FIRST }, &[0, 1], &[2]);
    later.offline[0].1 = first.online[0].1.clone();
    assert_eq!(refusal(&mut ledger, &later), ReleaseRefusal::SeenSeed { owner: owner(2) });
}

#[test]
fn a_modified_ciphertext_is_refused() {
    let study = Study::new();
    let cut = study.cut(FIRST, &[0, 1], &[2]);
    let bytes = cut.online[0].1.to_bytes();
    // The last byte of V, a byte of the key digest, one of the payload.
    for position in [80, 100, bytes.len() - 1] {
        let mut changed = bytes.clone();
        changed[position] ^= 1;
        let mut cut = cut.clone();
        cut.online[0].1 = SealedSeed::from_bytes(&changed).expect("well formed");
        let invalid = ReleaseRefusal::InvalidSeed { owner: owner(0), kind: Kind::SelfSeed };
        assert_eq!(refusal(&mut Ledger::new(), &cut), invalid);
    }
}
