//! Connections that break in the middle: a transaction is sent once, or its sender is told that it can't know.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

mod support;

use std::sync::atomic::Ordering;

use support::{
    Node, dev_wallet,
    proxy::{Verdict, between},
};
use tributary_contracts::{ChainError, Wallet};

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
