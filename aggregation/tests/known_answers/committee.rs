//! The committee: key generation, signatures, sealed seeds, releases.

use std::collections::BTreeMap;

use rand07::SeedableRng as _;
use rand07::rngs::StdRng;
use serde_json::Value;
use tributary_aggregation::committee::dkg::{Body, Dkg, DkgMessage, Member, Output, Phase};
use tributary_aggregation::committee::{
    Certificate, CommitteeKey, CommitteeParams, DecryptionShare, KeyShare, Kind, Purpose, Release,
    SealContext, SealedSeed, SignatureShare,
};
use zeroize::Zeroizing;

use super::{array, bytes, digest_of, list, number, owner, owners, read, text};

fn committee(vectors: &Value) -> (CommitteeKey, Vec<KeyShare>) {
    let params = CommitteeParams::new(number(&vectors["members"])).unwrap();
    assert_eq!(params.quorum(), number::<usize>(&vectors["quorum"]));
    let key = CommitteeKey::from_bytes(params, &bytes(&vectors["key"])).unwrap();
    let shares =
        list(&vectors["shares"]).iter().map(|share| KeyShare::from_bytes(&bytes(share), &key).unwrap());
    let shares = shares.collect();
    (key, shares)
}

#[test]
fn keys_and_their_encodings() {
    let vectors = read(include_str!("../vectors/committee.json"));
    let (key, shares) = committee(&vectors);
    assert_eq!(key.public_key_bytes(), array(&vectors["public_key"]));
    assert_eq!(key.public_key().to_eip2537(), Ok(array(&vectors["public_key_eip2537"])));
    for (share, due) in shares.iter().zip(list(&vectors["shares"])) {
        assert_eq!(share.to_bytes().as_slice(), bytes(due));
    }
}

#[test]
fn signatures_for_every_purpose_and_their_combination() {
    let vectors = read(include_str!("../vectors/committee.json"));
    let (key, shares) = committee(&vectors);
    for case in list(&vectors["signatures"]) {
        let purpose = match text(&case["purpose"]) {
            "beacon" => Purpose::Beacon,
            "cut" => Purpose::Cut,
            other => {
                assert_eq!(other, "settlement");
                Purpose::Settlement
            }
        };
        let message = digest_of(&case["message"]);
        let certificate = Certificate::from_bytes(&bytes(&case["certificate"])).unwrap();
        assert!(key.verify(purpose, &message, &certificate));
        assert_eq!(certificate.to_eip2537(), Ok(array(&case["certificate_eip2537"])));
        let mut all = BTreeMap::new();
        for (share, due) in shares.iter().zip(list(&case["shares"])) {
            let due = SignatureShare::from_bytes(&bytes(due)).unwrap();
            assert_eq!(share.sign(purpose, &message), Ok(due.clone()));
            all.insert(share.index(), due);
        }
        for missing in 0..4 {
            let mut quorum = all.clone();
            quorum.remove(&missing);
            assert_eq!(key.combine(purpose, &message, &quorum).unwrap().certificate, certificate);
        }
    }
}

#[test]
fn sealed_seeds_that_another_program_sealed_are_valid_and_open() {
    let vectors = read(include_str!("../vectors/sealed_seed.json"));
    let (key, shares) = committee(&vectors);
    for case in list(&vectors["seeds"]) {
        let kind = if text(&case["kind"]) == "pair" { Kind::Pair } else { Kind::SelfSeed };
        let context =
            SealContext { context: digest_of(&case["context"]), owner: owner(&case["owner"]), kind };
        let sealed = SealedSeed::from_bytes(&bytes(&case["sealed"])).unwrap();
        assert!(sealed.verify(&context));
        assert_eq!(sealed.to_bytes(), bytes(&case["sealed"]));
        let mut given = BTreeMap::new();
        for (share, due) in shares.iter().zip(list(&case["decryption_shares"])) {
            let due = DecryptionShare::from_bytes(&bytes(due)).unwrap();
            assert_eq!(sealed.decryption_share(&context, share), Ok(due.clone()));
            given.insert(share.index(), due);
        }
        given.remove(&0);
        let opened = sealed.open(&context, &given, &key).unwrap();
        assert_eq!(opened.payload.as_slice(), bytes(&case["payload"]));
        assert!(opened.liars.is_empty());
    }
}

