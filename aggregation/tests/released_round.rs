//! Masking and committee together: what a quorum releases opens exactly the plain sum, and fewer open nothing.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroUsize;

use proptest::prelude::*;
use rand07::rngs::StdRng;
use rand07::{RngCore as _, SeedableRng as _};
use tributary_aggregation::committee::dkg::{Dkg, DkgOutcome, Member, Output};
use tributary_aggregation::committee::release::{Ledger, Release, VerifiedCut, open_cut, release};
use tributary_aggregation::committee::{Kind, SealContext, SealedSeed};
use tributary_aggregation::context::with_roster;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::masking::{Fold, MaskGraph, MaskSeeds, PairSeeds, SelfSeed, mask, unmask};
use tributary_aggregation::plan::{Norm, RoundPlan, RoundPlanParams};
use tributary_aggregation::update::Quantised;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

const ONE: NonZeroUsize = NonZeroUsize::MIN;
const MIN_GROUP: usize = 2;
const CONTEXT0: Digest = Digest([1; 32]);
const EXPORTER: [u8; 32] = [2; 32];

fn owner(index: usize) -> OwnerId {
    OwnerId([index as u8 + 1; 20])
}

fn secret(index: usize) -> StaticSecret {
    StaticSecret::from([index as u8 + 1; 32])
}

/// The key generation among `count` honest owners.
fn committee(count: usize, seed: u64) -> Vec<DkgOutcome> {
    let members: Vec<Member> = (0..count)
        .map(|i| Member { owner: owner(i), seal_key: PublicKey::from(&secret(i)).to_bytes() })
        .collect();
    let (mut runs, mut waiting) = (Vec::new(), VecDeque::new());
    for index in 0..count {
        let mut rng = StdRng::seed_from_u64(seed ^ (index as u64 + 1));
        let seal = Zeroizing::new(secret(index).to_bytes());
        let (run, first) = Dkg::new(Digest([3; 32]), index as u64, members.clone(), seal, &mut rng).unwrap();
        runs.push(run);
        waiting.extend(first.into_iter().map(|output| (index, output)));
    }
    let mut outcomes = BTreeMap::new();
    while let Some((from, output)) = waiting.pop_front() {
        match output {
            Output::Broadcast(message) => {
                for to in (0..count).filter(|to| *to != from) {
                    let next = runs[to].receive(owner(from), message.clone()).unwrap();
                    waiting.extend(next.into_iter().map(|output| (to, output)));
                }
            }
            Output::Done(outcome) => drop(outcomes.insert(from, *outcome)),
            Output::Restart(restart) => panic!("{restart:?}"),
        }
    }
    outcomes.into_values().collect()
}

struct Round {
    plan: RoundPlan,
    context: Digest,
    roster: Vec<OwnerId>,
    graph: MaskGraph,
    plain: Vec<Vec<u64>>,
    masked: Vec<Vec<u8>>,
    pairs: Vec<SealedSeed>,
    own: Vec<SealedSeed>,
}

/// Everybody joins and reports; who of them is cut is decided afterwards.
fn round(members: &[DkgOutcome], values: &[Vec<f32>], weights: &[u32]) -> Round {
    let key = &members[0].committee_key;
    let plan = RoundPlan::new(RoundPlanParams {
        vector_len: values[0].len(),
        bits: 16,
        norm: Norm::LInf(1.0),
        max_weight: 1000,
        max_owners: 16,
        min_group: MIN_GROUP as u16,
    })
    .unwrap();
    let roster: Vec<OwnerId> = (0..members.len()).map(owner).collect();
    let context = with_roster(&CONTEXT0, &roster);
    let mut rng = StdRng::seed_from_u64(7);
    let mut round = Round {
        plan,
        context,
        graph: MaskGraph::complete(&roster).unwrap(),
        roster,
        plain: vec![],
        masked: vec![],
        pairs: vec![],
        own: vec![],
    };
    for (me, (values, weight)) in values.iter().zip(weights).enumerate() {
        let others: Vec<_> = (0..members.len())
            .filter(|other| *other != me)
            .map(|other| (owner(other), PublicKey::from(&secret(other)).to_bytes()))
            .collect();
        let pairs = PairSeeds::derive(&owner(me), &secret(me), &others, &CONTEXT0).unwrap();
        let seal = SealContext { context: CONTEXT0, owner: owner(me), kind: Kind::Pair };
        round.pairs.push(SealedSeed::seal(key, &pairs.encode(), &seal, &mut rng).unwrap());
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        let seal = SealContext { context, owner: owner(me), kind: Kind::SelfSeed };
        round.own.push(SealedSeed::seal(key, &seed, &seal, &mut rng).unwrap());
        let quantised = Quantised::new(&round.plan, values, *weight).unwrap();
        round.plain.push(quantised.to_integers());
        let own = SelfSeed::from_bytes(seed);
        let seeds = MaskSeeds::new(owner(me), &round.graph, own, &pairs, &EXPORTER, &context).unwrap();
        round.masked.push(mask(&round.plan, quantised, &seeds, ONE).unwrap().into_bytes());
    }
    round
}

