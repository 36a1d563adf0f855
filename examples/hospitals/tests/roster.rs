//! Owners that come, leave, are removed and lose their machines while the study runs: each time the group goes to a new
//! epoch with a new committee, and the study goes on.

#![allow(clippy::unwrap_used, reason = "clippy knows the tests, but not the helpers beside them")]

mod support;

use std::collections::BTreeSet;
use std::fs;

use hospitals::event::Event;
use hospitals::study::{Role, Settings, Study};
use support::{CLEVELAND, HUNGARY, Scratch, alone, many_epochs, one_group, set, settings, slow, told};

const SWITZERLAND: usize = 2;
const VA: usize = 3;

/// A study of several rounds that take seconds each, so that there is a middle; three owners may begin.
fn long(scratch: &Scratch, change: impl FnOnce(&mut toml::Table)) -> Settings {
    let mut settings = settings(scratch, |file| {
        one_group(file);
        many_epochs(file);
        set(file, &["rounds"], 6);
        set(file, &["owners", "min"], 3);
        set(file, &["owners", "late"], true);
        change(file);
    });
    slow(scratch, &mut settings, HUNGARY);
    settings
}

fn settled(study: &mut Study, round: u64) {
    let is_settled = |event: &Event| matches!(event, Event::Settled { round: r, .. } if *r >= round);
    study.wait_event(0, Role::Researcher, "a round is settled", is_settled).unwrap();
}

fn ready(study: &mut Study, epoch: u64) {
    let is_ready = |event: &Event| matches!(event, Event::CommitteeReady { epoch: e } if *e == epoch);
    study.wait_event(0, Role::Researcher, "the next committee is ready", is_ready).unwrap();
}

fn begun(study: &mut Study, epoch: u64) -> (Vec<String>, Vec<String>) {
    let is_begun = |event: &Event| matches!(event, Event::EpochBegan { epoch: e, .. } if *e == epoch);
    match study.wait_event(0, Role::Researcher, "the next epoch begins", is_begun).unwrap() {
        Event::EpochBegan { added, removed, .. } => (added, removed),
        other => panic!("{other:?}"),
    }
}

fn address(study: &Study, owner: usize) -> String {
    study.address(Role::Owner(owner)).to_owned()
}

/// Runs `tributary` with a command and the wallet of a role.
fn say(study: &Study, role: Role, command: &[&str]) {
    let mut args: Vec<std::ffi::OsString> = command.iter().map(Into::into).collect();
    args.extend(["--study", study.id(), "--coordinator", study.coordinator()].map(Into::into));
    args.extend(study.wallet_args(role));
    args.extend(study.chain_args());
    study.tributary(args).unwrap().success().unwrap();
}

/// Waits for the end and looks at the record: it must agree, and hold so many epochs, each with a key of its own.
fn check_record(study: &mut Study, epochs: u64) {
    let (completed, reason) = study.wait_end().unwrap();
    assert!(completed, "{reason}");
    let transcripts = study.transcripts().unwrap();
    let keys: BTreeSet<(u64, &str)> =
        transcripts.values().map(|round| (round.epoch, round.committee_key.as_str())).collect();
    let of: Vec<u64> = keys.iter().map(|(epoch, _)| *epoch).collect();
    assert_eq!(of, (1..=epochs).collect::<Vec<_>>(), "one key in each epoch, and rounds in all of them");
    assert_eq!(keys.iter().map(|(_, key)| key).collect::<BTreeSet<_>>().len(), keys.len(), "no key twice");
    let audit = study.audit(&study.layout().artifacts().display().to_string()).unwrap();
    assert!(audit.agrees(), "{:?}", audit.lines);
}

