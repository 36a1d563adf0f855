//! Attacks on how a round begins: its number, its candidates, its beacon, its groups.

use tributary_client::narrate::Event;
use tributary_proto::v1;
use tributary_proto::v1::event::Event as Wire;

use crate::heard::{announced, beacon_shares, count, cuts};
use crate::middle::Said;
use crate::scene::Scene;

/// Two halves of the committee are shown different candidates, then each half the other's: a coordinator that had beacons of
/// both lists could choose between their groups.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_candidate_list_gets_no_share_of_the_beacon() {
    let mut scene = Scene::new(4, 1).await;
    let halves = scene.ids();
    scene.middle.tells(move |to, event| match event {
        Wire::RoundAnnounced(all) => {
            let mut fewer = all.clone();
            fewer.candidates.pop();
            let (all, fewer) = (Wire::RoundAnnounced(all), Wire::RoundAnnounced(fewer));
            if halves[..2].contains(&to) { vec![all, fewer] } else { vec![fewer, all] }
        }
        event => vec![event],
    });
    scene.start().await;
    scene.all_refuse("another candidate list was answered").await;
    let mut given = beacon_shares(&scene.middle);
    given.sort();
    let once: Vec<_> = scene.ids().into_iter().map(|id| (id, (0, 1))).collect();
    assert_eq!(given, once, "each gave one share, so neither list has a quorum of 3");
}

/// A round that is over is announced again, under its old attempt and under a new one; then one that is not due yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_round_out_of_turn_gets_no_share_of_the_beacon() {
    let mut scene = Scene::new(3, 1).await;
    scene.middle.tells(|_, event| match event {
        Wire::RoundAnnounced(due) if due.round == 1 => {
            let other =
                |round, attempt| Wire::RoundAnnounced(v1::RoundAnnounced { round, attempt, ..due.clone() });
            vec![other(0, 1), other(0, 2), other(2, 1), other(u64::MAX, 1)]
        }
        event => vec![event],
    });
    scene.start().await;
    for number in 0..3 {
        // What is over is passed by, what is not due yet is refused; these come last.
        let refusals = || {
            let all = scene.owners[number].refusals();
            (all.iter().filter(|it| it.contains("was announced out of turn: round 1 is due")).count() == 2)
                .then_some(())
        };
        scene.until("both that are to come are refused", refusals).await;
    }
    assert!(beacon_shares(&scene.middle).iter().all(|(_, at)| *at == (0, 1)), "none but the honest round's");
}

/// The announcement names an epoch that the group is not in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_round_of_another_epoch_gets_no_share_of_the_beacon() {
    let mut scene = Scene::new(3, 1).await;
    scene.middle.tells(|_, event| match event {
        Wire::RoundAnnounced(mut due) => {
            due.epoch += 1;
            vec![Wire::RoundAnnounced(due)]
        }
        event => vec![event],
    });
    scene.start().await;
    scene.all_refuse("was announced for epoch 2; the group is in epoch 1").await;
    assert_eq!(beacon_shares(&scene.middle), []);
}

/// Somebody is a candidate who is not on the roster: who sums with it sums alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_candidate_who_is_not_enrolled_gets_no_share_of_the_beacon() {
    let mut scene = Scene::new(3, 1).await;
    scene.middle.tells(|_, event| match event {
        Wire::RoundAnnounced(mut due) => {
            due.candidates.push(vec![0xff; 20]);
            vec![Wire::RoundAnnounced(due)]
        }
        event => vec![event],
    });
    scene.start().await;
    scene.all_refuse("is announced as a candidate but not enrolled on chain").await;
    assert_eq!(beacon_shares(&scene.middle), []);
}

/// The opening of the round is changed; nobody may join.
async fn nobody_joins(words: &str, change: impl Fn(&mut v1::RoundOpened) + Send + Sync + 'static) {
    let mut scene = Scene::new(4, 2).await;
    scene.middle.tells(move |_, event| match event {
        // The statistics round has one group; the next has two.
        Wire::RoundOpened(mut opened) if opened.round == 1 => {
            change(&mut opened);
            vec![Wire::RoundOpened(opened)]
        }
        event => vec![event],
    });
    scene.start().await;
    scene.all_refuse(words).await;
    let joined = count(&scene.middle, |said| matches!(said, Said::Join(join) if join.round == 1));
    assert_eq!(joined, 0, "no pair seeds");
}

