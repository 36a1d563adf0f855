//! What the registry logs.

use std::collections::BTreeSet;

use ethers::types::{Log, U256};

use super::Purpose;
use crate::{
    Address, ChainError, Word,
    abi::datasets::DatasetRegistryContractEvents,
    handle::{Handle, counter},
};

/// Something that befell a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatasetEvent {
    /// It was listed.
    Listed {
        /// Its number.
        dataset: u64,
        /// By whom.
        owner: Address,
        /// Salted commitment to its description.
        commitment: Word,
        /// Where the sealed description is.
        uri: String,
        /// Asked for a study's use, in the token's smallest unit.
        price: u128,
    },
    /// Its description or price was replaced.
    Updated {
        /// Its number.
        dataset: u64,
        /// Salted commitment to its description.
        commitment: Word,
        /// Where the sealed description is.
        uri: String,
        /// Asked for a study's use, in the token's smallest unit.
        price: u128,
    },
    /// It was burnt.
    Erased {
        /// Its number.
        dataset: u64,
        /// Whose it was.
        owner: Address,
        /// Salted commitment to the erasure's receipt.
        receipt: Word,
    },
    /// Its owner gave it to a study, or prolonged that.
    ConsentGranted {
        /// The dataset.
        dataset: u64,
        /// Whose it is.
        owner: Address,
        /// For what.
        purpose: Purpose,
        /// Last second.
        until: u64,
    },
    /// Its owner took that back.
    ConsentRevoked {
        /// The dataset.
        dataset: u64,
        /// Whose it is.
        owner: Address,
        /// For what.
        purpose: Purpose,
    },
}

/// An event with where it was logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetLogged {
    /// Block number.
    pub block: u64,
    /// Position in the block.
    pub log_index: u64,
    /// The transaction's hash.
    pub tx_hash: Word,
    /// What happened.
    pub event: DatasetEvent,
}

/// Nothing for what is no dataset's story: transfers, approvals and notices of the token's standards.
pub(super) fn decode(log: &Log, registry: &Handle) -> Result<Option<DatasetLogged>, ChainError> {
    let decoded = registry.event(log)?;
    let (Some(block), Some(tx_hash), Some(log_index)) =
        (log.block_number, log.transaction_hash, log.log_index)
    else {
        return Err(registry.wrong("a log of its is in no block yet"));
    };
    Ok(event(decoded)?.map(|event| DatasetLogged {
        block: block.as_u64(),
        log_index: log_index.low_u64(),
        tx_hash: tx_hash.0,
        event,
    }))
}

/// Reads a log of any block, for the fuzz targets.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_event(log: &Log) -> Option<Result<Option<DatasetEvent>, ChainError>> {
    use ethers::{abi::RawLog, contract::EthLogDecode as _};
    let raw = RawLog { topics: log.topics.clone(), data: log.data.to_vec() };
    DatasetRegistryContractEvents::decode_log(&raw).ok().map(event)
}

fn event(decoded: DatasetRegistryContractEvents) -> Result<Option<DatasetEvent>, ChainError> {
    use DatasetRegistryContractEvents as Raw;
    let id = |dataset: U256| counter("dataset", dataset);
    Ok(Some(match decoded {
        Raw::DatasetListedFilter(e) => DatasetEvent::Listed {
            dataset: id(e.dataset)?,
            owner: e.owner.0,
            commitment: e.commitment,
            uri: e.uri,
            price: e.price,
        },
        Raw::DatasetUpdatedFilter(e) => DatasetEvent::Updated {
            dataset: id(e.dataset)?,
            commitment: e.commitment,
            uri: e.uri,
            price: e.price,
        },
        Raw::DatasetErasedFilter(e) => {
            DatasetEvent::Erased { dataset: id(e.dataset)?, owner: e.owner.0, receipt: e.receipt }
        }
        Raw::ConsentGrantedFilter(e) => DatasetEvent::ConsentGranted {
            dataset: id(e.dataset)?,
            owner: e.owner.0,
            purpose: Purpose { escrow: e.escrow.0, study: e.study },
            until: e.until,
        },
        Raw::ConsentRevokedFilter(e) => DatasetEvent::ConsentRevoked {
            dataset: id(e.dataset)?,
            owner: e.owner.0,
            purpose: Purpose { escrow: e.escrow.0, study: e.study },
        },
        _ => return Ok(None),
    }))
}

/// What is granted and not revoked in a dataset's events.
pub(super) fn open_purposes(events: &[DatasetLogged]) -> Vec<Purpose> {
    let mut open = BTreeSet::new();
    for logged in events {
        match &logged.event {
            DatasetEvent::ConsentGranted { purpose, .. } => {
                open.insert(*purpose);
            }
            DatasetEvent::ConsentRevoked { purpose, .. } => {
                open.remove(purpose);
            }
            _ => {}
        }
    }
    open.into_iter().collect()
}
