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
    for position in [80, 180, bytes.len() - 1] {
        let mut changed = bytes.clone();
        changed[position] ^= 1;
        let mut cut = cut.clone();
        cut.online[0].1 = SealedSeed::from_bytes(&changed).expect("well formed");
        let invalid = ReleaseRefusal::InvalidSeed { owner: owner(0), kind: Kind::SelfSeed };
        assert_eq!(refusal(&mut Ledger::new(), &cut), invalid);
    }
}

#[test]
fn of_one_owner_never_both_seeds() {
    let study = Study::new();
    let both = study.cut(FIRST, &[0, 1, 2], &[2]);
    assert_eq!(refusal(&mut Ledger::new(), &both), ReleaseRefusal::Twice { owner: owner(2), round: 1 });
}

#[test]
fn online_and_offline_must_be_the_roster() {
    let study = Study::new();
    let mut cut = study.cut(FIRST, &[0, 1], &[2]);
    cut.graph = complete((0..4).map(owner));
    assert_eq!(refusal(&mut Ledger::new(), &cut), ReleaseRefusal::Unaccounted { owner: owner(3), round: 1 });
    cut.graph = complete((0..2).map(owner));
    assert_eq!(refusal(&mut Ledger::new(), &cut), ReleaseRefusal::Stranger { owner: owner(2), round: 1 });
}

#[test]
fn a_sum_over_too_few_owners_is_refused() {
    let study = Study::new();
    let cut = study.cut(FIRST, &[0], &[1, 2]);
    assert_eq!(refusal(&mut Ledger::new(), &cut), ReleaseRefusal::TooFewOnline { online: 1, min_group: 2 });
    for min_group in [0, 1] {
        let error = Ledger::new().answer(&cut, min_group).expect_err("a sum of one owner is its update");
        assert_eq!(error, ReleaseRefusal::MinGroup { min_group });
    }
}

#[test]
fn a_second_cut_of_a_round_is_refused_whatever_the_attempt() {
    let study = Study::new();
    let mut ledger = Ledger::new();
    ledger.answer(&study.cut(FIRST, &[0, 1, 2, 3], &[]), MIN_GROUP).expect("approved");
    let other = ReleaseRefusal::OtherCut { epoch: 1, round: 1, group: 0 };
    // The attack that two conflicting cuts are: owner 0 online in one, offline in the other.
    assert_eq!(refusal(&mut ledger, &study.cut(FIRST, &[1, 2, 3], &[0])), other);
    let retry = Place { attempt: 2, model: 9, ..FIRST };
    assert_eq!(refusal(&mut ledger, &study.cut(retry, &[0, 1, 2, 3], &[])), other);
    // Another group and another round are other questions.
    let elsewhere = Place { group: 1, ..FIRST };
    ledger.answer(&study.cut(elsewhere, &[4, 5], &[]), MIN_GROUP).expect("another group");
    let later = Place { round: 2, model: 2, ..FIRST };
    ledger.answer(&study.cut(later, &[0, 1, 2], &[3]), MIN_GROUP).expect("another round");
}

#[test]
fn of_two_conflicting_cuts_at_most_one_reaches_a_quorum() {
    let study = Study::new();
    let [a, b] = [study.cut(FIRST, &[0, 1, 2, 3], &[]), study.cut(FIRST, &[1, 2, 3], &[0])];
    let sign = |key: &KeyShare, cut: &VerifiedCut, ledger: &mut Ledger| {
        let approved = ledger.answer(cut, MIN_GROUP).ok()?;
        Some((key.index(), release(key, approved).expect("released")))
    };
    // One member of four is corrupt and answers both; the coordinator asks the honest three in any order.
    for order in 0..8u32 {
        let (mut to_a, mut to_b) = (BTreeMap::new(), BTreeMap::new());
        for key in &study.keys[..3] {
            let mut ledger = Ledger::new();
            let a_first = order >> key.index() & 1 == 0;
            for first in [true, false] {
                if first == a_first {
                    to_a.extend(sign(key, &a, &mut ledger));
                } else {
                    to_b.extend(sign(key, &b, &mut ledger));
                }
            }
        }
        to_a.extend(sign(&study.keys[3], &a, &mut Ledger::new()));
        to_b.extend(sign(&study.keys[3], &b, &mut Ledger::new()));
        let opened = [(&a, &to_a), (&b, &to_b)].map(|(cut, to)| open_cut(cut, &study.key, to).is_ok());
        assert_ne!(opened, [true, true], "order {order:03b}");
    }
}

