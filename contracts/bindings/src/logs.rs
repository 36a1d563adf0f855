//! Logs of every contract, by their ABIs: a contract, an event, and values by name.

use std::collections::BTreeMap;

use ethers::types::{Block, H256, Log};
use serde_json::json;

use crate::{
    Address, ChainClient, ChainError, Deployment, Word,
    registry::{self, Input},
    values::Value,
};

/// Which contract is at which address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contracts(BTreeMap<Address, &'static str>);

/// Something that a contract logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractEvent {
    /// The contract's name, as in `contracts/src/`.
    pub contract: &'static str,
    /// Its address.
    pub address: Address,
    /// The event's name.
    pub event: String,
    /// Block number.
    pub block: u64,
    /// The block's hash.
    pub block_hash: Word,
    /// The transaction's hash.
    pub tx_hash: Word,
    /// Position in the block.
    pub log_index: u64,
    /// The event's values in the contract's order.
    pub values: Vec<Named>,
}

/// A value of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name in the contract.
    pub name: String,
    /// Whether logs can be looked up by it.
    pub indexed: bool,
    /// The value.
    pub value: Value,
}

/// A log can't be read as an event of its contract: the node lies, or the deployment file names another contract.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("log {index} of block {block} is none of {contract} at 0x{}: {reason}; check the deployment file and the node", hex::encode(.address))]
pub struct LogError {
    /// The contract that should have logged it; `?` if none is known at the address.
    pub contract: &'static str,
    /// Where it comes from.
    pub address: Address,
    /// The block, as text: it may be missing.
    pub block: String,
    /// The position in the block, as text: it may be missing.
    pub index: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Why logs were not read.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    /// The node can't be asked, or refuses.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// It sent what is no log of these contracts.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Which logs are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogRange {
    /// Those of all blocks from one to another, both included.
    Blocks {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
    /// Those of the one block with this hash; an error if the node does not have it (EIP-234).
    Block(Word),
}

/// Which block it is, and on top of which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Block number.
    pub number: u64,
    /// The block's hash.
    pub hash: Word,
    /// The hash of the block before.
    pub parent: Word,
    /// Seconds since the Unix epoch.
    pub timestamp: u64,
}

impl Contracts {
    /// The contracts of a deployment.
    #[must_use]
    pub fn of(deployment: &Deployment) -> Self {
        let mut contracts = Self::default();
        for (contract, address) in deployment.contracts() {
            contracts.add(address, contract);
        }
        contracts
    }

    /// Adds one; `false` if there is no contract of this name, or another one at this address.
    pub fn add(&mut self, address: Address, contract: &str) -> bool {
        let Some(contract) = registry::contract(contract) else { return false };
        *self.0.entry(address).or_insert(contract.name) == contract.name
    }

    /// The name of the contract at an address.
    #[must_use]
    pub fn name(&self, address: &Address) -> Option<&'static str> {
        self.0.get(address).copied()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&Address, &'static str)> {
        self.0.iter().map(|(address, name)| (address, *name))
    }
}

impl ContractEvent {
    /// Reads a log.
    pub(crate) fn decode(log: &Log, contracts: &Contracts) -> Result<Self, LogError> {
        let address = log.address.0;
        let contract = contracts.name(&address);
        let shown = |number: Option<String>| number.unwrap_or_else(|| "?".into());
        let bad = |reason: String| LogError {
            contract: contract.unwrap_or("?"),
            address,
            block: shown(log.block_number.map(|n| n.to_string())),
            index: shown(log.log_index.map(|n| n.to_string())),
            reason,
        };
        let name = contract.ok_or_else(|| bad("no contract is known there".into()))?;
        let known = registry::contract(name).ok_or_else(|| bad("no ABI of it".into()))?;
        let (Some(block), Some(block_hash), Some(tx_hash), Some(log_index)) =
            (log.block_number, log.block_hash, log.transaction_hash, log.log_index)
        else {
            return Err(bad("it is in no block yet".into()));
        };
        if log.removed == Some(true) {
            return Err(bad("it was removed by a reorganisation".into()));
        }
        let (first, topics) = log.topics.split_first().ok_or_else(|| bad("it has no topics".into()))?;
        let event = known
            .events
            .get(&first.0)
            .ok_or_else(|| bad(format!("no event has topic 0x{}", hex::encode(first))))?;
        let values = values(&event.inputs, topics, &log.data)
            .map_err(|reason| bad(format!("{}: {reason}", event.name)))?;
        Ok(Self {
            contract: name,
            address,
            event: event.name.clone(),
            block: block.as_u64(),
            block_hash: block_hash.0,
            tx_hash: tx_hash.0,
            log_index: u64::try_from(log_index).map_err(|_| bad("no such position".into()))?,
            values,
        })
    }

    /// A value by its name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|named| named.name == name).map(|named| &named.value)
    }

    /// A number, bytes, an address or a string by its name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(Value::text)
    }

    /// All values as a JSON object, in the contract's order.
    #[must_use]
    pub fn json(&self) -> String {
        let fields = self.values.iter().map(|named| (named.name.clone(), named.value.clone()));
        let object = Value::Object(fields.collect());
        serde_json::to_string(&object).unwrap_or_default()
    }
}

