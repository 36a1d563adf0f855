//! Connections that break in the middle: a transaction is sent once, or its sender is told that it can't know.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

mod support;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use bytes::Bytes;
use support::{Node, dev_wallet};
use tributary_contracts::{ChainClient, ChainError, Wallet};

/// What the proxy does to a transaction that passes.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// The node gets it; the answer is cut off.
    AnswerLost,
    /// The node never sees it, and the connection breaks.
    RequestLost,
}

#[derive(Clone)]
struct Proxy {
    node: String,
    fault: Fault,
    http: reqwest::Client,
    seen: Arc<AtomicUsize>,
}

async fn pass(State(proxy): State<Proxy>, body: Bytes) -> Response {
    let is_transaction = body.windows(22).any(|part| part == b"eth_sendRawTransaction");
    if is_transaction {
        proxy.seen.fetch_add(1, Ordering::SeqCst);
    }
    if !(is_transaction && proxy.fault == Fault::RequestLost) {
        let answer = proxy.http.post(&proxy.node).body(body).send().await.unwrap().bytes().await.unwrap();
        if !is_transaction {
            return answer.into_response();
        }
    }
    let broken =
        futures::stream::iter([Ok(Bytes::from_static(b"{\"jsonrpc\"")), Err(std::io::Error::other("cut"))]);
    (StatusCode::OK, Body::from_stream(broken)).into_response()
}

async fn behind_proxy(node: &Node, fault: Fault) -> (ChainClient, Arc<AtomicUsize>) {
    let seen = Arc::new(AtomicUsize::new(0));
    let proxy = Proxy { node: node.url(), fault, http: reqwest::Client::new(), seen: seen.clone() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().route("/", post(pass)).with_state(proxy);
    tokio::spawn(async move { axum::serve(listener, app).await });
    (ChainClient::connect(&url).await.unwrap(), seen)
}

#[tokio::test]
async fn a_lost_answer_is_looked_up() {
    let node = Node::embedded().await;
    let (client, seen) = behind_proxy(&node, Fault::AnswerLost).await;
    let to = Wallet::random().address();
    client.send_ether(&dev_wallet(0), &to, 7).await.unwrap();
    assert_eq!(client.ether(&to).await.unwrap(), 7);
    assert_eq!(seen.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_lost_request_is_admitted_and_not_repeated() {
    let node = Node::embedded().await;
    let (client, seen) = behind_proxy(&node, Fault::RequestLost).await;
    let to = Wallet::random().address();
    let error = client.send_ether(&dev_wallet(0), &to, 7).await.unwrap_err();
    assert!(matches!(error, ChainError::Unsure { .. }), "{error}");
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    assert_eq!(client.block_number().await.unwrap(), 0);
}
