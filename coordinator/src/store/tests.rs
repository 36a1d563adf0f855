//! On a real database: always a temporary SQLite file, and PostgreSQL where `TRIBUTARY_TEST_POSTGRES` gives a URL.

use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_proto::v1::{self, event::Event};

use super::databases::databases;
use super::*;
use crate::rounds::{Audience, Blob, Effect, Errand, Study};
use crate::testing::facts;

const OWNER: OwnerId = OwnerId([1; 20]);
const OTHER: OwnerId = OwnerId([2; 20]);

fn study() -> Study {
    Study::new(facts(4, 2), 1000)
}

fn event(round: u64) -> Event {
    Event::RoundSettled(v1::RoundSettled { round, ..Default::default() })
}

fn append(seq: u64, audience: Audience) -> Effect {
    Effect::Append { seq, audience, event: event(seq) }
}

#[tokio::test]
async fn a_study_comes_back_as_it_was_and_is_created_once() {
    let (stores, _directory) = databases("create").await;
    for store in stores {
        let study = study();
        let id = study.base.facts.study;
        assert!(store.study(id).await.unwrap().is_none());
        assert!(store.create_study(&study, 1000).await.unwrap());
        assert!(!store.create_study(&study, 1000).await.unwrap());
        let stored = store.study(id).await.unwrap().unwrap();
        assert_eq!((stored.version, &stored.study), (1, &study));
        assert_eq!(store.open_studies().await.unwrap(), [id]);
        assert!(store.study(StudyId([8; 32])).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_step_is_stored_whole_or_not_at_all() {
    let (stores, _directory) = databases("whole").await;
    for store in stores {
        let study = study();
        let id = study.base.facts.study;
        store.create_study(&study, 1000).await.unwrap();
        let errand = Errand::Publish { text: "text".into() };
        let effects = [
            append(1, Audience::Everyone),
            Effect::Log("first".into()),
            Effect::Relay { number: 1, errand: errand.clone() },
            Effect::Log("second".into()),
        ];
        let change = Change { study: &study, version: 1, effects: &effects, now: 2000 };
        store.save(&change).await.unwrap();
        // The same step again was made from a version that is past: nothing of it is stored.
        assert!(matches!(store.save(&change).await, Err(StoreError::Raced)));
        // A step that fails in its middle leaves nothing either: event 1 is there already.
        let twice = [Effect::Log("third".into()), append(1, Audience::Everyone)];
        let change = Change { study: &study, version: 2, effects: &twice, now: 3000 };
        assert!(matches!(store.save(&change).await, Err(StoreError::Sql(_))));
        assert_eq!(store.study(id).await.unwrap().unwrap().version, 2);
        assert_eq!(store.lines(id, 10).await.unwrap(), ["first", "second"]);
        assert_eq!(store.lines(id, 1).await.unwrap(), ["second"]);
        assert_eq!(store.events(id, 0, 10).await.unwrap().len(), 1);
        assert_eq!(store.lease_errand(5000, 6000).await.unwrap().unwrap().errand, errand);
    }
}

#[tokio::test]
async fn events_are_read_in_order_from_any_place_by_those_they_are_for() {
    let (stores, _directory) = databases("events").await;
    for store in stores {
        let study = study();
        let id = study.base.facts.study;
        store.create_study(&study, 1000).await.unwrap();
        let effects = [
            append(1, Audience::Everyone),
            append(2, Audience::Owners(vec![OWNER])),
            append(3, Audience::Everyone),
        ];
        store.save(&Change { study: &study, version: 1, effects: &effects, now: 0 }).await.unwrap();
        let events = store.events(id, 1, 10).await.unwrap();
        assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(events[0].event, v1::Event { seq: 2, event: Some(event(2)) });
        assert!(events[0].is_for(&OWNER) && !events[0].is_for(&OTHER) && events[1].is_for(&OTHER));
        assert_eq!(store.events(id, 0, 2).await.unwrap().len(), 2);
        assert!(store.events(StudyId([8; 32]), 0, 10).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_errand_is_leased_to_one_and_in_its_studys_order() {
    let (stores, _directory) = databases("outbox").await;
    for store in stores {
        let study = study();
        let id = study.base.facts.study;
        store.create_study(&study, 0).await.unwrap();
        let errand = |owner| Errand::Leave { owner, sequence: 3, signature: Blob(vec![4; 65]) };
        let effects = [
            Effect::Relay { number: 1, errand: errand(OWNER) },
            Effect::Relay { number: 2, errand: errand(OTHER) },
        ];
        store.save(&Change { study: &study, version: 1, effects: &effects, now: 100 }).await.unwrap();
        assert!(store.lease_errand(99, 200).await.unwrap().is_none());
        let first = store.lease_errand(100, 200).await.unwrap().unwrap();
        assert_eq!((first.number, first.attempts, first.errand), (1, 0, errand(OWNER)));
        assert!(store.lease_errand(199, 300).await.unwrap().is_none(), "the second waits for the first");
        let again = store.lease_errand(200, 300).await.unwrap().unwrap();
        assert_eq!((again.number, again.attempts), (1, 1));
        store.postpone_errand(id, 1, 5000).await.unwrap();
        assert!(store.lease_errand(4999, 6000).await.unwrap().is_none());
        store.finish_errand(id, 1).await.unwrap();
        assert_eq!(store.lease_errand(300, 400).await.unwrap().unwrap().errand, errand(OTHER));
    }
}

#[tokio::test]
async fn a_challenge_is_good_once_and_a_session_until_it_ends() {
    let (stores, _directory) = databases("sessions").await;
    for store in stores {
        let challenge = Digest([7; 32]);
        store.put_challenge(challenge, OWNER, 0, 100).await.unwrap();
        assert!(!store.take_challenge(challenge, OTHER, 50).await.unwrap());
        assert!(!store.take_challenge(challenge, OWNER, 100).await.unwrap());
        assert!(store.take_challenge(challenge, OWNER, 99).await.unwrap());
        assert!(!store.take_challenge(challenge, OWNER, 99).await.unwrap());
        let session = Session { account: OWNER, expires_at: 200 };
        store.put_session(&[5; 32], session).await.unwrap();
        assert_eq!(store.session(&[5; 32], 199).await.unwrap(), Some(session));
        assert_eq!(store.session(&[5; 32], 200).await.unwrap(), None);
        assert_eq!(store.session(&[6; 32], 0).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_study_is_due_at_its_next_deadline() {
    let (stores, _directory) = databases("due").await;
    for store in stores {
        let study = study();
        store.create_study(&study, 1000).await.unwrap();
        let due = study.due(1000).unwrap();
        assert!(store.due_studies(due - 1).await.unwrap().is_empty());
        assert_eq!(store.due_studies(due).await.unwrap(), [study.base.facts.study]);
    }
}
