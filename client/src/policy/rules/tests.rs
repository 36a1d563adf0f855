use proptest::prelude::*;

use super::*;

/// Four owners, ten rounds, 100 tokens a round of which a fifth is shared equally.
fn plan() -> StudyPlan {
    crate::policy::summary::tests::plan()
}

fn policy(text: &str) -> Policy {
    toml::from_str(text).unwrap()
}

fn rules(text: &str, plan: &StudyPlan, sandbox: Demand) -> Vec<&'static str> {
    match policy(text).judge(plan, sandbox) {
        Verdict::Refused(objections) => objections.iter().map(|objection| objection.rule).collect(),
        Verdict::Allowed => vec!["allowed"],
        Verdict::Ask(_) => vec!["ask"],
    }
}

#[test]
fn an_unknown_researcher_waits_and_a_known_one_does_not() {
    let plan = plan();
    assert_eq!(rules("", &plan, Demand::Required), ["ask"]);
    let known = format!("researchers = [\"{}\"]", plan.researcher);
    assert_eq!(rules(&known, &plan, Demand::Required), ["allowed"]);
    // A known researcher keeps to the rules too.
    assert_eq!(rules(&format!("{known}\nmax_rounds = 9"), &plan, Demand::Required), ["max_rounds"]);
}

#[test]
fn a_researchers_own_code_is_listed_or_waits_for_approval() {
    let built_in = plan();
    let (digest, other) = (Digest([7; 32]), Digest([8; 32]));
    let module = tributary_aggregation::study::ModuleSpec { digest, size: 4000, parameters: 17 };
    let brought = StudyPlan { model: tributary_aggregation::study::ModelSpec::Module(module), ..plan() };
    let known = format!("researchers = [\"{}\"]\n", built_in.researcher);
    let asks = |text: &str, plan: &StudyPlan| match policy(text).judge(plan, Demand::Required) {
        Verdict::Ask(why) => why,
        other => panic!("{other:?}"),
    };
    assert!(asks(&known, &brought).contains("own code"));
    assert!(asks("", &brought).contains("researcher"));
    for (list, built_in_does, brought_does) in [
        (format!("modules = [\"{other}\", \"{digest}\"]"), "allowed", "allowed"),
        (format!("modules = [\"{other}\"]"), "allowed", "modules"),
        ("modules = []".to_owned(), "allowed", "modules"),
    ] {
        let text = format!("{known}{list}");
        assert_eq!(rules(&text, &built_in, Demand::Required), [built_in_does], "{list}");
        assert_eq!(rules(&text, &brought, Demand::Required), [brought_does], "{list}");
    }
}

#[test]
fn each_rule_refuses_what_breaks_it_and_only_that() {
    let plan = plan();
    for (breaks, keeps, rule) in [
        ("min_owners = 5", "min_owners = 4", "min_owners"),
        ("min_group = 3", "min_group = 2", "min_group"),
        ("max_rounds = 9", "max_rounds = 10", "max_rounds"),
        ("max_rotation = 19", "max_rotation = 20", "max_rotation"),
        ("min_pay = \"5.000000000000000001\"", "min_pay = \"5\"", "min_pay"),
        ("columns = [\"age\"]", "columns = [\"age\", \"ill\"]", "columns"),
        ("closed_cohort = true", "closed_cohort = false", "closed_cohort"),
        ("consent = true", "consent = false", "consent"),
        ("purposes = [\"DUO:0000040\"]", "", "purposes"),
    ] {
        assert_eq!(rules(breaks, &plan, Demand::Required), [rule], "{breaks}");
        assert_eq!(rules(keeps, &plan, Demand::Required), ["ask"], "{keeps}");
    }
    let all = "min_owners = 5\nmin_group = 3\nmax_rounds = 9";
    assert_eq!(rules(all, &plan, Demand::Required), ["min_owners", "min_group", "max_rounds"]);
}

#[test]
fn a_purpose_that_is_not_allowed_is_refused_whatever_else_is_stated() {
    let mut plan = plan();
    plan.purpose = ["DUO:0000018", "DUO:0000031", "DUO:0000037"].map(|word| word.parse().unwrap()).into();
    let both = "purposes = [\"DUO:0000031\", \"DUO:0000037\"]";
    assert_eq!(rules(both, &plan, Demand::Required), ["ask"]);
    let Verdict::Refused(objections) = policy("purposes = [\"DUO:0000037\"]").judge(&plan, Demand::Required)
    else {
        panic!("taken");
    };
    assert_eq!(objections[0].to_string(), "purposes: the study is for DUO:0000031 (method development)");
}

