use proptest::prelude::*;

use rand07::RngCore;
use rand07::distributions::{Distribution, Standard};
use serde::Deserialize;
use serde::de::value::{Error as ValueError, SeqDeserializer};
use threshold_crypto::{Ciphertext, SecretKey};

use super::*;
use crate::committee::QuorumError;
use crate::committee::hash_to_curve::hash_message;
use crate::committee::testing::{committee, owner, rng};

fn context(index: u64, kind: Kind) -> SealContext {
    SealContext { context: Digest([3; 32]), owner: owner(index), kind }
}

fn seal(key: &CommitteeKey, payload: &[u8], context: &SealContext, seed: u64) -> SealedSeed {
    SealedSeed::seal(key, payload, context, &mut rng(seed)).expect("sealed")
}

fn shares(sealed: &SealedSeed, context: &SealContext, keys: &[KeyShare]) -> BTreeMap<u64, DecryptionShare> {
    keys.iter().map(|key| (key.index(), sealed.decryption_share(context, key).expect("a share"))).collect()
}

/// The error of an opening, whose success cannot be printed.
fn refused(opened: Result<Opened, OpenError>) -> OpenError {
    opened.err().expect("this must not open")
}

#[test]
fn every_quorum_opens_what_was_sealed() {
    let (key, keys) = committee(4, 1);
    let context = context(0, Kind::Pair);
    let sealed = seal(&key, b"seeds", &context, 7);
    let all = shares(&sealed, &context, &keys);
    for out in 0..4 {
        let mut three = all.clone();
        three.remove(&out);
        let opened = sealed.open(&context, &three, &key).expect("opened");
        assert_eq!(opened.payload.as_slice(), b"seeds");
        assert!(opened.liars.is_empty());
    }
}

#[test]
fn a_minority_cannot_open() {
    for members in 2..=7 {
        let (key, keys) = committee(members, 1);
        let quorum = key.params().quorum();
        let context = context(0, Kind::SelfSeed);
        let sealed = seal(&key, b"seeds", &context, 7);
        let mut minority = shares(&sealed, &context, &keys[..quorum - 1]);
        let too_few = QuorumError::TooFew { got: quorum - 1, quorum };
        assert_eq!(refused(sealed.open(&context, &minority, &key)), too_few.into());
        // One member's share under a second index is no second share.
        let copied = minority[&0].clone();
        minority.insert(quorum as u64 - 1, copied);
        let liars = vec![quorum as u64 - 1];
        let bad = QuorumError::BadShares { liars, left: quorum - 1, quorum };
        assert_eq!(refused(sealed.open(&context, &minority, &key)), bad.into());
    }
}

#[test]
fn a_wrong_decryption_share_is_found_named_and_left_out() {
    let (key, keys) = committee(4, 1);
    let context = context(0, Kind::Pair);
    let sealed = seal(&key, b"seeds", &context, 7);
    let other = seal(&key, b"other", &context, 8);
    let mut all = shares(&sealed, &context, &keys);
    all.insert(2, other.decryption_share(&context, &keys[2]).expect("a share"));
    let opened =
        sealed.open(&context, &all, &key).expect("the first three hold the liar, the other three open");
    assert_eq!(opened.liars, [2]);
    assert_eq!(opened.payload.as_slice(), b"seeds");
    all.remove(&3);
    let bad = QuorumError::BadShares { liars: vec![2], left: 2, quorum: 3 };
    assert_eq!(refused(sealed.open(&context, &all, &key)), bad.into());
}

#[test]
fn an_index_outside_the_committee_is_refused() {
    let (key, keys) = committee(4, 1);
    let context = context(0, Kind::Pair);
    let sealed = seal(&key, b"seeds", &context, 7);
    // `u64::MAX` would be the master key's place if it were taken for −1.
    for index in [4, u64::MAX] {
        let mut all = shares(&sealed, &context, &keys);
        all.insert(index, all[&0].clone());
        let error = QuorumError::Index { index, members: 4 };
        assert_eq!(refused(sealed.open(&context, &all, &key)), error.into());
    }
}

