//! The coordinator dies in the middle of a round and comes back.

#![allow(clippy::unwrap_used, reason = "clippy knows the tests, but not the helpers beside them")]

mod support;

use hospitals::event::Event;
use hospitals::study::{Role, Study};
use support::{HUNGARY, Scratch, alone, many_epochs, nobody_is_silent, one_group, settings, slow};

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
