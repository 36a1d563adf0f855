//! What makes a plan one that can be run.

use thiserror::Error;

use super::duo::purpose_fault;
use super::schema::{one_binary_label, validate_schema};
use super::{
    Cohort, MAX_MODULE_BYTES, Metric, ModelSpec, OptimizerSpec, PLAN_VERSION, SCORING_RULE, StudyPlan,
};
use crate::plan::MAX_VECTOR_LEN;

/// A plan was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlanError {
    /// Not JSON of the plan's form.
    #[error("the study plan can't be read: {0}")]
    Malformed(String),
    /// A field holds what nobody could run.
    #[error("study plan, field {field}: {reason}")]
    Field {
        /// The field's path.
        field: String,
        /// What is wrong and what to do.
        reason: String,
    },
}

pub(super) fn require(condition: bool, field: &str, reason: &str) -> Result<(), PlanError> {
    if condition { Ok(()) } else { Err(PlanError::Field { field: field.into(), reason: reason.into() }) }
}

pub(super) fn positive(value: f64, field: &str) -> Result<(), PlanError> {
    require(value.is_finite() && value > 0.0, field, "must be a number above 0")
}

pub(super) fn decay(value: f64, field: &str) -> Result<(), PlanError> {
    require((0.0..1.0).contains(&value), field, "must be at least 0 and below 1")
}

impl StudyPlan {
    /// Checks every field.
    ///
    /// # Errors
    /// Naming the first field that is wrong.
    pub fn validate(&self) -> Result<(), PlanError> {
        require(self.version == PLAN_VERSION, "version", "this program reads version 1")?;
        require(!self.name.trim().is_empty(), "name", "must not be empty")?;
        if let Some(reason) = purpose_fault(&self.purpose, self.cohort.consent) {
            return Err(PlanError::Field { field: "purpose".into(), reason: reason.into() });
        }
        require((1..=10_000).contains(&self.rounds), "rounds", "must be from 1 to 10000")?;
        validate_schema(&self.schema)?;
        self.validate_model()?;
        self.training.validate()?;
        self.validate_optimizer()?;
        self.validate_cohort()?;
        self.validate_privacy()?;
        require(
            self.scoring.rule == SCORING_RULE,
            "scoring.rule",
            "must be group-shapley-1, the only rule that this program measures by",
        )?;
        require(self.payment.per_round > 0, "payment.per_round", "must be above 0")?;
        let total = self.payment.per_round.checked_mul(u128::from(self.rounds));
        require(total.is_some(), "payment.per_round", "times the rounds must stay below 2^128")?;
        require(
            self.payment.base_share_bps <= 10_000,
            "payment.base_share_bps",
            "is in ten-thousandths: 10000 at most",
        )?;
        self.validate_deadlines()
    }

    fn validate_model(&self) -> Result<(), PlanError> {
        match &self.model {
            ModelSpec::Layers(layers) => {
                one_binary_label(&self.schema)?;
                for (index, layer) in layers.hidden.iter().enumerate() {
                    let field = format!("model.hidden[{index}].units");
                    require((1..=65_536).contains(&layer.units), &field, "must be from 1 to 65536")?;
                }
                require(
                    !matches!(self.scoring.metric, Metric::Module(_)),
                    "scoring.metric",
                    "names a module's metric, but the model is built in: take auc, accuracy or neg_log_loss",
                )
            }
            ModelSpec::Module(module) => {
                require(
                    (1..=MAX_MODULE_BYTES).contains(&module.size),
                    "model.module.size",
                    "must be from 1 byte to 128 MiB",
                )?;
                require(
                    (1..=MAX_VECTOR_LEN as u64).contains(&module.parameters),
                    "model.module.parameters",
                    "must be from 1 to 2^28: freeze a part of the module",
                )?;
                let Metric::Module(name) = &self.scoring.metric else { return Ok(()) };
                require(
                    !name.is_empty() && name.len() <= 64,
                    "scoring.metric",
                    "must name a metric of the module in 1 to 64 bytes",
                )
            }
        }
    }

    fn validate_optimizer(&self) -> Result<(), PlanError> {
        let (learning_rate, decays, epsilon) = match self.optimizer {
            OptimizerSpec::FedAvg { learning_rate } => (learning_rate, vec![], None),
            OptimizerSpec::FedAvgM { learning_rate, momentum } => {
                (learning_rate, vec![("optimizer.momentum", momentum)], None)
            }
            OptimizerSpec::FedAdagrad { learning_rate, beta1, epsilon } => {
                (learning_rate, vec![("optimizer.beta1", beta1)], Some(epsilon))
            }
            OptimizerSpec::FedAdam { learning_rate, beta1, beta2, epsilon }
            | OptimizerSpec::FedYogi { learning_rate, beta1, beta2, epsilon } => {
                let decays = vec![("optimizer.beta1", beta1), ("optimizer.beta2", beta2)];
                (learning_rate, decays, Some(epsilon))
            }
        };
        positive(learning_rate, "optimizer.learning_rate")?;
        decays.into_iter().try_for_each(|(field, value)| decay(value, field))?;
        epsilon.map_or(Ok(()), |epsilon| positive(epsilon, "optimizer.epsilon"))
    }

