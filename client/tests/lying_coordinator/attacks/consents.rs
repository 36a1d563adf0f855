//! Attacks on consent: a study goes on with an owner who has taken its consent back.

use tributary_client::narrate::Event;
use tributary_proto::v1;
use tributary_proto::v1::event::Event as Wire;

use crate::heard::{announced, beacon_shares, count};
use crate::middle::Said;
use crate::scene::Scene;

/// Who takes its consent back, and who is asked for commits.
const WITHDRAWS: usize = 3;
const COMMITTER: usize = 0;

/// A study of four whose first round is announced, of which nobody was told, when one takes its consent back.
async fn withdrawn() -> (Scene, v1::RoundAnnounced) {
    let mut scene = Scene::asking(4).await;
    scene.middle.tells(|_, event| if announced(&event).is_none() { vec![event] } else { vec![] });
    scene.start().await;
    let first = scene.ids()[COMMITTER];
    let round = scene.until("a round is announced", || scene.middle.honest(first, announced).pop()).await;
    for number in 0..4 {
        let ready = |event: &Event| matches!(event, Event::CommitteeReady { .. }).then_some(());
        scene.until("the committee is there", || scene.owners[number].told(ready).pop()).await;
    }
    scene.house.withdraw(WITHDRAWS).await;
    (scene, round)
}

/// The coordinator opens a round under the committee that still counts the owner.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_round_after_a_withdrawn_consent_gets_no_share_of_the_beacon() {
    let (scene, round) = withdrawn().await;
    for id in scene.ids() {
        scene.middle.invents(id, Wire::RoundAnnounced(round.clone()));
    }
    scene.all_refuse("has taken its consent to this study back, so no round begins").await;
    assert_eq!(beacon_shares(&scene.middle), []);
}

/// The roster is sealed without the owner, and the group is to go on with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_keeps_who_withdrew_its_consent_is_committed_by_nobody() {
    let (scene, _) = withdrawn().await;
    let house = &scene.house;
    house.escrow.seal_roster(&house.researcher, &house.study.0).await.unwrap();
    let committer = scene.ids()[COMMITTER];
    let changing =
        v1::RosterChanging { epoch: 1, committer: committer.0.to_vec(), added: vec![], removed: vec![] };
    scene.middle.invents(committer, Wire::RosterChanging(changing));
    scene.refuses(COMMITTER, "is not enrolled on chain").await;
    assert_eq!(
        count(&scene.middle, |said| matches!(said, Said::Commit(_))),
        1,
        "the researcher's, at the start"
    );
}

/// The consent is taken back between the sealing of the roster and the first round. Nothing but the sealed roster's committee
/// unseals it, so the group forms; but nothing is done in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consent_withdrawn_from_a_sealed_roster_lets_a_committee_form_and_no_round_begin() {
    let mut scene = Scene::asking(4).await;
    let owners = scene.ids();
    let comes_later = move |to, event: &Wire| {
        owners.contains(&to) && matches!(event, Wire::MlsWelcome(_) | Wire::MlsMessage(_))
    };
    scene.middle.tells(move |to, event| if comes_later(to, &event) { vec![] } else { vec![event] });
    scene.start().await;
    let held = |event: &Wire| match event {
        Wire::MlsWelcome(_) | Wire::MlsMessage(_) => Some(event.clone()),
        _ => None,
    };
    for id in scene.ids() {
        // The welcome, and what the study starts from.
        let both = || (scene.middle.honest(id, held).len() == 2).then_some(());
        scene.until("the group is formed", both).await;
    }
    scene.house.withdraw(WITHDRAWS).await;
    let study = scene.house.escrow.study(&scene.house.study.0).await.unwrap().unwrap();
    assert_eq!((study.owner_count, study.withdrawals), (4, 1), "it is only remembered");
    scene.middle.tells(|_, event| vec![event]);
    for id in scene.ids() {
        for event in scene.middle.honest(id, held).into_iter().take(2) {
            scene.middle.invents(id, event);
        }
    }
    scene.all_refuse("has taken its consent to this study back, so no round begins").await;
    for number in 0..4 {
        let ready = |event: &Event| matches!(event, Event::CommitteeReady { .. }).then_some(());
        scene.until("the committee is there", || scene.owners[number].told(ready).pop()).await;
    }
    assert_eq!(beacon_shares(&scene.middle), []);
}
