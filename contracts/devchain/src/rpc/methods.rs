//! What each method does.

use revm::primitives::{Address, B256, Bytes, U256};
use serde_json::{Value, json};

use super::{
    Node, RpcError,
    params::{CallObject, Params, tag_number},
    render::{self, hex},
};
use crate::{block::Block, chain::Chain, filter::Filter};

/// Suggested tip: what anvil and most wallets start from.
const PRIORITY_FEE: u64 = 1_000_000_000;
/// Blocks one `eth_feeHistory` may ask for, as in geth.
const FEE_HISTORY_LIMIT: u64 = 1_024;

/// Answers one request.
pub(crate) fn call(node: &mut Node, method: &str, params: &Params) -> Result<Value, RpcError> {
    let Node { chain, accounts } = node;
    match method {
        "web3_clientVersion" => Ok(json!(concat!("tributary-devchain/v", env!("CARGO_PKG_VERSION")))),
        "net_version" => Ok(json!(chain.chain_id().to_string())),
        "eth_chainId" => Ok(hex(chain.chain_id())),
        "eth_accounts" => Ok(json!(accounts)),
        "eth_syncing" => Ok(json!(false)),
        "eth_blockNumber" => Ok(hex(chain.latest().header.number)),
        "eth_getBlockByNumber" => {
            let full = params.optional(1, "full")?.unwrap_or(false);
            let number = params.block(0, chain)?;
            chain.block(number).map_or(Ok(Value::Null), |block| render::block(block, full))
        }
        "eth_getBlockByHash" => {
            let full = params.optional(1, "full")?.unwrap_or(false);
            let block = chain.block_by_hash(params.get(0, "hash")?);
            block.map_or(Ok(Value::Null), |block| render::block(block, full))
        }
        "eth_getBalance" => {
            params.newest_state(1, chain)?;
            Ok(json!(chain.account(params.get(0, "address")?).balance))
        }
        "eth_getTransactionCount" => {
            params.newest_state(1, chain)?;
            Ok(hex(chain.account(params.get(0, "address")?).nonce))
        }
        "eth_getCode" => {
            params.newest_state(1, chain)?;
            Ok(json!(chain.code(params.get(0, "address")?)))
        }
        "eth_getStorageAt" => {
            params.newest_state(2, chain)?;
            let (address, slot): (Address, U256) = (params.get(0, "address")?, params.get(1, "slot")?);
            Ok(json!(B256::from(chain.storage(address, slot))))
        }
        "eth_call" => {
            params.newest_state(1, chain)?;
            let message = params.get::<CallObject>(0, "call")?.message()?;
            Ok(json!(chain.call(&message)?.output))
        }
        "eth_estimateGas" => {
            params.newest_state(1, chain)?;
            let message = params.get::<CallObject>(0, "call")?.message()?;
            Ok(hex(chain.estimate(&message)?))
        }
        "eth_gasPrice" => Ok(hex(next_base_fee(chain).saturating_add(PRIORITY_FEE))),
        "eth_maxPriorityFeePerGas" => Ok(hex(PRIORITY_FEE)),
        "eth_feeHistory" => fee_history(chain, params),
        "eth_sendRawTransaction" => {
            let raw: Bytes = params.get(0, "transaction")?;
            Ok(json!(chain.send(&raw)?))
        }
        "eth_getTransactionByHash" => {
            let found = chain.transaction(params.get(0, "hash")?);
            found.map_or(Ok(Value::Null), |(block, mined)| render::transaction(block, mined))
        }
        "eth_getTransactionReceipt" => {
            let found = chain.transaction(params.get(0, "hash")?);
            found.map_or(Ok(Value::Null), |(block, mined)| render::receipt(block, mined))
        }
        "eth_getLogs" => logs(chain, &params.get(0, "filter")?),
        "evm_increaseTime" => Ok(json!(chain.increase_time(params.number(0, "seconds")?)?)),
        "evm_setNextBlockTimestamp" => {
            chain.set_next_timestamp(params.number(0, "timestamp")?)?;
            Ok(Value::Null)
        }
        "evm_mine" => {
            let timestamp = match params.optional::<Value>(0, "timestamp")? {
                None => None,
                Some(_) => Some(params.number(0, "timestamp")?),
            };
            chain.mine(timestamp)?;
            Ok(json!("0x0"))
        }
        "evm_snapshot" => Ok(hex(chain.snapshot()?)),
        "evm_revert" => Ok(json!(chain.revert(params.number(0, "snapshot")?)?)),
        _ => Err(RpcError::no_method(method)),
    }
}

fn next_base_fee(chain: &Chain) -> u64 {
    chain.next_header().base_fee_per_gas.unwrap_or_default()
}

fn logs(chain: &Chain, filter: &Filter) -> Result<Value, RpcError> {
    let pick = |block: &Block| render::logs(block, |log| filter.admits(log));
    if let Some(hash) = filter.block_hash {
        if filter.from_block.is_some() || filter.to_block.is_some() {
            return Err(RpcError::params("parameter filter: give blockHash, or fromBlock and toBlock"));
        }
        let block =
            chain.block_by_hash(hash).ok_or_else(|| RpcError::server(format!("block {hash} not found")))?;
        return Ok(Value::Array(pick(block)));
    }
    let bound = |tag: &Option<String>| tag_number(tag.as_deref().unwrap_or("latest"), chain);
    let (from, to) = (bound(&filter.from_block)?, bound(&filter.to_block)?);
    if from > to {
        return Err(RpcError::params(format!("parameter filter: fromBlock {from} is after toBlock {to}")));
    }
    let in_range = chain.blocks().iter().filter(|block| (from..=to).contains(&block.header.number));
    Ok(Value::Array(in_range.flat_map(|block| pick(block)).collect()))
}

fn fee_history(chain: &Chain, params: &Params) -> Result<Value, RpcError> {
    let count = params.number(0, "blockCount")?.min(FEE_HISTORY_LIMIT);
    let newest = params.block(1, chain)?;
    let percentiles: Vec<f64> = params.optional(2, "rewardPercentiles")?.unwrap_or_default();
    if newest > chain.latest().header.number {
        return Err(RpcError::server(format!("block {newest} is beyond the newest")));
    }
    let end = newest.saturating_add(1);
    let oldest = end.saturating_sub(count);
    let range: Vec<&Block> = (oldest..end).filter_map(|n| chain.block(n)).map(AsRef::as_ref).collect();
    let mut base_fees: Vec<Value> =
        range.iter().map(|block| hex(block.header.base_fee_per_gas.unwrap_or_default())).collect();
    let following = match chain.block(end) {
        Some(block) => block.header.base_fee_per_gas.unwrap_or_default(),
        None => next_base_fee(chain),
    };
    base_fees.push(hex(following));
    let ratios: Vec<f64> =
        range.iter().map(|block| block.header.gas_used as f64 / block.header.gas_limit as f64).collect();
    let mut history =
        json!({ "oldestBlock": hex(oldest), "baseFeePerGas": base_fees, "gasUsedRatio": ratios });
    if !percentiles.is_empty() {
        // With one transaction a block, every percentile is that transaction's tip.
        let tip = |block: &&Block| {
            let base_fee = u128::from(block.header.base_fee_per_gas.unwrap_or_default());
            let tip =
                block.mined.as_ref().map_or(0, |mined| mined.effective_gas_price.saturating_sub(base_fee));
            json!(vec![format!("{tip:#x}"); percentiles.len()])
        };
        history["reward"] = range.iter().map(tip).collect();
    }
    Ok(history)
}