#[test]
fn a_ciphertext_copied_to_another_owner_kind_or_round_gets_no_share() {
    let (key, keys) = committee(4, 1);
    let own = context(0, Kind::Pair);
    let sealed = seal(&key, b"seeds", &own, 7);
    let copies =
        [context(1, Kind::Pair), context(0, Kind::SelfSeed), SealContext { context: Digest([4; 32]), ..own }];
    assert!(sealed.verify(&own));
    for copy in copies {
        assert!(!sealed.verify(&copy));
        let error = sealed.decryption_share(&copy, &keys[0]);
        assert_eq!(error.err(), Some(ShareError::Invalid { context: copy }));
        // Not even with shares that were given for the original.
        let all = shares(&sealed, &own, &keys);
        assert_eq!(refused(sealed.open(&copy, &all, &key)), OpenError::Invalid { context: copy });
    }
}

#[test]
fn a_ciphertext_with_parts_of_another_is_refused() {
    let (key, keys) = committee(4, 1);
    let context = context(0, Kind::Pair);
    let [a, b] = [7, 8].map(|seed| seal(&key, b"seeds", &context, seed).to_bytes());
    let parts = [1..49, 49..81, 81..113, 113..209, 209..a.len()];
    for part in parts {
        let mut mixed = a.clone();
        mixed[part.clone()].copy_from_slice(&b[part.clone()]);
        let mixed = SealedSeed::from_bytes(&mixed).expect("every part is well formed");
        assert!(mixed.decryption_share(&context, &keys[0]).is_err(), "bytes {part:?}");
    }
}

#[test]
fn an_owner_who_commits_to_another_key_is_named_and_no_member_is() {
    let (key, keys) = committee(4, 1);
    let context = context(0, Kind::Pair);
    let mut sealed = seal(&key, b"seeds", &context, 7);
    let mut seed_rng = rng(7);
    let (mut secret, mut seed) = ([0; 32], [0; 32]);
    RngCore::fill_bytes(&mut seed_rng, &mut secret);
    RngCore::fill_bytes(&mut seed_rng, &mut seed);
    let ephemeral: SecretKey = Standard.sample(&mut StdRng::from_seed(seed));
    sealed.key_digest = Digest([0; 32]);
    let message = label_message(&sealed.kem, &sealed.key_digest, &sealed.body, &context);
    let hash = hash_message(message.as_bytes(), LABEL_TAG).expect("hash");
    sealed.label = points::g2(&ephemeral.sign_g2(hash).to_bytes(), "label").expect("a point");
    let all = shares(&sealed, &context, &keys);
    assert_eq!(refused(sealed.open(&context, &all, &key)), QuorumError::Malformed.into());
    sealed.key_digest = key_digest(&secret, &context);
    sealed.body[0] ^= 1;
    assert_eq!(refused(sealed.open(&context, &all, &key)), OpenError::Payload { context });
}

#[test]
fn wrong_lengths_identity_points_and_other_versions_are_refused() {
    let (key, _) = committee(2, 1);
    let bytes = seal(&key, b"", &context(0, Kind::Pair), 7).to_bytes();
    assert_eq!(bytes.len(), 1 + 48 + 32 + 32 + 96 + 16);
    for length in 0..bytes.len() {
        assert!(SealedSeed::from_bytes(&bytes[..length]).is_err(), "{length} bytes");
    }
    let long = [bytes.clone(), vec![0; MAX_PAYLOAD + 1]].concat();
    let error = DecodeError::Length {
        field: "sealed seed payload",
        expected: MAX_PAYLOAD + 16,
        got: MAX_PAYLOAD + 17,
    };
    assert_eq!(SealedSeed::from_bytes(&long), Err(error));
    for (range, field) in [(1..49, "sealed seed U"), (113..209, "sealed seed label")] {
        let mut identity = bytes.clone();
        identity[range.clone()].fill(0);
        identity[range.start] = 0xc0;
        assert_eq!(SealedSeed::from_bytes(&identity), Err(DecodeError::Identity { field }));
    }
    let mut version = bytes;
    version[0] = 2;
    let error = DecodeError::Version { structure: "sealed seed", got: 2 };
    assert_eq!(SealedSeed::from_bytes(&version), Err(error));
}

/// As `threshold_crypto` knows it; the crate gives and takes the parts of its types through serde only.
fn crates_own<'de, T: Deserialize<'de>>(parts: Vec<Vec<u8>>) -> T {
    T::deserialize(SeqDeserializer::<_, ValueError>::new(parts.into_iter())).expect("its own form")
}

/// `U`, `V` and `W`.
fn crates_parts(ciphertext: &Ciphertext) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    serde_json::from_value(serde_json::to_value(ciphertext).expect("its own form")).expect("three parts")
}

