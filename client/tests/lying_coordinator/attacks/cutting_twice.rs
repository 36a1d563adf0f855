//! Attacks by two cuts of one round: an owner online in the one and offline in the other has both its seeds opened.

use std::collections::BTreeMap;

use tributary_client::narrate::Event;
use tributary_proto::v1;
use tributary_proto::v1::event::Event as Wire;

use crate::heard::{At, joins, releases, take_offline};
use crate::middle::{Middle, Said};
use crate::puppeteer::{self, behind_its_back};
use crate::scene::Scene;

const AT: At = (0, 1);
const QUORUM: usize = 3;

/// The same cut, but that the first owner is offline.
fn without_the_first(middle: &Middle, honest: &v1::CutsProposed) -> v1::CutsProposed {
    let mut other = honest.clone();
    take_offline(&mut other.cuts[0], joins(middle, AT).pop_first().unwrap().1);
    other
}

/// How many answered each cut.
fn answers(middle: &Middle) -> Vec<usize> {
    let mut answers: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for (_, release) in releases(middle) {
        *answers.entry(release.groups[0].cut.clone()).or_default() += 1;
    }
    answers.into_values().collect()
}

/// All are shown the honest cut and answer it; then one in which the first owner is offline.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_online_in_one_cut_and_offline_in_the_next_is_answered_once() {
    let mut scene = Scene::new(4, 1).await;
    let middle = scene.middle.clone();
    scene.middle.tells(move |_, event| match event {
        Wire::CutsProposed(honest) => {
            let other = without_the_first(&middle, &honest);
            vec![Wire::CutsProposed(honest), Wire::CutsProposed(other)]
        }
        event => vec![event],
    });
    scene.start().await;
    scene.all_refuse("another cut of group 0 in round 0 of epoch 1 was answered").await;
    assert_eq!(answers(&scene.middle), [4], "one cut, once by each");
}

/// Half of the committee is shown one cut and half the other, then each half the other's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_cuts_shown_to_two_halves_neither_reaches_a_quorum() {
    let mut scene = Scene::new(4, 1).await;
    let (middle, ids) = (scene.middle.clone(), scene.ids());
    scene.middle.tells(move |to, event| match event {
        Wire::CutsProposed(honest) => {
            let other = Wire::CutsProposed(without_the_first(&middle, &honest));
            let honest = Wire::CutsProposed(honest);
            if ids[..2].contains(&to) { vec![honest, other] } else { vec![other, honest] }
        }
        event => vec![event],
    });
    scene.start().await;
    scene.all_refuse("another cut of group 0 in round 0 of epoch 1 was answered").await;
    let answers = answers(&scene.middle);
    assert_eq!(answers, [2, 2]);
    assert!(answers.iter().all(|count| *count < QUORUM));
}

/// As before, but a member is stopped in between, and its log is another one when it comes back with its vault.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_was_restarted_answers_no_other_cut() {
    let mut scene = Scene::new(4, 1).await;
    scene.middle.passes(|_, said| !matches!(said, Said::Release(_)));
    scene.start().await;
    let released = || Some(releases(&scene.middle)).filter(|releases| releases.len() == 4);
    scene.until("all have answered the honest cut", released).await;
    let id = scene.ids()[1];
    let saved = |event: &Event| matches!(event, Event::Phase { phase: "released", .. }).then_some(());
    scene.until("it is done", || scene.owners[1].told(saved).pop()).await;
    scene.owners[1].stop().await;
    let middle = scene.middle.clone();
    scene.middle.rewrites(id, |event| match event {
        Wire::CutsProposed(honest) => Wire::CutsProposed(without_the_first(&middle, &honest)),
        event => event,
    });
    scene.start_owner(1).await;
    scene.refuses(1, "another cut of group 0 in round 0 of epoch 1 was answered").await;
    let after: Vec<_> = releases(&scene.middle).into_iter().filter(|(from, _)| *from == id).collect();
    assert_eq!(after.len(), 1, "the answer before the restart and no other");
    assert_eq!(answers(&scene.middle), [4]);
}

/// The coordinator pretends that the attempt was aborted, and runs a second one of the same round.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_cut_of_a_round_is_not_answered_whatever_the_attempt() {
    let mut scene = Scene::new(4, 1).await;
    // Else the honest coordinator would go on.
    scene.middle.passes(|_, said| !matches!(said, Said::Release(_)) && behind_its_back(said));
    scene.start().await;
    let released = || (releases(&scene.middle).len() == 4).then_some(());
    scene.until("all have answered the honest cut", released).await;
    let again = puppeteer::attempt(&scene, (0, 2)).await;
    for id in scene.ids() {
        scene.middle.invents(id, Wire::CutsProposed(again.clone()));
    }
    scene.all_refuse("another cut of group 0 in round 0 of epoch 1 was answered").await;
    assert_eq!(answers(&scene.middle), [4]);
}
