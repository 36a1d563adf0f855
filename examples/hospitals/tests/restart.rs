//! The coordinator dies in the middle of a round and comes back.

#![allow(clippy::unwrap_used, reason = "clippy knows the tests, but not the helpers beside them")]

mod support;

use hospitals::event::Event;
use hospitals::study::{Role, Study};
use support::{
    CLEVELAND, HUNGARY, Scratch, alone, many_epochs, nobody_is_silent, one_group, set, settings, slow,
};

#[test]
fn a_coordinator_killed_in_mid_round_goes_on_where_its_database_says() {
    let _alone = alone();
    let scratch = Scratch::new();
    let mut settings = settings(&scratch, |file| {
        one_group(file);
        many_epochs(file);
        nobody_is_silent(file);
    });
    slow(&scratch, &mut settings, HUNGARY);
    let mut study = Study::new(settings).unwrap();
    study.start_everything().unwrap();
    let is_training = |event: &Event| matches!(event, Event::Training { round: 1, done_permille: 100.. });
    study.wait_event(0, Role::Owner(HUNGARY), "it is training", is_training).unwrap();
    study.kill(Role::Coordinator).unwrap();
    let address = study.coordinator().to_owned();
    study.restart(Role::Coordinator).unwrap();
    assert_eq!(study.coordinator(), address);

    let (completed, reason) = study.wait_end().unwrap();
    assert!(completed, "{reason}");
    let transcripts = study.transcripts().unwrap();
    assert_eq!(transcripts.keys().copied().collect::<Vec<_>>(), [1, 2]);
    for transcript in transcripts.values() {
        assert_eq!((transcript.attempt, transcript.online().count(), transcript.cut().count()), (1, 4, 0));
    }
    let audit = study.audit(&address).unwrap();
    assert!(audit.agrees(), "{:?}", audit.lines);
}

/// What the server and the owners remember beside the model, moments and control variates, is taken up again.
#[test]
fn an_owner_killed_in_mid_study_goes_on_with_its_control_variate() {
    let _alone = alone();
    let scratch = Scratch::new();
    let mut settings = settings(&scratch, |file| {
        one_group(file);
        many_epochs(file);
        nobody_is_silent(file);
        set(file, &["training", "control_variates"], true);
        set(file, &["aggregation", "min_group"], 3);
    });
    slow(&scratch, &mut settings, HUNGARY);
    settings.researcher_args =
        ["--model=logistic", "--optimizer=fedyogi", "--seed=1"].map(str::to_owned).to_vec();
    let mut study = Study::new(settings).unwrap();
    study.start_everything().unwrap();
    // Round 1 is settled, so both have a variate; one of them is in the middle of training, one has reported.
    let is_training = |event: &Event| matches!(event, Event::Training { round: 2, done_permille: 100.. });
    study.wait_event(0, Role::Owner(HUNGARY), "it is training", is_training).unwrap();
    for role in [Role::Owner(HUNGARY), Role::Owner(CLEVELAND), Role::Coordinator] {
        study.kill(role).unwrap();
        study.restart(role).unwrap();
    }

    let (completed, reason) = study.wait_end().unwrap();
    assert!(completed, "{reason}");
    let transcripts = study.transcripts().unwrap();
    assert_eq!(transcripts.keys().copied().collect::<Vec<_>>(), [1, 2]);
    for transcript in transcripts.values() {
        assert_eq!((transcript.online().count(), transcript.cut().count()), (4, 0));
    }
    let audit = study.audit(study.coordinator()).unwrap();
    assert!(audit.agrees(), "{:?}", audit.lines);
}
