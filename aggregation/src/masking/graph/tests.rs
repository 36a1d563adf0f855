use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::draw::shuffle;

const CONTEXT: Digest = Digest([5; 32]);

fn owners(count: usize) -> Vec<OwnerId> {
    (0..count)
        .map(|index| {
            let mut owner = [0; 20];
            owner[..2].copy_from_slice(&(index as u16).to_be_bytes());
            OwnerId(owner)
        })
        .collect()
}

fn beacon(index: u64) -> [u8; 96] {
    let mut beacon = [7; 96];
    beacon[..8].copy_from_slice(&index.to_be_bytes());
    beacon
}

fn drawn(count: usize, corrupt: usize, index: u64) -> MaskGraph {
    MaskGraph::new(&owners(count), corrupt, &CONTEXT, Some(&beacon(index))).unwrap()
}

/// A graph of weaker sizes than [`MaskGraph::new`] would have.
fn weak(count: usize, params: GraphParams, index: u64) -> MaskGraph {
    MaskGraph::ring(&owners(count), params, &digest("weak", &[&index.to_le_bytes()])).unwrap()
}

/// The parts into which the graph on `of` falls.
fn components(graph: &MaskGraph, of: &BTreeSet<OwnerId>) -> Vec<BTreeSet<OwnerId>> {
    let mut left = of.clone();
    let mut parts = Vec::new();
    while let Some(first) = left.pop_first() {
        let (mut part, mut next) = (BTreeSet::from([first]), vec![first]);
        while let Some(owner) = next.pop() {
            for other in graph.neighbours(&owner).into_iter().filter(|other| of.contains(other)) {
                if part.insert(other) {
                    left.remove(&other);
                    next.push(other);
                }
            }
        }
        parts.push(part);
    }
    parts
}

/// `some` of the owners, drawn independently of any graph.
fn random_subset(all: &[OwnerId], some: usize, index: u64) -> BTreeSet<OwnerId> {
    let mut order = all.to_vec();
    shuffle(&digest("subset", &[&index.to_le_bytes()]), &mut order);
    order.into_iter().take(some).collect()
}

#[test]
fn up_to_64_owners_everybody_masks_with_everybody() {
    let complete = MaskGraph::new(&owners(64), 6, &CONTEXT, None).unwrap();
    assert_eq!(complete, MaskGraph::complete(&owners(64)).unwrap());
    assert_eq!(complete.params(), None);
    for owner in owners(64) {
        assert_eq!(complete.neighbours(&owner).len(), 63);
        assert!(!complete.are_neighbours(&owner, &owner));
    }
    let alone = BTreeSet::from([owners(1)[0]]);
    assert!(complete.stripped(&alone).is_empty(), "how many are online is the ledger's rule");
    assert!(!needs_beacon([64, 3], 6));
    assert!(needs_beacon([3, 65], 6));
}

#[test]
fn a_large_group_without_a_beacon_has_no_graph() {
    let missing = MaskGraph::new(&owners(65), 6, &CONTEXT, None);
    assert_eq!(missing, Err(GraphError::NotDrawn { owners: 65 }));
    let mut disorder = owners(65);
    disorder.swap(3, 4);
    let refused = MaskGraph::new(&disorder, 6, &CONTEXT, Some(&beacon(1)));
    assert!(matches!(refused, Err(GraphError::Roster(RosterError::Order(_)))));
    assert!(matches!(MaskGraph::complete(&disorder), Err(RosterError::Order(_))));
}

/// The numbers of docs/PARAMETERS.md; computed independently with Python's integers.
#[test]
fn sizes_for_a_failure_probability_of_2_to_the_minus_40() {
    let sizes = |owners: usize, corrupt_percent: usize| {
        let params = GraphParams::derive(owners, owners * corrupt_percent / 100)?;
        Some((params.degree(), params.min_online()))
    };
    let due = [
        (64, [None, None, None]),
        (65, [Some((30, 4)), Some((40, 7)), Some((60, 14))]),
        (100, [Some((40, 6)), Some((56, 11)), Some((86, 21))]),
        (128, [Some((44, 7)), Some((64, 13)), Some((104, 26))]),
        (256, [Some((70, 13)), Some((104, 23)), Some((156, 40))]),
        (1000, [Some((106, 21)), Some((148, 33)), Some((236, 60))]),
    ];
    for (owners, due) in due {
        assert_eq!([5, 10, 20].map(|percent| sizes(owners, percent)), due, "{owners} owners");
    }
    assert_eq!(sizes(100, 33), None, "everybody with everybody");
    assert_eq!(GraphParams::derive(2000, 10), None, "beyond what the sum is made for too");
    assert_eq!(GraphParams::derive(100, 101), None);
}

