//! Attacks on who is in the group.

use tributary_aggregation::ids::OwnerId;
use tributary_contracts::Wallet;
use tributary_proto::v1;
use tributary_proto::v1::event::Event as Wire;

use crate::middle::Said;
use crate::scene::Scene;
use crate::thief;

/// The coordinator tells the researcher another list of who enrolled; the researcher must refuse it for a reason with these
/// words in it, and send nobody anything.
async fn the_researcher_forms_no_group(words: &str, change: fn(&Scene, &mut Vec<v1::Enrolled>)) {
    let mut scene = Scene::new(3, 1).await;
    scene.start_owners().await;
    // Whoever follows the log hears when enrolment has closed.
    let closed = |event: &Wire| match event {
        Wire::EnrolmentClosed(closed) => Some(closed.owners.clone()),
        _ => None,
    };
    let first = scene.ids()[0];
    let mut list = scene.until("enrolment closes", || scene.middle.honest(first, closed).pop()).await;
    change(&scene, &mut list);
    scene.middle.tells(move |_, event| match event {
        Wire::EnrolmentClosed(_) => vec![Wire::EnrolmentClosed(v1::EnrolmentClosed { owners: list.clone() })],
        event => vec![event],
    });
    scene.researcher.run_researcher(&scene.house).await;
    scene.researcher_refuses(words).await;
    let sent = scene.middle.heard(|from, said| {
        (from == scene.researcher.id && matches!(said, Said::Commit(_) | Said::Message(_))).then_some(())
    });
    assert_eq!(sent.len(), 0, "no welcome, no genesis");
}

/// The key package under the victim's name is the coordinator's own, but for the signature of the victim's wallet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_swapped_by_the_coordinator_forms_no_group() {
    the_researcher_forms_no_group("its wallet has not signed its MLS key", |scene, list| {
        let mallory = Wallet::from_bytes(&[0x66; 32]).unwrap();
        let victim = OwnerId::try_from(list[1].owner.as_slice()).unwrap();
        list[1].key_package = thief::key_package(&thief::impostor(&scene.house, victim, &mallory));
    })
    .await;
}

/// The key package under the victim's name is another one that the victim's own wallet has signed, for instance that of a
/// machine it has lost: not the one that is on chain.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_key_of_the_victims_own_forms_no_group() {
    the_researcher_forms_no_group("its MLS key is not the enrolled one", |scene, list| {
        let old = thief::fresh(&scene.house, &scene.owners[1].wallet);
        list[1].key_package = thief::key_package(&old);
    })
    .await;
}

/// One owner's key package stands under another owner's name too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_package_under_two_names_forms_no_group() {
    the_researcher_forms_no_group("its key package names another address", |_, list| {
        list[1].key_package = list[0].key_package.clone();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sybil_among_the_enrolled_forms_no_group() {
    the_researcher_forms_no_group("is not enrolled on chain", |scene, list| {
        let sybil = Wallet::from_bytes(&[0x66; 32]).unwrap();
        let key_package = thief::key_package(&thief::fresh(&scene.house, &sybil));
        list.push(v1::Enrolled { owner: sybil.address().to_vec(), key_package });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_left_out_of_the_enrolled_forms_no_group() {
    the_researcher_forms_no_group("is enrolled but not in the group", |_, list| drop(list.pop())).await;
}