    fn validate_cohort(&self) -> Result<(), PlanError> {
        let (cohort, aggregation) = (&self.cohort, &self.aggregation);
        positive(aggregation.clip, "aggregation.clip")?;
        aggregation.adaptive_clip.map_or(Ok(()), |adaptive| adaptive.validate())?;
        require((4..=24).contains(&aggregation.bits), "aggregation.bits", "must be from 4 to 24")?;
        require(aggregation.max_weight >= 1, "aggregation.max_weight", "must be at least 1")?;
        require(
            aggregation.min_group >= 2,
            "aggregation.min_group",
            "must be at least 2: a group of one is that owner's own update",
        )?;
        require(
            aggregation.min_group >= 3 || self.training.control_variates.is_none(),
            "aggregation.min_group",
            "must be at least 3 with control variates: of two owners, the mean update and the mean change tell each one's",
        )?;
        require(
            (1..=6).contains(&aggregation.max_groups),
            "aggregation.max_groups",
            "must be from 1 to 6: a round trains 2^groups coalition models",
        )?;
        require(
            cohort.min_owners >= aggregation.min_group.max(3),
            "cohort.min_owners",
            "must be at least aggregation.min_group, and 3",
        )?;
        require(
            (cohort.min_owners..=Cohort::MOST_OWNERS).contains(&cohort.max_owners),
            "cohort.max_owners",
            "must be from cohort.min_owners to 256",
        )?;
        require(
            cohort.max_corrupt_bps <= 3333,
            "cohort.max_corrupt_bps",
            "is in ten-thousandths, and 3333 at most: no committee bears a third of corrupt members",
        )?;
        require(
            cohort.allowed.windows(2).all(|pair| pair[0] < pair[1]),
            "cohort.allowed",
            "must be strictly ascending",
        )?;
        require(
            cohort.allowed.is_empty() || cohort.allowed.len() >= usize::from(cohort.min_owners),
            "cohort.allowed",
            "must be empty, or name at least cohort.min_owners addresses",
        )?;
        require(
            !cohort.late_enrolment || !cohort.allowed.is_empty(),
            "cohort.late_enrolment",
            "needs cohort.allowed: else whoever enrols in numbers comes to be the quorum, and settles the budget",
        )
    }

