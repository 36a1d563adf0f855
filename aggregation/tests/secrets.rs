//! Secrets are gone from memory when those who held them are: also from what was freed.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroUsize;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use rand07::SeedableRng as _;
use rand07::rngs::StdRng;
use threshold_crypto::ff::{Field as _, PrimeField as _, PrimeFieldRepr as _};
use threshold_crypto::{Fr, FrRepr};
use tributary_aggregation::committee::dkg::{Member, Output};
use tributary_aggregation::committee::{CommitteeKey, Dkg, KeyShare, Kind, SealContext, SealedSeed};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::masking::{MaskGraph, MaskSeeds, PairSeeds, SelfSeed, agree, mask};
use tributary_aggregation::optimizer::{Memory, ModelState};
use tributary_aggregation::plan::{Norm, RoundPlan, RoundPlanParams};
use tributary_aggregation::scoring::GroupMean;
use tributary_aggregation::update::Quantised;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

#[path = "support/memory.rs"]
mod memory;

use memory::{Planted, left_behind};

const CONTEXT: Digest = Digest([3; 32]);

fn owner(index: usize) -> OwnerId {
    OwnerId([index as u8 + 1; 20])
}

fn fresh(rng: &mut ChaCha20Rng) -> Zeroizing<[u8; 32]> {
    let mut bytes = Zeroizing::new([0; 32]);
    rng.fill_bytes(bytes.as_mut_slice());
    bytes
}

#[test]
fn the_search_finds_what_was_freed_without_being_wiped() {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let found = left_behind(|| {
        let (wiped, left) = (fresh(&mut rng), fresh(&mut rng));
        // In the middle of something larger, so that nothing comes to lie over them.
        let around = |secret: &[u8; 32]| [&[1; 500], secret.as_slice(), &[1; 500]].concat();
        // So many that other tests, which run meanwhile, can't come to lie over all of them.
        let copies: Vec<Vec<u8>> = (0..64).map(|_| around(&left)).collect();
        let wiped_copies: Vec<Zeroizing<Vec<u8>>> = (0..64).map(|_| Zeroizing::new(around(&wiped))).collect();
        // Something behind them that stays: the allocator gives free memory at its end back to the system.
        std::mem::forget(around(&[2; 32]));
        drop((copies, wiped_copies));
        vec![Planted::new("wiped", &*wiped), Planted::new("left", &*left)]
    });
    assert!(found.iter().any(|what| what.starts_with("left")), "{found:?}");
    assert!(!found.iter().any(|what| what.starts_with("wiped")), "{found:?}");
}

