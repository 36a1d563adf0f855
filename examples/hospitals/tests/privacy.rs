//! Studies that protect whole hospitals or each of their rows by noise: every report is counted before it leaves.

#![allow(clippy::unwrap_used, reason = "clippy knows the tests, but not the helpers beside them")]

mod support;

use std::ffi::OsString;

use hospitals::event::Event;
use hospitals::outcome::Outcome;
use hospitals::study::{Role, Run, Settings, Study};
use support::{CLEVELAND, Scratch, alone, set, settings};

/// Runs `tributary owner <command>` for the first site.
fn site(study: &Study, command: &str, more: &[&str]) -> Run {
    let mut args: Vec<OsString> = ["owner", command].map(Into::into).to_vec();
    args.extend(["--decisions".into(), study.decisions(CLEVELAND).into()]);
    if command != "decisions" {
        args.extend(["--study", study.id(), "--coordinator", study.coordinator()].map(Into::into));
        args.extend(study.wallet_args(Role::Owner(CLEVELAND)));
        args.extend(study.chain_args());
    }
    args.extend(more.iter().map(Into::into));
    study.tributary(args).unwrap()
}

/// What the first site's record says was spent, in its lines of one kind.
fn spends(study: &Study, decision: &str) -> Vec<f64> {
    let record = site(study, "decisions", &[]).success().unwrap();
    let lines = record.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let lines = lines.filter(|line| line["decision"] == decision);
    lines.map(|line| line["spend"]["epsilon"].as_f64().unwrap()).collect()
}

/// A study that has ended well.
fn completed(settings: Settings) -> Study {
    let mut study = Study::new(settings).unwrap();
    study.start_everything().unwrap();
    let ends = |event: &Event| matches!(event, Event::Ended { .. });
    for role in study.owners() {
        let ended = study.wait_event(0, role, "the study ends", ends).unwrap();
        assert!(matches!(ended, Event::Ended { completed: true, .. }), "{ended:?}");
    }
    study
}

#[test]
fn a_study_with_noise_is_settled_and_what_it_spends_is_shown_and_recorded() {
    let _alone = alone();
    let scratch = Scratch::new();
    let policy = scratch.path().join("policy.toml");
    std::fs::write(&policy, "epsilon_per_year = 8.0\n").unwrap();
    let strict = scratch.path().join("strict.toml");
    std::fs::write(&strict, "epsilon_per_year = 3.0\n").unwrap();
    let settings = settings(&scratch, |file| {
        let privacy =
            "unit = \"owner\"\nepsilon = 4.0\ndelta = 1e-5\ndead_rounds = 1\nstatistics_multiplier = 8.0";
        file.insert("privacy".into(), privacy.parse::<toml::Table>().unwrap().into());
        let clip = "quantile = 0.5\nrate = 0.2".parse::<toml::Table>().unwrap();
        set(file, &["aggregation", "adaptive_clip"], clip);
    });
    let study = completed(settings);

    let shown = site(&study, "show", &["--policy", policy.to_str().unwrap()]).success().unwrap();
    for words in
        ["joining spends at most epsilon 4.00 at delta 1e-5", "in 3 rounds", "the statistics carry noise"]
    {
        assert!(shown.contains(words), "{words:?} is not in {shown}");
    }
    let refused = site(&study, "approve", &["--reason", "please", "--policy", strict.to_str().unwrap()]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.stderr.contains("epsilon_per_year: the study spends up to epsilon 4.00"),
        "{}",
        refused.stderr
    );

    // Joined, then each round: the statistics and two of training, each with more spent than before.
    let (joined, spent) = (spends(&study, "joined"), spends(&study, "spent"));
    assert!(joined.len() == 1 && joined[0] <= 4.0, "{joined:?}");
    assert!(spent.len() >= 3 && spent.windows(2).all(|pair| pair[0] <= pair[1]), "{spent:?}");
    assert!(*spent.last().unwrap() < joined[0], "a round that may die is still in hand: {spent:?}");
}

#[test]
fn a_study_that_protects_each_row_learns_and_what_it_spends_is_shown_and_recorded() {
    let _alone = alone();
    let scratch = Scratch::new();
    let study = completed(settings(&scratch, |file| {
        let privacy =
            "unit = \"record\"\nepsilon = 4.0\ndelta = 1e-5\nclip = 1.0\nsampling_rate = 0.25\nsteps = 40";
        file.insert("privacy".into(), privacy.parse::<toml::Table>().unwrap().into());
    }));
    let shown = site(&study, "show", &[]).success().unwrap();
    for words in [
        "joining spends at most epsilon 4.00 at delta 1e-5 of each of your rows, in 2 rounds",
        "40 steps of DP-SGD",
        "scaled by the ranges that the plan states",
    ] {
        assert!(shown.contains(words), "{words:?} is not in {shown}");
    }
    let (joined, spent) = (spends(&study, "joined"), spends(&study, "spent"));
    assert!(joined.len() == 1 && joined[0] <= 4.0 && joined[0] > 3.99, "{joined:?}");
    assert_eq!(spent.first(), Some(&0.0), "the statistics are of no rows: {spent:?}");
    assert!(spent.len() == 3 && spent[1] > 0.0 && spent[2] > spent[1], "{spent:?}");
    assert_eq!(spent[2], joined[0]);
    // Coin tosses would have one half.
    let auc = Outcome::of(&study).unwrap().federated.auc.unwrap();
    assert!(auc > 0.75, "{auc}");
}
