//! The node around the chain: JSON-RPC framing, the clock, snapshots, funding, restarts.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

mod support;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use revm::primitives::{Address, TxKind, U256};
use serde_json::{Value, json};
use support::{Client, eip1559, hex, sign, word};
use tributary_devchain::{Builder, DEV_ACCOUNTS, Devchain, Error, ONE_ETHER, OpenError};

const START: u64 = 1_700_000_000;

/// A node whose clock stands still but for the test.
fn still() -> (Builder, Arc<AtomicU64>) {
    let now = Arc::new(AtomicU64::new(START));
    let clock = now.clone();
    (Devchain::builder().clock(move || clock.load(Ordering::SeqCst)), now)
}

async fn timestamp(client: &Client) -> u64 {
    hex(&client.ok("eth_getBlockByNumber", json!(["latest", false])).await["timestamp"])
}

#[tokio::test]
async fn speaks_json_rpc() {
    let node = Devchain::builder().chain_id(4242).spawn().await.unwrap();
    let client = Client::new(node.url());
    assert_eq!(client.number("eth_chainId", json!([])).await, 4242);
    assert_eq!(client.ok("net_version", json!([])).await, "4242");
    assert_eq!(client.ok("eth_accounts", json!([])).await, json!(DEV_ACCOUNTS));

    assert_eq!(client.raw("{").await["error"]["code"], -32700);
    assert_eq!(client.raw("[]").await["error"]["code"], -32600);
    assert_eq!(client.raw("7").await["error"]["code"], -32600);
    assert_eq!(
        client.raw(r#"{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}"#).await["error"]["code"],
        -32600
    );
    assert_eq!(
        client.raw(r#"{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}"#).await["error"]["code"],
        -32600
    );
    assert_eq!(client.err("eth_mining", json!([])).await["code"], -32601);
    assert_eq!(client.err("eth_getBalance", json!([])).await["code"], -32602);
    assert_eq!(client.err("eth_getBalance", json!(["0x12"])).await["code"], -32602);
    assert_eq!(client.err("eth_getBalance", json!([DEV_ACCOUNTS[0], "newest"])).await["code"], -32602);
    let named = client.err("eth_getBalance", json!({ "address": DEV_ACCOUNTS[0] })).await;
    assert_eq!(named["code"], -32602);

    // A batch: answers in order, none for the notification.
    let batch = json!([
        { "jsonrpc": "2.0", "id": "a", "method": "eth_chainId" },
        { "jsonrpc": "2.0", "method": "eth_chainId" },
        { "jsonrpc": "2.0", "id": 2, "method": "nothing" },
    ]);
    let answers = client.raw(batch.to_string()).await;
    assert_eq!(answers.as_array().unwrap().len(), 2);
    assert_eq!(answers[0], json!({ "jsonrpc": "2.0", "id": "a", "result": "0x1092" }));
    assert_eq!((&answers[1]["id"], &answers[1]["error"]["code"]), (&json!(2), &json!(-32601)));
    let silent = client.post(r#"{"jsonrpc":"2.0","method":"evm_mine"}"#).await;
    assert_eq!(silent.status(), 204);
    assert_eq!(client.number("eth_blockNumber", json!([])).await, 1, "a notification is carried out");
}

#[tokio::test]
async fn refuses_the_state_of_old_blocks() {
    let node = Devchain::builder().spawn().await.unwrap();
    let client = Client::new(node.url());
    client.ok("evm_mine", json!([])).await;
    let account = DEV_ACCOUNTS[0];
    let error = client.err("eth_getBalance", json!([account, "0x0"])).await;
    assert!(error["message"].as_str().unwrap().contains("state of block 0 is not kept"), "{error}");
    let newest = client.ok("eth_getBlockByNumber", json!(["latest", false])).await;
    let balance = client.ok("eth_getBalance", json!([account, { "blockHash": newest["hash"] }])).await;
    assert_eq!(balance, client.ok("eth_getBalance", json!([account, { "blockNumber": "0x1" }])).await);
}

#[tokio::test]
async fn moves_the_clock() {
    let (builder, now) = still();
    let node = builder.spawn().await.unwrap();
    let client = Client::new(node.url());
    assert_eq!(timestamp(&client).await, START);
    client.ok("evm_mine", json!([])).await;
    assert_eq!(timestamp(&client).await, START + 1, "later than its parent, though the clock stands");

    assert_eq!(client.ok("evm_increaseTime", json!([3_600])).await, 3_601);
    client.ok("evm_mine", json!([])).await;
    assert_eq!(
        timestamp(&client).await,
        START + 3_601,
        "ahead of the newest block, not of the machine's clock"
    );

    client.ok("evm_setNextBlockTimestamp", json!([START + 10_000])).await;
    // TIMESTAMP as creation code: a call sees the time of the block to come.
    let clock = json!([{ "data": "0x425f5260205ff3" }]);
    assert_eq!(client.ok("eth_call", clock.clone()).await, json!(word(START + 10_000)));
    client.ok("evm_mine", json!([])).await;
    assert_eq!(timestamp(&client).await, START + 10_000);
    now.fetch_add(50, Ordering::SeqCst);
    client.ok("evm_mine", json!([])).await;
    assert_eq!(timestamp(&client).await, START + 10_050, "time goes on from there");
    client.ok("evm_mine", json!(["0x65920080"])).await;
    assert_eq!(timestamp(&client).await, 0x6592_0080);

    let error = client.err("evm_setNextBlockTimestamp", json!([START])).await;
    assert!(error["message"].as_str().unwrap().contains("must be later"), "{error}");
    assert_eq!(client.err("evm_increaseTime", json!([-5])).await["code"], -32602);
    assert_eq!(client.err("evm_increaseTime", json!(["0xffffffffffffffff"])).await["code"], -32000);
}

#[tokio::test]
async fn goes_back_to_a_snapshot_once() {
    let node = Devchain::builder().spawn().await.unwrap();
    let client = Client::new(node.url());
    let address = client.deploy(0).await;
    let first = client.ok("evm_snapshot", json!([])).await;
    let set = sign(0, eip1559(1, TxKind::Call(address), word(5).as_slice()));
    let hash = client.send(&set).await["transactionHash"].clone();
    let second = client.ok("evm_snapshot", json!([])).await;
    assert_ne!(first, second);
    let block = client.ok("eth_getBlockByNumber", json!(["latest", false])).await;

    assert_eq!(client.ok("evm_revert", json!([first])).await, true);
    assert_eq!(client.number("eth_blockNumber", json!([])).await, 1);
    assert_eq!(client.ok("eth_call", json!([{ "to": address }])).await, json!(word(0)));
    assert_eq!(client.ok("eth_getTransactionReceipt", json!([hash])).await, Value::Null);
    assert_eq!(client.ok("eth_getBlockByHash", json!([block["hash"], false])).await, Value::Null);
    assert_eq!(client.ok("evm_revert", json!([first])).await, false, "used up");
    assert_eq!(client.ok("evm_revert", json!([second])).await, false, "and so is the later one");
    client.send(&set).await;
    assert_eq!(client.ok("eth_call", json!([{ "to": address }])).await, json!(word(5)));
}

#[tokio::test]
async fn funds_who_it_is_told_to() {
    let mine = Address::repeat_byte(0x55);
    let node = Devchain::builder()
        .dev_accounts(false)
        .fund(mine, ONE_ETHER)
        .fund(mine, ONE_ETHER)
        .spawn()
        .await
        .unwrap();
    let client = Client::new(node.url());
    let balance: U256 = serde_json::from_value(client.ok("eth_getBalance", json!([mine])).await).unwrap();
    assert_eq!(balance, ONE_ETHER + ONE_ETHER);
    assert_eq!(client.number("eth_getBalance", json!([DEV_ACCOUNTS[0]])).await, 0);
    assert_eq!(client.ok("eth_accounts", json!([])).await, json!([]));
    let error =
        client.err("eth_sendRawTransaction", json!([sign(0, eip1559(0, TxKind::Call(mine), &[]))])).await;
    assert!(error["message"].as_str().unwrap().contains("insufficient funds"), "{error}");
}

#[tokio::test]
async fn tells_of_fees() {
    let node = Devchain::builder().spawn().await.unwrap();
    let client = Client::new(node.url());
    client.deploy(0).await;
    client.ok("evm_mine", json!([])).await;
    let history = client.ok("eth_feeHistory", json!(["0x2", "latest", [10.0, 90.0]])).await;
    assert_eq!(history["oldestBlock"], "0x1");
    assert_eq!(history["baseFeePerGas"].as_array().unwrap().len(), 3);
    assert_eq!(history["reward"], json!([["0x3b9aca00", "0x3b9aca00"], ["0x0", "0x0"]]));
    assert!(history["gasUsedRatio"][0].as_f64().unwrap() > 0.0);
    let next = hex(&history["baseFeePerGas"][2]);
    assert_eq!(client.number("eth_gasPrice", json!([])).await, next + 1_000_000_000);
    let more = client.ok("eth_feeHistory", json!([100, "latest", []])).await;
    assert_eq!(more["baseFeePerGas"].as_array().unwrap().len(), 4, "no more blocks than there are");
}

fn kept(path: &Path) -> Builder {
    still().0.state_file(path)
}

#[tokio::test]
async fn a_restart_goes_on_with_the_same_chain() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("chain.jsonl");
    let node = kept(&path).spawn().await.unwrap();
    let client = Client::new(node.url());
    let address = client.deploy(0).await;
    client.ok("evm_increaseTime", json!([500])).await;
    let snapshot = client.ok("evm_snapshot", json!([])).await;
    client.send(&sign(0, eip1559(1, TxKind::Call(address), word(1).as_slice()))).await;
    client.ok("evm_revert", json!([snapshot])).await;
    client.send(&sign(0, eip1559(1, TxKind::Call(address), word(2).as_slice()))).await;
    client.ok("evm_mine", json!([START + 9_000])).await;
    let open = client.ok("evm_snapshot", json!([])).await;
    let before = client.ok("eth_getBlockByNumber", json!(["latest", true])).await;
    assert!(matches!(kept(&path).spawn().await, Err(Error::Open(OpenError::Journal(_)))), "one node a file");
    node.shutdown().await.unwrap();

    let node = kept(&path).spawn().await.unwrap();
    let client = Client::new(node.url());
    assert_eq!(client.ok("eth_getBlockByNumber", json!(["latest", true])).await, before);
    assert_eq!(client.ok("eth_call", json!([{ "to": address }])).await, json!(word(2)));
    let logs = client.ok("eth_getLogs", json!([{ "fromBlock": "earliest" }])).await;
    assert_eq!(logs.as_array().unwrap().len(), 1);
    client.send(&sign(0, eip1559(2, TxKind::Call(address), word(3).as_slice()))).await;
    assert_eq!(timestamp(&client).await, START + 9_001, "the moved clock is kept");
    assert_eq!(client.ok("evm_revert", json!([open])).await, true, "an open snapshot too");
    assert_eq!(client.ok("eth_call", json!([{ "to": address }])).await, json!(word(2)));
    node.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_state_file_is_not_mistaken_for_another() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("chain.jsonl");
    let node = kept(&path).spawn().await.unwrap();
    Client::new(node.url()).deploy(0).await;
    node.shutdown().await.unwrap();

    let other_id = kept(&path).chain_id(5).spawn().await;
    assert!(matches!(other_id, Err(Error::Open(OpenError::OtherChain(_)))));
    let other_funds = kept(&path).fund(DEV_ACCOUNTS[0], U256::from(1)).spawn().await;
    assert!(matches!(other_funds, Err(Error::Open(OpenError::OtherChain(_)))));

    // A record that doesn't lead to the block it names.
    let text = std::fs::read_to_string(&path).unwrap();
    let changed =
        text.replacen(&format!("\"timestamp\":{}", START + 1), &format!("\"timestamp\":{}", START + 2), 1);
    assert_ne!(changed, text);
    std::fs::write(&path, changed).unwrap();
    let error = kept(&path).spawn().await.unwrap_err();
    assert!(matches!(error, Error::Open(OpenError::Replay { record: 2, .. })), "{error}");
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let node = Devchain::builder().spawn().await.unwrap();
    let error = Devchain::builder().listen(node.addr()).spawn().await.unwrap_err();
    assert!(error.to_string().contains(&node.addr().to_string()), "{error}");
}
