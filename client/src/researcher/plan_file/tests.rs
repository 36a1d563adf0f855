use tributary_aggregation::study::{
    Activation, ControlVariates, EarlyStop, FeatureKind, OptimizerSpec, Schedule,
};

use super::*;

const EXAMPLE: &str = include_str!("../../../../examples/hospitals/study.toml");

fn plan(text: &str, overrides: &PlanOverrides) -> Result<StudyPlan, PlanFileError> {
    StudyFile::parse(text)?.into_plan(overrides, OwnerId([3; 20]), Digest([4; 32]))
}

#[test]
fn a_module_takes_the_place_of_a_built_in_model() {
    let text = EXAMPLE.replacen("model = \"logistic\"", "module = \"study.pt\"", 1);
    assert_ne!(text, EXAMPLE);
    let plan = |choice: Option<ModelChoice>, spec: Option<ModuleSpec>| {
        let mut file = StudyFile::parse(&text).unwrap();
        assert_eq!(file.module(), Some(Path::new("study.pt")));
        spec.into_iter().for_each(|spec| file.set_module(spec));
        file.into_plan(
            &PlanOverrides { model: choice, ..PlanOverrides::default() },
            OwnerId([3; 20]),
            Digest([4; 32]),
        )
    };
    let spec = ModuleSpec { digest: Digest([5; 32]), size: 4000, parameters: 17 };
    assert_eq!(plan(None, Some(spec.clone())).unwrap().model, ModelSpec::Module(spec.clone()));
    for (choice, module) in
        [(None, None), (Some(ModelChoice::Mlp), Some(spec)), (Some(ModelChoice::Mlp), None)]
    {
        let error = plan(choice, module).unwrap_err().to_string();
        assert!(error.contains("key module"), "{error}");
    }
    let both = EXAMPLE.replacen("model = \"logistic\"", "model = \"logistic\"\nmodule = \"study.pt\"", 1);
    let error = StudyFile::parse(&both).unwrap_err().to_string();
    assert!(error.contains("key model"), "{error}");
}

fn hidden(plan: &StudyPlan) -> &[Layer] {
    match &plan.model {
        ModelSpec::Layers(spec) => &spec.hidden,
        ModelSpec::Module(_) => panic!("a module"),
    }
}

#[test]
fn the_example_becomes_the_plan_that_it_describes() {
    let plan = plan(EXAMPLE, &PlanOverrides::default()).unwrap();
    assert_eq!(StudyPlan::from_json(&plan.to_json().unwrap()), Ok(plan.clone()));
    assert_eq!((plan.researcher, plan.holdout_commitment), (OwnerId([3; 20]), Digest([4; 32])));
    assert_eq!((plan.schema.features.len(), plan.schema.inputs()), (13, 25));
    let chol = &plan.schema.features[4];
    assert_eq!(chol.kind, FeatureKind::Numeric { low: 50.0, high: 700.0, zero_is_missing: true });
    assert!(chol.missing_allowed && !plan.schema.features[0].missing_allowed);
    assert_eq!(plan.payment.per_round, 100 * 10_u128.pow(18));
    assert_eq!(plan.payment.base_share_bps, 2000);
    assert!(hidden(&plan).is_empty());
    assert_eq!((plan.cohort.max_corrupt_bps, plan.cohort.late_enrolment), (1000, false));
}

#[test]
fn a_study_may_state_how_many_owners_collude_and_take_some_late() {
    let text = EXAMPLE.replacen("max = 4", "max = 4\nmax_corrupt = 0.2\nlate = true", 1);
    assert!(plan(&text, &PlanOverrides::default()).is_err(), "nobody is listed");
    let allow = (1..=5).map(|byte| OwnerId([byte; 20])).collect();
    let cohort = plan(&text, &PlanOverrides { allow, ..Default::default() }).unwrap().cohort;
    assert_eq!((cohort.max_corrupt_bps, cohort.late_enrolment), (2000, true));
}

