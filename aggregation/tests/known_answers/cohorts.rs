//! Sampled committees and sparse mask graphs.

use serde_json::Value;
use tributary_aggregation::committee::beacon::{contexts_digest, mask_graph_message};
use tributary_aggregation::committee::sample::{committee_size, sample, sample_seed};
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::masking::{GraphParams, MaskGraph};

use super::{array, digest_of, list, number, owners, read};

fn vectors() -> Value {
    read(include_str!("../vectors/cohorts.json"))
}

#[test]
fn committee_sizes() {
    let vectors = vectors();
    for case in list(&vectors["committee_sizes"]) {
        let size = committee_size(number(&case["owners"]), number(&case["max_corrupt_bps"]));
        assert_eq!(size, number::<usize>(&case["size"]), "{case}");
    }
}

#[test]
fn a_sampled_committee() {
    let case = &vectors()["sample"];
    let seed =
        sample_seed(StudyId(array(&case["study"])), number(&case["epoch"]), &array(&case["block_hash"]));
    assert_eq!(seed, digest_of(&case["seed"]));
    let mut everybody = owners(&case["owners"]);
    everybody.reverse();
    assert_eq!(sample(&seed, &everybody, number(&case["size"])), owners(&case["sample"]));
}

#[test]
fn the_message_whose_signature_draws_the_graphs() {
    let case = &vectors()["message"];
    let contexts: Vec<Digest> = list(&case["contexts"]).iter().map(digest_of).collect();
    let contexts = contexts_digest(&contexts);
    assert_eq!(contexts, digest_of(&case["contexts_digest"]));
    let study = StudyId(array(&case["study"]));
    let (epoch, round, attempt) = (number(&case["epoch"]), number(&case["round"]), number(&case["attempt"]));
    assert_eq!(mask_graph_message(study, epoch, round, attempt, contexts), digest_of(&case["message"]));
}

#[test]
fn the_sizes_of_sparse_graphs() {
    let vectors = vectors();
    for case in list(&vectors["graph_params"]) {
        let params = GraphParams::derive(number(&case["owners"]), number(&case["corrupt"]));
        let due: Vec<usize> = list(&case["params"]).iter().map(number).collect();
        let got = params.map_or(vec![], |params| vec![params.degree(), params.min_online()]);
        assert_eq!(got, due, "{case}");
    }
}

#[test]
fn a_sparse_graph() {
    let case = &vectors()["graph"];
    let owner = |index: usize| {
        let mut address = [0; 20];
        address[12..].copy_from_slice(&(index as u64 + 1).to_be_bytes());
        OwnerId(address)
    };
    let roster: Vec<OwnerId> = (0..number(&case["owners"])).map(owner).collect();
    let (context, beacon) = (digest_of(&case["context"]), array(&case["beacon"]));
    let graph = MaskGraph::new(&roster, number(&case["corrupt"]), &context, Some(&beacon)).unwrap();
    let params = graph.params().unwrap();
    assert_eq!(params.degree(), number::<usize>(&case["degree"]));
    assert_eq!(params.min_online(), number::<usize>(&case["min_online"]));
    assert_eq!(list(&case["neighbours"]).len(), roster.len());
    for (me, due) in roster.iter().zip(list(&case["neighbours"])) {
        let due: Vec<OwnerId> = list(due).iter().map(|position| owner(number(position))).collect();
        assert_eq!(graph.neighbours(me), due);
    }
}
