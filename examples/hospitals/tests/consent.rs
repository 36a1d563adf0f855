//! Hospitals that list their rows, give them to a study, and take them back while it runs.

#![allow(clippy::unwrap_used, reason = "clippy knows the tests, but not the helpers beside them")]

mod support;

use std::ffi::OsString;
use std::path::PathBuf;

use hospitals::event::Event;
use hospitals::study::{Role, Run, Study};
use support::{CLEVELAND, HUNGARY, Scratch, alone, many_epochs, one_group, set, settings, slow};

const SWITZERLAND: usize = 2;
const VA: usize = 3;

/// Where a hospital keeps its dataset.
fn keep(scratch: &Scratch, owner: usize) -> PathBuf {
    scratch.path().join(format!("dataset-{owner}"))
}

/// Runs `tributary dataset` for an owner.
fn dataset(study: &Study, owner: usize, command: &[&str], more: Vec<OsString>) -> Run {
    let mut args: Vec<OsString> = std::iter::once(&"dataset").chain(command).map(Into::into).collect();
    args.extend(more);
    args.extend(["--coordinator", study.coordinator()].map(Into::into));
    args.extend(study.wallet_args(Role::Owner(owner)));
    args.extend(study.chain_args());
    study.tributary(args).unwrap()
}

fn pairs<const N: usize>(options: [(&str, OsString); N]) -> Vec<OsString> {
    options.into_iter().flat_map(|(option, value)| [option.into(), value]).collect()
}

/// An owner describes its rows for biomedical research, and lists them.
fn list(study: &Study, scratch: &Scratch, owner: usize, permission: &str) {
    let site = &study.sites()[owner];
    let description = scratch.path().join(format!("{}-{permission}.json", site.name));
    let mut args: Vec<OsString> = ["dataset", "new"].map(Into::into).to_vec();
    args.extend(pairs([
        ("--data", site.train.clone().into()),
        ("--out", description.clone().into()),
        ("--owner", study.address(Role::Owner(owner)).into()),
        ("--name", format!("Hearts of {}", site.name).into()),
        ("--description", "Angiography and what was found.".into()),
        ("--creator", site.name.clone().into()),
        ("--permission", permission.into()),
        ("--label", "num".into()),
    ]));
    study.tributary(args).unwrap().success().unwrap();
    let more = pairs([("--file", description.into()), ("--directory", keep(scratch, owner).into())]);
    dataset(study, owner, &["list"], more).success().unwrap();
}

fn grant(study: &Study, scratch: &Scratch, owner: usize) -> Run {
    let more = pairs([("--directory", keep(scratch, owner).into()), ("--study", study.id().into())]);
    dataset(study, owner, &["grant"], more)
}

#[test]
fn a_hospital_takes_its_consent_back_in_mid_study_and_the_study_goes_on_without_it() {
    let _alone = alone();
    let scratch = Scratch::new();
    let mut settings = settings(&scratch, |file| {
        one_group(file);
        many_epochs(file);
        set(file, &["rounds"], 5);
        set(file, &["owners", "min"], 3);
        set(file, &["owners", "consent"], true);
        set(file, &["purpose"], vec!["BR"]);
        set(file, &["deadlines", "silence_s"], 20);
    });
    slow(&scratch, &mut settings, HUNGARY);
    let mut study = Study::new(settings).unwrap();
    study.start_without_owners().unwrap();

    // Without consent nobody takes part, and the message says how it is given.
    let refused = study.tributary(study.owner_args(CLEVELAND)).unwrap();
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("tributary dataset grant --study"), "{refused:?}");

    // A purpose that the terms do not permit is not signed for.
    list(&study, &scratch, VA, "POA");
    let refused = grant(&study, &scratch, VA);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("the consent is not signed"), "{refused:?}");
    let more = pairs([("--directory", keep(&scratch, VA).into())]);
    dataset(&study, VA, &["erase"], more).success().unwrap();

    for owner in [CLEVELAND, HUNGARY, SWITZERLAND, VA] {
        list(&study, &scratch, owner, "HMB");
        grant(&study, &scratch, owner).success().unwrap();
        study.start_owner(owner).unwrap();
    }
    let settled = |event: &Event| matches!(event, Event::Settled { round: 1.., .. });
    study.wait_event(0, Role::Researcher, "a round is settled", settled).unwrap();
    let more = pairs([("--study", study.id().into())]);
    dataset(&study, VA, &["revoke"], more).success().unwrap();
    let begun = |event: &Event| matches!(event, Event::EpochBegan { epoch: 2, .. });
    let gone = study.address(Role::Owner(VA)).to_owned();
    match study.wait_event(0, Role::Researcher, "the next epoch begins", begun).unwrap() {
        Event::EpochBegan { added, removed, .. } => {
            assert_eq!((added, removed), (vec![], vec![gone.clone()]))
        }
        other => panic!("{other:?}"),
    }
    let (completed, reason) = study.wait_end().unwrap();
    assert!(completed, "{reason}");
    // It is in no round of the epoch after it; in those before it was, and it is paid for them.
    let transcripts = study.transcripts().unwrap();
    let is_in = |round: &hospitals::record::Transcript| {
        round.groups.iter().flat_map(|group| &group.online).any(|online| online.owner == gone)
    };
    assert!(transcripts.values().any(|round| round.epoch == 2), "rounds went on");
    assert!(transcripts.values().all(|round| is_in(round) == (round.epoch == 1)));
    let audit = study.audit(&study.layout().artifacts().display().to_string()).unwrap();
    assert!(audit.agrees(), "{:?}", audit.lines);

    // And it has its dataset erased, with a receipt that anybody can check.
    let more = pairs([("--directory", keep(&scratch, VA).into())]);
    dataset(&study, VA, &["erase"], more).success().unwrap();
    let receipt = keep(&scratch, VA).join("receipt.json");
    let mut args: Vec<OsString> = ["dataset", "receipt", "check"].map(Into::into).to_vec();
    args.push(receipt.clone().into());
    args.extend(study.chain_args());
    study.tributary(args.clone()).unwrap().success().unwrap();
    let text = std::fs::read_to_string(&receipt).unwrap();
    std::fs::write(&receipt, text.replacen("the sealed description", "a sealed description", 1)).unwrap();
    assert_eq!(study.tributary(args).unwrap().code, Some(1), "a receipt that was changed");
    let left: Vec<_> =
        std::fs::read_dir(keep(&scratch, VA)).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left, ["receipt.json"]);
}
