//! Attacks on what members make of a round's sums.

use tokio::runtime::Handle;
use tributary_aggregation::ids::Digest;
use tributary_aggregation::plan::RoundPlan;
use tributary_client::narrate::Event;
use tributary_proto::v1;
use tributary_proto::v1::event::Event as Wire;

use crate::heard::{count, cuts, joins, published, releases, reports};
use crate::middle::{Middle, Said};
use crate::scene::Scene;
use crate::services::fetch;

/// The publication of the sums is changed; nobody may act on them.
async fn nobody_evaluates(words: &str, change: fn(&mut v1::SumsPublished)) {
    let mut scene = Scene::new(3, 1).await;
    scene.middle.tells(move |_, event| match event {
        Wire::SumsPublished(mut sums) => {
            change(&mut sums);
            vec![Wire::SumsPublished(sums)]
        }
        event => vec![event],
    });
    scene.start().await;
    scene.all_refuse(words).await;
    assert_eq!(count(&scene.middle, |said| matches!(said, Said::Evaluate(_))), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sum_with_other_bytes_than_its_digest_says_is_opened_by_nobody() {
    let mut scene = Scene::new(3, 1).await;
    scene.middle.changes_artifacts(|_, mut bytes| {
        bytes[0] ^= 1;
        bytes
    });
    scene.start().await;
    scene.all_refuse("came with other content than its digest says").await;
    scene.researcher_refuses("came with other content than its digest says").await;
    assert_eq!(count(&scene.middle, |said| matches!(said, Said::Evaluate(_))), 0);
}

/// The committee's certificate is of another cut.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sum_that_the_committee_did_not_certify_is_opened_by_nobody() {
    nobody_evaluates("comes without the committee's certificate", |sums| {
        sums.sums[0].cut[0] ^= 1;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sum_of_another_context_is_opened_by_nobody() {
    nobody_evaluates("are not of the groups that were formed", |sums| sums.sums[0].context[0] ^= 1).await;
}

/// Somebody's update is said to be in the sum who was never in the group.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sum_with_a_stranger_in_it_is_opened_by_nobody() {
    nobody_evaluates("are not of the groups that were formed", |sums| {
        sums.sums[0].online.push(vec![0xff; 20]);
        sums.sums[0].roster.push(vec![0xff; 20]);
    })
    .await;
}

/// One owner is said not to have been in the sum: with its group mask left on, the sum opens to noise.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sum_with_somebody_left_out_is_opened_by_nobody() {
    nobody_evaluates("the sum of group 0 does not open", |sums| drop(sums.sums[0].online.pop())).await;
}

/// Publishes a sum with a little added or taken away: its digest fits, and it is in range.
fn shifted(middle: &Middle, sum: &[u8], bit: usize) -> Digest {
    let asked = v1::GetArtifactRequest { digest: sum.to_vec() };
    let fetched = fetch(middle.upstream(), asked);
    let mut bytes = tokio::task::block_in_place(|| Handle::current().block_on(fetched)).unwrap();
    bytes[bit / 8] ^= 1 << (bit % 8);
    middle.publishes(bytes)
}

/// A victim is shown other sums than the rest, so that it goes on from another model and its next update stands out from the
/// sum (Pasquini et al., CCS 2022). Its model is in its contexts: it is left out, and where the coordinator puts it back into
/// the roster, nobody releases.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_with_another_model_is_in_no_sum() {
    let mut scene = Scene::new(4, 1).await;
    let ids = scene.ids();
    let victim = ids[0];
    // The second coordinate is a mean, and far from the ends of its range; 2^16 of its 24 bits are a thousandth or so.
    let plan = RoundPlan::statistics(&scene.house.parsed_plan()).unwrap();
    let bit = plan.word_bits() as usize + 16;
    let (middle, everybody) = (scene.middle.clone(), ids.clone());
    scene.middle.tells(move |to, event| match event {
        Wire::SumsPublished(mut sums) if to == victim && sums.round == 0 => {
            sums.sums[0].sum = shifted(&middle, &sums.sums[0].sum, bit).0.to_vec();
            vec![Wire::SumsPublished(sums)]
        }
        // All of them, whatever the honest coordinator thinks of the victim's context.
        Wire::RostersFixed(mut fixed) if fixed.round == 1 => {
            fixed.rosters[0].owners = tributary_proto::encode::owners(&everybody);
            vec![Wire::RostersFixed(fixed)]
        }
        event => vec![event],
    });
    scene.middle.passes(|_, said| !matches!(said, Said::Report(start) if start.round == 1));
    scene.start().await;
    let at = (1, 1);
    let reported = || Some(reports(&scene.middle, at)).filter(|reports| reports.len() == 4);
    let reports = scene.until("all report, the victim too", reported).await;
    let joins = joins(&scene.middle, at);
    assert_ne!(joins[&victim].context0, joins[&ids[1]].context0);
    assert!(ids[1..].iter().all(|id| joins[id].context0 == joins[&ids[1]].context0));
    // The honest coordinator leaves it out.
    let fixed = |event: &Wire| match event {
        Wire::RostersFixed(fixed) if fixed.round == 1 => Some(fixed.rosters[0].owners.clone()),
        _ => None,
    };
    assert_eq!(scene.middle.honest(ids[1], fixed), [tributary_proto::encode::owners(&ids[1..])]);
    // The liar shows a cut with all of them.
    let online: Vec<_> = reports.into_values().collect();
    let context = online[1].context.clone();
    let cut = v1::Cut { group: 0, context, online, offline: vec![] };
    for id in &ids {
        let proposed = v1::CutsProposed { round: 1, attempt: 1, cuts: vec![cut.clone()] };
        scene.middle.invents(*id, Wire::CutsProposed(proposed));
    }
    scene.refuses(0, "is in another context than this member's").await;
    for number in 1..4 {
        scene.refuses(number, &format!("the report header of {victim} is of another context")).await;
    }
    assert!(releases(&scene.middle).iter().all(|(_, release)| release.round == 0));
    assert_eq!(scene.middle.honest(victim, cuts).len(), 1);
    assert_eq!(scene.middle.honest(victim, published).len(), 1);
}

/// The coordinator says that a round is settled by a transcript of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_settlement_that_is_not_on_chain_is_not_believed() {
    let mut scene = Scene::new(3, 1).await;
    let settled =
        v1::RoundSettled { round: 1, transaction: vec![1; 32], gas_used: 1, transcript: vec![2; 32] };
    scene.middle.tells(move |_, event| match event {
        Wire::SettlementProposed(_) => vec![Wire::RoundSettled(settled.clone())],
        event => vec![event],
    });
    scene.start().await;
    scene.all_refuse("the coordinator says that round 1 is settled by transcript").await;
    let believed = |event: &Event| matches!(event, Event::Settled { round: 1, .. }).then_some(());
    assert!(scene.owners.iter().all(|owner| owner.told(believed).is_empty()));
}
