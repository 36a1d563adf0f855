//! Attacks on a change of the roster that is due: an owner has lost its vault and enrols with fresh keys.

use tributary_aggregation::ids::OwnerId;
use tributary_client::narrate::Event;
use tributary_contracts::Wallet;
use tributary_proto::v1;
use tributary_proto::v1::event::Event as Wire;

use crate::actor::Actor;
use crate::heard::{announced, count};
use crate::middle::Said;
use crate::scene::Scene;
use crate::thief;

/// Who comes back without its vault, and who is to make the commit.
const BACK: usize = 3;
const COMMITTER: usize = 0;

fn changing(event: &Wire) -> Option<v1::RosterChanging> {
    match event {
        Wire::RosterChanging(changing) => Some(changing.clone()),
        _ => None,
    }
}

/// A study of four in which the change is due and nobody was told of it. Also gives what the honest coordinator said.
async fn due() -> (Scene, v1::RosterChanging) {
    let mut scene = Scene::new(4, 1).await;
    let is_told = |event: &Wire| announced(event).is_none() && changing(event).is_none();
    scene.middle.tells(move |_, event| if is_told(&event) { vec![event] } else { vec![] });
    scene.start().await;
    let first = scene.ids()[COMMITTER];
    scene.until("a round is announced", || scene.middle.honest(first, announced).pop()).await;
    scene.owners[BACK].stop().await;
    let wallet = scene.owners[BACK].wallet.clone();
    scene.owners[BACK] = Actor::new(&scene.house, &wallet);
    scene.start_owner(BACK).await;
    let enrolled = |event: &Event| matches!(event, Event::Enrolled { .. }).then_some(());
    scene.until("it is enrolled again", || scene.owners[BACK].told(enrolled).pop()).await;
    // Nobody gives a share of the beacon, so the attempt comes to its end, and the change is made.
    scene.house.clock.advance(601_000);
    let change = scene.until("the roster changes", || scene.middle.honest(first, changing).pop()).await;
    (scene, change)
}

fn mallory() -> Wallet {
    Wallet::from_bytes(&[0x66; 32]).unwrap()
}

/// The change is told otherwise to whoever is to make the commit, which must refuse it for a reason with these words in it.
async fn nobody_commits(words: &str, change: fn(&Scene, &mut v1::RosterChanging)) {
    let (scene, mut told) = due().await;
    told.committer = scene.ids()[COMMITTER].0.to_vec();
    change(&scene, &mut told);
    scene.middle.invents(scene.ids()[COMMITTER], Wire::RosterChanging(told));
    scene.refuses(COMMITTER, words).await;
    assert_eq!(
        count(&scene.middle, |said| matches!(said, Said::Commit(_))),
        1,
        "the researcher's, at the start"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sybil_beside_a_change_that_is_due_is_committed_by_nobody() {
    nobody_commits("is not enrolled on chain", |scene, told| {
        let sybil = thief::fresh(&scene.house, &mallory());
        let added = v1::Enrolled { owner: sybil.owner.0.to_vec(), key_package: thief::key_package(&sybil) };
        told.added.push(added);
        told.added.sort_by(|one, other| one.owner.cmp(&other.owner));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_swapped_in_a_change_are_committed_by_nobody() {
    nobody_commits("its wallet has not signed its MLS key", |scene, told| {
        let impostor = thief::impostor(&scene.house, scene.owners[BACK].id, &mallory());
        told.added[0].key_package = thief::key_package(&impostor);
    })
    .await;
}

/// Whoever is left out of the group is left out of the committee, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_victim_removed_beside_a_change_that_is_due_is_removed_by_nobody() {
    nobody_commits("is on the roster as before, but is left out", |scene, told| {
        told.removed.push(scene.ids()[1].0.to_vec());
        told.removed.sort();
    })
    .await;
}

/// A colluder makes the commit that is due, with a Sybil in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_with_more_than_the_chain_has_is_followed_by_nobody() {
    let (scene, due) = due().await;
    let colluder = COMMITTER;
    let sybil = thief::key_package(&thief::fresh(&scene.house, &mallory()));
    let added = vec![thief::parsed(&due.added[0].key_package), thief::parsed(&sybil)];
    let removed: Vec<OwnerId> =
        due.removed.iter().map(|id| OwnerId::try_from(id.as_slice()).unwrap()).collect();
    let record = thief::record(&scene.owners[colluder]);
    let message = thief::commit(&scene.house, &record, &removed, added);
    let commit = Wire::MlsMessage(v1::MlsMessage { sender: scene.ids()[colluder].0.to_vec(), message });
    for id in &scene.ids()[1..BACK] {
        scene.middle.invents(*id, commit.clone());
    }
    for number in 1..BACK {
        scene.refuses(number, "is not enrolled on chain").await;
    }
    let began = |event: &Event| matches!(event, Event::EpochBegan { .. }).then_some(());
    assert!(scene.owners.iter().all(|owner| owner.told(began).is_empty()));
}

/// The control: the change as the honest coordinator told it is committed, and a new committee is made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_change_that_is_due_is_committed() {
    let (scene, told) = due().await;
    scene.middle.tells(|_, event| vec![event]);
    for id in scene.ids() {
        scene.middle.invents(id, Wire::RosterChanging(told.clone()));
    }
    for number in 0..4 {
        let ready = |event: &Event| matches!(event, Event::CommitteeReady { epoch: 2 }).then_some(());
        scene.until("the new committee is on chain", || scene.owners[number].told(ready).pop()).await;
    }
}
