//! What a study would do at a site, in words: what somebody reads before approving it.

use tributary_aggregation::study::{FeatureKind, ModelSpec, Privacy, StudyPlan};

use super::rules::{certain_pay, in_tokens};

/// What a plan would do here, a line each.
#[must_use]
pub fn summary(plan: &StudyPlan) -> Vec<String> {
    let mut lines = vec![format!("{:?}, by {}", plan.name, plan.researcher)];
    let purpose: Vec<String> = plan.purpose.iter().map(ToString::to_string).collect();
    lines.push(match purpose.as_slice() {
        [] => "purpose: none is stated".into(),
        words => format!("purpose: {}", words.join(", ")),
    });
    lines.push(code(plan));
    let columns: Vec<String> = plan
        .schema
        .features
        .iter()
        .map(|feature| {
            let kind = match &feature.kind {
                FeatureKind::Numeric { low, high, .. } => {
                    let unit = feature.unit.as_ref().map_or_else(String::new, |unit| format!(" {unit}"));
                    format!("{low} to {high}{unit}")
                }
                FeatureKind::Categorical { categories } => format!("{} words", categories.len()),
            };
            format!("{} ({kind})", feature.name.escape_debug())
        })
        .collect();
    let labels: Vec<String> =
        plan.schema.labels().map(|label| label.name.escape_debug().to_string()).collect();
    let columns = match &plan.schema.image {
        Some(image) => {
            let [channels, height, width] = image.shape();
            vec![format!("images of {height} × {width} pixels in {channels} channels")]
        }
        None => columns,
    };
    lines.push(format!("columns: {}; to predict {}", columns.join(", "), labels.join(", ")));
    if plan.schema.overview {
        lines.push(
            "also counted, over all owners together: rows by ranges and categories of each column".into(),
        );
    }
    let cohort = &plan.cohort;
    let who = match cohort.allowed.len() {
        0 => "anybody may enrol".to_owned(),
        listed => format!("{listed} addresses may enrol"),
    };
    lines.push(format!("with {} to {} owners; {who}", cohort.min_owners, cohort.max_owners));
    lines.push(format!(
        "leaves this machine: masked updates, of which sums over {} owners or more are opened to the study's members, in \
         {} rounds; in up to {} of them over changing groups. Your rows do not leave, nor does your update in the clear",
        plan.aggregation.min_group,
        plan.rounds,
        if plan.aggregation.max_groups > 1 { plan.aggregation.rotation_budget.min(plan.round_limit()) } else { 0 },
    ));
    lines.push(privacy(plan));
    lines.push(format!(
        "pay: {} tokens a round for all, of which you can count on {} and earn the rest by score",
        in_tokens(plan.payment.per_round),
        in_tokens(certain_pay(plan))
    ));
    lines
}

/// What is trained.
fn code(plan: &StudyPlan) -> String {
    let numbers = plan.parameter_count();
    let spec = match &plan.model {
        ModelSpec::Layers(spec) => spec,
        ModelSpec::Module(module) => {
            return format!(
                "code: THE RESEARCHER'S OWN, a TorchScript module of {} bytes ({numbers} numbers), SHA-256 {}. It reads your \
                 rows; it runs in the sandbox, without files, network or other programs",
                module.size, module.digest
            );
        }
    };
    let units: Vec<String> = spec.hidden.iter().map(|layer| layer.units.to_string()).collect();
    let shape = match units.as_slice() {
        [] => "logistic regression".into(),
        units => format!("a network with hidden layers of {}", units.join(", ")),
    };
    format!("code: {shape}, built in ({numbers} numbers); no code of the researcher's")
}

