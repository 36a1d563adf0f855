//! The deterministic deployment proxy: in block zero, or created by the transaction that creates it on every chain.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

mod support;

use revm::primitives::{Bytes, TxKind, U256, bytes, keccak256};
use serde_json::json;
use support::{Client, contract, eip1559, init_code, legacy, sign, word};
use tributary_devchain::{CREATE2_PROXY, CREATE2_PROXY_CREATOR, Devchain, ONE_ETHER};

/// Signed for no chain, with `r` and `s` made up: the same on every chain.
const CREATION: Bytes = bytes!(
    "f8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffff"
    "ffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba022222222222222222222222222222222"
    "22222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222"
);

/// Deploys through the proxy, and shows that the address follows from salt and code alone.
async fn deploys_by_create2(client: &Client, nonce: u64) {
    let salt = word(7);
    let call = [salt.as_slice(), &init_code()].concat();
    let receipt = client.send(&sign(0, eip1559(nonce, TxKind::Call(CREATE2_PROXY), &call))).await;
    assert_eq!(receipt["status"], "0x1");
    let address = CREATE2_PROXY.create2(salt, keccak256(init_code()));
    assert_eq!(client.ok("eth_getCode", json!([address, "latest"])).await, json!(Bytes::from(contract())));
    // A second one at the same place can't be.
    let again = client.send(&sign(0, eip1559(nonce + 1, TxKind::Call(CREATE2_PROXY), &call))).await;
    assert_eq!(again["status"], "0x0");
}

#[tokio::test]
async fn the_proxy_is_there_from_the_start() {
    let node = Devchain::builder().spawn().await.unwrap();
    let client = Client::new(node.url());
    assert_eq!(client.number("eth_getTransactionCount", json!([CREATE2_PROXY, "latest"])).await, 1);
    deploys_by_create2(&client, 0).await;
    let error = client.err("eth_sendRawTransaction", json!([CREATION])).await;
    assert!(error["message"].as_str().unwrap().contains("insufficient funds"), "{error}");
}

#[tokio::test]
async fn the_proxy_can_be_created_where_it_is_missing() {
    let with = Devchain::builder().spawn().await.unwrap();
    let without = Devchain::builder().create2_proxy(false).spawn().await.unwrap();
    let client = Client::new(without.url());
    assert_eq!(client.ok("eth_getCode", json!([CREATE2_PROXY, "latest"])).await, "0x");

    let mut fund = eip1559(0, TxKind::Call(CREATE2_PROXY_CREATOR), &[]);
    fund.value = ONE_ETHER / U256::from(100);
    client.send(&sign(0, fund)).await;
    let receipt = client.send(&CREATION).await;
    assert_eq!(receipt["status"], "0x1");
    assert_eq!(receipt["from"], json!(CREATE2_PROXY_CREATOR));
    assert_eq!(receipt["contractAddress"], json!(CREATE2_PROXY));
    let code = async |client: &Client| client.ok("eth_getCode", json!([CREATE2_PROXY, "latest"])).await;
    assert_eq!(code(&client).await, code(&Client::new(with.url())).await);
    deploys_by_create2(&client, 1).await;

    // That account's transaction alone is taken without a chain id.
    let mut unprotected = legacy(3, TxKind::Call(CREATE2_PROXY));
    unprotected.chain_id = None;
    let error = client.err("eth_sendRawTransaction", json!([sign(0, unprotected)])).await;
    assert!(error["message"].as_str().unwrap().contains("EIP-155"), "{error}");
}

#[tokio::test]
async fn state_files_from_before_the_proxy_are_taken_up() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("chain.jsonl");
    let node = Devchain::builder().create2_proxy(false).state_file(&path).spawn().await.unwrap();
    let address = Client::new(node.url()).deploy(0).await;
    node.shutdown().await.unwrap();
    // Their genesis has no such field.
    let text = std::fs::read_to_string(&path).unwrap();
    let older = text.replacen(",\"contracts\":{}", "", 1);
    assert_ne!(older, text);
    std::fs::write(&path, older).unwrap();

    let node = Devchain::builder().state_file(&path).spawn().await.unwrap();
    let client = Client::new(node.url());
    assert_eq!(client.ok("eth_getCode", json!([address, "latest"])).await, json!(Bytes::from(contract())));
    assert_eq!(
        client.ok("eth_getCode", json!([CREATE2_PROXY, "latest"])).await,
        "0x",
        "it stays the same chain"
    );
    node.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_restart_keeps_the_proxy() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("chain.jsonl");
    let node = Devchain::builder().state_file(&path).spawn().await.unwrap();
    Client::new(node.url()).deploy(0).await;
    node.shutdown().await.unwrap();
    let node = Devchain::builder().create2_proxy(false).state_file(&path).spawn().await.unwrap();
    deploys_by_create2(&Client::new(node.url()), 1).await;
    node.shutdown().await.unwrap();
}
