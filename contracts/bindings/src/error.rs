//! What can go wrong between here and the chain.

use std::path::PathBuf;

use crate::{Address, Revert, Word};

/// Why a call, a transaction or a connection failed.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The endpoint is not one this crate can speak to.
    #[error("`{url}` is not an endpoint: {reason}")]
    Url {
        /// As given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody answers there.
    #[error("can't reach the chain at {url} ({attempts} attempts): {reason}; is the node running?")]
    Unreachable {
        /// The endpoint.
        url: String,
        /// How often it was tried.
        attempts: u32,
        /// The last failure.
        reason: String,
    },
    /// Something answers that is no Ethereum node, or answers nonsense.
    #[error("{url} does not answer as an Ethereum node: {reason}")]
    Answer {
        /// The endpoint.
        url: String,
        /// What came instead.
        reason: String,
    },
    /// The node refused, in its own words.
    #[error("the node refused {method}: {message} (code {code})")]
    Refused {
        /// The JSON-RPC method.
        method: String,
        /// JSON-RPC error code.
        code: i64,
        /// The node's message.
        message: String,
    },
    /// The wrong network.
    #[error(
        "this node serves chain {node}, the deployment is for chain {expected}; check the --rpc endpoint"
    )]
    WrongChain {
        /// What the node says.
        node: u64,
        /// What was expected.
        expected: u64,
    },
    /// The contract refused.
    #[error("the contract refused: {0}")]
    Reverted(Revert),
    /// There is no contract, or another one.
    #[error("no {contract} contract at 0x{}: {reason}", hex::encode(.address))]
    NoContract {
        /// What should be there.
        contract: &'static str,
        /// Where.
        address: Address,
        /// What was found.
        reason: String,
    },
    /// Contracts can't be put at the addresses that follow from their code.
    #[error(
        "the chain has no deterministic deployment proxy, and the node refuses the transaction that creates it, which is \
         signed for no chain in particular: {message}; have the node's operator send it, or allow such transactions (geth: \
         --rpc.allow-unprotected-txs)"
    )]
    NoProxy {
        /// The node's message.
        message: String,
    },
    /// Only the deployer may finish a deployment.
    #[error(
        "the timelock is still the deployer's, 0x{}, and this wallet is 0x{}: finish with the deployer's",
        hex::encode(.deployer),
        hex::encode(.wallet)
    )]
    NotDeployer {
        /// Who may.
        deployer: Address,
        /// Who tried.
        wallet: Address,
    },
    /// The connection broke while a transaction was on its way. It may or may not be mined: look before sending anew.
    #[error("can't tell whether transaction 0x{} was taken: {reason}; look it up before sending again", hex::encode(.tx_hash))]
    Unsure {
        /// The transaction's hash.
        tx_hash: Word,
        /// What broke.
        reason: String,
    },
    /// The node took the transaction, but no block has it yet.
    #[error("transaction 0x{} was not mined within {seconds} seconds; it may be later", hex::encode(.tx_hash))]
    NotMined {
        /// The transaction's hash.
        tx_hash: Word,
        /// How long was waited.
        seconds: u64,
    },
    /// Mined, failed, and the reason can't be found any more.
    #[error("transaction 0x{} failed in block {block}, though it went through when simulated", hex::encode(.tx_hash))]
    Failed {
        /// The transaction's hash.
        tx_hash: Word,
        /// The block it is in.
        block: u64,
    },
    /// The chain already holds something else where this was to go.
    #[error("the chain holds another {what}: {reason}")]
    Conflict {
        /// The thing in question.
        what: &'static str,
        /// How they differ.
        reason: String,
    },
    /// The events do not have all owners that the contract counts, or have more.
    #[error(
        "the node's events show {listed} owners on the study's roster and the contract counts {counted}: the node is catching \
         up, or leaves some out; try again, or ask another node"
    )]
    Roster {
        /// Owners that the events show.
        listed: usize,
        /// Owners on the roster, as the contract counted.
        counted: u16,
    },
    /// A deployment file.
    #[error("deployment file {path}: {reason}")]
    DeploymentFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A number that the chain has and this crate has no room for.
    #[error("the chain's {field} does not fit {bits} bits")]
    Range {
        /// What it is.
        field: &'static str,
        /// Room there is.
        bits: u32,
    },
}

impl ChainError {
    /// The contract's error, if it was the contract that refused.
    #[must_use]
    pub fn revert(&self) -> Option<&Revert> {
        match self {
            Self::Reverted(revert) => Some(revert),
            _ => None,
        }
    }
}
