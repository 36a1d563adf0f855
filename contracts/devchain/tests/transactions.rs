//! Transactions of each kind, what they leave behind, and what is refused.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

mod support;

use revm::primitives::{Address, B256, Bytes, TxKind, U256};
use serde_json::{Value, json};
use support::{Client, GWEI, contract, eip1559, eip2930, hex, legacy, sign, word};
use tributary_devchain::{DEV_ACCOUNTS, Devchain, Handle};

async fn start() -> (Handle, Client) {
    let node = Devchain::builder().spawn().await.unwrap();
    let client = Client::new(node.url());
    (node, client)
}

#[tokio::test]
async fn deploys_calls_and_logs() {
    let (_node, client) = start().await;
    let address = client.deploy(0).await;
    assert_eq!(client.ok("eth_getCode", json!([address, "latest"])).await, json!(Bytes::from(contract())));

    let set = sign(0, eip1559(1, TxKind::Call(address), word(77).as_slice()));
    let receipt = client.send(&set).await;
    assert_eq!(receipt["status"], "0x1");
    assert_eq!(receipt["from"], json!(DEV_ACCOUNTS[0]));
    assert_eq!(receipt["to"], json!(address));
    assert_eq!(receipt["contractAddress"], Value::Null);
    assert_eq!(hex(&receipt["blockNumber"]), 2);
    assert_eq!(receipt["logs"][0]["data"], json!(word(77)));

    assert_eq!(client.ok("eth_call", json!([{ "to": address }, "latest"])).await, json!(word(77)));
    assert_eq!(client.ok("eth_getStorageAt", json!([address, "0x0", "latest"])).await, json!(word(77)));
    // A call leaves nothing behind.
    client.ok("eth_call", json!([{ "to": address, "input": word(1) }])).await;
    assert_eq!(client.ok("eth_call", json!([{ "to": address }])).await, json!(word(77)));

    let block = client.ok("eth_getBlockByNumber", json!(["latest", true])).await;
    let hash = receipt["transactionHash"].clone();
    assert_eq!(block["transactions"][0]["hash"], hash);
    assert_eq!(block["transactions"][0]["type"], "0x2");
    assert_eq!(block["gasUsed"], receipt["gasUsed"]);
    assert_eq!(block["logsBloom"], receipt["logsBloom"]);
    assert_eq!(client.ok("eth_getBlockByHash", json!([block["hash"], true])).await, block);
    let found = client.ok("eth_getTransactionByHash", json!([hash])).await;
    assert_eq!(found, block["transactions"][0]);
    assert_eq!(found["input"], json!(word(77)));
    assert_eq!(found["from"], json!(DEV_ACCOUNTS[0]));
    let parent = client.ok("eth_getBlockByNumber", json!(["0x1", false])).await;
    assert_eq!(block["parentHash"], parent["hash"]);
    assert_ne!(block["stateRoot"], parent["stateRoot"]);
    assert_eq!(client.ok("eth_getBlockByNumber", json!(["0x3", false])).await, Value::Null);
    assert_eq!(client.ok("eth_getTransactionReceipt", json!([word(1)])).await, Value::Null);
}