#[test]
fn a_study_says_what_it_is_for_and_that_it_asks_for_consent() {
    let with = |words: &str| {
        let text = EXAMPLE.replacen("max = 4", "max = 4\nconsent = true", 1);
        plan(&format!("purpose = [{words}]\n{text}"), &PlanOverrides::default())
    };
    let asked = with(r#""BR", "DUO:0000018""#).unwrap();
    let codes: Vec<String> = asked.purpose.iter().map(ToString::to_string).collect();
    assert!(asked.cohort.consent);
    assert_eq!(codes, ["DUO:0000018", "DUO:0000037"], "in order, as codes");
    for (words, expected) in [
        ("", "key purpose: must name"),
        (r#""GRU""#, "a permission"),
        (r#""heart disease""#, "heart disease"),
    ] {
        let error = with(words).unwrap_err().to_string();
        assert!(error.contains(expected), "{words}: {error}");
    }
}

#[test]
fn the_command_line_overrides_the_file() {
    let overrides = PlanOverrides {
        rounds: Some(3),
        model: Some(ModelChoice::Mlp),
        optimizer: Some(OptimizerChoice::FedAdam),
        seed: Some(42),
        allow: (1..=4).rev().map(|byte| OwnerId([byte; 20])).collect(),
        proximal_mu: Some(0.5),
        control_variates: false,
    };
    let plan = plan(EXAMPLE, &overrides).unwrap();
    assert_eq!((plan.rounds, plan.training.seed, plan.training.proximal_mu), (3, 42, 0.5));
    assert!(plan.cohort.allows(&OwnerId([4; 20])) && !plan.cohort.allows(&OwnerId([5; 20])));
    assert_eq!(hidden(&plan), [Layer { units: 16, activation: Activation::Relu }]);
    assert!(matches!(plan.optimizer, OptimizerSpec::FedAdam { .. }));
}

#[test]
fn local_training_has_its_options() {
    let with = |lines: &str, overrides: &PlanOverrides| {
        let text = EXAMPLE.replacen("[fedavg]", &format!("{lines}\n\n[fedavg]"), 1);
        plan(&text.replacen("min_group = 2", "min_group = 3", 1), overrides)
    };
    let none = PlanOverrides::default();
    let plain = with("", &none).unwrap().training;
    assert_eq!((plain.momentum, plain.proximal_mu, plain.schedule), (0.0, 0.0, Schedule::default()));
    assert_eq!(plain.control_variates, None);
    let rich = "momentum = 0.9\nproximal_mu = 0.1\nschedule = { kind = \"cosine\", floor = 0.25 }";
    let rich = with(rich, &none).unwrap().training;
    assert_eq!((rich.momentum, rich.proximal_mu), (0.9, 0.1));
    assert_eq!(rich.schedule, Schedule::Cosine { floor: 0.25 });
    assert_eq!(plain.early_stop, None);
    let stops = with("early_stop = { patience = 3, min_delta_micros = 500 }", &none).unwrap().training;
    assert_eq!(stops.early_stop, Some(EarlyStop { patience: 3, min_delta_micros: 500 }));
    let scaffold = with("control_variates = true\n[scaffold]\nclip = 0.5", &none).unwrap().training;
    assert_eq!(scaffold.control_variates, Some(ControlVariates { clip: 0.5 }));
    let asked = with("", &PlanOverrides { control_variates: true, ..none.clone() }).unwrap().training;
    assert!(asked.control_variates.is_some());
    let small = EXAMPLE.replacen("[fedavg]", "control_variates = true\n\n[fedavg]", 1);
    let error = plan(&small, &none).unwrap_err().to_string();
    assert!(error.contains("key aggregation.min_group: must be at least 3"), "{error}");
    for (lines, key) in [
        ("momentum = 1.0", "key training.momentum"),
        ("schedule = { kind = \"linear\" }", "linear"),
        ("schedule = { kind = \"step\", every = 0, factor = 0.5 }", "key training.schedule.every"),
        ("early_stop = { patience = 0, min_delta_micros = 1 }", "key training.early_stop.patience"),
        ("early_stop = { patience = 3 }", "min_delta_micros"),
        ("control_variates = true\nmomentum = 0.5", "key training.control_variates"),
        ("control_variates = true\n[scaffold]\nclip = 0", "key scaffold.clip"),
    ] {
        let error = with(lines, &none).unwrap_err().to_string();
        assert!(error.contains(key), "{lines}: {error}");
    }
}

#[test]
fn every_rule_has_its_section_and_its_defaults() {
    let of = |choice, text: &str| {
        let overrides = PlanOverrides { optimizer: Some(choice), ..Default::default() };
        plan(text, &overrides).unwrap().optimizer
    };
    let bare =
        [&EXAMPLE[..EXAMPLE.find("[fedavg]").unwrap()], &EXAMPLE[EXAMPLE.find("[aggregation]").unwrap()..]]
            .concat();
    for choice in OptimizerChoice::value_variants() {
        let name = choice.to_possible_value().unwrap().get_name().to_owned();
        let json = serde_json::to_value(of(*choice, &bare)).unwrap();
        assert_eq!(json["rule"], name.as_str());
        let section = format!("{bare}\n[{name}]\nlearning_rate = 0.125\n");
        let json = serde_json::to_value(of(*choice, &section)).unwrap();
        assert_eq!(json["learning_rate"], 0.125, "{name}");
        let chosen = EXAMPLE.replacen("\"fedavg\"", &format!("\"{name}\""), 1);
        assert_eq!(plan(&chosen, &PlanOverrides::default()).unwrap().optimizer, of(*choice, EXAMPLE));
    }
}

#[test]
fn optional_keys_have_defaults() {
    let from = |key: &str| EXAMPLE.find(key).unwrap();
    // Everything from [mlp] to [training], [fedavg] to [aggregation], and [deadlines] on, left out.
    let text = [
        &EXAMPLE[..from("[mlp]")],
        &EXAMPLE[from("[training]")..from("[fedavg]")],
        &EXAMPLE[from("[aggregation]")..from("[scoring]")],
        &EXAMPLE[from("[payment]")..from("[deadlines]")],
    ]
    .concat();
    let plan = plan(&text, &PlanOverrides { model: Some(ModelChoice::Mlp), ..Default::default() }).unwrap();
    assert_eq!(hidden(&plan).len(), 1);
    assert_eq!(plan.optimizer, OptimizerSpec::FedAvg { learning_rate: 1.0 });
    assert_eq!(plan.deadlines.study_s, 604_800);
}

#[test]
fn errors_name_the_key() {
    let cases = [
        ("rounds = 10", "rouns = 10", "rouns"),
        ("rounds = 10", "rounds = 0", "key rounds"),
        ("rounds = 10", "rounds = -1", "rounds"),
        ("model = \"logistic\"", "model = \"forest\"", "forest"),
        ("batch_size = 16", "batchsize = 16", "batchsize"),
        ("min = 4", "min = 2", "key owners.min"),
        ("max = 4", "max = 3", "key owners.max"),
        ("max = 4", "max = 257", "key owners.max"),
        ("max = 4", "max = 4\nmax_corrupt = 0.34", "key owners.max_corrupt"),
        ("max = 4", "max = 4\nmax_corrupt = nan", "key owners.max_corrupt"),
        ("tokens_per_round = 100", "tokens_per_round = 0", "key payment.tokens_per_round"),
        ("base_share = 0.2", "base_share = 20", "key payment.base_share"),
        ("base_share = 0.2", "base_share = nan", "key payment.base_share"),
        ("range = [18, 110]", "range = [110, 18]", "key features[0]"),
        ("range = [18, 110]", "range = [18, 110], categories = [\"a\", \"b\"]", "key features[0]"),
        ("{ column = \"age\", range = [18, 110] }", "{ column = \"age\" }", "key features[0]"),
        ("[\"Female\", \"Male\"]", "[\"Female\", \"Male\"], zero_is_missing = true", "key features[1]"),
        ("[\"Female\", \"Male\"]", "[\"Female\", \"Female\"]", "key features[1]"),
        ("positive_above = 0 ", "above = 0 ", "above"),
        ("positive_above = 0 ", "positive_above = 0, range = [0, 4] ", "key label"),
        ("positive_above = 0 ", "range = [0, 4] ", "key label: the built-in models"),
        ("[training]", "[[further_labels]]\ncolumn = \"died\"\n[training]", "key further_labels[0]"),
        ("silence_s = 3", "silence_s = 0", "key deadlines.silence_s"),
        ("clip = 1.0", "clip = 0.0", "key aggregation.clip"),
        ("hidden = [16]", "hidden = [0]", "key mlp.hidden[0]"),
    ];
    for (old, new, expected) in cases {
        assert!(EXAMPLE.contains(old), "{old}");
        let overrides =
            PlanOverrides { model: new.contains("hidden").then_some(ModelChoice::Mlp), ..Default::default() };
        let error = plan(&EXAMPLE.replacen(old, new, 1), &overrides).unwrap_err().to_string();
        assert!(error.contains(expected), "{new}: {error}");
    }
    let error = StudyFile::read(Path::new("/nowhere/study.toml")).unwrap_err();
    assert!(error.to_string().contains("/nowhere/study.toml"));
}

#[test]
fn a_study_says_how_much_noise_or_how_much_may_be_spent() {
    let with = |keys: &str| {
        plan(
            &format!("{EXAMPLE}\n[privacy]\nunit = \"owner\"\ndelta = 1e-5\n{keys}"),
            &PlanOverrides::default(),
        )
    };
    let noisy = with("noise_multiplier = 2.5\ndead_rounds = 2").unwrap();
    assert_eq!((noisy.releases(), noisy.max_weight()), (12, 1));
    assert_eq!(StudyPlan::from_json(&noisy.to_json().unwrap()), Ok(noisy));
    for target in [2.0, 4.0, 8.0] {
        let plan = with(&format!("epsilon = {target}\nstatistics_multiplier = 20.0")).unwrap();
        let spends = plan.whole_spend().unwrap().unwrap().epsilon;
        assert!(spends <= target && spends > 0.999 * target, "{target}: {spends}");
    }
    let record = |keys: &str| {
        let section =
            format!("\n[privacy]\nunit = \"record\"\ndelta = 1e-5\nclip = 1.0\nsampling_rate = 0.25\n{keys}");
        plan(&format!("{EXAMPLE}{section}"), &PlanOverrides::default())
    };
    for target in [2.0, 8.0] {
        let plan = record(&format!("steps = 12\nepsilon = {target}")).unwrap();
        let spends = plan.whole_spend().unwrap().unwrap().epsilon;
        assert!(spends <= target && spends > 0.999 * target, "{target}: {spends}");
        assert_eq!(StudyPlan::from_json(&plan.to_json().unwrap()), Ok(plan));
    }
    assert!(record("epsilon = 2.0").unwrap_err().to_string().contains("steps"));
    assert!(record("steps = 1\nepsilon = 2.0\nstatistics_multiplier = 1.0").is_err());
    for (keys, expected) in [
        ("", "key privacy: give either noise_multiplier or epsilon"),
        ("noise_multiplier = 1\nepsilon = 1", "key privacy: give either"),
        ("epsilon = 0.5\nstatistics_multiplier = 0.1", "key privacy.epsilon: no noise brings"),
        ("noise_multiplier = 0", "key privacy.noise_multiplier"),
        ("noise_multiplier = 1\nclip = 2", "unknown field"),
    ] {
        let error = with(keys).unwrap_err().to_string();
        assert!(error.contains(expected), "{keys}: {error}");
    }
}
