//! Contexts, headers, cuts, groups and the model.

use ed25519_dalek::{Signer, SigningKey};
use serde_json::Value;
use tributary_aggregation::committee::beacon::{beacon_message, candidates_digest};
use tributary_aggregation::context::{RoundContext, with_roster};
use tributary_aggregation::groups::assign_groups;
use tributary_aggregation::header::{
    CutContent, Header, JoinHeader, ReportHeader, Signed, identity_commitment,
};
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::optimizer::{FedAvg, Memory, ModelState, ServerOptimizer};
use tributary_aggregation::plan::{Norm, RoundPlan, RoundPlanParams};
use tributary_aggregation::study::{Activation, Layer, LayerSpec, OptimizerSpec, holdout_commitment};

use super::{array, bytes, digest_of, list, number, owner, owners, read, text};

fn vectors() -> Value {
    read(include_str!("../vectors/round.json"))
}

pub(super) fn plan(value: &Value) -> RoundPlan {
    let bound = value["bound"].as_f64().unwrap();
    RoundPlan::new(RoundPlanParams {
        vector_len: number(&value["vector_len"]),
        bits: number(&value["bits"]),
        norm: if text(&value["norm"]) == "l2" { Norm::L2(bound) } else { Norm::LInf(bound) },
        max_weight: number(&value["max_weight"]),
        max_owners: number(&value["max_owners"]),
        min_group: number(&value["min_group"]),
    })
    .unwrap()
}

#[test]
fn commitments_to_identity_and_holdout() {
    let vectors = vectors();
    let (identity, holdout) = (&vectors["identity"], &vectors["holdout"]);
    assert_eq!(identity_commitment(&array(&identity["mls_key"])), digest_of(&identity["commitment"]));
    let commitment = holdout_commitment(&array(&holdout["salt"]), &bytes(&holdout["csv"]));
    assert_eq!(commitment, digest_of(&holdout["commitment"]));
}

#[test]
fn round_plans_and_contexts() {
    let vectors = vectors();
    for case in list(&vectors["round_plans"]) {
        assert_eq!(plan(case).word_bits(), number::<u32>(&case["word_bits"]));
        assert_eq!(plan(case).digest(), digest_of(&case["digest"]));
    }
    let case = &vectors["round_context"];
    let context = RoundContext {
        study: StudyId(array(&case["study"])),
        epoch: number(&case["epoch"]),
        epoch_authenticator: bytes(&case["epoch_authenticator"]),
        round: number(&case["round"]),
        attempt: number(&case["attempt"]),
        group: number(&case["group"]),
        model: digest_of(&case["model"]),
        plan: digest_of(&case["plan"]),
    };
    assert_eq!(context.digest(), digest_of(&case["digest"]));
    let case = &vectors["roster_context"];
    assert_eq!(
        with_roster(&digest_of(&case["context0"]), &owners(&case["roster"])),
        digest_of(&case["digest"])
    );
}

/// The signature is the other program's, made with the same key: Ed25519 has one signature per key and message.
fn check_header<T: Header + Clone>(header: T, case: &Value, secret: &[u8; 32]) {
    assert_eq!(header.digest(), digest_of(&case["digest"]));
    let key = SigningKey::from_bytes(secret);
    let signature: [u8; 64] = array(&case["signature"]);
    assert_eq!(key.sign(header.digest().as_ref()).to_bytes(), signature);
    let signed = Signed { header, signature };
    assert!(signed.verify(&key.verifying_key().to_bytes()).is_ok());
}

#[test]
fn signed_headers() {
    let vectors = vectors();
    let secret = array(&vectors["mls_secret"]);
    let case = &vectors["join"];
    let join = JoinHeader {
        context0: digest_of(&case["context0"]),
        owner: owner(&case["owner"]),
        sealed_pair: bytes(&case["sealed_pair"]),
    };
    check_header(join, case, &secret);
    let case = &vectors["report"];
    let report = ReportHeader {
        context: digest_of(&case["context"]),
        owner: owner(&case["owner"]),
        sealed_self: bytes(&case["sealed_self"]),
        update: digest_of(&case["update"]),
    };
    check_header(report, case, &secret);
}