    fn validate_deadlines(&self) -> Result<(), PlanError> {
        let d = &self.deadlines;
        for (field, seconds) in [
            ("deadlines.silence_s", d.silence_s),
            ("deadlines.enrol_s", d.enrol_s),
            ("deadlines.committee_s", d.committee_s),
            ("deadlines.gather_s", d.gather_s),
            ("deadlines.join_s", d.join_s),
            ("deadlines.report_s", d.report_s),
            ("deadlines.release_s", d.release_s),
            ("deadlines.settle_s", d.settle_s),
            ("deadlines.study_s", d.study_s),
        ] {
            require((1..=31_536_000).contains(&seconds), field, "must be from one second to a year")?;
        }
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::study) const PLAN: &str = r#"{
        "version": 1, "name": "hearts", "researcher": "0x0101010101010101010101010101010101010101", "rounds": 3,
        "schema": {
            "features": [
                {"name": "age", "kind": "numeric", "low": 0, "high": 120},
                {"name": "chol", "kind": "numeric", "low": 0, "high": 700, "zero_is_missing": true, "missing_allowed": true},
                {"name": "sex", "kind": "categorical", "categories": ["Male", "Female"]}
            ],
            "label": {"name": "num", "positive_above": 0}
        },
        "model": {"hidden": [{"units": 8, "activation": "tanh"}]},
        "training": {"local_epochs": 1, "batch_size": 0, "learning_rate": 0.1, "weight_decay": 0, "seed": 7},
        "optimizer": {"rule": "fedadam", "learning_rate": 0.1, "beta1": 0.9, "beta2": 0.99, "epsilon": 0.001},
        "aggregation": {"clip": 1, "bits": 16, "max_weight": 1000, "min_group": 2, "max_groups": 2},
        "cohort": {"min_owners": 3, "max_owners": 4},
        "scoring": {"metric": "auc", "tolerance_micros": 10},
        "payment": {"per_round": "1000000000000000000000", "base_share_bps": 2000},
        "deadlines": {"silence_s": 3, "enrol_s": 60, "committee_s": 60, "gather_s": 10, "join_s": 10, "report_s": 60,
            "release_s": 10, "settle_s": 30, "study_s": 3600},
        "holdout_commitment": "0x0202020202020202020202020202020202020202020202020202020202020202"
    }"#;

    #[test]
    fn a_plan_is_read_and_written_again() {
        let plan = StudyPlan::from_json(PLAN.as_bytes()).unwrap();
        assert_eq!(plan.schema.inputs(), 4);
        assert_eq!(plan.payment.per_round, 10u128.pow(21));
        assert_eq!(plan.scoring.rule, "group-shapley-1", "where the plan says nothing");
        assert_eq!(StudyPlan::from_json(&plan.to_json().unwrap()), Ok(plan));
    }

    #[test]
    fn a_module_is_read_and_written_again() {
        let digest = "0x0303030303030303030303030303030303030303030303030303030303030303";
        let with = |module: &str, metric: &str| {
            let text = PLAN
                .replacen(r#"{"hidden": [{"units": 8, "activation": "tanh"}]}"#, module, 1)
                .replacen(r#""metric": "auc""#, metric, 1);
            StudyPlan::from_json(text.as_bytes())
        };
        let module = format!(r#"{{"module": {{"digest": "{digest}", "size": 4000, "parameters": 17}}}}"#);
        for metric in [r#""metric": "neg_loss""#, r#""metric": "auc""#, r#""metric": {"module": "c_index"}"#]
        {
            let plan = with(&module, metric).unwrap();
            assert_eq!((plan.parameter_count(), plan.model.module().unwrap().size), (17, 4000));
            assert_eq!(StudyPlan::from_json(&plan.to_json().unwrap()), Ok(plan));
        }
        for (module, metric, due) in [
            (module.replace("17", "0"), r#""metric": "neg_loss""#, "model.module.parameters"),
            (module.replace("17", "268435457"), r#""metric": "neg_loss""#, "model.module.parameters"),
            (module.replace("4000", "0"), r#""metric": "neg_loss""#, "model.module.size"),
            (module.replace("4000", "134217729"), r#""metric": "neg_loss""#, "model.module.size"),
            (module.clone(), r#""metric": {"module": ""}"#, "scoring.metric"),
            (r#"{"hidden": []}"#.to_owned(), r#""metric": {"module": "c_index"}"#, "scoring.metric"),
        ] {
            let error = with(&module, metric).unwrap_err();
            assert!(matches!(&error, PlanError::Field { field, .. } if field == due), "{error}");
        }
        for module in [
            r#"{}"#.to_owned(),
            r#"{"hidden": null}"#.to_owned(),
            module.replace(r#"{"module""#, r#"{"hidden": [], "module""#),
            module.replace(r#""size""#, r#""more": 1, "size""#),
        ] {
            assert!(matches!(with(&module, r#""metric": "auc""#), Err(PlanError::Malformed(_))), "{module}");
        }
    }

    #[test]
    fn a_purpose_is_read_and_written_as_codes() {
        let with = PLAN.replacen(
            r#""rounds": 3"#,
            r#""rounds": 3, "purpose": ["DUO:0000018", "DUO:0000040", "MONDO:0005267"]"#,
            1,
        );
        let plan = StudyPlan::from_json(with.as_bytes()).unwrap();
        assert_eq!(plan.purpose.len(), 3);
        assert_eq!(StudyPlan::from_json(&plan.to_json().unwrap()), Ok(plan));
        let without = StudyPlan::from_json(PLAN.as_bytes()).unwrap();
        assert!(without.purpose.is_empty() && !without.cohort.consent);
    }

    #[test]
    fn a_plan_that_says_nothing_of_corrupt_or_late_owners_allows_a_tenth_and_none() {
        let plan = StudyPlan::from_json(PLAN.as_bytes()).unwrap();
        assert_eq!((plan.cohort.max_corrupt_bps, plan.cohort.late_enrolment), (1000, false));
        assert_eq!((plan.cohort.corrupt_among(256), plan.cohort.corrupt_among(9)), (25, 0));
        assert_eq!((plan.cohort.committee_size(16), plan.cohort.committee_size(100)), (16, 31));
    }

    #[test]
    fn an_allow_list_lets_nobody_else_in() {
        let mut plan = StudyPlan::from_json(PLAN.as_bytes()).unwrap();
        let owner = |byte| crate::ids::OwnerId([byte; 20]);
        assert!(plan.cohort.allows(&owner(9)), "an open study");
        plan.cohort.allowed = vec![owner(1), owner(2), owner(3)];
        assert_eq!(plan.validate(), Ok(()));
        assert!(plan.cohort.allows(&owner(2)) && !plan.cohort.allows(&owner(9)));
        plan.cohort.allowed.swap(0, 1);
        assert!(plan.validate().is_err(), "a search would miss some");
    }

    #[test]
    fn owners_are_rotated_within_the_budget_only() {
        let mut plan = StudyPlan::from_json(PLAN.as_bytes()).unwrap();
        plan.aggregation.rotation_budget = 2;
        let groups: Vec<u16> = (0..4).map(|round| plan.max_groups(round)).collect();
        assert_eq!(groups, [1, 2, 2, 1]);
    }

    #[test]
    fn unknown_keys_are_refused_wherever_they_stand() {
        for (from, to) in [
            (r#""version": 1"#, r#""version": 1, "more": 1"#),
            (r#""high": 120"#, r#""high": 120, "more": 1"#),
            (r#""low": 0, "high": 120"#, r#""low": 0, "high": 120, "categories": ["a", "b"]"#),
            (r#""beta1": 0.9"#, r#""beta1": 0.9, "beta3": 1"#),
            (r#""clip": 1"#, r#""clip": 1, "more": 1"#),
            (r#""rounds": 3"#, r#""rounds": 3, "purpose": ["DUO:0000001"]"#),
        ] {
            let changed = PLAN.replacen(from, to, 1);
            assert_ne!(changed, PLAN);
            assert!(matches!(StudyPlan::from_json(changed.as_bytes()), Err(PlanError::Malformed(_))), "{to}");
        }
    }

    #[test]
    fn what_nobody_could_run_is_refused_by_its_field() {
        for (from, to, due) in [
            (r#""rounds": 3"#, r#""rounds": 0"#, "rounds"),
            (r#""min_group": 2"#, r#""min_group": 1"#, "aggregation.min_group"),
            (r#""seed": 7"#, r#""seed": 7, "control_variates": {"clip": 1}"#, "aggregation.min_group"),
            (r#""min_owners": 3"#, r#""min_owners": 2"#, "cohort.min_owners"),
            (r#""max_owners": 4"#, r#""max_owners": 257"#, "cohort.max_owners"),
            (r#""max_owners": 4"#, r#""max_owners": 4, "max_corrupt_bps": 3334"#, "cohort.max_corrupt_bps"),
            (r#""low": 0, "high": 120"#, r#""low": 120, "high": 120"#, "schema.features[0]"),
            (r#""name": "sex""#, r#""name": "age""#, "schema.features[2]"),
            (r#""bits": 16"#, r#""bits": 25"#, "aggregation.bits"),
            (
                r#""max_owners": 4"#,
                r#""max_owners": 4, "allowed": ["0x0101010101010101010101010101010101010101"]"#,
                "cohort.allowed",
            ),
            (r#""beta2": 0.99"#, r#""beta2": 1"#, "optimizer.beta2"),
            (
                r#""rule": "fedadam", "learning_rate": 0.1, "beta1": 0.9, "beta2": 0.99, "epsilon": 0.001"#,
                r#""rule": "fedavgm", "learning_rate": 0.1, "momentum": 1.5"#,
                "optimizer.momentum",
            ),
            (
                r#""rule": "fedadam", "learning_rate": 0.1, "beta1": 0.9, "beta2": 0.99"#,
                r#""rule": "fedadagrad", "learning_rate": 0, "beta1": 0"#,
                "optimizer.learning_rate",
            ),
            (
                r#""rule": "fedadam", "learning_rate": 0.1, "beta1": 0.9"#,
                r#""rule": "fedyogi", "learning_rate": 0.1, "beta1": -0.9"#,
                "optimizer.beta1",
            ),
            (r#""silence_s": 3"#, r#""silence_s": 0"#, "deadlines.silence_s"),
            (r#""metric": "auc""#, r#""metric": "auc", "rule": "group-shapley-2""#, "scoring.rule"),
            (r#""max_owners": 4"#, r#""max_owners": 4, "consent": true"#, "purpose"),
            (r#""rounds": 3"#, r#""rounds": 3, "purpose": ["DUO:0000042"]"#, "purpose"),
        ] {
            let changed = PLAN.replacen(from, to, 1);
            assert_ne!(changed, PLAN);
            match StudyPlan::from_json(changed.as_bytes()) {
                Err(PlanError::Field { field, .. }) => assert_eq!(field, due),
                other => panic!("{to}: {other:?}"),
            }
        }
    }
}