#[test]
fn the_seeds_of_masks_and_the_update_leave_nothing_behind() {
    const OWNERS: usize = 40;
    let mut rng = ChaCha20Rng::from_seed([2; 32]);
    let norm = Norm::LInf(1.0);
    let params =
        RoundPlanParams { vector_len: 5_000, bits: 16, norm, max_weight: 50, max_owners: 64, min_group: 2 };
    let plan = RoundPlan::new(params).unwrap();
    let roster: Vec<OwnerId> = (0..OWNERS).map(owner).collect();
    let graph = MaskGraph::complete(&roster).unwrap();
    let found = left_behind(|| {
        let secret = StaticSecret::from(*fresh(&mut rng));
        let others: Vec<(OwnerId, [u8; 32])> = roster[1..]
            .iter()
            .map(|other| (*other, PublicKey::from(&StaticSecret::from(*fresh(&mut rng))).to_bytes()))
            .collect();
        let own = fresh(&mut rng);
        let exporter = fresh(&mut rng);
        let mut planted = vec![
            Planted::new("mask key", secret.as_bytes()),
            Planted::new("own seed", &*own),
            Planted::new("exporter secret", &*exporter),
        ];
        let pairs = PairSeeds::derive(&roster[0], &secret, &others, &CONTEXT).unwrap();
        let encoded = pairs.encode();
        for (other, public) in &others {
            planted.push(Planted::new("shared secret", &*agree(&secret, other, public).unwrap()));
        }
        planted.extend(encoded[2..].chunks(52).map(|entry| Planted::new("pair seed", &entry[20..])));
        // As the coordinator reads them when they are released.
        drop(PairSeeds::decode(&encoded).unwrap());

        let values: Zeroizing<Vec<f32>> = Zeroizing::new(
            (0..5_000).map(|_| (rng.next_u32() as f32 / u32::MAX as f32) * 2.0 - 1.0).collect(),
        );
        let quantised = Quantised::new(&plan, &values, 37).unwrap();
        let plain = Zeroizing::new(quantised.to_integers());
        for at in [0, 1234, 4_996] {
            let words: Zeroizing<Vec<u8>> = Zeroizing::new(
                plain[at..at + 4].iter().flat_map(|word| (*word as u32).to_le_bytes()).collect(),
            );
            planted.push(Planted::new("quantised update", &words));
        }
        let seeds =
            MaskSeeds::new(roster[0], &graph, SelfSeed::from_bytes(*own), &pairs, &exporter, &CONTEXT)
                .unwrap();
        let masked = mask(&plan, quantised, &seeds, NonZeroUsize::MIN).unwrap();
        assert!(!masked.as_bytes().is_empty());
        planted
    });
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn nothing_secret_is_printed() {
    let mut rng = ChaCha20Rng::from_seed([4; 32]);
    let (key, shares, _) = generate(3, &mut rng);
    let secret = [173; 32];
    let context = SealContext { context: CONTEXT, owner: owner(0), kind: Kind::SelfSeed };
    let sealed = SealedSeed::seal(&key, &secret, &context, &mut StdRng::from_seed([5; 32])).unwrap();
    let weights = vec![173.0; 8];
    let memory = Memory { first: Some(vec![173.0; 8]), second: Some(vec![173.0; 8]), ..Memory::default() };
    let state = ModelState { weights: weights.clone(), round: 3, memory };
    let mean = GroupMean { mean_update: weights, weight: 173 };
    let member =
        Member { owner: owner(0), seal_key: PublicKey::from(&StaticSecret::from(secret)).to_bytes() };
    let others = [1, 2].map(|other| Member { owner: owner(other), ..member });
    let listed = [&[member], &others[..]].concat();
    let (run, _) =
        Dkg::new(CONTEXT, 0, listed, Zeroizing::new(secret), &mut StdRng::from_seed([6; 32])).unwrap();
    for share in &shares {
        let text = format!("{share:?} {share:#?}").to_lowercase();
        let bytes = share.to_bytes();
        for window in bytes[9..].windows(3) {
            let decimal = format!("{}, {}, {}", window[0], window[1], window[2]);
            let hex: String = window.iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(!text.contains(&decimal) && !text.contains(&hex), "{text}");
        }
    }
    let text = format!("{sealed:?} {state:?} {:?} {mean:?} {run:?}", state.memory);
    assert!(!text.contains("173"), "{text}");
}

/// A scalar in all forms that it has in memory: big-endian, little-endian, and Montgomery's, as the curve's crate has it.
fn scalar(what: &'static str, big_endian: &[u8]) -> Vec<Planted> {
    let mut repr = FrRepr([0; 4]);
    repr.read_be(big_endian).unwrap();
    let mut montgomery = Fr::from_repr(repr).unwrap();
    (0..256).for_each(|_| montgomery.double());
    let little_endian = |limbs: [u64; 4]| Zeroizing::new(limbs.map(u64::to_le_bytes).concat());
    vec![
        Planted::new(what, big_endian),
        Planted::new(what, &little_endian(repr.0)),
        Planted::new(what, &little_endian(montgomery.into_repr().0)),
    ]
}

/// Runs a key generation among `members` and gives the committee's key with everybody's share.
fn generate(members: usize, rng: &mut ChaCha20Rng) -> (CommitteeKey, Vec<KeyShare>, Vec<Planted>) {
    let mut planted = Vec::new();
    let secrets: Vec<Zeroizing<[u8; 32]>> = (0..members).map(|_| fresh(rng)).collect();
    let listed: Vec<Member> = (0..members)
        .map(|index| {
            let secret = StaticSecret::from(*secrets[index]);
            Member { owner: owner(index), seal_key: PublicKey::from(&secret).to_bytes() }
        })
        .collect();
    let mut queue = VecDeque::new();
    // A run that a growing vector moves would leave its seal key where it was.
    let mut runs = Vec::with_capacity(members);
    for (me, secret) in secrets.iter().enumerate() {
        planted.push(Planted::new("seal key", secret.as_slice()));
        let mut seed = fresh(rng);
        let mut draws = StdRng::from_seed(*seed);
        zeroize::Zeroize::zeroize(&mut *seed);
        let (run, outputs) =
            Dkg::new(CONTEXT, me as u64, listed.clone(), secret.clone(), &mut draws).unwrap();
        runs.push(run);
        queue.extend(outputs.into_iter().map(|output| (me, output)));
    }
    let mut made = BTreeMap::new();
    while let Some((from, output)) = queue.pop_front() {
        match output {
            Output::Broadcast(message) => {
                for (to, run) in runs.iter_mut().enumerate().filter(|(to, _)| *to != from) {
                    let outputs = run.receive(owner(from), message.clone()).unwrap();
                    queue.extend(outputs.into_iter().map(|output| (to, output)));
                }
            }
            Output::Done(outcome) => drop(made.insert(from, outcome)),
            Output::Restart(restart) => panic!("{restart:?}"),
        }
    }
    let key = made[&0].committee_key.clone();
    let shares: Vec<KeyShare> = made.into_values().map(|outcome| outcome.share).collect();
    for share in &shares {
        planted.extend(scalar("key share", &share.to_bytes()[9..]));
    }
    (key, shares, planted)
}

#[test]
fn a_key_generation_and_the_use_of_its_shares_leave_nothing_behind() {
    // More members than a node of a B-tree holds.
    const MEMBERS: usize = 13;
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    let found = left_behind(|| {
        let (key, shares, mut planted) = generate(MEMBERS, &mut rng);
        let payload = fresh(&mut rng);
        planted.push(Planted::new("sealed payload", &*payload));
        let context = SealContext { context: CONTEXT, owner: owner(0), kind: Kind::SelfSeed };
        let mut seed = fresh(&mut rng);
        let sealed = SealedSeed::seal(&key, &*payload, &context, &mut StdRng::from_seed(*seed)).unwrap();
        // The first thing that is drawn is the key under which the payload is sealed.
        let mut sealing_key = Zeroizing::new([0; 32]);
        rand07::RngCore::fill_bytes(&mut StdRng::from_seed(*seed), sealing_key.as_mut_slice());
        planted.push(Planted::new("key of the sealed payload", &*sealing_key));
        zeroize::Zeroize::zeroize(&mut *seed);
        let answers = shares.iter().map(|share| {
            let again = KeyShare::from_bytes(&share.to_bytes(), &key).unwrap();
            (share.index(), sealed.decryption_share(&context, &again).unwrap())
        });
        let opened = sealed.open(&context, &answers.collect(), &key).unwrap();
        assert_eq!(opened.payload.as_slice(), payload.as_slice());
        planted
    });
    assert!(found.is_empty(), "{found:#?}");
}
