//! Attacks on who sums with whom once owners have joined.

use std::collections::BTreeMap;

use tributary_proto::v1;
use tributary_proto::v1::event::Event as Wire;

use crate::heard::{At, count, releases, reports};
use crate::middle::Said;
use crate::scene::Scene;

const AT: At = (0, 1);

/// The rosters are changed for everybody; nobody may report.
async fn nobody_reports(words: &str, change: fn(&mut v1::RostersFixed)) {
    let mut scene = Scene::new(4, 1).await;
    scene.middle.tells(move |_, event| match event {
        Wire::RostersFixed(mut fixed) => {
            change(&mut fixed);
            vec![Wire::RostersFixed(fixed)]
        }
        event => vec![event],
    });
    scene.start().await;
    scene.all_refuse(words).await;
    assert_eq!(count(&scene.middle, |said| matches!(said, Said::Report(_))), 0, "no update left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_roster_of_one_gets_no_report() {
    nobody_reports("or fewer than the smallest group", |fixed| fixed.rosters[0].owners.truncate(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_roster_with_a_stranger_gets_no_report() {
    nobody_reports("holds somebody who is not of the group", |fixed| {
        fixed.rosters[0].owners.push(vec![0xff; 20]);
    })
    .await;
}

/// Two halves of a group are told that only they have joined. Each half answers its own cut, and no other: the committee is
/// one, so neither cut gets a quorum.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rosters_split_between_owners_leave_every_cut_without_a_quorum() {
    let mut scene = Scene::new(4, 1).await;
    let ids = scene.ids();
    let halves = [ids[..2].to_vec(), ids[2..].to_vec()];
    let half_of = {
        let halves = halves.clone();
        move |id| usize::from(halves[1].contains(&id))
    };
    let (rosters, which) = (halves.clone(), half_of.clone());
    scene.middle.tells(move |to, event| match event {
        Wire::RostersFixed(mut fixed) => {
            fixed.rosters[0].owners = tributary_proto::encode::owners(&rosters[which(to)]);
            vec![Wire::RostersFixed(fixed)]
        }
        event => vec![event],
    });
    // The honest coordinator would only be confused.
    scene.middle.passes(|_, said| !matches!(said, Said::Report(_) | Said::Release(_)));
    scene.start().await;
    let reported = || Some(reports(&scene.middle, AT)).filter(|reports| reports.len() == 4);
    let reports = scene.until("all have reported", reported).await;
    let cuts = halves.clone().map(|half| {
        let online: Vec<_> = half.iter().map(|id| reports[id].clone()).collect();
        let cut = v1::Cut { group: 0, context: online[0].context.clone(), online, offline: vec![] };
        Wire::CutsProposed(v1::CutsProposed { round: AT.0, attempt: AT.1, cuts: vec![cut] })
    });
    for id in scene.ids() {
        let own = half_of(id);
        scene.middle.invents(id, cuts[own].clone());
        scene.middle.invents(id, cuts[1 - own].clone());
    }
    scene.all_refuse("is in another context than this member's").await;
    let mut answers: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for (_, release) in releases(&scene.middle) {
        *answers.entry(release.groups[0].cut.clone()).or_default() += 1;
    }
    assert_eq!(answers.into_values().collect::<Vec<_>>(), [2, 2], "and a quorum is 3");
}