#[test]
fn a_weaker_sandbox_than_the_policys_is_refused() {
    let plan = plan();
    for (least, asked, is_refused) in [
        ("required", Demand::Required, false),
        ("required", Demand::Available, true),
        ("required", Demand::Off, true),
        ("available", Demand::Required, false),
        ("available", Demand::Available, false),
        ("available", Demand::Off, true),
        ("off", Demand::Off, false),
    ] {
        let answer = rules(&format!("sandbox = \"{least}\""), &plan, asked);
        assert_eq!(answer == ["sandbox"], is_refused, "{least}, {asked}");
    }
}

#[test]
fn names_that_would_steer_a_terminal_are_shown_and_not_obeyed() {
    let mut plan = plan();
    plan.name = "\u{1b}[2Jharmless".into();
    plan.schema.features[0].name = "\u{1b}[1Aage".into();
    plan.schema.label.name = "ill\r\n".into();
    let Verdict::Refused(objections) = policy("columns = []").judge(&plan, Demand::Required) else {
        panic!("taken");
    };
    let shown = crate::policy::summary(&plan).into_iter().chain([objections[0].to_string()]);
    for line in shown {
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}

#[test]
fn one_group_does_not_rotate() {
    let mut plan = plan();
    plan.aggregation.max_groups = 1;
    assert_eq!(rules("max_rotation = 0", &plan, Demand::Required), ["ask"]);
}

#[test]
fn a_wrong_policy_is_an_error_that_names_the_key() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("policy.toml");
    for (text, names) in [
        ("min_owner = 5", "min_owner"),
        ("min_pay = 5", "min_pay"),
        ("min_pay = \"-1\"", "-1"),
        ("min_pay = \"1.0000000000000000001\"", "1.0000000000000000001"),
        ("purposes = [\"DUO:0000001\"]", "DUO:0000001"),
        ("researchers = [\"0x12\"]", "researchers"),
        ("sandbox = \"maybe\"", "maybe"),
    ] {
        fs::write(&path, text).unwrap();
        let error = Policy::read(&path).unwrap_err().to_string();
        assert!(error.contains(names), "{text}: {error}");
    }
    assert!(matches!(Policy::read(&dir.path().join("none")), Err(PolicyError::Io { .. })));
}

proptest! {
    #[test]
    fn amounts_are_read_as_they_are_written(units in 0..u128::MAX / 2) {
        prop_assert_eq!(amount(&in_tokens(units)), Some(units));
    }

    #[test]
    fn the_certain_pay_is_the_equal_share_of_a_full_round(per_round in 1..u128::MAX / 20_000, bps in 0..=10_000u16) {
        let mut plan = plan();
        plan.payment.per_round = per_round;
        plan.payment.base_share_bps = bps;
        let exact = per_round * u128::from(bps) / 10_000 / 4;
        prop_assert_eq!(certain_pay(&plan), exact);
    }
}

#[test]
fn a_budget_refuses_what_is_not_bounded_and_what_is_too_dear() {
    use tributary_aggregation::study::Privacy;

    use crate::policy::summary::tests::private_plan;
    assert_eq!(rules("epsilon_per_year = 8", &plan(), Demand::Required), ["epsilon_per_year"]);
    let private = private_plan(None);
    assert_eq!(rules("epsilon_per_year = 8", &private, Demand::Required), ["ask"]);
    for (keys, due) in [
        ("epsilon_per_year = 8\nmax_delta = 1e-6", "max_delta"),
        ("max_delta = 1e-6", "max_delta"),
        ("max_delta = 1e-5", "ask"),
    ] {
        assert_eq!(rules(keys, &private, Demand::Required), [due], "{keys}");
    }
    let mut loose = private.clone();
    let Some(Privacy::Owner(owner)) = &mut loose.privacy else { panic!("of owners") };
    owner.delta = 0.01;
    assert_eq!(rules("epsilon_per_year = 8", &loose, Demand::Required), ["max_delta"]);
    assert_eq!(rules("", &loose, Demand::Required), ["ask"]);
    let own = private.whole_spend().unwrap().unwrap().epsilon;
    for (most, elsewhere, fits) in
        [(own + 2.0, 1.9, true), (own + 2.0, 2.1, false), (own * 0.9, 0.0, false), (f64::NAN, 0.0, false)]
    {
        let policy = Policy { epsilon_per_year: Some(most), ..policy("") };
        let objection = policy.budget_objection(&private, elsewhere);
        assert_eq!(objection.is_none(), fits, "{most} {elsewhere} {objection:?}");
        assert!(
            objection.is_none_or(|objection| objection
                .to_string()
                .contains("epsilon_per_year: the study spends up"))
        );
    }
    assert_eq!(policy("").budget_objection(&private, 1e9), None, "no budget, no objection");
}