#[tokio::test]
async fn picks_logs_by_address_topic_and_range() {
    let (_node, client) = start().await;
    let (first, second) = (client.deploy(0).await, client.deploy(1).await);
    for (nonce, (to, value)) in [(first, 10), (second, 20), (first, 30)].into_iter().enumerate() {
        client.send(&sign(0, eip1559(2 + nonce as u64, TxKind::Call(to), word(value).as_slice()))).await;
    }
    let values = async |filter: Value| -> Vec<Value> {
        let logs = client.ok("eth_getLogs", json!([filter])).await;
        logs.as_array().unwrap().iter().map(|log| log["data"].clone()).collect()
    };
    let all = json!({ "fromBlock": "earliest", "toBlock": "latest" });
    assert_eq!(values(all).await, [json!(word(10)), json!(word(20)), json!(word(30))]);
    assert_eq!(
        values(json!({ "fromBlock": "0x0", "address": first })).await,
        [json!(word(10)), json!(word(30))]
    );
    assert_eq!(values(json!({ "fromBlock": "0x4", "toBlock": "0x4" })).await, [json!(word(20))]);
    assert_eq!(values(json!({})).await, [json!(word(30))], "the newest block is the default");
    assert_eq!(values(json!({ "fromBlock": "0x0", "topics": [word(0x2a)] })).await.len(), 3);
    assert!(values(json!({ "fromBlock": "0x0", "topics": [word(0x2b)] })).await.is_empty());
    let block = client.ok("eth_getBlockByNumber", json!(["0x3", false])).await;
    assert_eq!(values(json!({ "blockHash": block["hash"] })).await, [json!(word(10))]);
    assert_eq!(
        client.err("eth_getLogs", json!([{ "fromBlock": "0x3", "toBlock": "0x2" }])).await["code"],
        -32602
    );
}

#[tokio::test]
async fn reverts_carry_their_data() {
    let (_node, client) = start().await;
    let address = client.deploy(0).await;
    for method in ["eth_call", "eth_estimateGas"] {
        let error = client.err(method, json!([{ "to": address, "data": "0x01" }])).await;
        assert_eq!(error["code"], 3, "{error}");
        assert_eq!(error["message"], "execution reverted");
        let data = error["data"].as_str().unwrap();
        assert!(data.starts_with("0xdeadbeef"), "{data}");
        assert_eq!(data.len(), 2 + 2 * 36);
    }
    // A transaction that reverts is mined as failed, without logs, and pays.
    let receipt = client.send(&sign(0, eip1559(1, TxKind::Call(address), &[1]))).await;
    assert_eq!(receipt["status"], "0x0");
    assert_eq!(receipt["logs"], json!([]));
    assert_eq!(client.number("eth_getTransactionCount", json!([DEV_ACCOUNTS[0], "latest"])).await, 2);
    // Running out of gas is told apart from a revert.
    let error = client.err("eth_call", json!([{ "to": address, "data": word(1), "gas": "0x5800" }])).await;
    assert_eq!(error["code"], -32000);
    assert!(error["message"].as_str().unwrap().contains("OutOfGas"), "{error}");
}

#[tokio::test]
async fn estimates_are_enough_and_not_much_more() {
    let (_node, client) = start().await;
    let address = client.deploy(0).await;
    let from = DEV_ACCOUNTS[0];
    let estimate =
        client.number("eth_estimateGas", json!([{ "from": from, "to": address, "data": word(9) }])).await;
    let mut tx = eip1559(1, TxKind::Call(address), word(9).as_slice());
    tx.gas_limit = estimate;
    let receipt = client.send(&sign(0, tx)).await;
    assert_eq!(receipt["status"], "0x1");
    let used = hex(&receipt["gasUsed"]);
    assert!(estimate >= used && estimate - used <= used / 10, "{estimate} for {used}");
    assert_eq!(client.number("eth_estimateGas", json!([{ "from": from, "to": from }])).await, 21_000);
}

#[tokio::test]
async fn takes_every_ordinary_kind_of_transaction() {
    let (_node, client) = start().await;
    let to = Address::repeat_byte(0x77);
    for (raw, kind) in [
        (sign(0, legacy(0, TxKind::Call(to))), "0x0"),
        (sign(0, eip2930(1, TxKind::Call(to))), "0x1"),
        (sign(0, eip1559(2, TxKind::Call(to), &[])), "0x2"),
    ] {
        let receipt = client.send(&raw).await;
        assert_eq!((&receipt["type"], &receipt["status"]), (&json!(kind), &json!("0x1")));
        let tx = client.ok("eth_getTransactionByHash", json!([receipt["transactionHash"]])).await;
        assert_eq!(tx["type"], kind);
    }
    assert_eq!(client.number("eth_getBalance", json!([to, "latest"])).await, 10);
    // Dynamic fees are charged at base fee plus tip, and the base fee falls with empty blocks.
    let receipt = client.ok("eth_getBlockByNumber", json!(["0x3", true])).await;
    let base_fee = hex(&receipt["baseFeePerGas"]);
    assert!(base_fee < GWEI as u64);
    assert_eq!(hex(&receipt["transactions"][0]["gasPrice"]), base_fee + GWEI as u64);
}

