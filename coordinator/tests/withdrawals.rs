//! The index tells a study of consents that end past the coordinator.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use support::play::{Play, until};
use tributary_contracts::{Relay, Wallet};
use tributary_coordinator::indexer::{self, Settings};
use tributary_devchain::DEV_ACCOUNT_KEYS;
use tributary_proto::v1::chain_service_client::ChainServiceClient;
use tributary_proto::v1::*;

const PATIENCE: Duration = Duration::from_secs(60);

fn follow(play: &Play) -> tokio::task::JoinHandle<()> {
    let payer = Wallet::from_hex(DEV_ACCOUNT_KEYS[0]).unwrap();
    let house = &play.house;
    let chain = Arc::new(Relay::new(house.escrow.clone(), payer));
    let (source, deployment) = (Arc::new(house.client.clone()), house.deployment.clone());
    let settings = Settings { every: Duration::from_millis(10), ..Settings::default() };
    tokio::spawn(indexer::run(house.driver.clone(), chain, source, deployment, settings))
}

/// How often the study's log says so, once it does.
async fn said(play: &Play, what: &str) -> usize {
    let driver = &play.house.driver;
    let mut changed = driver.watch(play.house.study);
    let looked = async {
        loop {
            let lines = driver.store.lines(play.house.study, 500).await.unwrap();
            let times = lines.iter().filter(|line| line.contains(what)).count();
            if times > 0 {
                return times;
            }
            changed.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, looked).await.expect("the study is told")
}

/// Waits until studies were told of all that is on the chain.
async fn told_all(play: &Play) {
    let head = play.house.client.newest().await.unwrap().number;
    let told = async {
        while play.house.driver.store.chain_height().await.unwrap().is_none_or(|cursor| cursor.told < head) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, told).await.expect("everything is told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawal_past_the_coordinator_changes_the_roster_before_the_next_attempt() {
    let mut play = Play::consenting(4).await;
    let index = follow(&play);
    until!(play, RoundAnnounced);
    play.revoke_directly(3).await;
    const GONE: &str = "is off the roster, since it has taken its consent back";
    assert_eq!(said(&play, GONE).await, 1);
    told_all(&play).await;

    // Whoever reads the chain next does not tell it again.
    play.restart().await;
    index.await.unwrap();
    let index = follow(&play);
    told_all(&play).await;
    assert_eq!(said(&play, GONE).await, 1);

    play.let_it_fail(&[0, 1, 2]).await;
    let (changing, announced) = play.next_change().await;
    assert_eq!((announced, &changing.removed[..]), (0, &[play.members[3].id.0.to_vec()][..]));

    // What was listed and given is shown to anybody.
    let mut chain = ChainServiceClient::new(play.house.channel());
    let listed = chain.list_datasets(ListDatasetsRequest { after: "1".into(), limit: 2 }).await.unwrap();
    let listed = listed.into_inner().datasets;
    assert_eq!(listed.iter().map(|dataset| dataset.dataset.as_str()).collect::<Vec<_>>(), ["2", "3"]);
    assert_eq!((&listed[0].owner[..], listed[0].price.as_str()), (&play.members[1].id.0[..], "7"));
    let revoked = ListContractEventsRequest {
        event: "ConsentRevoked".into(),
        study: play.study(),
        dataset: "4".into(),
        ..Default::default()
    };
    let revoked = chain.list_contract_events(revoked).await.unwrap().into_inner();
    assert_eq!(revoked.events.len(), 1);
    assert_eq!(revoked.events[0].contract, "DatasetRegistry");

    play.house.driver.stop();
    index.await.unwrap();
    play.house.shutdown().await;
}
