//! Whether the chain holds the terms that a plan states: nobody works on others.

use tributary_aggregation::study::StudyPlan;
use tributary_contracts::{Study, merkle, scoring_rule};

use super::MemberError;

/// Refuses a study that was launched on other terms than its plan's.
///
/// # Errors
/// [`MemberError::Disagreement`], which names the term.
pub fn check_terms(plan: &StudyPlan, study: &Study) -> Result<(), MemberError> {
    let allowed: Vec<[u8; 20]> = plan.cohort.allowed.iter().map(|owner| owner.0).collect();
    let allowed = if allowed.is_empty() { [0; 32] } else { merkle::allow_list(&allowed)?.root() };
    for (term, same) in [
        ("researcher", plan.researcher.0 == study.researcher),
        ("scoring.rule", scoring_rule(&plan.scoring.rule) == study.scoring),
        ("cohort.consent", plan.cohort.consent == study.consent_required),
        ("cohort.late_enrolment", plan.cohort.late_enrolment == study.late_enrolment),
        ("cohort.allowed", allowed == study.allowed),
        ("cohort.min_owners", plan.cohort.min_owners == study.min_owners),
        ("cohort.max_owners", plan.cohort.max_owners == study.max_owners),
        ("rounds", plan.rounds <= study.rounds),
        ("payment.per_round", plan.budget() <= study.budget),
    ] {
        if !same {
            return Err(MemberError::Disagreement(format!(
                "the study was launched with another {term} than its plan states: do not take part; ask the researcher"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tributary_aggregation::ids::{Digest, OwnerId};
    use tributary_contracts::{ConsentState, RosterStatus, StudyStatus};

    use super::*;

    fn plan() -> StudyPlan {
        serde_json::from_value(serde_json::json!({
            "version": 1, "name": "terms", "researcher": OwnerId([1; 20]), "rounds": 2,
            "schema": {
                "features": [{"name": "age", "kind": "numeric", "low": 0.0, "high": 120.0}],
                "label": {"name": "ill", "positive_above": 0.0}
            },
            "model": {"hidden": []},
            "training": {
                "local_epochs": 1, "batch_size": 0, "learning_rate": 0.1, "weight_decay": 0.0, "seed": 1
            },
            "optimizer": {"rule": "fedavg", "learning_rate": 1.0},
            "aggregation": {"clip": 1.0, "bits": 16, "max_weight": 1000, "min_group": 2, "max_groups": 2},
            "cohort": {"min_owners": 3, "max_owners": 4},
            "scoring": {"metric": "auc", "tolerance_micros": 10},
            "payment": {"per_round": "100", "base_share_bps": 2000},
            "deadlines": {
                "silence_s": 6, "enrol_s": 1000, "committee_s": 600, "gather_s": 10, "join_s": 600, "report_s": 600,
                "release_s": 600, "settle_s": 600, "study_s": 100_000
            },
            "holdout_commitment": Digest([0xdd; 32])
        }))
        .unwrap()
    }

    fn study() -> Study {
        Study {
            status: StudyStatus::Open,
            researcher: [1; 20],
            funder: [2; 20],
            plan_digest: [3; 32],
            budget: 200,
            fee_bps: 100,
            cumulative_payout: 0,
            paid: 0,
            fee_paid: 0,
            refunded: 0,
            rounds: 4,
            last_round: 0,
            enrol_by: 1,
            settle_by: 2,
            min_owners: 3,
            max_owners: 4,
            owner_count: 0,
            voter_count: 0,
            roster: RosterStatus::Changed,
            late_enrolment: false,
            allowed: [0; 32],
            scoring: scoring_rule("group-shapley-1"),
            consent_required: false,
            consents: ConsentState::Whole,
            withdrawals: 0,
            payouts_root: [0; 32],
        }
    }

    #[test]
    fn each_term_must_be_the_chains() {
        check_terms(&plan(), &study()).unwrap();
        for (term, other) in [
            ("researcher", Study { researcher: [2; 20], ..study() }),
            ("scoring.rule", Study { scoring: scoring_rule("by-favour"), ..study() }),
            ("cohort.consent", Study { consent_required: true, ..study() }),
            ("cohort.late_enrolment", Study { late_enrolment: true, ..study() }),
            ("cohort.allowed", Study { allowed: [9; 32], ..study() }),
            ("cohort.min_owners", Study { min_owners: 2, ..study() }),
            ("cohort.max_owners", Study { max_owners: 5, ..study() }),
            ("rounds", Study { rounds: 1, ..study() }),
            ("payment.per_round", Study { budget: 199, ..study() }),
        ] {
            let error = check_terms(&plan(), &other).unwrap_err().to_string();
            assert!(error.contains(&format!("another {term} than")), "{term}: {error}");
        }
    }

    #[test]
    fn a_list_is_compared_by_its_root() {
        let mut plan = plan();
        plan.cohort.allowed = vec![OwnerId([5; 20]), OwnerId([6; 20]), OwnerId([7; 20])];
        let allowed = merkle::allow_list(&[[5; 20], [6; 20], [7; 20]]).unwrap().root();
        check_terms(&plan, &Study { allowed, ..study() }).unwrap();
        check_terms(&plan, &study()).unwrap_err();
    }
}
