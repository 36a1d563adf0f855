//! Masked updates and their sum; the documents of a study.

use std::num::NonZeroUsize;

use tributary_aggregation::masking::{Fold, MaskGraph, MaskSeeds, PairSeeds, SelfSeed, mask, unmask};
use tributary_aggregation::optimizer::{Adaptive, Memory, ModelState, SecondMoment, ServerOptimizer};
use tributary_aggregation::plan::{Norm, RoundPlan, RoundPlanParams};
use tributary_aggregation::update::Quantised;
use tributary_fuzz::owner;
use tributary_fuzz::study::STUDY;
use x25519_dalek::PublicKey;

use super::{CONTEXT, CONTEXT0, secret, write};

const ONE: NonZeroUsize = NonZeroUsize::MIN;

pub(super) fn sums() {
    let params = RoundPlanParams {
        vector_len: 5,
        bits: 16,
        norm: Norm::LInf(1.0),
        max_weight: 1 << 10,
        max_owners: 4,
        min_group: 2,
    };
    let plan = RoundPlan::new(params).expect("a plan");
    let header = |cut: u8| [5, 16, 10, 4, cut];
    let roster = [owner(1), owner(2)];
    let graph = MaskGraph::complete(&roster).expect("two owners");
    let mut fold = Fold::new(&plan);
    let mut own = Vec::new();
    for me in [1u8, 2] {
        let other = 3 - me;
        let others = [(owner(other), PublicKey::from(&secret(other)).to_bytes())];
        let pairs = PairSeeds::derive(&owner(me), &secret(me), &others, &CONTEXT0).expect("seeds");
        write("pair_seeds", &format!("of-{me}"), pairs.encode());
        let quantised = Quantised::new(&plan, &[0.5, -0.5, 0.0, 1.0, -1.0], 7).expect("an update");
        let seed = SelfSeed::from_bytes([me; 32]);
        let seeds = MaskSeeds::new(owner(me), &graph, seed, &pairs, &[1; 32], &CONTEXT).expect("seeds");
        let masked = mask(&plan, quantised, &seeds, ONE).expect("a masked update");
        write("packed_update", &format!("masked-{me}"), [&header(3)[..], masked.as_bytes()].concat());
        fold.add(masked.as_bytes()).expect("room");
        own.push((owner(me), SelfSeed::from_bytes([me; 32])));
    }
    write("pair_seeds", "none", [0, 0]);
    let sum = unmask(&plan, fold, &CONTEXT, &graph, &own, &[], ONE).expect("a sum");
    write("packed_update", "sum", [&header(8)[..], sum.as_bytes()].concat());
}

pub(super) fn documents() {
    for aborts in [0, 2] {
        write("transcript", &format!("after-{aborts}-aborts.json"), STUDY.transcript(aborts).bytes());
    }
    let initial = ModelState { weights: vec![0.5, -1.0, 2.0], round: 0, memory: Memory::default() };
    write("model_state", "initial", initial.encode());
    let second = SecondMoment::Adam { beta2: 0.99 };
    let rule = Adaptive { learning_rate: 0.1, beta1: 0.9, epsilon: 0.001, second };
    let stepped = ServerOptimizer::Adaptive(rule).step(&initial, &[0.1, 0.2, 0.3]).expect("a step");
    write("model_state", "stepped", stepped.encode());
}
