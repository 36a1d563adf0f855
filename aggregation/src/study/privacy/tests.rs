use super::super::validate::tests::PLAN;
use super::*;

fn with_privacy(privacy: &str) -> String {
    let changed = PLAN.replacen(r#""scoring":"#, &format!(r#""privacy": {privacy}, "scoring":"#), 1);
    assert_ne!(changed, PLAN);
    changed
}

#[test]
fn a_plan_says_what_it_spends() {
    let plain = StudyPlan::from_json(PLAN.as_bytes()).unwrap();
    assert_eq!(plain.whole_spend(), Ok(None));
    assert_eq!((plain.max_weight(), plain.releases(), plain.scales_by_range()), (1000, 6, false));

    let owner = r#"{"unit": "owner", "noise_multiplier": 4, "delta": 1e-5, "dead_rounds": 1}"#;
    let plan = StudyPlan::from_json(with_privacy(owner).as_bytes()).unwrap();
    assert_eq!(StudyPlan::from_json(&plan.to_json().unwrap()), Ok(plan.clone()));
    assert_eq!((plan.max_weight(), plan.releases(), plan.counted_noise()), (1, 4, 1));
    assert!(plan.scales_by_range());
    // Four sums at a multiplier of 4 are one at a multiplier of 2; a little less is spent, as noise is rounded up.
    let one = crate::privacy::zcdp_epsilon(0.125, 1e-5);
    let whole = plan.whole_spend().unwrap().unwrap();
    assert!(whole.epsilon <= one && whole.epsilon > one * 0.999, "{whole:?} {one}");
    assert_eq!(plan.spend(0, true).unwrap().unwrap().epsilon, 0.0, "inputs are scaled by their ranges");
    assert!(plan.spend(1, true).unwrap().unwrap().epsilon < whole.epsilon);

    let noisy = owner.replace('}', r#", "statistics_multiplier": 2}"#);
    let noisy = StudyPlan::from_json(with_privacy(&noisy).as_bytes()).unwrap();
    assert!(!noisy.scales_by_range());
    assert!(noisy.whole_spend().unwrap().unwrap().epsilon > whole.epsilon);
}

#[test]
fn those_who_collude_are_not_counted_on_for_noise() {
    let owner = with_privacy(r#"{"unit": "owner", "noise_multiplier": 1, "delta": 1e-5}"#);
    let plan = |from: &str, to: &str| StudyPlan::from_json(owner.replacen(from, to, 1).as_bytes());
    let seven = plan(r#""min_group": 2"#, r#""min_group": 7"#);
    assert!(matches!(seven, Err(PlanError::Field { field, .. }) if field == "cohort.min_owners"));
    let cohort = r#""min_owners": 10, "max_owners": 40"#;
    let refused = plan(r#""min_owners": 3, "max_owners": 4"#, cohort);
    assert!(
        matches!(refused, Err(PlanError::Field { field, .. }) if field == "aggregation.min_group"),
        "four may collude"
    );
    let text = owner.replacen(r#""min_group": 2"#, r#""min_group": 7"#, 1);
    let text = text.replacen(r#""min_owners": 3, "max_owners": 4"#, cohort, 1);
    assert_eq!(StudyPlan::from_json(text.as_bytes()).unwrap().counted_noise(), 3);
}

#[test]
fn privacy_that_is_none_is_refused_by_its_field() {
    let owner = r#"{"unit": "owner", "noise_multiplier": 1, "delta": 1e-5}"#;
    for (from, to, due) in [
        (r#""noise_multiplier": 1"#, r#""noise_multiplier": 0"#, "privacy.noise_multiplier"),
        (r#""noise_multiplier": 1"#, r#""noise_multiplier": 1e12"#, "privacy.noise_multiplier"),
        (r#""delta": 1e-5"#, r#""delta": 1"#, "privacy.delta"),
        (r#""delta": 1e-5"#, r#""delta": 1e-5, "dead_rounds": 4"#, "privacy.dead_rounds"),
        (
            r#""delta": 1e-5"#,
            r#""delta": 1e-5, "statistics_multiplier": -1"#,
            "privacy.statistics_multiplier",
        ),
    ] {
        let refused = StudyPlan::from_json(with_privacy(&owner.replacen(from, to, 1)).as_bytes());
        assert!(matches!(&refused, Err(PlanError::Field { field, .. }) if field == due), "{to}: {refused:?}");
    }
    let controlled = with_privacy(owner)
        .replacen(r#""seed": 7"#, r#""seed": 7, "control_variates": {"clip": 1}"#, 1)
        .replacen(r#""min_group": 2"#, r#""min_group": 3"#, 1);
    let refused = StudyPlan::from_json(controlled.as_bytes());
    assert!(
        matches!(&refused, Err(PlanError::Field { field, .. }) if field == "training.control_variates"),
        "{refused:?}"
    );
    for unknown in [owner.replace("owner", "site"), owner.replacen("1,", r#"1, "clip": 1,"#, 1)] {
        assert!(matches!(
            StudyPlan::from_json(with_privacy(&unknown).as_bytes()),
            Err(PlanError::Malformed(_))
        ));
    }
}

const RECORD: &str = r#"{"unit": "record", "noise_multiplier": 4, "delta": 1e-5, "clip": 1, "sampling_rate": 0.1, "steps": 20}"#;

#[test]
fn dp_sgd_is_accounted_by_its_steps_and_its_sampling() {
    let plan = StudyPlan::from_json(with_privacy(RECORD).as_bytes()).unwrap();
    assert_eq!(StudyPlan::from_json(&plan.to_json().unwrap()), Ok(plan.clone()));
    // Three rounds; rows weigh, and nobody else's noise is counted on, so updates are summed as they are.
    assert_eq!((plan.max_weight(), plan.releases(), plan.scales_by_range()), (1000, 3, true));
    assert!(RoundPlan::training(&plan).unwrap().noise().is_none());
    let step = SampledGaussian { rate: 0.1, multiplier: 4.0 };
    assert_eq!(plan.whole_spend().unwrap().unwrap().epsilon, step.epsilon(60, 1e-5));
    assert_eq!(plan.spend(1, true).unwrap().unwrap().epsilon, step.epsilon(20, 1e-5));
    assert_eq!(plan.spend(0, true).unwrap().unwrap().epsilon, 0.0, "inputs are scaled by their ranges");
    let dead = with_privacy(&RECORD.replace('}', r#", "dead_rounds": 2}"#));
    let dead = StudyPlan::from_json(dead.as_bytes()).unwrap();
    assert_eq!(dead.whole_spend().unwrap().unwrap().epsilon, step.epsilon(100, 1e-5));
    // What comes after the noise spends nothing: control variates are made of noisy updates.
    let controlled = with_privacy(RECORD)
        .replacen(r#""seed": 7"#, r#""seed": 7, "control_variates": {"clip": 1}"#, 1)
        .replacen(r#""min_group": 2"#, r#""min_group": 3"#, 1);
    assert!(StudyPlan::from_json(controlled.as_bytes()).is_ok());
}

#[test]
fn dp_sgd_that_is_none_is_refused_by_its_field() {
    for (from, to, due) in [
        (r#""noise_multiplier": 4"#, r#""noise_multiplier": 0"#, "privacy.noise_multiplier"),
        (r#""noise_multiplier": 4"#, r#""noise_multiplier": 1e-200"#, "privacy.noise_multiplier"),
        (r#""clip": 1"#, r#""clip": 0"#, "privacy.clip"),
        (r#""sampling_rate": 0.1"#, r#""sampling_rate": 1.5"#, "privacy.sampling_rate"),
        (r#""sampling_rate": 0.1"#, r#""sampling_rate": 0"#, "privacy.sampling_rate"),
        (r#""steps": 20"#, r#""steps": 0"#, "privacy.steps"),
        (r#""delta": 1e-5"#, r#""delta": 0"#, "privacy.delta"),
    ] {
        let refused = StudyPlan::from_json(with_privacy(&RECORD.replacen(from, to, 1)).as_bytes());
        assert!(matches!(&refused, Err(PlanError::Field { field, .. }) if field == due), "{to}: {refused:?}");
    }
    let digest = "0x0303030303030303030303030303030303030303030303030303030303030303";
    let module = format!(r#"{{"module": {{"digest": "{digest}", "size": 4000, "parameters": 17}}}}"#);
    let module =
        with_privacy(RECORD).replacen(r#"{"hidden": [{"units": 8, "activation": "tanh"}]}"#, &module, 1);
    let refused = StudyPlan::from_json(module.as_bytes());
    assert!(
        matches!(&refused, Err(PlanError::Field { field, .. }) if field == "privacy.unit"),
        "its code could carry one row's gradient over to another: {refused:?}"
    );
}

#[test]
fn a_clip_that_follows_the_updates_is_in_the_plan_and_in_the_account() {
    let owner = with_privacy(r#"{"unit": "owner", "noise_multiplier": 4, "delta": 1e-5}"#);
    let fixed = StudyPlan::from_json(owner.as_bytes()).unwrap();
    let clip = r#""clip": 1, "adaptive_clip": {"quantile": 0.5, "rate": 0.2}"#;
    let adaptive = StudyPlan::from_json(owner.replacen(r#""clip": 1"#, clip, 1).as_bytes()).unwrap();
    assert_eq!(StudyPlan::from_json(&adaptive.to_json().unwrap()), Ok(adaptive.clone()));
    let (one, other) = (RoundPlan::training(&fixed).unwrap(), RoundPlan::training(&adaptive).unwrap());
    // One bit more, and the noise made for both together: the same is spent, but for rounding.
    assert_eq!(other.vector_len(), one.vector_len() + 1);
    let epsilon = |plan: &StudyPlan| plan.whole_spend().unwrap().unwrap().epsilon;
    assert!((epsilon(&adaptive) / epsilon(&fixed) - 1.0).abs() < 1e-3);
    for (from, due) in [
        (clip.replace("0.5", "1"), "aggregation.adaptive_clip.quantile"),
        (clip.replace("0.5", "0"), "aggregation.adaptive_clip.quantile"),
        (clip.replace("0.2", "1"), "aggregation.adaptive_clip.rate"),
    ] {
        let refused = StudyPlan::from_json(owner.replacen(r#""clip": 1"#, &from, 1).as_bytes());
        assert!(
            matches!(&refused, Err(PlanError::Field { field, .. }) if field == due),
            "{from}: {refused:?}"
        );
    }
}
