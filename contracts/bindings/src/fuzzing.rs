//! What reads a node's answers, opened to the fuzz targets (`fuzz/`, feature `fuzzing`). No part of the interface.

use ethers::{
    abi::AbiDecode,
    types::{Block, Bytes, H256, Log, Transaction, TransactionReceipt, U64, U256},
};
use serde_json::Value;

use crate::{
    ChainError, ContractEvent, Contracts, DatasetEvent, LogError, LogRange, Logged, Revert, Word,
    abi::{escrow, token},
    datasets, escrow as reader, governance, logs,
    market::{channels, compute, consents, gallery, licenses, marketplace},
    registry,
    transport::HttpTransport,
};

/// Reads an answer as each type that requests ask for.
pub fn answer(body: &[u8]) {
    let Ok(transport) = HttpTransport::new("http://127.0.0.1:1") else { return };
    let read = transport.read::<Value>("eth_x", body);
    if let Err(error) = &read {
        drop(error.to_string());
        return;
    }
    drop(transport.read::<U64>("eth_chainId", body));
    drop(transport.read::<U256>("eth_getBalance", body));
    drop(transport.read::<Bytes>("eth_call", body));
    drop(transport.read::<Option<Block<H256>>>("eth_getBlockByNumber", body));
    drop(transport.read::<Option<Transaction>>("eth_getTransactionByHash", body));
    drop(transport.read::<Option<TransactionReceipt>>("eth_getTransactionReceipt", body));
    if let Ok(value) = read {
        let range = LogRange::Blocks { from: 0, to: u64::MAX };
        drop(logs::read_logs(value, &everywhere(), range).map_err(|error| error.to_string()));
    }
    if let Ok(logs) = transport.read::<Vec<Log>>("eth_getLogs", body) {
        logs.iter().for_each(|log| drop(reader::decode_log(log, &[0; 20])));
    }
}

/// Reads what a view returns as each type that views have.
pub fn view(output: &[u8]) {
    drop(escrow::StudyReturn::decode(output).map(|read| reader::shown_study(&read.shown)));
    drop(
        escrow::EnrolmentsReturn::decode(output)
            .map(|read| read.shown.iter().map(reader::shown_standing).for_each(drop)),
    );
    drop(Word::decode(output));
    drop(bool::decode(output));
    drop(U256::decode(output));
    drop(token::BalanceOfReturn::decode(output));
    compute::read_views(output);
    channels::read_views(output);
    marketplace::read_views(output);
    licenses::read_views(output);
    gallery::read_views(output);
    consents::read_views(output);
}

/// Each contract at an address of its own: its place among them, twenty times.
fn everywhere() -> Contracts {
    let mut all = Contracts::default();
    for (contract, place) in registry::contracts().iter().zip(0..) {
        all.add([place; 20], contract.name);
    }
    all
}

/// Reads a log of any contract by its ABI, in the first block; `contract` counts them by name.
///
/// # Errors
/// It is none.
pub fn contract_event(contract: u8, topics: &[Word], data: &[u8]) -> Result<ContractEvent, LogError> {
    ContractEvent::decode(&Log { address: [contract; 20].into(), ..log(topics, data) }, &everywhere())
}

/// Reads a log of the escrow, in the first block.
///
/// # Errors
/// It is none.
pub fn event(topics: &[Word], data: &[u8]) -> Result<Logged, ChainError> {
    reader::decode_log(&log(topics, data), &[0; 20])
}

/// Reads a log of the registry of datasets; none if it is none.
#[must_use]
pub fn dataset_event(topics: &[Word], data: &[u8]) -> Option<Result<Option<DatasetEvent>, ChainError>> {
    datasets::read_event(&log(topics, data))
}

/// What a proposal's call would do, if it were one of the protocol's parameters, of the token, and of the escrow.
#[must_use]
pub fn explained(call: &[u8]) -> [Option<String>; 3] {
    governance::as_each(call)
}

fn log(topics: &[Word], data: &[u8]) -> Log {
    Log {
        topics: topics.iter().map(|topic| H256(*topic)).collect(),
        data: data.to_vec().into(),
        block_hash: Some(H256::zero()),
        block_number: Some(U64::one()),
        transaction_hash: Some(H256::zero()),
        log_index: Some(U256::zero()),
        ..Log::default()
    }
}

/// Reads what a contract reverts with.
#[must_use]
pub fn revert(data: &[u8]) -> Revert {
    Revert::decode(data)
}
