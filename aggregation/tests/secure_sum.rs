//! A round of secure aggregation through the public interface: what comes out is the plain sum, or nothing.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::num::NonZeroUsize;

use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use tributary_aggregation::context::with_roster;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::masking::{
    Aggregate, Fold, MaskGraph, MaskSeeds, MaskedUpdate, PairSeeds, SealedSum, SelfSeed, UnmaskError, mask,
    unmask,
};
use tributary_aggregation::plan::{Norm, RoundPlan, RoundPlanParams};
use tributary_aggregation::update::Quantised;
use x25519_dalek::{PublicKey, StaticSecret};

const ONE: NonZeroUsize = NonZeroUsize::MIN;
const CONTEXT0: Digest = Digest([1; 32]);
const EXPORTER: [u8; 32] = [2; 32];

/// A group in which everybody has masked an update; `joined` of the announced owners are on the roster.
struct Group {
    plan: RoundPlan,
    context: Digest,
    roster: Vec<OwnerId>,
    graph: MaskGraph,
    pairs: Vec<PairSeeds>,
    own: Vec<SelfSeed>,
    plain: Vec<Vec<u64>>,
    masked: Vec<MaskedUpdate>,
}

fn group(plan: &RoundPlan, announced: usize, joined: usize, seed: u64) -> Group {
    group_with(plan, announced, joined, seed, |roster, _| MaskGraph::complete(roster).unwrap())
}

fn group_with(
    plan: &RoundPlan,
    announced: usize,
    joined: usize,
    seed: u64,
    graph: impl Fn(&[OwnerId], &Digest) -> MaskGraph,
) -> Group {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut owners: Vec<(OwnerId, StaticSecret)> = (0..announced)
        .map(|_| {
            let mut owner = [0; 20];
            rng.fill_bytes(&mut owner);
            (OwnerId(owner), StaticSecret::random_from_rng(&mut rng))
        })
        .collect();
    owners.sort_by_key(|(owner, _)| *owner);
    let public: Vec<_> =
        owners.iter().map(|(owner, secret)| (*owner, PublicKey::from(secret).to_bytes())).collect();
    // Those who did not join stand anywhere in the order.
    let roster: Vec<OwnerId> =
        public.iter().map(|(owner, _)| *owner).skip((announced - joined) / 2).take(joined).collect();
    let context = with_roster(&CONTEXT0, &roster);
    let bound = plan.norm().coordinate_bound();
    let mut group = Group {
        plan: plan.clone(),
        context,
        graph: graph(&roster, &context),
        roster: roster.clone(),
        pairs: vec![],
        own: vec![],
        plain: vec![],
        masked: vec![],
    };
    for (me, secret) in owners.iter().filter(|(owner, _)| roster.contains(owner)) {
        let others: Vec<_> = public.iter().copied().filter(|(owner, _)| owner != me).collect();
        let pairs = PairSeeds::derive(me, secret, &others, &CONTEXT0).unwrap();
        let own = SelfSeed::generate(&mut rng);
        // Extremes are as likely as anything else: they are what could overflow.
        let values: Vec<f32> = (0..plan.vector_len())
            .map(|_| match rng.next_u32() % 4 {
                0 => bound as f32,
                1 => -bound as f32,
                _ => (f64::from(rng.next_u32()) / f64::from(u32::MAX) * bound) as f32,
            })
            .collect();
        let weight =
            if rng.next_u32() % 2 == 0 { plan.max_weight() } else { 1 + rng.next_u32() % plan.max_weight() };
        let quantised = Quantised::new(plan, &values, weight).unwrap();
        group.plain.push(quantised.to_integers());
        let seeds = MaskSeeds::new(*me, &group.graph, own.clone(), &pairs, &EXPORTER, &context).unwrap();
        group.masked.push(mask(plan, quantised, &seeds, ONE).unwrap());
        group.pairs.push(pairs);
        group.own.push(own);
    }
    group
}

impl Group {
    fn online(&self, offline: usize) -> Vec<OwnerId> {
        self.roster[offline..].to_vec()
    }

