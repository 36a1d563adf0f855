//! JSON-RPC 2.0: single requests, batches and notifications.

mod error;
mod methods;
mod params;
mod render;

use revm::primitives::Address;
use serde_json::{Map, Value, json};

pub(crate) use error::RpcError;
use params::Params;

use crate::chain::Chain;

/// Requests one batch may hold, as in geth.
const BATCH_LIMIT: usize = 1_000;

/// What the methods work on.
pub(crate) struct Node {
    pub chain: Chain,
    /// What `eth_accounts` lists.
    pub accounts: Vec<Address>,
}

/// Answers the body of one HTTP request; nothing if it holds notifications only.
pub(crate) fn answer(node: &mut Node, body: &[u8]) -> Option<Value> {
    match serde_json::from_slice(body) {
        Err(e) => Some(failure(Value::Null, &RpcError::parse(format!("not JSON: {e}")))),
        Ok(Value::Array(batch)) if batch.is_empty() => {
            Some(failure(Value::Null, &RpcError::invalid_request("an empty batch")))
        }
        Ok(Value::Array(batch)) if batch.len() > BATCH_LIMIT => {
            let message = format!("a batch of {} requests, at most {BATCH_LIMIT} are taken", batch.len());
            Some(failure(Value::Null, &RpcError::invalid_request(message)))
        }
        Ok(Value::Array(batch)) => {
            let answers: Vec<Value> = batch.into_iter().filter_map(|request| single(node, request)).collect();
            (!answers.is_empty()).then_some(Value::Array(answers))
        }
        Ok(request) => single(node, request),
    }
}

fn single(node: &mut Node, request: Value) -> Option<Value> {
    let Value::Object(mut request) = request else {
        return Some(failure(Value::Null, &RpcError::invalid_request("a request is an object")));
    };
    let id = request.remove("id");
    if !matches!(id, None | Some(Value::Null | Value::Number(_) | Value::String(_))) {
        return Some(failure(Value::Null, &RpcError::invalid_request("`id` is a number, a string or null")));
    }
    let outcome = dispatch(node, request);
    // Without an id it is a notification, which gets no answer.
    let id = id?;
    Some(match outcome {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(error) => failure(id, &error),
    })
}

fn dispatch(node: &mut Node, mut request: Map<String, Value>) -> Result<Value, RpcError> {
    if request.get("jsonrpc") != Some(&json!("2.0")) {
        return Err(RpcError::invalid_request("`jsonrpc` must be \"2.0\""));
    }
    let Some(Value::String(method)) = request.remove("method") else {
        return Err(RpcError::invalid_request("`method` must be a string"));
    };
    let params = match request.remove("params") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(params)) => params,
        Some(_) => return Err(RpcError::params("`params` must be an array")),
    };
    methods::call(node, &method, &Params(params))
        .inspect_err(|e| tracing::debug!(method, code = e.code, message = e.message, "refused"))
}

fn failure(id: Value, error: &RpcError) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": error })
}