/// The crate's own ciphertext of the same randomness, which has a proof of validity besides.
fn encrypted_by_the_crate(key: &CommitteeKey, sealed: u64) -> Ciphertext {
    let mut sealing = rng(sealed);
    let (mut secret, mut seed) = ([0; 32], [0; 32]);
    RngCore::fill_bytes(&mut sealing, &mut secret);
    RngCore::fill_bytes(&mut sealing, &mut seed);
    let public = threshold_crypto::PublicKey::from_bytes(key.public_key_bytes()).expect("a key");
    public.encrypt_with_rng(&mut StdRng::from_seed(seed), secret)
}

#[test]
fn shares_are_those_of_threshold_crypto() {
    let (key, keys) = committee(4, 1);
    let context = context(0, Kind::Pair);
    let sealed = seal(&key, b"seeds", &context, 7);
    let ciphertext = encrypted_by_the_crate(&key, 7);
    assert!(ciphertext.verify());
    for key in &keys {
        let secret = key.scalar.to_bytes();
        let mut repr = threshold_crypto::FrRepr([0; 4]);
        threshold_crypto::ff::PrimeFieldRepr::read_be(&mut repr, secret.as_slice()).expect("32 bytes");
        let mut scalar = threshold_crypto::ff::PrimeField::from_repr(repr).expect("a scalar");
        let secret = threshold_crypto::SecretKeyShare::from_mut(&mut scalar);
        let due = secret.decrypt_share(&ciphertext).expect("the ciphertext is valid");
        let share = sealed.decryption_share(&context, key).expect("a share");
        let share: threshold_crypto::DecryptionShare = crates_own(vec![share.to_bytes().to_vec()]);
        assert!(share == due);
    }
}

#[test]
fn a_payload_over_the_limit_is_not_sealed() {
    let (key, _) = committee(2, 1);
    let payload = vec![0; MAX_PAYLOAD + 1];
    let error = SealedSeed::seal(&key, &payload, &context(0, Kind::Pair), &mut rng(7));
    assert_eq!(error, Err(SealError::Payload { got: MAX_PAYLOAD + 1 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn sealed_seeds_come_back_from_their_bytes(payload in prop::collection::vec(any::<u8>(), 0..200), seed: u64) {
        let (key, keys) = committee(2, 1);
        let context = context(1, Kind::SelfSeed);
        let sealed = seal(&key, &payload, &context, seed);
        let again = SealedSeed::from_bytes(&sealed.to_bytes()).expect("decodes");
        prop_assert_eq!(&again, &sealed);
        prop_assert_eq!(again.element(), sealed.element());
        let all = shares(&again, &context, &keys);
        for share in all.values() {
            prop_assert_eq!(&DecryptionShare::from_bytes(&share.to_bytes()).expect("decodes"), share);
        }
        let opened = again.open(&context, &all, &key).expect("opened");
        prop_assert_eq!(opened.payload.as_slice(), &payload[..]);
    }

    /// The same randomness gives `threshold_crypto`'s own ciphertext.
    #[test]
    fn the_encryption_is_that_of_threshold_crypto(seed: [u8; 32], secret: [u8; 32], committee: u64) {
        let (key, _) = super::tests::committee(2, committee);
        let public = threshold_crypto::PublicKey::from_bytes(key.public_key_bytes()).expect("a key");
        let due = public.encrypt_with_rng(&mut StdRng::from_seed(seed), secret);
        let ephemeral = kem::draw_ephemeral(&mut StdRng::from_seed(seed));
        let encrypted = kem::encrypt(&key.public_key().0, &ephemeral, &secret).expect("encrypted");
        let (u, v) = split(&encrypted.to_bytes());
        let (due_u, due_v, _) = crates_parts(&due);
        prop_assert_eq!((&u[..], &v[..]), (&due_u[..], &due_v[..]));
    }

    #[test]
    fn any_flipped_bit_is_refused(bit in 0..(209 + 16 + 5) * 8usize) {
        let (key, keys) = committee(2, 1);
        let context = context(1, Kind::SelfSeed);
        let mut bytes = seal(&key, b"seeds", &context, 7).to_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(changed) = SealedSeed::from_bytes(&bytes) {
            prop_assert!(changed.decryption_share(&context, &keys[0]).is_err());
        }
    }
}