    /// Folds and unmasks with the first `offline` owners of the roster missing, as the committee would release.
    fn seal(
        &self,
        offline: usize,
        change: impl Fn(&mut Vec<(OwnerId, SelfSeed)>, &mut Vec<(OwnerId, PairSeeds)>),
    ) -> Result<SealedSum, UnmaskError> {
        let mut fold = Fold::new(&self.plan);
        for masked in &self.masked[offline..] {
            fold.add(masked.as_bytes()).unwrap();
        }
        let mut online: Vec<_> =
            self.roster.iter().copied().zip(self.own.iter().cloned()).skip(offline).collect();
        let mut offline: Vec<_> =
            self.roster.iter().copied().zip(self.pairs.iter().cloned()).take(offline).collect();
        change(&mut online, &mut offline);
        unmask(&self.plan, fold, &self.context, &self.graph, &online, &offline, ONE)
    }

    fn open(&self, sealed: &SealedSum, offline: usize) -> Result<Aggregate, UnmaskError> {
        sealed.open(&self.plan, &EXPORTER, &self.context, &self.online(offline), ONE)
    }

    fn plain_sum(&self, offline: usize) -> Vec<u64> {
        let mut sum = vec![0u64; self.plan.words()];
        for plain in &self.plain[offline..] {
            sum.iter_mut().zip(plain).for_each(|(sum, value)| *sum += value);
        }
        sum
    }
}