impl Round {
    fn cut(&self, offline: &[usize]) -> VerifiedCut {
        let side = |seeds: &[SealedSeed], is_offline: bool| {
            (0..self.roster.len())
                .filter(|index| offline.contains(index) == is_offline)
                .map(|index| (self.roster[index], seeds[index].clone()))
                .collect()
        };
        VerifiedCut {
            epoch: 1,
            round: 1,
            attempt: 1,
            group: 0,
            context0: CONTEXT0,
            context: self.context,
            model: Digest([4; 32]),
            graph: self.graph.clone(),
            online: side(&self.own, false),
            offline: side(&self.pairs, true),
            digest: Digest([5; 32]),
        }
    }
}

/// Answers of these members to a cut.
fn answers(members: &[DkgOutcome], who: &[usize], cut: &VerifiedCut) -> BTreeMap<u64, Release> {
    who.iter()
        .map(|index| {
            let share = &members[*index].share;
            let mut ledger = Ledger::new();
            let approved = ledger.answer(cut, MIN_GROUP).unwrap();
            (share.index(), release(share, approved).unwrap())
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_quorum_opens_the_plain_sum_bit_for_bit_and_fewer_open_nothing(
        count in 3usize..8,
        seed: u64,
        dropouts in 0usize..3,
        values in prop::collection::vec(prop::collection::vec(-1.0f32..=1.0, 40), 8),
        weights in prop::collection::vec(1u32..=1000, 8),
    ) {
        let members = committee(count, seed);
        let params = members[0].committee_key.params();
        let key = &members[0].committee_key;
        // Whoever dropped out releases nothing either.
        let dropouts = dropouts.min(count - params.quorum()).min(count - MIN_GROUP);
        let offline: Vec<usize> = (0..dropouts).map(|i| (seed as usize % count + i * 2) % count).collect();
        let mut offline = offline;
        offline.sort_unstable();
        offline.dedup();
        let online: Vec<usize> = (0..count).filter(|index| !offline.contains(index)).collect();
        let round = round(&members, &values[..count], &weights[..count]);
        let cut = round.cut(&offline);

        let too_few = answers(&members, &online[..params.quorum() - 1], &cut);
        prop_assert!(open_cut(&cut, key, &too_few).is_err());

        let opened = open_cut(&cut, key, &answers(&members, &online[..params.quorum()], &cut)).unwrap();
        prop_assert!(opened.liars.is_empty());
        let (own, pairs) = opened.seeds.split_at(online.len());
        let own: Vec<(OwnerId, SelfSeed)> = own
            .iter()
            .map(|(owner, seed)| (*owner, SelfSeed::from_bytes(seed.as_slice().try_into().unwrap())))
            .collect();
        let pairs: Vec<(OwnerId, PairSeeds)> =
            pairs.iter().map(|(owner, seeds)| (*owner, PairSeeds::decode(seeds).unwrap())).collect();
        let mut fold = Fold::new(&round.plan);
        for index in &online {
            fold.add(&round.masked[*index]).unwrap();
        }
        let sealed = unmask(&round.plan, fold, &round.context, &round.graph, &own, &pairs, ONE).unwrap();
        let online_owners: Vec<OwnerId> = online.iter().map(|index| owner(*index)).collect();
        let sum = sealed.open(&round.plan, &EXPORTER, &round.context, &online_owners, ONE).unwrap();

        let mut plain = vec![0u64; round.plan.words()];
        for index in &online {
            plain.iter_mut().zip(&round.plain[*index]).for_each(|(sum, word)| *sum += word);
        }
        let weight = plain.pop().unwrap();
        prop_assert_eq!(sum.sums(), plain);
        prop_assert_eq!(sum.weight(), weight);
    }
}