#[test]
fn an_owner_that_comes_in_mid_study_takes_part_and_one_that_leaves_keeps_what_it_earned() {
    let _alone = alone();
    let scratch = Scratch::new();
    let settings = long(&scratch, |file| {
        set(file, &["deadlines", "enrol_s"], 25);
        set(file, &["deadlines", "silence_s"], 20);
    });
    let mut study = Study::new(settings).unwrap();
    study.start_without_owners().unwrap();
    for owner in [CLEVELAND, HUNGARY, SWITZERLAND] {
        study.start_owner(owner).unwrap();
    }
    settled(&mut study, 1);
    study.start_owner(VA).unwrap();
    assert_eq!(begun(&mut study, 2), (vec![address(&study, VA)], vec![]));
    ready(&mut study, 2);
    let is_told = |event: &Event| matches!(event, Event::HandedOver { finished: Some(1..) });
    study.wait_event(0, Role::Owner(VA), "it knows where the study stands", is_told).unwrap();
    let has_signed =
        |event: &Event| matches!(event, Event::Settled { round: 2.., utility_micros: Some(_), .. });
    study.wait_event(0, Role::Owner(VA), "it has followed a round", has_signed).unwrap();

    say(&study, Role::Owner(SWITZERLAND), &["owner", "leave"]);
    assert_eq!(begun(&mut study, 3), (vec![], vec![address(&study, SWITZERLAND)]));
    study.wait_over(Role::Owner(SWITZERLAND)).unwrap();
    assert!(told(&study, Role::Owner(SWITZERLAND), |event| matches!(event, Event::Left { .. })));

    check_record(&mut study, 3);
    let transcripts = study.transcripts().unwrap();
    let (left, late) = (address(&study, SWITZERLAND), address(&study, VA));
    for round in transcripts.values() {
        let online: Vec<&str> = round.online().collect();
        assert_eq!(online.contains(&late.as_str()), round.epoch >= 2, "round {}", round.round);
        assert_eq!(online.contains(&left.as_str()), round.epoch <= 2, "round {}", round.round);
        // What was earned stays on the record, to the last round.
        assert!(round.cumulative.iter().any(|amount| amount.owner == left));
    }
    for owner in study.owners() {
        assert!(told(&study, owner, |event| matches!(event, Event::Paid { transaction: Some(_), .. })));
    }
}

#[test]
fn an_owner_that_stays_away_is_removed_by_a_quorum_of_the_others() {
    let _alone = alone();
    let scratch = Scratch::new();
    let mut study = Study::new(long(&scratch, |_| {})).unwrap();
    study.start_everything().unwrap();
    settled(&mut study, 0);
    study.kill(Role::Owner(VA)).unwrap();
    let victim = address(&study, VA);
    // A round is settled without it, which is what the others go by.
    let is_without = |study: &Study| {
        study.transcripts().unwrap().values().last().is_some_and(|round| round.is_missing(&victim))
    };
    let mut round = 0;
    while !is_without(&study) {
        round += 1;
        settled(&mut study, round);
    }
    say(
        &study,
        Role::Researcher,
        &["study", "remove-owner", "--owner", &victim, "--reason", "it stays away"],
    );
    assert_eq!(begun(&mut study, 2), (vec![], vec![victim.clone()]));
    let signed = |event: &Event| matches!(event, Event::RemovalSigned { owner, .. } if *owner == victim);
    let signers = [CLEVELAND, HUNGARY, SWITZERLAND]
        .into_iter()
        .filter(|owner| told(&study, Role::Owner(*owner), signed))
        .count();
    assert_eq!(signers, 3);

    check_record(&mut study, 2);
    let transcripts = study.transcripts().unwrap();
    assert!(transcripts.values().filter(|round| round.epoch == 2).all(|round| round.candidates.len() == 3));
}

#[test]
fn an_owner_without_its_vault_enrols_again_and_one_that_missed_it_reads_on_with_its_own() {
    let _alone = alone();
    let scratch = Scratch::new();
    let mut study = Study::new(long(&scratch, |_| {})).unwrap();
    study.start_everything().unwrap();
    settled(&mut study, 1);
    // One machine is gone for good; the other is only off while the group goes on.
    let (lost, off) = (Role::Owner(VA), Role::Owner(SWITZERLAND));
    study.kill(lost).unwrap();
    study.kill(off).unwrap();
    study.wait_over(lost).unwrap();
    study.wait_over(off).unwrap();
    fs::remove_file(study.layout().owner(&study.sites()[VA].name).join("vault.bin")).unwrap();
    let mark = study.restart(lost).unwrap();
    let says_so = |event: &Event| matches!(event, Event::KeysReplaced { .. });
    study.wait_event(mark, lost, "its keys are lost", says_so).unwrap();
    let who = vec![address(&study, VA)];
    assert_eq!(begun(&mut study, 2), (who.clone(), who));
    let is_told = |event: &Event| matches!(event, Event::HandedOver { finished: Some(1..) });
    study.wait_event(mark, lost, "it knows where the study stands", is_told).unwrap();

    // The key is made without who is off: at a deadline of the log, the others drop it.
    ready(&mut study, 2);
    let absentee = address(&study, SWITZERLAND);
    let drops =
        |event: &Event| matches!(event, Event::DealersDropped { owners } if *owners == [absentee.clone()]);
    assert!(told(&study, Role::Owner(CLEVELAND), drops));
    let mark = study.restart(off).unwrap();
    let is_ready = |event: &Event| matches!(event, Event::CommitteeReady { epoch: 2 });
    study.wait_event(mark, off, "it has read on", is_ready).unwrap();

    check_record(&mut study, 2);
    let transcripts = study.transcripts().unwrap();
    let last = transcripts.values().last().unwrap();
    assert_eq!((last.online().count(), last.epoch), (4, 2), "all are back");
}
