//! A group's round, from values to the mean, with one owner that drops out.

use std::num::NonZeroUsize;

use serde_json::Value;
use tributary_aggregation::context::with_roster;
use tributary_aggregation::ids::OwnerId;
use tributary_aggregation::masking::{
    Fold, MaskGraph, MaskSeeds, PairSeeds, SealedSum, SelfSeed, mask, unmask,
};
use tributary_aggregation::update::Quantised;
use x25519_dalek::{PublicKey, StaticSecret};

use super::{array, bytes, digest_of, list, number, owner, read};

const ONE: NonZeroUsize = NonZeroUsize::MIN;

#[test]
fn from_values_to_the_mean() {
    let vectors = read(include_str!("../vectors/sum.json"));
    assert_eq!(list(&vectors).len(), 2);
    list(&vectors).iter().for_each(check);
}

fn check(case: &Value) {
    let plan = super::round::plan(&case["plan"]);
    let entries = list(&case["owners"]);
    let everybody: Vec<OwnerId> = entries.iter().map(|entry| owner(&entry["owner"])).collect();
    let absent = owner(&case["offline"]);
    let (context0, context) = (digest_of(&case["context0"]), digest_of(&case["context"]));
    let exporter: [u8; 32] = array(&case["exporter"]);
    assert_eq!(with_roster(&context0, &everybody), context);

    let graph = MaskGraph::complete(&everybody).unwrap();
    let mut fold = Fold::new(&plan);
    let (mut online, mut offline) = (Vec::new(), Vec::new());
    for entry in entries {
        let me = owner(&entry["owner"]);
        let secret = StaticSecret::from(array::<32>(&entry["x25519_secret"]));
        assert_eq!(PublicKey::from(&secret).to_bytes(), array(&entry["x25519_public"]));
        let others: Vec<(OwnerId, [u8; 32])> = entries
            .iter()
            .map(|other| (owner(&other["owner"]), array(&other["x25519_public"])))
            .filter(|(other, _)| *other != me)
            .collect();
        let pairs = PairSeeds::derive(&me, &secret, &others, &context0).unwrap();
        assert_eq!(pairs.encode().as_slice(), bytes(&entry["pair_seeds"]));

        let values: Vec<f32> = list(&entry["values"]).iter().map(|x| x.as_f64().unwrap() as f32).collect();
        let quantised = Quantised::new(&plan, &values, number(&entry["weight"])).unwrap();
        let integers: Vec<u64> = list(&entry["integers"]).iter().map(number).collect();
        assert_eq!(quantised.to_integers(), integers);

        let own = || SelfSeed::from_bytes(array(&entry["own_seed"]));
        let seeds = MaskSeeds::new(me, &graph, own(), &pairs, &exporter, &context).unwrap();
        let masked = mask(&plan, quantised, &seeds, ONE).unwrap();
        assert_eq!(masked.as_bytes(), bytes(&entry["masked"]));
        if me == absent {
            offline.push((me, pairs));
        } else {
            fold.add(masked.as_bytes()).unwrap();
            online.push((me, own()));
        }
    }
    let sealed = unmask(&plan, fold, &context, &graph, &online, &offline, ONE).unwrap();
    assert_eq!(sealed.as_bytes(), bytes(&case["sealed_sum"]));

    let published = SealedSum::from_bytes(&plan, bytes(&case["sealed_sum"])).unwrap();
    let online: Vec<OwnerId> = online.iter().map(|(owner, _)| *owner).collect();
    let sum = published.open(&plan, &exporter, &context, &online, ONE).unwrap();
    assert_eq!(sum.weight(), number::<u64>(&case["weight"]));
    let sums: Vec<u64> = list(&case["sums"]).iter().map(number).collect();
    assert_eq!(sum.sums(), sums);
    let mean: Vec<u32> = sum.mean_update(&plan).unwrap().iter().map(|value| value.to_bits()).collect();
    let due: Vec<u32> = list(&case["mean_bits"]).iter().map(number).collect();
    assert_eq!(mean, due);
}
