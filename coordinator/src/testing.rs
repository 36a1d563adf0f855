//! Studies for unit tests.

use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::study::StudyPlan;

#[allow(dead_code, missing_docs)]
#[path = "../tests/support/member.rs"]
pub mod member;

use crate::rounds::Facts;
use crate::rounds::facts::ChainFacts;

/// A study of exactly `owners` owners in groups of at least `min_group`: two training rounds, deadlines of some seconds,
/// enrolment until second 100, the whole until second 10,000.
pub fn facts(owners: u16, min_group: u16) -> Facts {
    let plan = serde_json::json!({
        "version": 1, "name": "test", "researcher": OwnerId([0xee; 20]), "rounds": 2,
        "schema": {
            "features": [{"name": "age", "kind": "numeric", "low": 0.0, "high": 120.0}],
            "label": {"name": "num", "positive_above": 0.0}
        },
        "model": {"hidden": []},
        "training": {
            "local_epochs": 1, "batch_size": 0, "learning_rate": 0.1, "weight_decay": 0.0, "seed": 1
        },
        "optimizer": {"rule": "fedavg", "learning_rate": 1.0},
        "aggregation": {"clip": 1.0, "bits": 16, "max_weight": 1000, "min_group": min_group, "max_groups": 2},
        "cohort": {
            "min_owners": owners.max(3), "max_owners": owners.max(3), "max_corrupt_bps": member::MAX_CORRUPT_BPS
        },
        "scoring": {"metric": "auc", "tolerance_micros": 10},
        "payment": {"per_round": "1000000000000000000001", "base_share_bps": 2000},
        "deadlines": {
            "silence_s": 6, "enrol_s": 100, "committee_s": 60, "gather_s": 10, "join_s": 8, "report_s": 30,
            "release_s": 12, "settle_s": 20, "study_s": 10000
        },
        "holdout_commitment": Digest([0xdd; 32])
    });
    let plan: StudyPlan = serde_json::from_value(plan).unwrap();
    let chain = ChainFacts {
        chain_id: 31_337,
        escrow: OwnerId([0xe5; 20]),
        token: OwnerId([0x70; 20]),
        researcher: OwnerId([0xee; 20]),
        max_round: 4,
        enrol_by: 100_000,
        settle_by: 10_000_000,
    };
    let json = String::from_utf8(plan.to_json().unwrap()).unwrap();
    Facts::new(StudyId([9; 32]), json, chain, 0).unwrap()
}