/// C(n, k) as a floating-point number: for comparing with frequencies only.
fn choose(n: usize, k: usize) -> f64 {
    if k > n { 0.0 } else { (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product() }
}

/// P[at least `least` of `drawn` places are taken by some of `marked` owners].
fn tail(owners: usize, marked: usize, drawn: usize, least: usize) -> f64 {
    let some = |x: usize| choose(marked, x) * choose(owners - marked, drawn - x);
    (least..=drawn.min(marked)).map(some).sum::<f64>() / choose(owners, drawn)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn both_tails_are_as_small_as_they_are_said_to_be(count in 65usize..=400, percent in 0usize..=33) {
        let corrupt = count * percent / 100;
        if let Some(params) = GraphParams::derive(count, corrupt) {
            let window = params.degree() / 2;
            prop_assert!(params.degree() < count - 1);
            let all = count as f64;
            let failure = all * tail(count, corrupt, window, params.min_online());
            prop_assert!(failure <= 2f64.powi(-40) * 1.000_001, "{failure}");
            let suffering = all * tail(count, count * 3 / 10, window, window + 1 - params.min_online());
            prop_assert!(suffering <= 2f64.powi(-10) * 1.000_001, "{suffering}");
        }
    }

    #[test]
    fn the_graph_is_regular_and_mutual(count in 65usize..140, corrupt in 0usize..14, index: u64) {
        let graph = drawn(count, corrupt, index);
        let degree = graph.params().unwrap().degree();
        for owner in graph.owners() {
            let neighbours = graph.neighbours(owner);
            prop_assert_eq!(neighbours.len(), degree);
            prop_assert!(neighbours.windows(2).all(|pair| pair[0] < pair[1]), "each once");
            for other in graph.owners() {
                let joined = neighbours.contains(other);
                prop_assert_eq!(graph.are_neighbours(owner, other), joined);
                prop_assert_eq!(graph.are_neighbours(other, owner), joined);
            }
            prop_assert!(!neighbours.contains(owner));
        }
        let stranger = OwnerId([0xff; 20]);
        prop_assert!(graph.neighbours(&stranger).is_empty());
        prop_assert!(!graph.are_neighbours(&stranger, &graph.owners()[0]));
        prop_assert_eq!(graph.stripped(&[stranger].into()), [stranger]);
    }

}

/// Drops owners in this order, each of them that the rule lets go.
fn drop_greedily(graph: &MaskGraph, order: impl Iterator<Item = OwnerId>) -> BTreeSet<OwnerId> {
    let mut online: BTreeSet<OwnerId> = graph.owners().iter().copied().collect();
    for owner in order {
        online.remove(&owner);
        if !graph.stripped(&online).is_empty() {
            online.insert(owner);
        }
    }
    online
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The theorem: whoever is cut, if the rule is kept, honest online owners stay in one piece.
    #[test]
    fn whatever_a_cut_leaves_by_the_rule_the_honest_stay_connected(
        count in 65usize..130, percent in 1usize..=15, index: u64, start in 0usize..65, by_ring: bool,
    ) {
        let corrupt_count = count * percent / 100;
        prop_assume!(GraphParams::derive(count, corrupt_count).is_some());
        let graph = drawn(count, corrupt_count, index);
        let corrupt = random_subset(graph.owners(), corrupt_count, !index);
        // The coordinator knows the graph and its colluders, who stay online, and drops as many others as the rule lets
        // it: one after the other along the ring, so that gaps are as wide as can be, or in any order.
        let ring = graph.ring.as_ref().unwrap();
        let mut order: Vec<OwnerId> =
            (0..count).map(|place| graph.owners()[ring.order[(start + place) % count]]).collect();
        if !by_ring {
            shuffle(&digest("order", &[&index.to_le_bytes()]), &mut order);
        }
        let online = drop_greedily(&graph, order.into_iter().filter(|owner| !corrupt.contains(owner)));
        prop_assert!(graph.stripped(&online).is_empty());
        prop_assert!(online.len() < count * 3 / 4, "{} of {count} online: the attack is none", online.len());
        let honest: BTreeSet<OwnerId> = online.difference(&corrupt).copied().collect();
        prop_assert!(!honest.is_empty());
        prop_assert_eq!(components(&graph, &honest).len(), 1, "beacon {}: {} online", index, online.len());
    }

    #[test]
    fn to_set_the_stripped_offline_too_leaves_nobody(count in 65usize..100, index: u64, gone in 20usize..60) {
        let graph = drawn(count, count / 10, index);
        let mut online = random_subset(graph.owners(), count - gone, index);
        // More go, until somebody is stripped: the last one left would be.
        while graph.stripped(&online).is_empty() {
            online.pop_last();
        }
        let mut stripped = graph.stripped(&online);
        while !stripped.is_empty() {
            online.retain(|owner| !stripped.contains(owner));
            stripped = graph.stripped(&online);
        }
        prop_assert!(online.is_empty());
    }
}

#[test]
fn a_stretch_of_the_ring_can_only_be_cut_off_by_breaking_the_rule() {
    // The attack that the rule is there for: everybody around a victim is declared offline.
    let graph = drawn(100, 10, 1);
    let all: BTreeSet<OwnerId> = graph.owners().iter().copied().collect();
    let ring = graph.ring.as_ref().unwrap();
    let window = ring.params.degree() / 2;
    let at = |place: usize| graph.owners()[ring.order[place % 100]];
    let victim = at(10);
    let around: BTreeSet<OwnerId> = graph.neighbours(&victim).into_iter().collect();
    let cut: BTreeSet<OwnerId> = all.difference(&around).copied().collect();
    assert!(graph.stripped(&cut).contains(&victim));
    // With as many left after it as the rule wants it may stay, and with one fewer not.
    for (kept, may_be) in [(ring.params.min_online(), true), (ring.params.min_online() - 1, false)] {
        let gone: BTreeSet<OwnerId> = (kept + 1..=window).map(|step| at(10 + step)).collect();
        let online: BTreeSet<OwnerId> = all.difference(&gone).copied().collect();
        assert_eq!(graph.stripped(&online).is_empty(), may_be, "{kept} kept");
        assert_eq!(!graph.stripped(&online).contains(&victim), may_be, "{kept} kept");
    }
    // Two gaps of a window each part the ring in two.
    let gaps: BTreeSet<OwnerId> = (0..window).flat_map(|step| [at(step), at(40 + step)]).collect();
    let parted: BTreeSet<OwnerId> = all.difference(&gaps).copied().collect();
    assert_eq!(components(&graph, &parted).len(), 2);
    assert!(!graph.stripped(&parted).is_empty());
}

/// Seeds are fixed, and so is the outcome; five standard deviations of a frequency.
fn assert_frequency(what: &str, trials: u64, hits: usize, expected: f64) {
    let frequency = hits as f64 / trials as f64;
    let deviation = (expected * (1.0 - expected) / trials as f64).sqrt();
    assert!(
        (frequency - expected).abs() < 5.0 * deviation,
        "{what}, seeds 0 to {trials}: {frequency} where {expected} ± {deviation} is due"
    );
}

/// Where the event is common enough to be counted, it is as common as computed.
#[test]
fn corrupt_owners_fill_a_window_as_often_as_computed() {
    let (count, corrupt_count, window, least, trials) = (40, 10, 8, 4, 5_000u64);
    let params = GraphParams { degree: 2 * window, min_online: least };
    let corrupt = random_subset(&owners(count), corrupt_count, 9);
    let follows = |graph: &MaskGraph, place: usize| {
        let ring = graph.ring.as_ref().unwrap();
        let owner = |step: usize| graph.owners()[ring.order[(place + step) % count]];
        (1..=window).filter(|step| corrupt.contains(&owner(*step))).count()
    };
    let (mut one, mut any, mut kept, mut parted) = (0, 0, 0, 0);
    for index in 0..trials {
        let graph = weak(count, params, index);
        let full: Vec<bool> = (0..count).map(|place| follows(&graph, place) >= least).collect();
        one += usize::from(full[0]);
        any += usize::from(full.contains(&true));
        // Along the ring as many honest owners are dropped as the rule allows. Where no window is full, that parts nobody.
        let ring = graph.ring.as_ref().unwrap();
        let order = ring.order.iter().map(|position| graph.owners()[*position]);
        let online = drop_greedily(&graph, order.filter(|owner| !corrupt.contains(owner)));
        let honest: BTreeSet<OwnerId> = online.difference(&corrupt).copied().collect();
        let is_parted = components(&graph, &honest).len() > 1;
        kept += usize::from(!full.contains(&true));
        parted += usize::from(is_parted);
        assert!(!is_parted || full.contains(&true), "seed {index}: the theorem is wrong");
    }
    let expected = tail(count, corrupt_count, window, least);
    assert_frequency("one window", trials, one, expected);
    let frequency = any as f64 / trials as f64;
    assert!(frequency > expected && frequency <= expected * count as f64, "the union bound: {frequency}");
    // Both happen: the theorem is put to the test, and without what it assumes it would not hold.
    assert!(kept > 0 && parted > 0 && parted <= any, "{kept} kept, {parted} of {any} parted");
}

#[test]
fn random_dropouts_leave_enough_neighbours_as_often_as_computed() {
    let (count, gone, window, min_online, trials) = (40, 12, 8, 4, 20_000u64);
    let params = GraphParams { degree: 2 * window, min_online };
    let all = owners(count);
    let (mut one, mut any) = (0, 0);
    for index in 0..trials {
        let graph = weak(count, params, index);
        let online = random_subset(&all, count - gone, index);
        let ring = graph.ring.as_ref().unwrap();
        let owner = |place: usize| graph.owners()[ring.order[place % count]];
        let left = (1..=window).filter(|step| online.contains(&owner(*step))).count();
        one += usize::from(left < min_online);
        any += usize::from(!graph.stripped(&online).is_empty());
    }
    let expected = tail(count, gone, window, window + 1 - min_online);
    assert_frequency("the window after the first place", trials, one, expected);
    assert!(any as f64 / trials as f64 <= expected * count as f64, "the union bound");
}

#[test]
fn with_three_tenths_gone_at_random_nobody_is_stripped() {
    for (count, percent) in [(100, 10), (128, 20), (256, 10)] {
        for index in 0..50 {
            let graph = drawn(count, count * percent / 100, index);
            let online = random_subset(graph.owners(), count - count * 3 / 10, index);
            assert!(graph.stripped(&online).is_empty(), "{count} owners, beacon {index}");
        }
    }
}

#[test]
fn everything_that_it_is_drawn_from_changes_the_graph() {
    let base = drawn(80, 8, 1);
    assert_eq!(base, drawn(80, 8, 1));
    assert_eq!(base.digest(), drawn(80, 8, 1).digest());
    let other_context = MaskGraph::new(&owners(80), 8, &Digest([6; 32]), Some(&beacon(1))).unwrap();
    let others = [drawn(80, 8, 2), drawn(81, 8, 1), drawn(80, 4, 1), other_context];
    for other in &others {
        assert_ne!(base.digest(), other.digest());
        assert_ne!(base.neighbours(&owners(1)[0]), other.neighbours(&owners(1)[0]));
    }
    let complete = MaskGraph::complete(&owners(80)).unwrap();
    assert_ne!(base.digest(), complete.digest());
    assert_ne!(complete.digest(), MaskGraph::complete(&owners(79)).unwrap().digest());
}

#[test]
fn a_known_graph() {
    // Made independently, sizes, shuffle and digest, with Python's integers and hashlib and a ChaCha20 from RFC 8439. It
    // must not change between versions: owners of one group may run different ones.
    let graph = drawn(70, 3, 1);
    let digest = graph.digest().to_string();
    assert_eq!(digest, "0x9cc6e4a3bdefce85ce41ccde6a9301aa6a2d445a6b000e428a405d439abc9559");
}
