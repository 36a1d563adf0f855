//! Attacks by a researcher that colludes: on whom it welcomes, and on what it lets them start from.

use std::collections::BTreeMap;

use tributary_aggregation::ids::OwnerId;
use tributary_client::session::{Group, Identity, Provider};
use tributary_contracts::Wallet;
use tributary_proto::v1::event::Event as Wire;
use tributary_proto::v1::member_message::Message;
use tributary_proto::v1::{self, MemberMessage};

use crate::heard::count;
use crate::house;
use crate::middle::Said;
use crate::scene::Scene;
use crate::thief;

/// A researcher that forms the groups it likes.
struct Colluder {
    identity: Identity,
    /// Key packages of those who may be welcomed.
    packages: BTreeMap<OwnerId, Vec<u8>>,
}

impl Colluder {
    /// Once all owners are enrolled.
    async fn new(scene: &Scene) -> Self {
        let closed = |event: &Wire| match event {
            Wire::EnrolmentClosed(closed) => Some(closed.owners.clone()),
            _ => None,
        };
        let first = scene.ids()[0];
        let list = scene.until("enrolment closes", || scene.middle.honest(first, closed).pop()).await;
        Self {
            identity: thief::fresh(&scene.house, &scene.researcher.wallet),
            packages: list
                .into_iter()
                .map(|it| (OwnerId::try_from(it.owner.as_slice()).unwrap(), it.key_package))
                .collect(),
        }
    }

    /// Takes an accomplice in that is nowhere on chain.
    fn take_in(&mut self, sybil: &Identity) {
        self.packages.insert(sybil.owner, thief::key_package(sybil));
    }

    /// A group with these, and the welcome into it; in a storage of its own, as there may be several groups of one name.
    fn group(&self, scene: &Scene, with: &[OwnerId]) -> (Group, Vec<u8>, Provider) {
        let domain = scene.house.deployment.domain();
        let packages: Vec<_> = with.iter().map(|id| thief::parsed(&self.packages[id])).collect();
        let provider = Provider::default();
        let (group, welcome) =
            Group::create(&provider, &self.identity, scene.house.study, domain, &packages).unwrap();
        (group, welcome, provider)
    }

    /// Hands a welcome to the delivery service.
    async fn welcomes(&self, scene: &Scene, welcome: Vec<u8>) {
        let connection = scene.researcher.connection(&scene.house);
        connection.change_group(scene.house.study, 0, Vec::new(), welcome, &scene.ids()).await.unwrap();
    }
}

fn messages(scene: &Scene) -> usize {
    count(&scene.middle, |said| matches!(said, Said::Message(_) | Said::Committee(_)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_with_a_sybil_is_entered_by_nobody() {
    let mut scene = Scene::new(3, 1).await;
    scene.start_owners().await;
    let mut colluder = Colluder::new(&scene).await;
    let sybil = thief::fresh(&scene.house, &Wallet::from_bytes(&[0x66; 32]).unwrap());
    colluder.take_in(&sybil);
    let everybody: Vec<OwnerId> = colluder.packages.keys().copied().collect();
    assert_eq!(everybody.len(), 4);
    let (_, welcome, _) = colluder.group(&scene, &everybody);
    colluder.welcomes(&scene, welcome).await;
    scene.all_refuse(&format!("{} is not enrolled on chain", sybil.owner)).await;
    assert_eq!(messages(&scene), 0, "nobody deals a key to such a group");
}

/// Two halves of the owners are welcomed into two groups: each would sum among itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_roster_split_in_two_groups_is_entered_by_nobody() {
    let mut scene = Scene::new(4, 1).await;
    scene.start_owners().await;
    let colluder = Colluder::new(&scene).await;
    let ids = scene.ids();
    let (_, one, _) = colluder.group(&scene, &ids[..2]);
    let (_, other, _) = colluder.group(&scene, &ids[2..]);
    let (first_half, other_welcome) = (ids[..2].to_vec(), other);
    scene.middle.tells(move |to, event| match event {
        Wire::MlsWelcome(mut welcome) => {
            if !first_half.contains(&to) {
                welcome.welcome = other_welcome.clone();
            }
            vec![Wire::MlsWelcome(welcome)]
        }
        event => vec![event],
    });
    colluder.welcomes(&scene, one).await;
    scene.all_refuse("is enrolled but not in the group").await;
    assert_eq!(messages(&scene), 0, "nobody deals a key to half of the owners");
}

/// The group is right, but members are to measure on other rows than the plan commits to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_genesis_with_another_holdout_begins_nothing() {
    let mut scene = Scene::new(3, 1).await;
    scene.start_owners().await;
    let colluder = Colluder::new(&scene).await;
    let holdout = house::holdout(&scene.house.parsed_plan());
    let mut rows = holdout.csv().to_vec();
    let label = rows.iter_mut().rev().find(|byte| **byte == b'1').unwrap();
    *label = b'0';
    let genesis =
        v1::Genesis { model_seed: vec![9; 32], holdout_salt: holdout.salt().to_vec(), holdout: rows };
    let (mut group, welcome, provider) = colluder.group(&scene, &scene.ids());
    colluder.welcomes(&scene, welcome).await;
    let message = MemberMessage { message: Some(Message::Genesis(genesis)) };
    let sealed = group.seal(&provider, &colluder.identity, &message).unwrap();
    for (number, id) in scene.ids().into_iter().enumerate() {
        scene.joins(number).await;
        let message = v1::MlsMessage { sender: scene.researcher.id.0.to_vec(), message: sealed.clone() };
        scene.middle.invents(id, Wire::MlsMessage(message));
    }
    scene.all_refuse("the holdout is not the one that the study's plan commits to").await;
    scene.all_have_dealt_with_it().await;
    assert_eq!(messages(&scene), 0, "nobody deals a key");
}
