//! The loop on a real database (SQLite, and PostgreSQL where `TRIBUTARY_TEST_POSTGRES` gives a URL), with a node whose chain
//! changes between any two questions.

mod node;

use std::sync::Arc;

use proptest::test_runner::{Config, TestRunner};
use tributary_contracts::{Contracts, Word};

use self::node::{ESCROW, Node, State, word};
use super::follow::{Follower, IndexError, Step};
use super::*;
use crate::store::databases::databases;
use crate::store::{EventFilter, Store, StoreError};

fn contracts() -> Contracts {
    let mut contracts = Contracts::default();
    assert!(contracts.add(ESCROW, "StudyEscrow"));
    contracts
}

fn settings(depth: u64, span: u64) -> Settings {
    Settings { depth, span, ..Settings::default() }
}

fn follower(store: &Store, node: &Arc<Node>, settings: Settings) -> Follower {
    Follower::new(store.clone(), node.clone(), "chain 1".into(), contracts(), settings).unwrap()
}

/// Until there is nothing to do.
async fn settle(follower: &mut Follower, now: u64) {
    for _ in 0..100_000 {
        if follower.step(now).await.unwrap() == Step::UpToDate {
            return;
        }
    }
    panic!("it does not come to an end");
}

/// All events, from page to page.
async fn stored(store: &Store) -> Vec<(u64, u64, Word)> {
    let mut filter = EventFilter::default();
    let mut all = Vec::new();
    loop {
        let page = store.chain_events(&filter, 7).await.unwrap();
        let Some(last) = page.last() else { return all };
        filter.after = Some((last.block, last.log_index));
        all.extend(page.into_iter().map(|event| (event.block, event.log_index, event.block_hash.0)));
    }
}

#[test]
fn whatever_happens_between_two_questions_the_chain_is_stored_in_the_end() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (stores, _directory) = runtime.block_on(databases("random"));
    for store in stores {
        // Small numbers make things meet.
        let strategy = (2..8u64, 1..9u64, 1..5u64, 2..6u64, proptest::collection::vec(0..12u64, 1..10));
        let mut runner =
            TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
        runner
            .run(&strategy, |(depth, span, shake, restless, growth)| {
                runtime.block_on(async {
                    // What the case before left is another chain.
                    let made = fresh_hashes();
                    let node = Arc::new(Node::of(State { made, ..State::default() }));
                    node.state().grow(20);
                    let mut follower = follower(&store, &node, settings(depth, span));
                    for grown in growth {
                        {
                            let mut state = node.state();
                            state.grow(grown);
                            (state.restless, state.shake) = (restless, shake.min(depth - 1));
                        }
                        for _ in 0..6 {
                            // A block that was there is gone: an error that passes.
                            let _ = follower.step(0).await;
                        }
                    }
                    node.state().restless = 0;
                    node.state().grow(70);
                    while follower.step(0).await.is_err() {}
                    settle(&mut follower, 0).await;
                    follower.release().await;
                    let expected = node.state().events();
                    assert_eq!(stored(&store).await, expected);
                });
                Ok(())
            })
            .unwrap();
    }
}

/// Where a case's hashes begin, so that no two cases have a block in common.
fn fresh_hashes() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static CASE: AtomicU64 = AtomicU64::new(1);
    CASE.fetch_add(1, Ordering::Relaxed) * 1_000_000
}

