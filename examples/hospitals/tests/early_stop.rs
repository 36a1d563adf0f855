//! A study that gains nothing any more ends before its last round, and every round's model is kept.

#![allow(clippy::unwrap_used, reason = "clippy knows the tests, but not the helpers beside them")]

mod support;

use std::ffi::OsString;
use std::fs;

use hospitals::study::Study;
use support::{Scratch, alone, nobody_is_silent, settings};

#[test]
fn a_study_stops_early_and_its_checkpoints_stay() {
    let _alone = alone();
    let scratch = Scratch::new();
    let mut settings = settings(&scratch, |file| {
        nobody_is_silent(file);
        file.insert("rounds".into(), 12.into());
        // After the first step from the initial model no round gains as much as a nat.
        let rule: toml::Table = "patience = 2\nmin_delta_micros = 1_000_000".parse().unwrap();
        file["training"].as_table_mut().unwrap().insert("early_stop".into(), rule.into());
    });
    let checkpoints = scratch.path().join("checkpoints");
    settings.researcher_args.push(format!("--checkpoints={}", checkpoints.display()));
    let mut study = Study::new(settings).unwrap();
    study.start_everything().unwrap();
    let (completed, reason) = study.wait_end().unwrap();
    assert!(completed && reason == "stopped early after 3 of 12 rounds: no gain in the last 2", "{reason}");
    assert_eq!(study.transcripts().unwrap().len(), 3);

    let audit = study.audit(&study.layout().artifacts().display().to_string()).unwrap();
    assert!(audit.agrees(), "{:?}", audit.lines);
    assert!(audit.lines.iter().any(|line| line.contains("3 of 12: stopped early")), "{:?}", audit.lines);

    // The last checkpoint is the study's model, and each of them can be measured.
    let mut files: Vec<_> = fs::read_dir(&checkpoints).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let names: Vec<_> = files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["round-0001.bin", "round-0002.bin", "round-0003.bin"]);
    assert_eq!(fs::read(&files[2]).unwrap(), fs::read(study.layout().model()).unwrap());
    for file in &files {
        let mut args: Vec<OsString> = ["evaluate", "--plan"].iter().map(Into::into).collect();
        args.push(study.layout().plan().into());
        args.extend(["--model".into(), file.into(), "--test".into(), study.sites()[0].test.clone().into()]);
        study.tributary(args).unwrap().success().unwrap();
    }
}
