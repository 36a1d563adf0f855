//! Blocks, transactions, receipts and logs as the execution API specification writes them.

use alloy_consensus::Transaction;
use revm::primitives::B256;
use serde_json::{Map, Value, json};

use super::RpcError;
use crate::block::{Block, Mined};

fn object(value: impl serde::Serialize) -> Result<Map<String, Value>, RpcError> {
    match serde_json::to_value(value) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(RpcError::internal("an object was expected to be one")),
        Err(e) => Err(RpcError::internal(e.to_string())),
    }
}

/// A hex quantity.
pub(crate) fn hex(number: u64) -> Value {
    json!(format!("{number:#x}"))
}

fn hex128(number: u128) -> Value {
    json!(format!("{number:#x}"))
}

pub(crate) fn block(block: &Block, full: bool) -> Result<Value, RpcError> {
    let mut fields = object(&block.header)?;
    let transactions = match &block.mined {
        None => Vec::new(),
        Some(mined) if full => vec![transaction(block, mined)?],
        Some(mined) => vec![json!(mined.tx.tx_hash())],
    };
    fields.insert("hash".into(), json!(block.hash));
    fields.insert("transactions".into(), Value::Array(transactions));
    fields.insert("uncles".into(), json!([]));
    fields.insert("withdrawals".into(), json!([]));
    fields.insert("size".into(), hex(size(block)));
    fields.insert("totalDifficulty".into(), hex(0));
    Ok(Value::Object(fields))
}

/// Bytes of the block's RLP: header, transactions, no uncles, no withdrawals.
fn size(block: &Block) -> u64 {
    use alloy_consensus::{BlockBody, private::alloy_rlp::Encodable};
    let body = BlockBody {
        transactions: block.mined.iter().map(|mined| mined.tx.clone()).collect(),
        ommers: Vec::new(),
        withdrawals: Some(Default::default()),
    };
    alloy_consensus::Block { header: block.header.clone(), body }.length() as u64
}

pub(crate) fn transaction(block: &Block, mined: &Mined) -> Result<Value, RpcError> {
    let mut fields = object(&mined.tx)?;
    fields.insert("from".into(), json!(mined.sender));
    fields.insert("blockHash".into(), json!(block.hash));
    fields.insert("blockNumber".into(), hex(block.header.number));
    fields.insert("transactionIndex".into(), hex(0));
    fields.insert("gasPrice".into(), hex128(mined.effective_gas_price));
    Ok(Value::Object(fields))
}

pub(crate) fn receipt(block: &Block, mined: &Mined) -> Result<Value, RpcError> {
    Ok(json!({
        "type": hex(mined.tx.tx_type() as u64),
        "status": hex(u64::from(mined.receipt.receipt.status.coerce_status())),
        "transactionHash": mined.tx.tx_hash(),
        "transactionIndex": hex(0),
        "blockHash": block.hash,
        "blockNumber": hex(block.header.number),
        "from": mined.sender,
        "to": mined.tx.to(),
        "contractAddress": mined.contract,
        "gasUsed": hex(mined.gas_used()),
        "cumulativeGasUsed": hex(mined.gas_used()),
        "effectiveGasPrice": hex128(mined.effective_gas_price),
        "logs": logs(block, |_| true),
        "logsBloom": mined.receipt.logs_bloom,
    }))
}

/// The block's logs that `keep` admits.
pub(crate) fn logs(block: &Block, keep: impl Fn(&revm::primitives::Log) -> bool) -> Vec<Value> {
    let Some(mined) = &block.mined else { return Vec::new() };
    let all = mined.logs().iter().enumerate();
    all.filter(|(_, log)| keep(log))
        .map(|(index, log)| {
            let topics: &[B256] = log.data.topics();
            json!({
                "address": log.address,
                "topics": topics,
                "data": log.data.data,
                "blockNumber": hex(block.header.number),
                "blockHash": block.hash,
                "blockTimestamp": hex(block.header.timestamp),
                "transactionHash": mined.tx.tx_hash(),
                "transactionIndex": hex(0),
                "logIndex": hex(index as u64),
                "removed": false,
            })
        })
        .collect()
}
