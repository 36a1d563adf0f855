//! The site decides: what its policy refuses is not joined, what it does not know waits for a word, and each decision is in
//! a record that shows when it was changed.

#![allow(clippy::unwrap_used, reason = "clippy knows the tests, but not the helpers beside them")]

mod support;

use std::ffi::OsString;
use std::fs;

use hospitals::event::Event;
use hospitals::study::{Role, Run, Study};
use support::{CLEVELAND, HUNGARY, Scratch, alone, settings};

/// Runs `tributary owner <command>` for a site.
fn site(study: &Study, index: usize, command: &str, more: &[&str]) -> Run {
    let mut args: Vec<OsString> = ["owner", command].map(Into::into).to_vec();
    args.extend(["--decisions".into(), study.decisions(index).into()]);
    if command != "decisions" {
        args.extend(["--study", study.id(), "--coordinator", study.coordinator()].map(Into::into));
        args.extend(study.wallet_args(Role::Owner(index)));
        args.extend(study.chain_args());
    }
    args.extend(more.iter().map(Into::into));
    study.tributary(args).unwrap()
}

fn decided(study: &Study, index: usize) -> Vec<String> {
    let record = site(study, index, "decisions", &[]).success().unwrap();
    let lines = record.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    lines.map(|line| line["decision"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_study_waits_until_each_site_approves_it_and_each_decision_is_on_record() {
    let _alone = alone();
    let scratch = Scratch::new();
    let policy = scratch.path().join("policy.toml");
    fs::write(&policy, "min_owners = 4\nmin_group = 2\nclosed_cohort = true\nsandbox = \"required\"\n")
        .unwrap();
    let strict = scratch.path().join("strict.toml");
    fs::write(&strict, "min_group = 3\nmin_pay = \"1000\"\n").unwrap();
    let mut settings = settings(&scratch, |_| {});
    settings.owner_args = vec!["--policy".into(), policy.display().to_string()];
    let mut study = Study::new(settings).unwrap();
    study.start_everything().unwrap();

    let waits = |event: &Event| matches!(event, Event::AwaitsApproval { .. });
    for role in study.owners() {
        let Event::AwaitsApproval { summary, .. } = study.wait_event(0, role, "it waits", waits).unwrap()
        else {
            panic!("another event")
        };
        assert!(summary.iter().any(|line| line.contains("thalch (40 to 240)")), "{summary:#?}");
    }
    let shown = site(&study, CLEVELAND, "show", &["--policy", policy.to_str().unwrap()]).success().unwrap();
    for words in
        ["logistic regression", "you can count on 5 ", "waits for `tributary owner approve`", "nobody has"]
    {
        assert!(shown.contains(words), "{words:?} is not in {shown}");
    }
    let refused =
        site(&study, CLEVELAND, "approve", &["--reason", "please", "--policy", strict.to_str().unwrap()]);
    assert_eq!(refused.code, Some(2));
    for words in
        ["min_group: the study opens sums of 2 owners, the least here is 3", "min_pay", "change the policy"]
    {
        assert!(refused.stderr.contains(words), "{words:?} is not in {}", refused.stderr);
    }
    assert_eq!(decided(&study, CLEVELAND), ["asked"]);

    for index in 0..study.owners().len() {
        site(&study, index, "approve", &["--reason", "the board agreed"]).success().unwrap();
    }
    let ends = |event: &Event| matches!(event, Event::Ended { .. });
    for role in study.owners() {
        let ended = study.wait_event(0, role, "the study ends", ends).unwrap();
        assert!(matches!(ended, Event::Ended { completed: true, .. }), "{ended:?}");
    }
    assert_eq!(decided(&study, HUNGARY), ["asked", "approved"]);

    // Somebody makes an approval of a rejection.
    let path = study.decisions(HUNGARY);
    let record = fs::read_to_string(&path).unwrap();
    fs::write(&path, record.replacen("asked", "approved", 1)).unwrap();
    let changed = site(&study, HUNGARY, "decisions", &[]);
    assert_eq!(changed.code, Some(2));
    assert!(changed.stderr.contains("line 2 does not follow from the line before it"), "{}", changed.stderr);
}

#[test]
fn what_the_policy_refuses_or_somebody_rejects_is_not_joined() {
    let _alone = alone();
    let scratch = Scratch::new();
    let mut study = Study::new(settings(&scratch, |_| {})).unwrap();
    study.start_without_owners().unwrap();
    let with = |policy: &str, more: &[&str]| {
        let path = scratch.path().join("policy.toml");
        fs::write(&path, policy).unwrap();
        let mut args = study.owner_args(CLEVELAND);
        args.extend(["--policy".into(), path.into()]);
        args.extend(more.iter().map(Into::into));
        study.tributary(args).unwrap()
    };
    let refused = with("max_rounds = 1\ncolumns = [\"age\", \"num\"]", &[]);
    assert_eq!(refused.code, Some(2));
    for words in
        ["max_rounds: the study has 2 rounds, the most here is 1", "columns: the study reads sex, cp, "]
    {
        assert!(refused.stderr.contains(words), "{words:?} is not in {}", refused.stderr);
    }
    let refused = with("sandbox = \"required\"", &["--sandbox", "off"]);
    assert!(refused.stderr.contains("--sandbox off is weaker than required"), "{}", refused.stderr);
    let wrong = with("max_round = 1", &[]);
    assert!(wrong.stderr.contains("max_round"), "{}", wrong.stderr);

    site(&study, CLEVELAND, "reject", &["--reason", "not with us"]).success().unwrap();
    // Whatever the policy says, and also without one.
    let known = format!("researchers = [\"{}\"]", study.address(Role::Researcher));
    for rejected in [with("", &[]), with(&known, &[]), study.tributary(study.owner_args(CLEVELAND)).unwrap()]
    {
        assert_eq!(rejected.code, Some(2));
        assert!(rejected.stderr.contains("was rejected here"), "{}", rejected.stderr);
    }
    assert_eq!(decided(&study, CLEVELAND), ["refused", "refused", "rejected"]);
}