/// In the event's order: indexed values from topics, the others from data.
fn values(inputs: &[Input], topics: &[H256], data: &[u8]) -> Result<Vec<Named>, String> {
    let indexed = inputs.iter().filter(|input| input.indexed).count();
    if indexed != topics.len() {
        return Err(format!("has {} indexed values, not {indexed}", topics.len()));
    }
    let plain: Vec<&Input> = inputs.iter().filter(|input| !input.indexed).collect();
    let mut plain = registry::read(&plain, data)?.into_iter();
    let mut topics = topics.iter();
    let mut next = |input: &Input| {
        let missing = || format!("{}: is missing", input.name);
        if !input.indexed {
            return plain.next().ok_or_else(missing);
        }
        let topic = topics.next().ok_or_else(missing)?.as_bytes();
        if registry::is_hashed(&input.kind) {
            return Ok(Value::Object(vec![("keccak256".into(), Value::hex(topic))]));
        }
        registry::read(&[input], topic)?.pop().ok_or_else(missing)
    };
    let named =
        |input: &Input| Ok(Named { name: input.name.clone(), indexed: input.indexed, value: next(input)? });
    inputs.iter().map(named).collect()
}

impl ChainClient {
    /// The newest block.
    ///
    /// # Errors
    /// The node can't be asked, or does not answer with a block.
    pub async fn newest(&self) -> Result<Header, ChainError> {
        let block = self.block(json!("latest")).await?;
        block.ok_or_else(|| answer("it has no newest block"))
    }

    /// A block of the node's chain; none if its chain has no block of this number.
    ///
    /// # Errors
    /// The node can't be asked, or does not answer with a block.
    pub async fn header(&self, number: u64) -> Result<Option<Header>, ChainError> {
        let block = self.block(json!(format!("{number:#x}"))).await?;
        if block.is_some_and(|block| block.number != number) {
            return Err(answer("it was asked for one block and sent another"));
        }
        Ok(block)
    }

    async fn block(&self, tag: serde_json::Value) -> Result<Option<Header>, ChainError> {
        let value = self.rpc("eth_getBlockByNumber", json!([tag, false])).await?;
        let block: Option<Block<H256>> =
            serde_json::from_value(value).map_err(|error| answer(&error.to_string()))?;
        let Some(block) = block else { return Ok(None) };
        let (Some(number), Some(hash)) = (block.number, block.hash) else { return Ok(None) };
        let timestamp = u64::try_from(block.timestamp)
            .map_err(|_| ChainError::Range { field: "block timestamp", bits: 64 })?;
        Ok(Some(Header { number: number.as_u64(), hash: hash.0, parent: block.parent_hash.0, timestamp }))
    }

    /// What these contracts logged, in the chain's order. Each log is checked: that it is of one of the contracts, of a
    /// block that was asked for, and what its ABI says.
    ///
    /// # Errors
    /// [`LogsError::Chain`]: the node can't be asked, or refuses (many limit how far a range may go);
    /// [`LogsError::Log`]: it sent something else.
    pub async fn contract_events(
        &self,
        contracts: &Contracts,
        range: LogRange,
    ) -> Result<Vec<ContractEvent>, LogsError> {
        let addresses: Vec<String> =
            contracts.iter().map(|(address, _)| format!("0x{}", hex::encode(address))).collect();
        if addresses.is_empty() {
            return Ok(Vec::new());
        }
        let filter = match range {
            LogRange::Blocks { from, to } => {
                json!({ "address": addresses, "fromBlock": format!("{from:#x}"), "toBlock": format!("{to:#x}") })
            }
            LogRange::Block(hash) => json!({ "address": addresses, "blockHash": H256(hash) }),
        };
        let value = self.rpc("eth_getLogs", json!([filter])).await?;
        read_logs(value, contracts, range)
    }
}

/// Reads the answer to `eth_getLogs`.
pub(crate) fn read_logs(
    value: serde_json::Value,
    contracts: &Contracts,
    range: LogRange,
) -> Result<Vec<ContractEvent>, LogsError> {
    let logs: Vec<Log> = serde_json::from_value(value).map_err(|error| answer(&error.to_string()))?;
    let mut events = Vec::with_capacity(logs.len());
    for log in &logs {
        let event = ContractEvent::decode(log, contracts)?;
        let asked_for = match range {
            LogRange::Blocks { from, to } => (from..=to).contains(&event.block),
            LogRange::Block(hash) => event.block_hash == hash,
        };
        if !asked_for {
            return Err(answer("it sent a log of a block that was not asked for").into());
        }
        events.push(event);
    }
    events.sort_by_key(|event| (event.block, event.log_index));
    if events.windows(2).any(|pair| (pair[0].block, pair[0].log_index) == (pair[1].block, pair[1].log_index))
    {
        return Err(answer("it sent two logs of one place in a block").into());
    }
    Ok(events)
}

fn answer(reason: &str) -> ChainError {
    ChainError::Answer { url: "the node".into(), reason: reason.to_owned() }
}

#[cfg(test)]
#[path = "logs_tests.rs"]
mod tests;