#[test]
fn a_release_is_encoded_as_another_program_encodes_it() {
    let vectors = read(include_str!("../vectors/sealed_seed.json"));
    let (_, shares) = committee(&vectors);
    let cut = digest_of(&vectors["release"]["cut"]);
    let seeds = list(&vectors["seeds"]);
    for (index, answer) in list(&vectors["release"]["answers"]).iter().enumerate() {
        let given =
            |case: &Value| DecryptionShare::from_bytes(&bytes(&case["decryption_shares"][index])).unwrap();
        let release = Release {
            shares: seeds.iter().map(given).collect(),
            signature: shares[index].sign(Purpose::Cut, &cut).unwrap(),
        };
        assert_eq!(release.to_bytes(), bytes(answer));
        assert_eq!(Release::from_bytes(&bytes(answer), seeds.len()), Ok(release));
    }
}

#[test]
fn messages_of_the_key_generation() {
    let vectors = read(include_str!("../vectors/dkg.json"));
    let params = CommitteeParams::new(3).unwrap();
    let decode = |value: &Value| {
        let message = DkgMessage::from_bytes(&bytes(value), params).unwrap();
        assert_eq!(message.to_bytes(), bytes(value));
        assert_eq!(message.context, digest_of(&vectors["context"]));
        message.body
    };
    for phase in ["commits", "deals"] {
        for message in list(&vectors[phase]) {
            let due = if phase == "commits" { Phase::Commit } else { Phase::Deal };
            assert_eq!(decode(message).phase(), due);
        }
    }
    assert_eq!(decode(&vectors["verdict"]), Body::Verdict { complaints: vec![] });
    assert_eq!(decode(&vectors["accusing_verdict"]), Body::Verdict { complaints: vec![0, 2] });
    let scalar = |byte: u8| {
        let mut scalar = [0; 32];
        scalar[31] = byte;
        scalar
    };
    let justified = Body::Justify { shares: vec![(0, scalar(5)), (2, scalar(6))] };
    assert_eq!(decode(&vectors["justify"]), justified);
}

/// Two of three dealers are another program: their announcements, commitments and HPKE-sealed shares must be found right.
#[test]
fn a_run_with_dealers_of_another_program_makes_a_key() {
    let vectors = read(include_str!("../vectors/dkg.json"));
    let params = CommitteeParams::new(3).unwrap();
    let owners = owners(&vectors["owners"]);
    let members = owners.iter().zip(list(&vectors["seal_keys"]));
    let members = members.map(|(owner, key)| Member { owner: *owner, seal_key: array(key) }).collect();
    let seal_secret = Zeroizing::new(array(&vectors["seal_secrets"][0]));
    let mut rng = StdRng::seed_from_u64(1);
    let context = digest_of(&vectors["context"]);
    let (mut run, _) = Dkg::new(context, 0, members, seal_secret, &mut rng).unwrap();

    let mut said = Vec::new();
    let mut outcome = None;
    for phase in ["commits", "deals", "verdict"] {
        for (index, owner) in owners.iter().enumerate().skip(1) {
            let message = if phase == "verdict" { &vectors[phase] } else { &vectors[phase][index - 1] };
            let message = DkgMessage::from_bytes(&bytes(message), params).unwrap();
            for output in run.receive(*owner, message).unwrap() {
                match output {
                    Output::Broadcast(message) => said.push(message.body),
                    Output::Done(done) => outcome = Some(done),
                    Output::Restart(restart) => panic!("{restart:?}"),
                }
            }
        }
    }
    assert!(
        said.contains(&Body::Verdict { complaints: vec![] }),
        "the dealt shares were opened and found right"
    );
    let outcome = outcome.unwrap();
    assert_eq!(outcome.qualified, owners);
    // The share is the sum of the three dealers' shares: the crate refuses one that does not fit the key.
    let again = KeyShare::from_bytes(&outcome.share.to_bytes(), &outcome.committee_key);
    assert_eq!(again.unwrap().index(), 0);
}
