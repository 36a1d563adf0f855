//! Scores, payouts and the transcript.

use std::collections::BTreeSet;

use serde_json::Value;
use tributary_aggregation::committee::CommitteePublicKey;
use tributary_aggregation::ids::{OwnerId, StudyId};
use tributary_aggregation::scoring::{payouts, shapley};
use tributary_aggregation::study::{Payment, StudyPlan};
use tributary_aggregation::transcript::{
    GroupView, HexBytes, MemberView, PublicView, RoundParts, RoundTranscript, Standing, build, verify,
};

use super::{array, digest_of, list, number, owner, owners, read, text};

fn amount(value: &Value) -> u128 {
    text(value).parse().unwrap()
}

#[test]
fn shapley_values_and_payouts() {
    let vectors = read(include_str!("../vectors/scores.json"));
    assert_eq!(list(&vectors).len(), 15);
    for case in list(&vectors) {
        let utilities: Vec<i64> = list(&case["utilities"]).iter().map(|u| text(u).parse().unwrap()).collect();
        let scores = shapley(&utilities).unwrap();
        let numerators: Vec<i128> =
            list(&case["numerators"]).iter().map(|n| text(n).parse().unwrap()).collect();
        assert_eq!(scores.numerators, numerators);
        assert_eq!(scores.denominator, number::<u64>(&case["denominator"]));
        let groups: Vec<Vec<OwnerId>> = list(&case["groups"]).iter().map(owners).collect();
        let payment =
            Payment { per_round: amount(&case["pool"]), base_share_bps: number(&case["base_share_bps"]) };
        let paid: Vec<(OwnerId, u128)> = payouts(&payment, &groups, &scores).unwrap().iter().collect();
        let due: Vec<(OwnerId, u128)> = list(&case["payouts"])
            .iter()
            .map(|entry| (owner(&entry["owner"]), amount(&entry["amount"])))
            .collect();
        assert_eq!(paid, due);
    }
}

/// Members bind their rounds to the plan's numbers: a parser that is one bit off agrees with nobody else's.
#[test]
fn a_plans_numbers_are_the_nearest_doubles() {
    let vectors = read(include_str!("../vectors/numbers.json"));
    let transcript = read(include_str!("../vectors/transcript.json"));
    let plan = text(&transcript["plan"]);
    for case in list(&vectors) {
        let plan = plan.replace("\"clip\": 1.0", &format!("\"clip\": {}", text(&case["text"])));
        let plan = StudyPlan::from_json(plan.as_bytes()).unwrap();
        let due = f64::from_be_bytes(array(&case["bits"]));
        assert_ne!(due, 1.0);
        assert_eq!(plan.aggregation.clip.to_bits(), due.to_bits(), "{}", text(&case["text"]));
    }
}

#[test]
fn a_transcript_that_another_program_wrote_is_verified_built_again_and_settled() {
    let vectors = read(include_str!("../vectors/transcript.json"));
    let plan = StudyPlan::from_json(text(&vectors["plan"]).as_bytes()).unwrap();
    let plan_digest = StudyPlan::digest_of(text(&vectors["plan"]).as_bytes());
    assert_eq!(plan_digest, digest_of(&vectors["plan_digest"]));
    let owners: BTreeSet<OwnerId> = owners(&vectors["owners"]).into_iter().collect();
    let committee_key = CommitteePublicKey::from_bytes(&array(&vectors["public_key"])).unwrap();
    let view = PublicView {
        study: StudyId(array(&vectors["study"])),
        plan: &plan,
        plan_digest,
        owners: &owners,
        ever: &owners,
        epoch: number(&vectors["epoch"]),
        committee_key: &committee_key,
        standing: &Standing::default(),
    };
    let bytes = text(&vectors["transcript"]).as_bytes();
    let record: RoundTranscript = serde_json::from_slice(bytes).unwrap();
    let groups: Vec<GroupView> =
        record.groups.iter().map(|group| GroupView { context: group.context, sum: group.sum }).collect();
    let member =
        MemberView { groups: &groups, model_after: record.model_after, utilities: &record.utilities };
    let verified = verify(bytes, &view, Some(&member)).unwrap();

    let due = &vectors["settlement"];
    let settlement = verified.settlement();
    assert_eq!(settlement.round, number::<u64>(&due["round"]));
    assert_eq!(settlement.context, digest_of(&due["context"]));
    assert_eq!(settlement.sums, digest_of(&due["sums"]));
    assert_eq!(settlement.scores, digest_of(&due["scores"]));
    assert_eq!(settlement.model, digest_of(&due["model"]));
    assert_eq!(settlement.transcript, digest_of(&due["transcript"]));
    assert_eq!(settlement.cumulative_payout, amount(&due["cumulative_payout"]));

    let HexBytes(beacon) = record.beacon;
    let parts = RoundParts {
        round: record.round,
        aborted: record.aborted,
        candidates: record.candidates,
        beacon: tributary_aggregation::committee::Certificate::from_bytes(&beacon).unwrap(),
        groups: record.groups,
        model_before: record.model_before,
        model_after: record.model_after,
        utilities: record.utilities,
    };
    assert_eq!(build(&view, parts).unwrap().bytes(), bytes);
}