#[test]
fn cuts() {
    let vectors = vectors();
    let case = &vectors["cut"];
    let side = |value: &Value| -> Vec<(OwnerId, Digest)> {
        list(value).iter().map(|entry| (owner(&entry[0]), digest_of(&entry[1]))).collect()
    };
    let content = CutContent {
        epoch: number(&case["epoch"]),
        round: number(&case["round"]),
        attempt: number(&case["attempt"]),
        group: number(&case["group"]),
        context: digest_of(&case["context"]),
        online: &side(&case["online"]),
        offline: &side(&case["offline"]),
    };
    assert_eq!(content.digest(), digest_of(&case["digest"]));
}

#[test]
fn beacon_and_groups() {
    let vectors = vectors();
    let case = &vectors["beacon"];
    let candidates = candidates_digest(&owners(&case["candidates"]));
    assert_eq!(candidates, digest_of(&case["candidates_digest"]));
    let study = StudyId(array(&case["study"]));
    let (epoch, round, attempt) = (number(&case["epoch"]), number(&case["round"]), number(&case["attempt"]));
    let message = beacon_message(study, epoch, round, attempt, candidates);
    assert_eq!(message, digest_of(&case["message"]));
    for case in list(&vectors["groups"]) {
        let candidates = owners(&case["candidates"]);
        let (min, max) = (number(&case["min_group"]), number(&case["max_groups"]));
        let groups: Vec<Vec<OwnerId>> = list(&case["groups"]).iter().map(owners).collect();
        assert_eq!(assign_groups(&bytes(&case["beacon"]), &candidates, min, max), groups);
    }
}

#[test]
fn model_states() {
    let vectors = read(include_str!("../vectors/model.json"));
    let floats = |value: &Value| -> Vec<f64> { list(value).iter().map(|x| x.as_f64().unwrap()).collect() };
    let singles = |value: &Value| -> Vec<f32> { floats(value).into_iter().map(|x| x as f32).collect() };
    for case in list(&vectors["states"]) {
        let part = |name: &str| (!case[name].is_null()).then(|| floats(&case[name]));
        let memory = Memory {
            first: part("first"),
            second: part("second"),
            control: part("control"),
            most_rows: case["most_rows"].as_u64(),
            clip: case["clip"].as_f64(),
        };
        let state = ModelState { weights: singles(&case["weights"]), round: number(&case["round"]), memory };
        assert_eq!(state.encode(), bytes(&case["bytes"]));
        assert_eq!(state.digest(), digest_of(&case["digest"]));
        assert_eq!(ModelState::decode(&bytes(&case["bytes"])), Ok(state));
    }
    let case = &vectors["fedavg"];
    let rule = FedAvg { learning_rate: case["learning_rate"].as_f64().unwrap() };
    let before = ModelState::decode(&bytes(&case["before"])).unwrap();
    let after = ServerOptimizer::FedAvg(rule).step(&before, &singles(&case["update"])).unwrap();
    assert_eq!(after.encode(), bytes(&case["after"]));
    for case in list(&vectors["rules"]) {
        let spec: OptimizerSpec = serde_json::from_value(case["spec"].clone()).unwrap();
        let rule = ServerOptimizer::from(&spec);
        let memory = Memory::default();
        let mut state = ModelState { weights: singles(&case["before"]), round: 0, memory };
        for update in list(&case["updates"]) {
            state = rule.step(&state, &singles(update)).unwrap();
        }
        assert_eq!(state.encode(), bytes(&case["after"]), "{spec:?}");
    }
    let case = &vectors["first_layer"];
    let spec = LayerSpec { hidden: vec![Layer { units: 1, activation: Activation::Relu }] };
    let initial = ModelState::initial(&spec, number(&case["inputs"]), array(&case["seed"]));
    let drawn: Vec<u32> = list(&case["bits"]).iter().map(number).collect();
    let bits: Vec<u32> = initial.weights.iter().map(|weight| weight.to_bits()).collect();
    assert_eq!(bits[..drawn.len()], drawn);
}