#[test]
fn the_same_cut_asked_again_gets_the_same_answer() {
    let study = Study::new();
    let cut = study.cut(FIRST, &[0, 1], &[2]);
    let mut ledger = Ledger::new();
    let first = release(&study.keys[0], ledger.answer(&cut, MIN_GROUP).expect("approved")).expect("released");
    let before = ledger.clone();
    let again = release(&study.keys[0], ledger.answer(&cut, MIN_GROUP).expect("approved")).expect("released");
    assert_eq!(again, first);
    assert_eq!(ledger, before);
    // The same digest over other seeds is not the same cut.
    let mut disguised = study.cut(FIRST, &[0, 1, 3], &[]);
    disguised.digest = cut.digest;
    let other = ReleaseRefusal::OtherCut { epoch: 1, round: 1, group: 0 };
    assert_eq!(refusal(&mut ledger, &disguised), other);
}

#[test]
fn two_sums_over_one_model_differ_in_min_group_owners_or_in_none() {
    let study = Study::new();
    let place = |round, model| Place { round, model, ..FIRST };
    let mut ledger = Ledger::new();
    ledger.answer(&study.cut(place(1, 1), &[0, 1, 2, 3], &[]), MIN_GROUP).expect("approved");
    // Their difference would be owner 3's update.
    let close = ReleaseRefusal::TooClose { model: Digest([1; 32]), difference: 1, min_group: 2 };
    assert_eq!(refusal(&mut ledger, &study.cut(place(2, 1), &[0, 1, 2], &[3])), close);
    ledger.answer(&study.cut(place(2, 2), &[0, 1, 2], &[3]), MIN_GROUP).expect("another model");
    ledger.answer(&study.cut(place(3, 1), &[0, 1, 2, 3], &[]), MIN_GROUP).expect("the same owners");
    ledger.answer(&study.cut(place(4, 1), &[0, 1], &[2, 3]), MIN_GROUP).expect("two owners differ");
    // Close to one that was answered earlier, though not to the last.
    assert_eq!(refusal(&mut ledger, &study.cut(place(5, 1), &[0, 1, 3], &[2])), close);
}

#[test]
fn only_one_candidate_list_gets_a_beacon_share() {
    let mut ledger = Ledger::new();
    let [a, b] = [Digest([1; 32]), Digest([2; 32])];
    ledger.answer_beacon(1, 1, 1, a).expect("the first list");
    ledger.answer_beacon(1, 1, 1, a).expect("the same list again");
    let other = ReleaseRefusal::OtherCandidates { epoch: 1, round: 1, attempt: 1 };
    assert_eq!(ledger.answer_beacon(1, 1, 1, b), Err(other));
    ledger.answer_beacon(1, 1, 2, b).expect("the next attempt");
}

#[test]
fn only_one_roster_gets_a_mask_graph() {
    let mut ledger = Ledger::new();
    let [a, b] = [Digest([1; 32]), Digest([2; 32])];
    ledger.answer_beacon(1, 1, 1, b).expect("candidates are another question");
    ledger.answer_mask_graph(1, 1, 1, a).expect("the first rosters");
    ledger.answer_mask_graph(1, 1, 1, a).expect("the same rosters again");
    let other = ReleaseRefusal::OtherRosters { epoch: 1, round: 1, attempt: 1 };
    assert_eq!(ledger.answer_mask_graph(1, 1, 1, b), Err(other.clone()));
    let stored = serde_json::to_string(&ledger).expect("stored");
    let mut restarted: Ledger = serde_json::from_str(&stored).expect("read");
    assert_eq!(restarted.answer_mask_graph(1, 1, 1, b), Err(other));
    for (epoch, round, attempt) in [(2, 1, 1), (1, 2, 1), (1, 1, 2)] {
        restarted.answer_mask_graph(epoch, round, attempt, b).expect("another attempt, round or epoch");
    }
}

#[test]
fn a_ledger_from_before_there_were_mask_graphs_is_read() {
    let mut stored = serde_json::to_value(Ledger::new()).expect("stored");
    stored.as_object_mut().expect("a record").remove("graphs");
    assert_eq!(serde_json::from_value::<Ledger>(stored).expect("read"), Ledger::new());
}

