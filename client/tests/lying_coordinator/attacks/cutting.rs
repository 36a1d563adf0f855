//! Attacks by a cut: what a coordinator would have opened.

use tributary_proto::v1;
use tributary_proto::v1::event::Event as Wire;

use crate::heard::{At, joins, releases, take_offline};
use crate::middle::Middle;
use crate::scene::Scene;

const AT: At = (0, 1);

/// All four owners have reported, and another cut than the honest one is shown to everybody; nobody may answer.
async fn nobody_releases(words: &str, change: fn(&Middle, &mut v1::CutsProposed)) {
    let mut scene = Scene::new(4, 1).await;
    let middle = scene.middle.clone();
    scene.middle.tells(move |_, event| match event {
        Wire::CutsProposed(mut proposed) => {
            change(&middle, &mut proposed);
            vec![Wire::CutsProposed(proposed)]
        }
        event => vec![event],
    });
    scene.start().await;
    scene.all_refuse(words).await;
    assert_eq!(releases(&scene.middle), [], "no decryption share left");
}

/// Both seeds of the first owner would be opened, and its update would lie bare.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_both_online_and_offline_in_one_cut_is_answered_by_nobody() {
    nobody_releases("is listed twice in the cut", |middle, proposed| {
        let (_, join) = joins(middle, AT).pop_first().unwrap();
        proposed.cuts[0].offline.push(join);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_twice_online_is_answered_by_nobody() {
    nobody_releases("must be strictly ascending", |_, proposed| {
        let report = proposed.cuts[0].online[0].clone();
        proposed.cuts[0].online.insert(0, report);
    })
    .await;
}

/// All but one owner are said to be offline: the sum would be that one's update.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_below_min_group_is_answered_by_nobody() {
    nobody_releases("1 owners are online and a sum needs 2", |middle, proposed| {
        for join in joins(middle, AT).into_values().skip(1) {
            take_offline(&mut proposed.cuts[0], join);
        }
    })
    .await;
}

/// An owner is passed over in silence: its pair masks would stay on, unless the coordinator has them from elsewhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_neither_online_nor_offline_is_answered_by_nobody() {
    nobody_releases("neither online nor offline", |_, proposed| drop(proposed.cuts[0].online.pop())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_in_a_foreign_context_is_answered_by_nobody() {
    nobody_releases("is in another context than this member's", |_, proposed| {
        proposed.cuts[0].context = vec![0x66; 32];
    })
    .await;
}

/// A header's context is not the cut's: its seed was made for something else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_its_owner_did_not_sign_for_this_is_answered_by_nobody() {
    nobody_releases("is not signed by that owner's MLS key", |_, proposed| {
        // Another owner's report under the victim's name.
        let victim = proposed.cuts[0].online[0].owner.clone();
        proposed.cuts[0].online[0] = proposed.cuts[0].online[1].clone();
        proposed.cuts[0].online[0].owner = victim;
    })
    .await;
}

/// There are more cuts than groups, or none at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cuts_of_other_groups_than_were_formed_are_answered_by_nobody() {
    nobody_releases("were shown in a round of 1", |_, proposed| {
        let mut second = proposed.cuts[0].clone();
        second.group = 1;
        proposed.cuts.push(second);
    })
    .await;
}

/// In the next round, the cut of the round before is shown again: as it was, and as if it were of this round.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_of_the_round_before_is_answered_by_nobody() {
    let mut scene = Scene::new(3, 1).await;
    let first = scene.ids()[0];
    let middle = scene.middle.clone();
    scene.middle.tells(move |_, event| match event {
        Wire::CutsProposed(proposed) if proposed.round == 1 => {
            let old = middle.honest(first, crate::heard::cuts).remove(0);
            assert_eq!(old.round, 0);
            let renamed = v1::CutsProposed { round: 1, ..old.clone() };
            vec![Wire::CutsProposed(old), Wire::CutsProposed(renamed)]
        }
        event => vec![event],
    });
    scene.start().await;
    // As it was it is passed by, since its round is over; under the present round's number it is refused, and comes last.
    scene.all_refuse("is in another context than this member's").await;
    assert!(releases(&scene.middle).iter().all(|(_, release)| release.round == 0));
}