#[tokio::test]
async fn refuses_what_it_can_not_mine_and_says_why() {
    let (_node, client) = start().await;
    let to = TxKind::Call(Address::repeat_byte(1));
    let refused = async |raw: Bytes, part: &str| {
        let error = client.err("eth_sendRawTransaction", json!([raw])).await;
        assert_eq!(error["code"], -32000, "{error}");
        assert!(error["message"].as_str().unwrap().contains(part), "{error}");
    };
    let good = sign(0, eip1559(0, to, &[]));
    client.send(&good).await;
    refused(good.clone(), "already known").await;
    refused(sign(0, eip1559(0, to, &[1])), "nonce too low: next nonce 1, tx nonce 0").await;
    refused(sign(0, eip1559(3, to, &[])), "nonce too high: next nonce 1, tx nonce 3").await;

    let mut tx = eip1559(1, to, &[]);
    tx.chain_id = 1;
    refused(sign(0, tx), "signed for chain 1, this is chain 31337").await;
    let mut tx = legacy(1, to);
    tx.chain_id = None;
    refused(sign(0, tx), "EIP-155").await;
    let mut tx = eip1559(1, to, &[]);
    tx.value = U256::from(10).pow(U256::from(30));
    refused(sign(0, tx), "insufficient funds").await;
    let mut tx = eip1559(1, to, &[]);
    tx.max_fee_per_gas = 1;
    tx.max_priority_fee_per_gas = 0;
    refused(sign(0, tx), "base fee").await;
    let mut tx = eip1559(1, to, &[]);
    tx.gas_limit = 20_000;
    refused(sign(0, tx), "gas").await;
    let mut tx = eip1559(1, to, &[]);
    tx.gas_limit = 1 << 25;
    refused(sign(0, tx), "cap").await;

    refused(Bytes::new(), "not a signed transaction").await;
    refused(good.slice(..good.len() - 1), "not a signed transaction").await;
    refused([&good[..], &[0]].concat().into(), "not a signed transaction").await;
    refused(Bytes::from_static(&[0x03, 0xc0]), "not a signed transaction").await;
    assert_eq!(client.number("eth_blockNumber", json!([])).await, 1, "nothing of it was mined");
    assert_eq!(client.number("eth_getTransactionCount", json!([DEV_ACCOUNTS[0], "pending"])).await, 1);
}

#[tokio::test]
async fn has_the_bls_precompiles_of_eip_2537() {
    let (_node, client) = start().await;
    // G1ADD of two points at infinity.
    let call = json!([{ "to": Address::left_padding_from(&[0x0b]), "data": Bytes::from(vec![0; 256]) }]);
    assert_eq!(client.ok("eth_call", call).await, json!(Bytes::from(vec![0; 128])));
    // The same with a coordinate that is no field element: the precompile fails.
    let call = json!([{ "to": Address::left_padding_from(&[0x0b]), "data": Bytes::from(vec![0xff; 256]) }]);
    assert_eq!(client.err("eth_call", call).await["code"], -32000);
}

#[tokio::test]
async fn a_block_sees_the_hashes_of_those_before() {
    let (_node, client) = start().await;
    client.ok("evm_mine", json!([])).await;
    let genesis = client.ok("eth_getBlockByNumber", json!(["earliest", false])).await;
    // PUSH1 0 BLOCKHASH PUSH1 0 MSTORE PUSH1 32 PUSH1 0 RETURN, run as creation code.
    let code = Bytes::from_static(&[0x5f, 0x40, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3]);
    assert_eq!(client.ok("eth_call", json!([{ "data": code }])).await, genesis["hash"]);
    assert_ne!(genesis["hash"], json!(B256::ZERO));
}