/// Plans whose words are wide enough that a chance agreement is out of the question, narrow and wide ones.
fn plans(max_owners: u16) -> impl Strategy<Value = RoundPlan> {
    (1usize..300, 2u8..=24, 0u32..=31, any::<u32>()).prop_map(move |(vector_len, bits, weight_bits, low)| {
        let max_weight = ((1u64 << weight_bits) | (u64::from(low) % (1 << weight_bits))) as u32;
        let norm = Norm::LInf(0.75);
        RoundPlan::new(RoundPlanParams { vector_len, bits, norm, max_weight, max_owners, min_group: 2 })
            .unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_unmasked_sum_is_the_plain_sum_bit_for_bit(
        plan in plans(9), announced in 2usize..=9, absent in 0usize..4, offline in 0usize..5, seed: u64,
    ) {
        let joined = announced - absent.min(announced - 2);
        let offline = offline.min(joined - 2);
        let group = group(&plan, announced, joined, seed);
        let sealed = group.seal(offline, |_, _| ()).unwrap();
        let aggregate = group.open(&sealed, offline).unwrap();
        let mut plain = group.plain_sum(offline);
        prop_assert_eq!(Some(aggregate.weight()), plain.pop());
        prop_assert_eq!(aggregate.sums(), plain);
        let mean = aggregate.mean_update(&plan).unwrap();
        prop_assert!(mean.iter().all(|value| value.abs() <= 0.75));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn with_a_sparse_graph_too_the_unmasked_sum_is_the_plain_sum_bit_for_bit(
        plan in plans(90), joined in 65usize..=90, gone in 0usize..=20, seed: u64,
    ) {
        let sparse = |roster: &[OwnerId], context: &Digest| {
            MaskGraph::new(roster, 4, context, Some(&[seed as u8; 96])).unwrap()
        };
        let group = group_with(&plan, joined, joined, seed, sparse);
        let degree = group.graph.params().map(|params| params.degree());
        prop_assert!(degree.is_some_and(|degree| degree < joined - 1));
        let sealed = group.seal(gone, |_, _| ()).unwrap();
        let aggregate = group.open(&sealed, gone).unwrap();
        let mut plain = group.plain_sum(gone);
        prop_assert_eq!(Some(aggregate.weight()), plain.pop());
        prop_assert_eq!(aggregate.sums(), plain);
    }
}

#[test]
fn a_sum_unmasked_by_another_graph_is_refused() {
    let draw = |roster: &[OwnerId], context: &Digest, byte| {
        MaskGraph::new(roster, 4, context, Some(&[byte; 96])).unwrap()
    };
    let plan = RoundPlan::new(RoundPlanParams {
        vector_len: 200,
        bits: 24,
        norm: Norm::LInf(1.0),
        max_weight: 10_000,
        max_owners: 70,
        min_group: 2,
    })
    .unwrap();
    let mut group = group_with(&plan, 70, 70, 5, |roster, context| draw(roster, context, 1));
    let sealed = group.seal(10, |_, _| ()).unwrap();
    assert!(group.open(&sealed, 10).is_ok());
    let others = [MaskGraph::complete(&group.roster).unwrap(), draw(&group.roster, &group.context, 2)];
    for other in others {
        group.graph = other;
        let sealed = group.seal(10, |_, _| ()).unwrap();
        assert!(matches!(group.open(&sealed, 10), Err(UnmaskError::Sum(_))));
    }
}

/// 40-bit words and 200 of them: no two of these vectors agree by chance.
fn wide_plan() -> RoundPlan {
    RoundPlan::new(RoundPlanParams {
        vector_len: 200,
        bits: 24,
        norm: Norm::LInf(1.0),
        max_weight: 10_000,
        max_owners: 6,
        min_group: 2,
    })
    .unwrap()
}

#[test]
fn with_any_one_seed_replaced_the_sum_is_something_else() {
    let group = group(&wide_plan(), 5, 5, 7);
    let right = group.seal(2, |_, _| ()).unwrap();
    assert!(group.open(&right, 2).is_ok());
    for online in 0..3 {
        let wrong = group.seal(2, |own, _| own[online].1 = SelfSeed::from_bytes([3; 32])).unwrap();
        assert_ne!(wrong, right);
        assert!(matches!(group.open(&wrong, 2), Err(UnmaskError::Sum(_))), "self seed of {online}");
    }
    // One bit of each pair seed of the first offline owner with an online one. An entry is 20 + 32 bytes after the count.
    for entry in 1..4 {
        let wrong = group
            .seal(2, |_, pairs| {
                let mut bytes = pairs[0].1.encode().to_vec();
                bytes[2 + 52 * entry + 51] ^= 1;
                pairs[0].1 = PairSeeds::decode(&bytes).unwrap();
            })
            .unwrap();
        assert_ne!(wrong, right);
        assert!(matches!(group.open(&wrong, 2), Err(UnmaskError::Sum(_))), "pair seed {entry}");
    }
}

#[test]
fn the_sum_opens_only_with_its_groups_secret_context_and_owners() {
    let group = group(&wide_plan(), 5, 5, 8);
    let sealed = group.seal(1, |_, _| ()).unwrap();
    let online = group.online(1);
    let refused = |secret: &[u8; 32], context: &Digest, online: &[OwnerId]| {
        sealed.open(&group.plan, secret, context, online, ONE)
    };
    assert!(refused(&EXPORTER, &group.context, &online).is_ok());
    assert!(matches!(refused(&[9; 32], &group.context, &online), Err(UnmaskError::Sum(_))));
    assert!(matches!(refused(&EXPORTER, &CONTEXT0, &online), Err(UnmaskError::Sum(_))));
    assert!(matches!(refused(&EXPORTER, &group.context, &online[1..]), Err(UnmaskError::Sum(_))));
    assert!(matches!(refused(&EXPORTER, &group.context, &online[..1]), Err(UnmaskError::Roster { .. })));
    // And the sealed sum itself says nothing: its words are no plain sum of anything.
    assert!(matches!(group.plan_check(&sealed), Err(UnmaskError::Sum(_))));
}

impl Group {
    /// Opens a sum as if there were no group masks: with the secret of a group that nobody masked with.
    fn plan_check(&self, sealed: &SealedSum) -> Result<Aggregate, UnmaskError> {
        sealed.open(&self.plan, &[0; 32], &Digest([0; 32]), &self.online(1), ONE)
    }
}

#[test]
fn masked_words_look_nothing_like_the_plain_ones() {
    // All owners send zeros, whose words are all alike; masked, every byte value must come up about as often as any other.
    let plan = RoundPlan::new(RoundPlanParams {
        vector_len: 100_000,
        bits: 16,
        norm: Norm::LInf(1.0),
        max_weight: 1000,
        max_owners: 6,
        min_group: 2,
    })
    .unwrap();
    let group = group(&plan, 3, 3, 9);
    for masked in &group.masked {
        let bytes = masked.as_bytes();
        let mut counts = [0f64; 256];
        bytes.iter().for_each(|byte| counts[usize::from(*byte)] += 1.0);
        let expected = bytes.len() as f64 / 256.0;
        let chi2: f64 = counts.iter().map(|count| (count - expected).powi(2) / expected).sum();
        // 255 degrees of freedom: mean 255, standard deviation 22.6. The seeds are fixed, so is the outcome.
        assert!((150.0..380.0).contains(&chi2), "{chi2}");
    }
    assert_ne!(group.masked[0].digest(), group.masked[1].digest());
}

#[test]
fn lists_that_do_not_agree_are_refused() {
    let group = group(&wide_plan(), 5, 5, 10);
    let others = self::group(&wide_plan(), 5, 5, 11);
    type Change<'a> = &'a dyn Fn(&mut Vec<(OwnerId, SelfSeed)>, &mut Vec<(OwnerId, PairSeeds)>);
    let refused = |change: Change| group.seal(2, change).err();
    let missing: Change = &|online, _| {
        online.pop();
    };
    assert_eq!(refused(missing), Some(UnmaskError::NotAPartition(group.roster[4])));
    let both: Change = &|online, _| online.insert(0, (group.roster[1], group.own[1].clone()));
    assert_eq!(refused(both), Some(UnmaskError::NotAPartition(group.roster[1])));
    let disorder: Change = &|online, _| online.swap(0, 1);
    assert!(matches!(refused(disorder), Some(UnmaskError::Roster { which: "online", .. })));
    let strangers: Change = &|_, offline| offline[0].1 = others.pairs[0].clone();
    assert!(
        matches!(refused(strangers), Some(UnmaskError::FalsePairs { offline, .. }) if offline == group.roster[0])
    );
    // The other offline owner's pair seeds hold one with owner 0 itself.
    let swapped: Change = &|_, offline| offline[0].1 = group.pairs[1].clone();
    let expected = UnmaskError::FalsePairs { offline: group.roster[0], other: group.roster[0] };
    assert_eq!(refused(swapped), Some(expected));

    // A fold with a report too few, and one of another plan.
    let online: Vec<_> = group.roster.iter().copied().zip(group.own.iter().cloned()).collect();
    let mut fold = Fold::new(&group.plan);
    fold.add(group.masked[0].as_bytes()).unwrap();
    let result = unmask(&group.plan, fold, &group.context, &group.graph, &online, &[], ONE);
    assert_eq!(result.err(), Some(UnmaskError::Reports { folded: 1, online: 5 }));
    let other = RoundPlan::new(RoundPlanParams {
        vector_len: 200,
        bits: 23,
        norm: Norm::LInf(1.0),
        max_weight: 10_000,
        max_owners: 6,
        min_group: 2,
    })
    .unwrap();
    let result = unmask(&group.plan, Fold::new(&other), &group.context, &group.graph, &online, &[], ONE);
    assert_eq!(result.err(), Some(UnmaskError::OtherPlan));
}

#[test]
fn one_owner_alone_is_never_opened() {
    let group = group(&wide_plan(), 3, 3, 12);
    assert!(matches!(group.seal(2, |_, _| ()), Err(UnmaskError::Roster { which: "online", .. })));
}

#[test]
fn groups_add_up_to_their_union() {
    let (first, second) = (group(&wide_plan(), 3, 3, 13), group(&wide_plan(), 4, 4, 14));
    let open = |group: &Group| group.open(&group.seal(0, |_, _| ()).unwrap(), 0).unwrap();
    let union = open(&first).add(&open(&second)).unwrap();
    let expected: Vec<u64> = first.plain_sum(0).iter().zip(second.plain_sum(0)).map(|(a, b)| a + b).collect();
    assert_eq!((union.sums(), union.weight()), (expected[..200].to_vec(), expected[200]));
    assert!(union.mean_update(&wide_plan()).is_ok());
}
