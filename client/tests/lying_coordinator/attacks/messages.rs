//! Attacks on what members tell each other through the coordinator.

use tributary_aggregation::ids::OwnerId;
use tributary_client::narrate::Event;
use tributary_client::session::{Group, Provider};
use tributary_contracts::Wallet;
use tributary_proto::v1::event::Event as Wire;
use tributary_proto::v1::member_message::Message;
use tributary_proto::v1::{self, MemberMessage};

use crate::heard::{announced, beacon_shares, count};
use crate::house;
use crate::middle::Said;
use crate::scene::Scene;
use crate::thief;

fn is_message_of(sender: OwnerId, event: &Wire) -> bool {
    matches!(event, Wire::MlsMessage(message) if message.sender == sender.0)
}

/// One bit of a message is flipped on its way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_changed_on_its_way_is_read_by_nobody() {
    let mut scene = Scene::new(3, 1).await;
    let researcher = scene.researcher.id;
    scene.middle.tells(move |_, event| match event {
        Wire::MlsMessage(mut message) if message.sender == researcher.0 => {
            let middle = message.message.len() / 2;
            message.message[middle] ^= 1;
            vec![Wire::MlsMessage(message)]
        }
        event => vec![event],
    });
    scene.start().await;
    scene.all_refuse("MLS refused to decrypt a message").await;
    scene.all_have_dealt_with_it().await;
    let from_owners =
        |from, said: &Said| (from != researcher && matches!(said, Said::Message(_))).then_some(());
    assert_eq!(scene.middle.heard(from_owners).len(), 0, "without a genesis nobody deals a key");
}

/// An owner that colludes says what the study starts from, in the researcher's place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_genesis_of_another_member_begins_nothing() {
    let mut scene = Scene::new(3, 1).await;
    let researcher = scene.researcher.id;
    // The researcher's own is held back.
    scene.middle.tells(move |_, event| if is_message_of(researcher, &event) { vec![] } else { vec![event] });
    scene.start().await;
    scene.joins(0).await;
    scene.has_dealt_with_it(0).await;
    let provider = Provider::with_entries(&thief::record(&scene.owners[0]).mls);
    let domain = scene.house.deployment.domain();
    let mut group = Group::load(&provider, scene.house.study, domain).unwrap().unwrap();
    let holdout = house::holdout(&scene.house.parsed_plan());
    let genesis = v1::Genesis {
        model_seed: vec![0x66; 32],
        holdout_salt: holdout.salt().to_vec(),
        holdout: holdout.csv().to_vec(),
    };
    let message = MemberMessage { message: Some(Message::Genesis(genesis)) };
    let message = group.seal(&provider, &thief::of(&scene.owners[0]), &message).unwrap();
    // Under the researcher's name, which MLS does not believe.
    let message = Wire::MlsMessage(v1::MlsMessage { sender: researcher.0.to_vec(), message });
    for id in scene.ids().into_iter().skip(1) {
        scene.middle.invents(id, message.clone());
    }
    for number in 1..3 {
        let words = format!("{} sent a genesis message, which only the researcher may", scene.owners[0].id);
        scene.refuses(number, &words).await;
        scene.has_dealt_with_it(number).await;
    }
    let from_owners =
        |from, said: &Said| (from != researcher && matches!(said, Said::Message(_))).then_some(());
    assert_eq!(scene.middle.heard(from_owners).len(), 0, "nobody deals a key");
}

/// A member that colludes commits a Sybil to the group, and the coordinator delivers the commit as if it were due; another
/// member is asked to make one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_the_chain_knows_nothing_of_is_neither_followed_nor_made() {
    let mut scene = Scene::new(4, 1).await;
    // The round waits.
    scene.middle.tells(|_, event| if announced(&event).is_some() { vec![] } else { vec![event] });
    scene.start().await;
    let ids = scene.ids();
    let round = scene.until("a round is announced", || scene.middle.honest(ids[0], announced).pop()).await;
    scene.all_have_dealt_with_it().await;

    let sybil = thief::fresh(&scene.house, &Wallet::from_bytes(&[0x66; 32]).unwrap());
    let key_package = thief::key_package(&sybil);
    let (asked, colluder) = (0, 3);
    let added = vec![thief::parsed(&key_package)];
    let message = thief::commit(&scene.house, &thief::record(&scene.owners[colluder]), &[], added);
    let commit = Wire::MlsMessage(v1::MlsMessage { sender: ids[colluder].0.to_vec(), message });
    for id in &ids[1..colluder] {
        scene.middle.invents(*id, commit.clone());
    }
    let added = vec![v1::Enrolled { owner: sybil.owner.0.to_vec(), key_package }];
    let committer = ids[asked].0.to_vec();
    let change = v1::RosterChanging { epoch: 1, committer, added, removed: vec![] };
    scene.middle.invents(ids[asked], Wire::RosterChanging(change));
    for number in 0..colluder {
        scene.refuses(number, "on chain no roster is sealed for it").await;
    }
    // They are where they were: the round goes on among those who are on chain.
    for id in ids {
        scene.middle.invents(id, Wire::RoundAnnounced(round.clone()));
    }
    let shares = || (beacon_shares(&scene.middle).len() == 4).then_some(());
    scene.until("all give a share of the beacon of the old epoch", shares).await;
    assert_eq!(
        count(&scene.middle, |said| matches!(said, Said::Commit(_))),
        1,
        "the researcher's, at the start"
    );
}

/// Members are told of a committee's key of the coordinator's own; then of an epoch that they are not in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_committee_key_that_is_not_on_chain_is_not_believed() {
    let mut scene = Scene::new(3, 1).await;
    // A key set of degree 1 whose points are all the generator of G1: its secret is 1.
    let generator = hex::decode(concat!(
        "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905",
        "a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
    ))
    .unwrap();
    let researcher = scene.researcher.id;
    scene.middle.tells(move |to, event| match event {
        Wire::CommitteeRegistered(mut registered) if to == researcher => {
            registered.public_key = generator.clone();
            registered.committee_key = generator.repeat(2);
            vec![Wire::CommitteeRegistered(registered)]
        }
        Wire::CommitteeRegistered(mut registered) => {
            registered.epoch += 1;
            vec![Wire::CommitteeRegistered(registered)]
        }
        event => vec![event],
    });
    scene.start().await;
    scene.researcher_refuses("names another key of epoch 1's committee than the chain").await;
    scene.all_refuse("but this member's group is in epoch 1").await;
    let believed = |event: &Event| matches!(event, Event::CommitteeReady { .. }).then_some(());
    assert_eq!(scene.researcher.told(believed).len(), 0);
    assert!(scene.owners.iter().all(|owner| owner.told(believed).is_empty()));
}