#[test]
fn a_cut_that_strips_an_owner_of_its_neighbours_is_refused() {
    let study = Study::new();
    let place = FIRST;
    let roster: Vec<OwnerId> = (0..70).map(owner).collect();
    let graph = MaskGraph::new(&roster, 3, &place.context("with the roster"), Some(&[1; 96])).expect("drawn");
    let params = graph.params().expect("a sparse graph");
    // Everybody that follows the victim is declared offline. Seeds are judged last: any will do.
    let victim = owner(5);
    let all: BTreeSet<OwnerId> = roster.iter().copied().collect();
    let around: BTreeSet<OwnerId> = graph.neighbours(&victim).into_iter().collect();
    let online: BTreeSet<OwnerId> = all.difference(&around).copied().collect();
    let index = |owner: &OwnerId| u64::from(owner.0[0]) - 1;
    let indices = |owners: &BTreeSet<OwnerId>| owners.iter().map(index).collect::<Vec<_>>();
    let cut_of = |online: &BTreeSet<OwnerId>| {
        let offline: BTreeSet<OwnerId> = all.difference(online).copied().collect();
        VerifiedCut { graph: graph.clone(), ..study.cut(place, &indices(online), &indices(&offline)) }
    };
    let cut = cut_of(&online);
    let stripped = graph.stripped(&online);
    assert!(stripped.contains(&victim));
    let due = ReleaseRefusal::Stripped { owner: stripped[0], min_online: params.min_online() };
    assert_eq!(refusal(&mut Ledger::new(), &cut), due);
    // In a complete graph the same sets would be taken, and with nobody stripped they are.
    let complete = VerifiedCut { graph: complete(roster.iter().copied()), ..cut.clone() };
    Ledger::new().answer(&complete, MIN_GROUP).expect("everybody masks with everybody");
    let few = all.iter().filter(|owner| index(owner) % 5 != 4).copied().collect();
    assert!(graph.stripped(&few).is_empty());
    Ledger::new().answer(&cut_of(&few), MIN_GROUP).expect("enough neighbours for everybody");
    // Who masks with whom is part of the cut: under another graph it is another cut.
    let mut ledger = Ledger::new();
    ledger.answer(&complete, MIN_GROUP).expect("approved");
    let other = ReleaseRefusal::OtherCut { epoch: 1, round: 1, group: 0 };
    assert_eq!(refusal(&mut ledger, &cut), other);
}

#[test]
fn a_restarted_member_remembers() {
    let study = Study::new();
    let mut ledger = Ledger::new();
    let cut = study.cut(FIRST, &[0, 1, 2, 3], &[]);
    ledger.answer(&cut, MIN_GROUP).expect("approved");
    ledger.answer_beacon(1, 1, 1, Digest([1; 32])).expect("the first list");
    let stored = serde_json::to_string(&ledger).expect("stored");
    let mut restarted: Ledger = serde_json::from_str(&stored).expect("read");
    assert_eq!(restarted, ledger);
    let other = ReleaseRefusal::OtherCut { epoch: 1, round: 1, group: 0 };
    assert_eq!(refusal(&mut restarted, &study.cut(FIRST, &[1, 2, 3], &[0])), other);
    let close = ReleaseRefusal::TooClose { model: Digest([1; 32]), difference: 1, min_group: 2 };
    let next = Place { round: 2, ..FIRST };
    assert_eq!(refusal(&mut restarted, &study.cut(next, &[0, 1, 2], &[3])), close);
    let mut copy = study.cut(Place { model: 2, ..next }, &[0, 1, 2], &[3]);
    copy.offline[0].1 = cut.online[0].1.clone();
    assert_eq!(refusal(&mut restarted, &copy), ReleaseRefusal::SeenSeed { owner: owner(3) });
    let candidates = ReleaseRefusal::OtherCandidates { epoch: 1, round: 1, attempt: 1 };
    assert_eq!(restarted.answer_beacon(1, 1, 1, Digest([2; 32])), Err(candidates));
    restarted.answer(&cut, MIN_GROUP).expect("the same cut asked again");
}

#[test]
fn a_damaged_ledger_is_refused() {
    let study = Study::new();
    let mut ledger = Ledger::new();
    ledger.answer(&study.cut(FIRST, &[0, 1], &[]), MIN_GROUP).expect("approved");
    ledger.answer_mask_graph(1, 1, 1, Digest([1; 32])).expect("the first rosters");
    let stored = serde_json::to_value(&ledger).expect("stored");
    type Damage = fn(&mut serde_json::Value);
    let damages: [(&str, Damage); 7] = [
        ("version 2", |value| value["version"] = 2.into()),
        ("cut twice", |value| double(value, "cuts")),
        ("online set", |value| double(value, "online")),
        ("mask graph", |value| double(value, "graphs")),
        ("element twice", |value| double(value, "elements")),
        ("is not an element", |value| value["elements"][0] = "0x00".into()),
        ("unknown field", |value| value["more"] = 1.into()),
    ];
    for (what, damage) in damages {
        let mut damaged = stored.clone();
        damage(&mut damaged);
        let error = serde_json::from_value::<Ledger>(damaged).expect_err(what);
        let words = what.split(' ').all(|word| error.to_string().contains(word));
        assert!(words, "{what}: {error}");
    }
}

fn double(value: &mut serde_json::Value, list: &str) {
    let first = value[list][0].clone();
    value[list].as_array_mut().expect("a list").push(first);
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