/// The coordinator puts a victim among its colluders.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_that_are_not_the_beacons_are_joined_by_nobody() {
    nobody_joins("the groups are not those that the beacon gives", |opened| {
        let (one, other) = (opened.groups[0].owners[0].clone(), opened.groups[1].owners[0].clone());
        opened.groups[0].owners[0] = other;
        opened.groups[1].owners[0] = one;
        opened.groups.iter_mut().for_each(|group| group.owners.sort());
    })
    .await;
}

/// The beacon is the committee's, but of the round before; the groups are those that it would give.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_beacon_of_another_round_is_joined_by_nobody() {
    let old = std::sync::Mutex::new(None);
    let mut scene = Scene::new(4, 2).await;
    let candidates = scene.ids();
    scene.middle.tells(move |_, event| match event {
        Wire::RoundOpened(opened) if opened.round == 0 => {
            *old.lock().unwrap() = Some(opened.beacon.clone());
            vec![Wire::RoundOpened(opened)]
        }
        Wire::RoundOpened(mut opened) => {
            opened.beacon = old.lock().unwrap().clone().unwrap();
            let beacon = opened.beacon.as_slice();
            let groups = tributary_aggregation::groups::assign_groups(beacon, &candidates, 2, 2);
            opened.groups = (0..)
                .zip(groups)
                .map(|(index, owners)| v1::Group { index, owners: tributary_proto::encode::owners(&owners) })
                .collect();
            vec![Wire::RoundOpened(opened)]
        }
        event => vec![event],
    });
    scene.start().await;
    scene.all_refuse("the beacon is not the committee's signature on this round's candidates").await;
    assert_eq!(count(&scene.middle, |said| matches!(said, Said::Join(join) if join.round == 1)), 0);
}

/// What was said in another study of the same owners is said again here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_another_study_are_answered_by_nobody() {
    let mut other = Scene::new(3, 1).await;
    other.start().await;
    let first = other.ids()[0];
    let foreign = other.until("a cut is shown", || other.middle.honest(first, cuts).pop()).await;
    let of_the_group = |event: &Wire| matches!(event, Wire::MlsMessage(_)).then(|| event.clone());
    let message = other.middle.honest(first, of_the_group).pop().unwrap();

    let mut scene = Scene::new(3, 1).await;
    assert_eq!(scene.ids(), other.ids());
    scene.middle.tells(move |_, event| match event {
        Wire::CutsProposed(_) => vec![message.clone(), Wire::CutsProposed(foreign.clone())],
        event => vec![event],
    });
    scene.start().await;
    scene.all_refuse("MLS refused to decrypt a message").await;
    scene.all_refuse("is in another context than this member's").await;
    assert_eq!(count(&scene.middle, |said| matches!(said, Said::Release(_))), 0);
}

/// An attempt that the honest coordinator has aborted is opened after all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_that_was_aborted_is_joined_by_nobody() {
    let mut scene = Scene::new(3, 1).await;
    scene.middle.tells(|_, event| match event {
        Wire::RoundOpened(opened) => {
            let (round, attempt) = (opened.round, opened.attempt);
            let aborted = v1::RoundAborted { round, attempt, reason: "never mind".into(), absent: vec![] };
            vec![Wire::RoundAborted(aborted), Wire::RoundOpened(opened)]
        }
        event => vec![event],
    });
    scene.start().await;
    for number in 0..3 {
        let aborted = |event: &Event| matches!(event, Event::Aborted { .. }).then_some(());
        scene.until("it is told of the abort", || scene.owners[number].told(aborted).pop()).await;
    }
    let first = scene.ids()[0];
    assert!(!scene.middle.honest(first, announced).is_empty());
    scene.all_have_dealt_with_it().await;
    assert_eq!(count(&scene.middle, |said| matches!(said, Said::Join(_))), 0);
}
