//! A man between client and node, who loses and changes what he is told to.

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
use serde_json::{Value, json};
use tributary_contracts::ChainClient;

use super::Node;

/// What he does with a request.
pub enum Verdict {
    /// The node gets it, and the client the answer.
    Pass,
    /// The node gets it; the answer is cut off.
    LoseAnswer,
    /// The node never sees it, and the connection breaks.
    LoseRequest,
    /// The node never sees it; the client gets this result.
    Result(Value),
    /// The node never sees it; the client gets this refusal.
    Refuse(&'static str),
}

/// Judges a request: its method, its parameters, and how many transactions have come by, this one included.
type Judge = dyn Fn(&str, &Value, usize) -> Verdict + Send + Sync;

#[derive(Clone)]
struct Proxy {
    node: String,
    judge: Arc<Judge>,
    http: reqwest::Client,
    transactions: Arc<AtomicUsize>,
}

async fn pass(State(proxy): State<Proxy>, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap();
    let method = request["method"].as_str().unwrap();
    if method == "eth_sendRawTransaction" {
        proxy.transactions.fetch_add(1, Ordering::SeqCst);
    }
    let verdict = (proxy.judge)(method, &request["params"], proxy.transactions.load(Ordering::SeqCst));
    let answer = |key: &str, value: Value| {
        Bytes::from(json!({ "jsonrpc": "2.0", "id": request["id"], key: value }).to_string()).into_response()
    };
    match verdict {
        Verdict::Result(value) => return answer("result", value),
        Verdict::Refuse(message) => return answer("error", json!({ "code": -32000, "message": message })),
        Verdict::Pass | Verdict::LoseAnswer => {
            let node = proxy
                .http
                .post(&proxy.node)
                .header("content-type", "application/json")
                .body(body)
                .send()
                .await
                .unwrap();
            let bytes = node.bytes().await.unwrap();
            if matches!(verdict, Verdict::Pass) {
                return bytes.into_response();
            }
        }
        Verdict::LoseRequest => {}
    }
    let broken =
        futures::stream::iter([Ok(Bytes::from_static(b"{\"jsonrpc\"")), Err(std::io::Error::other("cut"))]);
    (StatusCode::OK, Body::from_stream(broken)).into_response()
}

/// A client that reaches the node through him, and the number of transactions he has seen.
pub async fn between(
    node: &Node,
    judge: impl Fn(&str, &Value, usize) -> Verdict + Send + Sync + 'static,
) -> (ChainClient, Arc<AtomicUsize>) {
    // The client wants one even for plain HTTP; whoever was first in this process may stay.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let transactions = Arc::new(AtomicUsize::new(0));
    let proxy = Proxy {
        node: node.url(),
        judge: Arc::new(judge),
        http: reqwest::Client::new(),
        transactions: transactions.clone(),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().route("/", post(pass)).with_state(proxy);
    tokio::spawn(async move { axum::serve(listener, app).await });
    (ChainClient::connect(&url).await.unwrap(), transactions)
}
