use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::committee::key::{CommitteeKey, KeyShare};
use crate::committee::quorum::QuorumError;
use crate::committee::sealed_seed::{Kind, SealContext, SealedSeed};
use crate::committee::testing::{committee, owner, rng};
use crate::committee::{DecodeError, Purpose};
use crate::hash::digest;
use crate::ids::{Digest, OwnerId};
use crate::masking::MaskGraph;

mod ledger;
mod seeds;
mod sets;

const MIN_GROUP: usize = 2;

/// Where a cut belongs.
#[derive(Clone, Copy)]
struct Place {
    round: u64,
    attempt: u32,
    group: u16,
    model: u8,
}

const FIRST: Place = Place { round: 1, attempt: 1, group: 0, model: 1 };

impl Place {
    fn context(self, label: &str) -> Digest {
        digest(label, &[&self.round.to_le_bytes(), &self.attempt.to_le_bytes(), &self.group.to_le_bytes()])
    }
}

/// A committee of four and the cuts it is asked about.
struct Study {
    key: CommitteeKey,
    keys: Vec<KeyShare>,
}

impl Study {
    fn new() -> Self {
        let (key, keys) = committee(4, 1);
        Self { key, keys }
    }

    fn seal(&self, place: Place, owner: OwnerId, kind: Kind) -> SealedSeed {
        let context = match kind {
            Kind::Pair => place.context("before the roster"),
            Kind::SelfSeed => place.context("with the roster"),
        };
        let context = SealContext { context, owner, kind };
        let seed =
            digest("seed", &[context.context.as_ref(), owner.as_ref(), format!("{kind:?}").as_bytes()]);
        let seed = u64::from_le_bytes(*seed.0.first_chunk().expect("8 bytes"));
        SealedSeed::seal(&self.key, &payload(owner, kind), &context, &mut rng(seed)).expect("sealed")
    }

    fn cut(&self, place: Place, online: &[u64], offline: &[u64]) -> VerifiedCut {
        let side = |indices: &[u64], kind| {
            indices.iter().map(|index| (owner(*index), self.seal(place, owner(*index), kind))).collect()
        };
        let (online, offline): (Vec<_>, Vec<_>) = (side(online, Kind::SelfSeed), side(offline, Kind::Pair));
        VerifiedCut {
            epoch: 1,
            round: place.round,
            attempt: place.attempt,
            group: place.group,
            context0: place.context("before the roster"),
            context: place.context("with the roster"),
            model: Digest([place.model; 32]),
            graph: complete(online.iter().chain(&offline).map(|(owner, _): &(OwnerId, _)| *owner)),
            digest: digest("cut", &[format!("{online:?} {offline:?}").as_bytes()]),
            online,
            offline,
        }
    }

    fn releases(&self, cut: &VerifiedCut) -> BTreeMap<u64, Release> {
        let answer = |key: &KeyShare| {
            let mut ledger = Ledger::new();
            let approved = ledger.answer(cut, MIN_GROUP).expect("approved");
            (key.index(), release(key, approved).expect("released"))
        };
        self.keys.iter().map(answer).collect()
    }
}

/// Everybody with everybody.
fn complete(roster: impl Iterator<Item = OwnerId>) -> MaskGraph {
    let roster: BTreeSet<OwnerId> = roster.collect();
    MaskGraph::complete(&roster.into_iter().collect::<Vec<_>>()).expect("in order")
}

fn payload(owner: OwnerId, kind: Kind) -> Vec<u8> {
    format!("{kind:?} of {owner}").into_bytes()
}

fn refusal(ledger: &mut Ledger, cut: &VerifiedCut) -> ReleaseRefusal {
    let before = ledger.clone();
    let refusal = ledger.answer(cut, MIN_GROUP).expect_err("this must be refused");
    assert_eq!(*ledger, before, "a refused cut leaves the ledger as it was");
    refusal
}

