//! Nodes that can't be relied on. A connection breaks in the middle: a transaction is sent once, or its sender is told
//! that it can't know. Answers are of different blocks: a roster is read whole, or not at all.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use support::{
    Node, Running, dev_wallet,
    proxy::{Verdict, between},
};
use tributary_contracts::{ChainError, Escrow, Wallet};

const SEND: &str = "eth_sendRawTransaction";

#[tokio::test]
async fn a_lost_answer_is_looked_up() {
    let node = Node::embedded().await;
    let lose = |method: &str, _: &_, _| if method == SEND { Verdict::LoseAnswer } else { Verdict::Pass };
    let (client, seen) = between(&node, lose).await;
    let to = Wallet::random().address();
    client.send_ether(&dev_wallet(0), &to, 7).await.unwrap();
    assert_eq!(client.ether(&to).await.unwrap(), 7);
    assert_eq!(seen.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_lost_request_is_admitted_and_not_repeated() {
    let node = Node::embedded().await;
    let lose = |method: &str, _: &_, _| if method == SEND { Verdict::LoseRequest } else { Verdict::Pass };
    let (client, seen) = between(&node, lose).await;
    let to = Wallet::random().address();
    let error = client.send_ether(&dev_wallet(0), &to, 7).await.unwrap_err();
    assert!(matches!(error, ChainError::Unsure { .. }), "{error}");
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    assert_eq!(client.block_number().await.unwrap(), 0);
}

/// The escrow of a running study, as a client sees it to whom the node has no logs yet, the first so many times.
async fn behind(node: &Node, running: &Running, times: usize) -> Escrow {
    let asked = AtomicUsize::new(0);
    let lag = move |method: &str, _: &_, _| {
        let late = method == "eth_getLogs" && asked.fetch_add(1, Ordering::SeqCst) < times;
        if late { Verdict::Result(json!([])) } else { Verdict::Pass }
    };
    let (client, _) = between(node, lag).await;
    Escrow::new(client, running.world.deployment.clone()).unwrap()
}

#[tokio::test]
async fn a_roster_that_changes_while_it_is_read_is_read_again() {
    let node = Node::embedded().await;
    let running = Running::new(&node).await;
    let whole = running.world.escrow.roster(&running.study).await.unwrap();
    assert_eq!(whole.len(), 4);
    let read = behind(&node, &running, 2).await.roster(&running.study).await.unwrap();
    assert_eq!(read, whole);
}

#[tokio::test]
async fn a_node_that_hides_owners_is_found_out() {
    let node = Node::embedded().await;
    let running = Running::new(&node).await;
    let error = behind(&node, &running, usize::MAX).await.roster(&running.study).await.unwrap_err();
    assert!(matches!(error, ChainError::Roster { listed: 0, counted: 4 }), "{error}");
}