#[tokio::test]
async fn a_restart_goes_on_where_it_stopped() {
    let (stores, _directory) = databases("restart").await;
    for store in stores {
        let node = Arc::new(Node::default());
        node.state().grow(50);
        let mut first = follower(&store, &node, settings(5, 10));
        first.step(0).await.unwrap();
        first.step(0).await.unwrap();
        assert_eq!(store.chain_height().await.unwrap().unwrap().tip, Some(19));
        first.release().await;
        drop(first);
        // Meanwhile blocks are replaced that were not read yet, and others come.
        node.state().shrink(20);
        node.state().grow(30);
        let mut second = follower(&store, &node, settings(5, 10));
        settle(&mut second, 0).await;
        assert_eq!(node.state().ranges.iter().sum::<u64>(), 10 + 10 + 35, "no block was read twice");
        assert_eq!(stored(&store).await, node.state().events());
        // A reorganisation while nobody looked.
        second.release().await;
        node.state().shrink(4);
        node.state().grow(9);
        let mut third = follower(&store, &node, settings(5, 10));
        settle(&mut third, 0).await;
        assert_eq!(stored(&store).await, node.state().events());
        let cursor = store.chain_height().await.unwrap().unwrap();
        assert_eq!((cursor.tip, cursor.head, cursor.reorgs), (Some(64), 64, 1));
    }
}

#[tokio::test]
async fn typed_rows_go_with_their_events() {
    let (stores, _directory) = databases("typed").await;
    for store in stores {
        let node = Arc::new(Node::default());
        node.state().grow(12);
        let mut follower = follower(&store, &node, settings(8, 10));
        settle(&mut follower, 0).await;
        let rows = |state: &State| state.events().len() as i64;
        let before = rows(&node.state());
        assert_eq!(store.count_rows("chain_rosters").await, before);
        node.state().shrink(6);
        let common = rows(&node.state());
        assert!(common < before);
        node.state().grow(7);
        // One step takes back, and nothing else.
        while follower.step(0).await.unwrap() == Step::Read {
            if store.chain_height().await.unwrap().unwrap().tip == Some(5) {
                break;
            }
        }
        assert_eq!(store.count_rows("chain_rosters").await, common);
        settle(&mut follower, 0).await;
        assert_eq!(store.count_rows("chain_rosters").await, rows(&node.state()));
    }
}

#[tokio::test]
async fn two_on_one_database_store_everything_once() {
    let (stores, _directory) = databases("two").await;
    for store in stores {
        let node = Arc::new(Node::default());
        node.state().grow(120);
        // Their clocks differ so much that each takes the other's right for run out: only versions keep them apart.
        let mut all: Vec<Follower> = (0..3).map(|_| follower(&store, &node, settings(10, 7))).collect();
        for round in 0..60u64 {
            let steps = all.iter_mut().map(|follower| follower.step(round * 100_000));
            for stepped in futures::future::join_all(steps).await {
                stepped.unwrap();
            }
            if round % 10 == 9 {
                let mut state = node.state();
                state.shrink(5);
                state.grow(8);
            }
        }
        settle(&mut all[1], u64::MAX / 4).await;
        assert_eq!(stored(&store).await, node.state().events());
        // While one has the right to read, others stand by.
        node.state().grow(1);
        let (held, asked) = (u64::MAX / 4, u64::MAX / 4 + 1);
        assert_eq!(all[0].step(asked).await.unwrap(), Step::UpToDate);
        assert!(!all[0].is_reading() && all[1].is_reading());
        assert_eq!(all[1].step(held).await.unwrap(), Step::Read);
        // Until it gives it back.
        all[1].release().await;
        assert_eq!(all[0].step(asked).await.unwrap(), Step::UpToDate);
        assert!(all[0].is_reading());
    }
}

#[tokio::test]
async fn a_node_that_limits_ranges_is_asked_for_less() {
    let (stores, _directory) = databases("limits").await;
    for store in stores {
        let node = Arc::new(Node::default());
        node.state().grow(400);
        node.state().limit = Some(9);
        let mut follower = follower(&store, &node, settings(10, 200));
        settle(&mut follower, 0).await;
        assert_eq!(stored(&store).await, node.state().events());
        let ranges = node.state().ranges.clone();
        assert!(ranges.iter().all(|blocks| *blocks <= 9));
        assert!(ranges.len() < 200, "it asks for as much as it may: {}", ranges.len());
    }
}