/// What the study spends of whom.
fn privacy(plan: &StudyPlan) -> String {
    let Ok(Some(spend)) = plan.whole_spend() else {
        return "privacy: no noise is added; the model and the sums may tell something about all rows together".into();
    };
    let statistics = match plan.statistics_noise() {
        Some(_) => "the statistics carry noise and are counted",
        None => "inputs are scaled by the ranges that the plan states, not by your rows",
    };
    let (of, how) = match &plan.privacy {
        Some(Privacy::Record(record)) => {
            ("each of your rows", format!("{} steps of DP-SGD each; your own noise suffices", record.steps))
        }
        _ => (
            "all your rows together",
            format!("noise of {} honest owners is counted on", plan.counted_noise()),
        ),
    };
    format!(
        "privacy: joining spends at most epsilon {:.2} at delta {:e} of {of}, in {} rounds; {how}; {statistics}",
        spend.epsilon,
        spend.delta,
        plan.releases(),
    )
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Four owners, ten rounds, 100 tokens a round of which a fifth is shared equally.
    pub(crate) fn plan() -> StudyPlan {
        let text = r#"{
            "version": 1, "name": "Heart disease", "researcher": "0x0101010101010101010101010101010101010101", "rounds": 10,
            "schema": {"features": [{"name": "age", "kind": "numeric", "low": 0, "high": 120}],
                       "label": {"name": "ill", "positive_above": 0}},
            "model": {"hidden": [{"units": 8, "activation": "relu"}]},
            "training": {"local_epochs": 1, "batch_size": 0, "learning_rate": 0.1, "weight_decay": 0, "seed": 1},
            "optimizer": {"rule": "fedavg", "learning_rate": 1},
            "aggregation": {"clip": 1, "bits": 16, "max_weight": 1000, "min_group": 2, "max_groups": 2},
            "cohort": {"min_owners": 4, "max_owners": 4},
            "scoring": {"metric": "auc", "tolerance_micros": 10},
            "payment": {"per_round": "100000000000000000000", "base_share_bps": 2000},
            "deadlines": {"silence_s": 3, "enrol_s": 30, "committee_s": 30, "gather_s": 2, "join_s": 10, "report_s": 30,
                          "release_s": 10, "settle_s": 20, "study_s": 900},
            "holdout_commitment": "0x0202020202020202020202020202020202020202020202020202020202020202"
        }"#;
        StudyPlan::from_json(text.as_bytes()).unwrap()
    }

    /// The same with noise for whole owners, of so much on the statistics.
    pub(crate) fn private_plan(statistics_multiplier: Option<f64>) -> StudyPlan {
        use tributary_aggregation::study::OwnerPrivacy;
        let mut plan = plan();
        plan.privacy = Some(Privacy::Owner(OwnerPrivacy {
            noise_multiplier: 10.0,
            delta: 1e-5,
            statistics_multiplier,
            dead_rounds: 0,
        }));
        plan.validate().unwrap();
        plan
    }

    #[test]
    fn a_summary_tells_what_joining_spends() {
        let line =
            |plan: &StudyPlan| summary(plan).into_iter().find(|line| line.starts_with("privacy")).unwrap();
        assert!(line(&plan()).contains("no noise is added"));
        // Ten sums at a multiplier of 10: zCDP 0.05.
        let private = line(&private_plan(None));
        assert!(
            private.contains("at most epsilon 1.3") || private.contains("at most epsilon 1.2"),
            "{private}"
        );
        assert!(private.contains("at delta 1e-5 of all your rows") && private.contains("noise of 1 honest"));
        assert!(line(&private_plan(Some(1.0))).contains("the statistics carry noise"));
        let mut rows = plan();
        rows.privacy = Some(Privacy::Record(tributary_aggregation::study::RecordPrivacy {
            noise_multiplier: 5.0,
            delta: 1e-5,
            clip: 1.0,
            sampling_rate: 0.1,
            steps: 7,
            dead_rounds: 0,
        }));
        let rows = line(&rows);
        for words in ["of each of your rows, in 10 rounds; 7 steps of DP-SGD", "your own noise suffices"] {
            assert!(rows.contains(words), "{rows}");
        }
    }

    #[test]
    fn a_summary_names_a_strangers_code_by_its_digest() {
        let mut plan = plan();
        let digest = tributary_aggregation::ids::Digest([7; 32]);
        let module = tributary_aggregation::study::ModuleSpec { digest, size: 4000, parameters: 17 };
        plan.model = ModelSpec::Module(module);
        let lines = summary(&plan);
        let code = lines.iter().find(|line| line.starts_with("code: ")).unwrap();
        for part in ["THE RESEARCHER'S OWN", "4000 bytes (17 numbers)", &digest.to_string()] {
            assert!(code.contains(part), "{code}");
        }
    }

    #[test]
    fn a_summary_names_code_columns_privacy_and_pay() {
        let lines = summary(&plan());
        for part in [
            "\"Heart disease\", by 0x01",
            "none is stated",
            "hidden layers of 8, built in (25 numbers)",
            "age (0 to 120); to predict ill",
            "4 to 4 owners; anybody may enrol",
            "sums over 2 owners or more",
            "in 10 rounds; in up to 20",
            "100 tokens a round for all, of which you can count on 5 ",
        ] {
            assert!(lines.iter().any(|line| line.contains(part)), "{part} is not in {lines:#?}");
        }
    }
}
