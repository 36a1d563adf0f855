//! JSON-RPC 2.0 over HTTP and HTTPS. Certificates are verified against the authorities that the system trusts (on Linux also those of
//! `SSL_CERT_FILE`).

use std::{
    fmt::Display,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{ChainError, Revert};

/// One request may take this long.
const TIMEOUT: Duration = Duration::from_secs(30);
/// A connection may take this long.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Attempts on a connection that fails.
const ATTEMPTS: u32 = 5;
/// Wait before the second attempt; doubled before each further one.
const BACKOFF: Duration = Duration::from_millis(100);

/// A connection to one endpoint.
#[derive(Debug)]
pub(crate) struct HttpTransport {
    http: reqwest::Client,
    url: reqwest::Url,
    next_id: AtomicU64,
}

/// Whether a request that may have reached the node may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It only reads.
    Always,
    /// It changes something: only if no connection came about.
    IfUnsent,
}

/// A transport failure, told apart by whether the node may have seen the request.
enum Failure {
    Unsent(reqwest::Error),
    Broken(reqwest::Error),
}

impl HttpTransport {
    pub fn new(url: &str) -> Result<Self, ChainError> {
        let bad = |reason: String| ChainError::Url { url: url.to_owned(), reason };
        let parsed = reqwest::Url::parse(url).map_err(|e| bad(e.to_string()))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(bad(format!("`{}` is not supported, use http:// or https://", parsed.scheme())));
        }
        // Whoever was first in this process may stay: it is the same one everywhere.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .build()
            .map_err(|e| bad(e.to_string()))?;
        Ok(Self { http, url: parsed, next_id: AtomicU64::new(1) })
    }

    /// Sends one request. A revert comes back decoded.
    pub async fn request<R: DeserializeOwned>(
        &self,
        method: &str,
        params: Value,
        repeat: Repeat,
    ) -> Result<R, ChainError> {
        let mut wait = BACKOFF;
        let mut attempts = 1;
        let body = loop {
            match self.post(method, &params).await {
                Ok(body) => break body,
                Err(failure) => {
                    let (error, again) = match failure {
                        Failure::Unsent(e) => (e, true),
                        Failure::Broken(e) => (e, repeat == Repeat::Always),
                    };
                    if !again || attempts == ATTEMPTS {
                        return Err(ChainError::Unreachable {
                            url: self.url.origin().ascii_serialization(),
                            attempts,
                            reason: root_cause(&error),
                        });
                    }
                    tracing::debug!(method, attempts, error = root_cause(&error), "asking the chain again");
                }
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
            attempts += 1;
        };
        self.read(method, &body)
    }

    async fn post(&self, method: &str, params: &Value) -> Result<Vec<u8>, Failure> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        let classify =
            |e: reqwest::Error| if e.is_connect() { Failure::Unsent(e) } else { Failure::Broken(e) };
        let response = self.http.post(self.url.clone()).json(&request).send().await.map_err(classify)?;
        // Nodes put errors into the body, some with a status of their own: the body decides.
        Ok(response.bytes().await.map_err(Failure::Broken)?.to_vec())
    }

    pub fn read<R: DeserializeOwned>(&self, method: &str, body: &[u8]) -> Result<R, ChainError> {
        let response: Response = serde_json::from_slice(body).map_err(|e| self.nonsense(method, e))?;
        match response {
            Response { error: Some(error), .. } => Err(error.into_chain_error(method)),
            Response { error: None, result } => R::deserialize(result).map_err(|e| self.nonsense(method, e)),
        }
    }

    pub fn nonsense(&self, method: &str, reason: impl Display) -> ChainError {
        ChainError::Answer {
            url: self.url.origin().ascii_serialization(),
            reason: format!("{method}: {reason}"),
        }
    }
}

#[derive(Deserialize)]
struct Response {
    #[serde(default)]
    result: Value,
    error: Option<NodeError>,
}

#[derive(Deserialize)]
struct NodeError {
    code: i64,
    message: String,
    data: Option<Value>,
}

impl NodeError {
    fn into_chain_error(self, method: &str) -> ChainError {
        // Code 3 is geth's and anvil's; others say it in the message. The data of a revert is hex.
        let reverted = self.code == 3 || self.message.contains("revert");
        let data =
            self.data.as_ref().and_then(Value::as_str).and_then(|s| hex::decode(s.strip_prefix("0x")?).ok());
        match data {
            Some(data) if reverted => ChainError::Reverted(Revert::decode(&data)),
            _ => ChainError::Refused { method: method.to_owned(), code: self.code, message: self.message },
        }
    }
}

/// The innermost reason: reqwest's own text names the URL, which may hold a secret.
fn root_cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".into();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_http_endpoint() {
        for bad in ["", "localhost:8545", "ws://127.0.0.1:1", "file:///etc"] {
            assert!(matches!(HttpTransport::new(bad), Err(ChainError::Url { .. })), "{bad}");
        }
    }

    #[test]
    fn reads_nodes_errors() {
        let transport = HttpTransport::new("http://127.0.0.1:1").unwrap();
        let read = |body: &str| transport.read::<String>("eth_x", body.as_bytes());
        assert_eq!(read(r#"{"jsonrpc":"2.0","id":1,"result":"0x1"}"#).unwrap(), "0x1");
        assert!(matches!(read("<html>"), Err(ChainError::Answer { .. })));
        assert!(matches!(read(r#"{"id":1,"result":7}"#), Err(ChainError::Answer { .. })));
        let refused = read(r#"{"id":1,"error":{"code":-32000,"message":"nonce too low"}}"#);
        assert!(matches!(refused, Err(ChainError::Refused { code: -32000, .. })));
        let reverted =
            read(r#"{"id":1,"error":{"code":3,"message":"execution reverted","data":"0x01020304"}}"#);
        assert_eq!(reverted.unwrap_err().revert().unwrap().name, "Unknown");
    }
}