#[tokio::test]
async fn a_node_that_mixes_chains_is_not_believed() {
    let (stores, _directory) = databases("lies").await;
    for store in stores {
        let node = Arc::new(Node::default());
        // In the last block of the range something was logged.
        node.state().grow(41);
        node.state().lies = true;
        let mut follower = follower(&store, &node, settings(10, 1));
        for _ in 0..10 {
            follower.step(0).await.unwrap();
        }
        assert!(stored(&store).await.is_empty());
        node.state().lies = false;
        settle(&mut follower, 0).await;
        assert_eq!(stored(&store).await, node.state().events());
    }
}

#[tokio::test]
async fn another_chain_is_read_from_its_start() {
    let (stores, _directory) = databases("another").await;
    for store in stores {
        let node = Arc::new(Node::default());
        node.state().grow(90);
        let mut follower = follower(&store, &node, settings(10, 20));
        settle(&mut follower, 0).await;
        // Shorter, and different from its first block on.
        {
            let mut state = node.state();
            state.blocks.clear();
            state.grow(30);
        }
        settle(&mut follower, 0).await;
        assert_eq!(stored(&store).await, node.state().events());
        // Replaced deeper than is kept: only the first block is common.
        node.state().shrink(28);
        node.state().grow(60);
        settle(&mut follower, 0).await;
        assert_eq!(stored(&store).await, node.state().events());
        assert_eq!(store.chain_height().await.unwrap().unwrap().reorgs, 2);
    }
}

#[tokio::test]
async fn one_database_follows_one_deployment() {
    let (stores, _directory) = databases("elsewhere").await;
    for store in stores {
        let node = Arc::new(Node::default());
        node.state().grow(3);
        settle(&mut follower(&store, &node, Settings::default()), 0).await;
        let mut other =
            Follower::new(store.clone(), node.clone(), "chain 2".into(), contracts(), Settings::default())
                .unwrap();
        let error = other.step(0).await.unwrap_err();
        assert!(matches!(error, IndexError::Store(StoreError::Elsewhere { .. })), "{error}");
        assert!(error.is_final() && error.to_string().contains("another database"));
    }
}

#[tokio::test]
async fn events_are_found_by_what_they_are_about() {
    let (stores, _directory) = databases("found").await;
    for store in stores {
        let node = Arc::new(Node::default());
        node.state().grow(10);
        let mut follower = follower(&store, &node, settings(64, 10));
        settle(&mut follower, 0).await;
        let all = node.state().events();
        let count = async |filter: EventFilter| store.chain_events(&filter, 500).await.unwrap().len();
        let study = Some(format!("0x{}", hex::encode(word(7))));
        let base = EventFilter::default();
        assert_eq!(count(base.clone()).await, all.len());
        assert_eq!(count(EventFilter { study: study.clone(), ..base.clone() }).await, all.len());
        assert_eq!(count(EventFilter { study: Some("0x00".into()), ..base.clone() }).await, 0);
        assert_eq!(count(EventFilter { dataset: Some("1".into()), ..base.clone() }).await, 0);
        let by_name = EventFilter {
            contract: Some("StudyEscrow".into()),
            event: Some("OwnerEnrolled".into()),
            ..base.clone()
        };
        assert_eq!(count(by_name.clone()).await, all.len());
        assert_eq!(count(EventFilter { event: Some("OwnerLeft".into()), study, ..by_name }).await, 0);
        let some = EventFilter { from_block: 3, to_block: Some(5), ..base.clone() };
        let expected = all.iter().filter(|(block, ..)| (3..=5).contains(block)).count();
        assert_eq!(count(some).await, expected);
        let first = store.chain_events(&base, 1).await.unwrap().remove(0);
        assert!(
            first.fields.starts_with(r#"{"study":"0x00"#) && first.fields.ends_with(r#""sequence":"0"}"#)
        );
    }
}