/// A cut and one of the next round on the same model, whose online sets differ in one owner.
pub(super) fn two_close_cuts() -> (VerifiedCut, VerifiedCut) {
    let study = Study::new();
    (study.cut(FIRST, &[0, 1, 2], &[]), study.cut(Place { round: 2, ..FIRST }, &[0, 1], &[2]))
}

#[test]
fn a_quorum_opens_self_seeds_of_the_online_and_pair_seeds_of_the_offline() {
    let study = Study::new();
    let cut = study.cut(FIRST, &[0, 1, 3], &[2]);
    let mut releases = study.releases(&cut);
    releases.remove(&1);
    let opened = open_cut(&cut, &study.key, &releases).expect("opened");
    assert!(study.key.verify(Purpose::Cut, &cut.digest, &opened.certificate));
    assert!(opened.liars.is_empty());
    let due = [(0, Kind::SelfSeed), (1, Kind::SelfSeed), (3, Kind::SelfSeed), (2, Kind::Pair)];
    assert_eq!(opened.seeds.len(), due.len());
    for ((who, seed), (index, kind)) in opened.seeds.iter().zip(due) {
        assert_eq!((*who, seed.as_slice()), (owner(index), payload(owner(index), kind).as_slice()));
    }
}

#[test]
fn members_who_lie_are_named_and_a_minority_opens_nothing() {
    let study = Study::new();
    let cut = study.cut(FIRST, &[0, 1, 2], &[3]);
    let mut releases = study.releases(&cut);
    // Member 0 swaps two shares: each is well formed, neither is right.
    releases.get_mut(&0).expect("a release").shares.swap(1, 2);
    let opened = open_cut(&cut, &study.key, &releases).expect("three honest members are a quorum");
    assert_eq!(opened.liars, [0].into());
    // Member 1 answers short.
    releases.get_mut(&1).expect("a release").shares.truncate(1);
    let error = open_cut(&cut, &study.key, &releases).err().expect("two honest members are none");
    let source = QuorumError::BadShares { liars: vec![0], left: 2, quorum: 3 }.into();
    assert_eq!(error, OpenCutError::Seed { owner: owner(1), source });
    releases.retain(|index, _| *index > 1);
    let error = open_cut(&cut, &study.key, &releases).err().expect("two members are no quorum");
    assert!(matches!(error, OpenCutError::Certificate(_)), "{error}");
}

#[test]
fn a_release_of_the_wrong_length_or_with_an_identity_point_is_refused() {
    let study = Study::new();
    let cut = study.cut(FIRST, &[0, 1], &[2]);
    let release = study.releases(&cut).remove(&0).expect("a release");
    let bytes = release.to_bytes();
    assert_eq!(bytes.len(), 1 + 4 + 3 * 48 + 96);
    for length in 0..bytes.len() {
        assert!(Release::from_bytes(&bytes[..length], 3).is_err(), "{length} bytes");
    }
    let trailing = [bytes.as_slice(), &[0]].concat();
    let error = DecodeError::Trailing { structure: "release", extra: 1 };
    assert_eq!(Release::from_bytes(&trailing, 3), Err(error));
    for seeds in [2, 4] {
        let error = DecodeError::Length { field: "released shares", expected: seeds, got: 3 };
        assert_eq!(Release::from_bytes(&bytes, seeds), Err(error));
    }
    for (start, length, field) in [(5, 48, "decryption share"), (149, 96, "signature share")] {
        let mut identity = bytes.clone();
        identity[start..start + length].fill(0);
        identity[start] = 0xc0;
        assert_eq!(Release::from_bytes(&identity, 3), Err(DecodeError::Identity { field }));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn releases_come_back_from_their_bytes(round: u64, online in 2..4u64) {
        let study = Study::new();
        let online: Vec<u64> = (0..online).collect();
        let cut = study.cut(Place { round, ..FIRST }, &online, &[4]);
        for (_, release) in study.releases(&cut) {
            let again = Release::from_bytes(&release.to_bytes(), cut.seed_count());
            prop_assert_eq!(again, Ok(release));
        }
    }
}
