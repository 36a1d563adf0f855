//! A hospital whose labels are swapped: it is told so itself, everybody can see it from the record, and a quorum of the
//! others takes it off the roster.

#![allow(clippy::unwrap_used, reason = "clippy knows the tests, but not the helpers beside them")]

mod support;

use std::ffi::OsString;
use std::ops::RangeInclusive;

use hospitals::event::Event;
use hospitals::study::{Role, Study};
use support::{CLEVELAND, HUNGARY, Scratch, alone, column, nobody_is_silent, rewrite, set, settings, told};

/// Four owners in pairs: nine rounds in the worse pair have a chance of 2^-9, below the 0.01 / 4 that it takes. A round or
/// two in the better pair, by what the beacon draws, make it some more.
const LOOKED_AT: RangeInclusive<u64> = 9..=30;

#[derive(Debug, serde::Deserialize)]
struct Signs {
    owner: String,
    rounds: u32,
    harmful: u32,
    p_value: f64,
    suspicious: bool,
}

fn anomalies(study: &Study) -> (bool, Vec<Signs>) {
    let artifacts = study.layout().artifacts();
    let mut args: Vec<OsString> =
        ["anomalies", study.id(), "--json", "--artifacts"].iter().map(Into::into).collect();
    args.push(artifacts.into());
    args.extend(study.chain_args());
    let run = study.tributary(args).unwrap();
    let signs = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (run.code == Some(0), signs)
}

#[test]
fn a_hospital_with_swapped_labels_is_found_and_removed() {
    let _alone = alone();
    let scratch = Scratch::new();
    let mut settings = settings(&scratch, |file| {
        nobody_is_silent(file);
        set(file, &["rounds"], 40);
        set(file, &["owners", "min"], 3);
    });
    let site = &mut settings.sites[HUNGARY];
    let swapped = scratch.path().join("swapped.csv");
    let label = column(&site.train, "num");
    rewrite(&site.train, &swapped, |rows| {
        let mut rows = std::mem::take(rows);
        for row in &mut rows {
            row[label] = if row[label] == "0" { "1" } else { "0" }.to_owned();
        }
        rows
    });
    site.train = swapped;

    let mut study = Study::new(settings).unwrap();
    study.start_everything().unwrap();
    let culprit = study.address(Role::Owner(HUNGARY)).to_owned();
    let (mut found, mut signs) = (false, Vec::new());
    for enough in LOOKED_AT {
        let is_settled = |event: &Event| matches!(event, Event::Settled { round, .. } if *round >= enough);
        study.wait_event(0, Role::Researcher, "enough rounds are settled", is_settled).unwrap();
        let nobody;
        (nobody, signs) = anomalies(&study);
        let suspicious: Vec<&str> =
            signs.iter().filter(|signs| signs.suspicious).map(|signs| signs.owner.as_str()).collect();
        assert_eq!(nobody, suspicious.is_empty());
        found = suspicious == [culprit.as_str()];
        assert!(found || nobody, "the wrong one: {signs:?}");
        if found {
            break;
        }
    }
    assert!(found, "not found in {LOOKED_AT:?}: {signs:?}");
    let of_culprit = signs.iter().find(|signs| signs.owner == culprit).unwrap();
    assert!(of_culprit.harmful > of_culprit.rounds / 2 && of_culprit.p_value < 0.0025, "{of_culprit:?}");

    // Nobody agrees to remove who does no harm, whatever the researcher says.
    let ask = |study: &Study, owner: &str| {
        let mut args: Vec<OsString> =
            ["study", "remove-owner", "--owner", owner, "--reason", "a try"].iter().map(Into::into).collect();
        args.extend(["--study", study.id(), "--coordinator", study.coordinator()].map(Into::into));
        args.extend(study.wallet_args(Role::Researcher));
        args.extend(study.chain_args());
        study.tributary(args).unwrap().success().unwrap();
    };
    let honest = study.address(Role::Owner(CLEVELAND)).to_owned();
    ask(&study, &honest);
    let refuses = |event: &Event| matches!(event, Event::Refused { reason } if reason.contains(&honest));
    study.wait_event(0, Role::Owner(2), "it refuses", refuses).unwrap();
    ask(&study, &culprit);
    let is_out = |event: &Event| matches!(event, Event::EpochBegan { epoch: 2, .. });
    let Event::EpochBegan { removed, .. } =
        study.wait_event(0, Role::Researcher, "it is removed", is_out).unwrap()
    else {
        unreachable!()
    };
    assert_eq!(removed, std::slice::from_ref(&culprit));
    for owner in [CLEVELAND, 2, 3] {
        let signed = |event: &Event| {
            matches!(event, Event::RemovalSigned { owner, evidence, .. }
                if *owner == culprit && evidence.contains("made the model worse"))
        };
        assert!(told(&study, Role::Owner(owner), signed));
    }
    // Its own process had told it, and nobody else's had.
    let contradicts = |event: &Event| matches!(event, Event::AgainstRows { .. });
    for owner in study.owners() {
        assert_eq!(told(&study, owner, contradicts), owner == Role::Owner(HUNGARY), "{owner:?}");
    }

    let (completed, reason) = study.wait_end().unwrap();
    assert!(completed, "{reason}");
    let last = study.transcripts().unwrap().pop_last().unwrap().1;
    assert!(last.online().count() == 3 && last.online().all(|owner| owner != culprit));
    let audit = study.audit(&study.layout().artifacts().display().to_string()).unwrap();
    assert!(audit.agrees(), "{:?}", audit.lines);
}
