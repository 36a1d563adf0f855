//! Owners that are killed: one before and one after it reported, and too many at once.

#![allow(clippy::unwrap_used, reason = "clippy knows the tests, but not the helpers beside them")]

mod support;

use hospitals::event::{Event, Phase};
use hospitals::study::{Role, Study};
use support::{
    CLEVELAND, HUNGARY, Scratch, alone, kill_in_training, many_epochs, one_group, set, settings, slow, told,
};

fn has_settled(study: &mut Study, round: u64) {
    let is_settled = |event: &Event| matches!(event, Event::Settled { round: r, .. } if *r == round);
    study.wait_event(0, Role::Researcher, "a round is settled", is_settled).unwrap();
}

fn addresses(study: &Study, owners: &[usize]) -> Vec<String> {
    let mut addresses: Vec<String> =
        owners.iter().map(|index| study.address(Role::Owner(*index)).to_owned()).collect();
    addresses.sort();
    addresses
}

#[test]
fn an_owner_killed_before_it_reports_is_cut_by_name_and_the_study_goes_on() {
    let _alone = alone();
    let scratch = Scratch::new();
    let mut settings = settings(&scratch, |file| {
        one_group(file);
        many_epochs(file);
    });
    slow(&scratch, &mut settings, HUNGARY);
    let mut study = Study::new(settings).unwrap();
    study.start_everything().unwrap();
    kill_in_training(&mut study, &[HUNGARY], 1);

    let (completed, reason) = study.wait_end().unwrap();
    assert!(completed, "{reason}");
    let (victim, rest) = (addresses(&study, &[HUNGARY]), addresses(&study, &[CLEVELAND, 2, 3]));
    let transcripts = study.transcripts().unwrap();
    // It had joined: the committee gave its pair seeds up, and the record says that it was cut, and why.
    let first = &transcripts[&1];
    let cut: Vec<(String, &str)> = first.cut().map(|cut| (cut.owner.clone(), cut.reason.as_str())).collect();
    assert_eq!(cut, [(victim[0].clone(), "silent")]);
    let mut online: Vec<String> = first.online().map(str::to_owned).collect();
    online.sort();
    assert_eq!((online, first.aborted.len()), (rest.clone(), 0));
    assert!(
        first.payouts.iter().all(|payout| payout.owner != victim[0]),
        "it did nothing for this round's model"
    );
    // From then on it is not there.
    assert_eq!(transcripts[&2].candidates, rest);
    assert!(transcripts[&2].is_missing(&victim[0]) && !first.is_missing(&victim[0]));
    let audit = study.audit(&study.layout().artifacts().display().to_string()).unwrap();
    assert!(audit.agrees(), "{:?}", audit.lines);
}

#[test]
fn an_owner_killed_after_it_reported_still_counts_and_is_paid_for_it() {
    let _alone = alone();
    let scratch = Scratch::new();
    let mut settings = settings(&scratch, |file| {
        one_group(file);
        many_epochs(file);
    });
    // Cleveland reports, and is killed while the others wait for Hungary.
    slow(&scratch, &mut settings, HUNGARY);
    let mut study = Study::new(settings).unwrap();
    study.start_everything().unwrap();
    let has_reported = |event: &Event| matches!(event, Event::Phase { round: 1, phase: Phase::Reported, .. });
    let role = Role::Owner(CLEVELAND);
    study.wait_event(0, role, "it has reported", has_reported).unwrap();
    study.kill(role).unwrap();
    study.wait_over(role).unwrap();
    let is_released = |event: &Event| matches!(event, Event::Phase { round: 1, phase: Phase::Released, .. });
    assert!(!told(&study, role, is_released), "it was killed too late for this test");

    has_settled(&mut study, 1);
    let (completed, reason) = study.wait_end().unwrap();
    assert!(completed, "{reason}");
    let victim = addresses(&study, &[CLEVELAND]).remove(0);
    let transcripts = study.transcripts().unwrap();
    let first = &transcripts[&1];
    assert!(first.online().any(|owner| owner == victim), "its report was complete");
    assert_eq!((first.cut().count(), first.aborted.len()), (0, 0));
    let due = |round: u64| {
        let due = transcripts[&round].cumulative.iter().find(|amount| amount.owner == victim);
        due.map(|amount| amount.amount.clone())
    };
    assert!(due(1).is_some() && due(1) == due(2), "{:?} then {:?}", due(1), due(2));
    let mut second: Vec<&str> = transcripts[&2].online().collect();
    second.sort_unstable();
    assert_eq!(second, addresses(&study, &[HUNGARY, 2, 3]));
    assert!(transcripts[&2].is_missing(&victim), "the record must not pass over who is not there");
    let audit = study.audit(&study.layout().artifacts().display().to_string()).unwrap();
    assert!(audit.agrees(), "{:?}", audit.lines);
}

#[test]
fn too_many_dropouts_abort_the_round_by_name_and_it_is_done_when_they_are_back() {
    let _alone = alone();
    let scratch = Scratch::new();
    let mut settings = settings(&scratch, |file| {
        one_group(file);
        many_epochs(file);
        // The next attempt is announced when all are back, not when just enough are.
        set(file, &["deadlines", "gather_s"], 120);
    });
    slow(&scratch, &mut settings, CLEVELAND);
    slow(&scratch, &mut settings, HUNGARY);
    let mut study = Study::new(settings).unwrap();
    study.start_everything().unwrap();
    kill_in_training(&mut study, &[CLEVELAND, HUNGARY], 1);
    let is_aborted = |event: &Event| matches!(event, Event::Aborted { round: 1, .. });
    let aborted = study.wait_event(0, Role::Researcher, "the round is aborted", is_aborted).unwrap();
    let Event::Aborted { attempt: 1, absent, reason, .. } = aborted else { panic!("{aborted:?}") };
    assert_eq!(absent, addresses(&study, &[CLEVELAND, HUNGARY]), "{reason}");
    assert!(!told(&study, Role::Researcher, |event| matches!(event, Event::Settled { round: 1.., .. })));

    // With their vaults they go on where they were.
    study.restart(Role::Owner(CLEVELAND)).unwrap();
    study.restart(Role::Owner(HUNGARY)).unwrap();
    let (completed, reason) = study.wait_end().unwrap();
    assert!(completed, "{reason}");
    let transcripts = study.transcripts().unwrap();
    let first = transcripts.values().next().unwrap();
    assert_eq!(first.aborted[0].absent, addresses(&study, &[CLEVELAND, HUNGARY]), "{:?}", first.aborted);
    assert_eq!(first.candidates, addresses(&study, &[0, 1, 2, 3]), "both are back");
    for owner in study.owners() {
        assert!(told(&study, owner, |event| matches!(event, Event::Paid { transaction: Some(_), .. })));
    }
    let audit = study.audit(&study.layout().artifacts().display().to_string()).unwrap();
    assert!(audit.agrees(), "{:?}", audit.lines);
}
