//! Runs transactions and simulations in the EVM.

use alloy_consensus::{
    Eip658Value, Header, Receipt, Transaction, TxEnvelope, TxReceipt, transaction::SignerRecoverable,
};
use alloy_eips::{Decodable2718, eip2930::AccessList};
use revm::{
    Context, ExecuteEvm, MainBuilder, MainContext,
    context::{
        BlockEnv, CfgEnv, TxEnv,
        result::{EVMError, ExecutionResult, HaltReason, InvalidTransaction},
    },
    database::CacheDB,
    primitives::{Address, Bytes, TxKind, U256, eip7825::TX_GAS_LIMIT_CAP, hardfork::SpecId},
    state::EvmState,
};

use crate::block::{BLOCK_GAS_LIMIT, Db, Mined};
use crate::genesis::CREATE2_PROXY_CREATOR;

/// Why a raw transaction was not mined.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TxError {
    #[error("not a signed transaction: {0}")]
    Decode(String),
    #[error("transactions of type {0} are refused here: send a legacy, EIP-2930 or EIP-1559 one")]
    Type(u8),
    #[error("the signature does not recover to an account: {0}")]
    Signature(String),
    #[error("only replay-protected (EIP-155) transactions are accepted: sign with chain id {0}")]
    NoChainId(u64),
    #[error("invalid chain id: the transaction was signed for chain {got}, this is chain {expected}")]
    ChainId { got: u64, expected: u64 },
    #[error("nonce too low: next nonce {expected}, tx nonce {got}")]
    NonceTooLow { got: u64, expected: u64 },
    #[error(
        "nonce too high: next nonce {expected}, tx nonce {got}; this chain keeps no queue of later transactions"
    )]
    NonceTooHigh { got: u64, expected: u64 },
    #[error(
        "insufficient funds for gas * price + value: account {account} has {balance} wei and needs {needed}"
    )]
    Funds { account: Address, balance: U256, needed: U256 },
    #[error("already known: transaction {0} is in a block")]
    Known(revm::primitives::B256),
    #[error("max fee per gas {offered} wei is less than the block's base fee {base_fee}")]
    Fee { offered: u128, base_fee: u64 },
    #[error("{0}")]
    Refused(String),
    #[error("the state file could not be written: {0}")]
    Journal(#[source] std::io::Error),
}

/// Why a simulation gave no result.
#[derive(Debug)]
pub(crate) enum CallError {
    /// The contract reverted with this data.
    Revert(Bytes),
    /// The EVM stopped: out of gas, bad opcode …
    Halt(HaltReason),
    /// The call is not possible as stated.
    Invalid(String),
}

/// A message to simulate, all of it optional but the data.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    pub from: Address,
    pub to: Option<Address>,
    pub gas: Option<u64>,
    pub gas_price: Option<u128>,
    pub value: U256,
    pub data: Bytes,
    pub access_list: AccessList,
}

/// A transaction whose signature was checked.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub tx: TxEnvelope,
    pub sender: Address,
}

/// Decodes a raw transaction (EIP-2718), recovers its sender, and refuses what this chain doesn't take.
pub(crate) fn recover(raw: &[u8], chain_id: u64) -> Result<Recovered, TxError> {
    let tx = TxEnvelope::decode_2718_exact(raw).map_err(|e| TxError::Decode(e.to_string()))?;
    if !(tx.is_legacy() || tx.is_eip2930() || tx.is_eip1559()) {
        return Err(TxError::Type(tx.tx_type() as u8));
    }
    match tx.chain_id() {
        Some(got) if got != chain_id => return Err(TxError::ChainId { got, expected: chain_id }),
        _ => {}
    }
    // High-s signatures are refused here (EIP-2).
    let sender = tx.recover_signer().map_err(|e| TxError::Signature(e.to_string()))?;
    // What creates the proxy is the same transaction on every chain; it is that account's only one.
    if tx.chain_id().is_none() && sender != CREATE2_PROXY_CREATOR {
        return Err(TxError::NoChainId(chain_id));
    }
    Ok(Recovered { tx, sender })
}

/// Runs a transaction on top of `db` in the block `header` describes; the caller commits the state.
pub(crate) fn run(
    db: &Db,
    chain_id: u64,
    header: &Header,
    Recovered { tx, sender }: Recovered,
) -> Result<(Mined, EvmState), TxError> {
    let env = TxEnv {
        tx_type: tx.tx_type() as u8,
        caller: sender,
        gas_limit: tx.gas_limit(),
        gas_price: tx.max_fee_per_gas(),
        gas_priority_fee: tx.max_priority_fee_per_gas(),
        kind: tx.kind(),
        value: tx.value(),
        data: tx.input().clone(),
        nonce: tx.nonce(),
        chain_id: tx.chain_id(),
        access_list: tx.access_list().cloned().unwrap_or_default(),
        ..empty_tx()
    };
    let base_fee = header.base_fee_per_gas.unwrap_or_default();
    let mut evm = Context::mainnet()
        .with_db(CacheDB::new(db))
        .with_cfg(config(chain_id))
        .with_block(block_env(header))
        .build_mainnet();
    let outcome = evm.transact(env).map_err(|e| refusal(e, sender, &tx, base_fee))?;
    let result = outcome.result;
    let contract = tx.is_create().then(|| result.created_address()).flatten();
    let receipt = Receipt {
        status: Eip658Value::Eip658(result.is_success()),
        cumulative_gas_used: result.tx_gas_used(),
        // A revert takes its logs with it.
        logs: if result.is_success() { result.into_logs() } else { Vec::new() },
    };
    let effective_gas_price = tx.effective_gas_price(Some(base_fee));
    let mined = Mined { receipt: receipt.into_with_bloom(), tx, sender, effective_gas_price, contract };
    Ok((mined, outcome.state))
}

/// Simulates a message in the block `header` describes. Needs no funds, no fee and no nonce.
pub(crate) fn simulate(
    db: &Db,
    chain_id: u64,
    header: &Header,
    message: &Message,
) -> Result<Simulated, CallError> {
    let mut cfg = config(chain_id);
    cfg.disable_balance_check = true;
    cfg.disable_base_fee = true;
    cfg.disable_eip3607 = true;
    cfg.disable_nonce_check = true;
    // A view may cost more than a transaction is allowed to (EIP-7825).
    cfg.tx_gas_limit_cap = Some(BLOCK_GAS_LIMIT);
    let env = TxEnv {
        caller: message.from,
        gas_limit: message.gas.unwrap_or(BLOCK_GAS_LIMIT).min(BLOCK_GAS_LIMIT),
        gas_price: message.gas_price.unwrap_or_default(),
        kind: message.to.map_or(TxKind::Create, TxKind::Call),
        value: message.value,
        data: message.data.clone(),
        chain_id: Some(chain_id),
        access_list: message.access_list.clone(),
        tx_type: u8::from(!message.access_list.is_empty()),
        ..empty_tx()
    };
    let mut evm = Context::mainnet()
        .with_db(CacheDB::new(db))
        .with_cfg(cfg)
        .with_block(block_env(header))
        .build_mainnet();
    let result = evm.transact(env).map_err(|e| CallError::Invalid(e.to_string()))?.result;
    let gas_used = result.tx_gas_used();
    match result {
        ExecutionResult::Success { output, .. } => Ok(Simulated { output: output.into_data(), gas_used }),
        ExecutionResult::Revert { output, .. } => Err(CallError::Revert(output)),
        ExecutionResult::Halt { reason, .. } => Err(CallError::Halt(reason)),
    }
}

/// What a simulation returned and cost.
#[derive(Debug)]
pub(crate) struct Simulated {
    pub output: Bytes,
    pub gas_used: u64,
}

/// The least gas limit, to within 1.5 % above it, with which the message goes through.
///
/// More than it uses: the 63/64 rule and refunds ask for more at the start. The search is geth's.
pub(crate) fn estimate(db: &Db, chain_id: u64, header: &Header, message: &Message) -> Result<u64, CallError> {
    let cap = message.gas.unwrap_or(TX_GAS_LIMIT_CAP).min(TX_GAS_LIMIT_CAP);
    let with_gas = |gas| simulate(db, chain_id, header, &Message { gas: Some(gas), ..message.clone() });
    let used = with_gas(cap)?.gas_used;
    // Without inner calls and refunds, what was used is what is needed.
    if with_gas(used).is_ok() {
        return Ok(used);
    }
    let (mut fails, mut works) = (used, cap);
    // Most of the others go through with 64/63 of what they used.
    let hopeful = used.saturating_add(used / 63).saturating_add(2_300);
    if hopeful < works {
        if with_gas(hopeful).is_ok() { works = hopeful } else { fails = hopeful }
    }
    while works - fails > 1 && (works - fails) * 1_000 > works * 15 {
        let middle = fails + (works - fails) / 2;
        if with_gas(middle).is_ok() { works = middle } else { fails = middle }
    }
    Ok(works)
}

fn config(chain_id: u64) -> CfgEnv {
    CfgEnv::new_with_spec(SpecId::OSAKA).with_chain_id(chain_id)
}

fn block_env(header: &Header) -> BlockEnv {
    BlockEnv {
        number: U256::from(header.number),
        beneficiary: header.beneficiary,
        timestamp: U256::from(header.timestamp),
        gas_limit: header.gas_limit,
        basefee: header.base_fee_per_gas.unwrap_or_default(),
        prevrandao: Some(header.mix_hash),
        ..BlockEnv::default()
    }
}

/// All fields zero: `TxEnv::default()` names chain 1 and a gas limit.
fn empty_tx() -> TxEnv {
    TxEnv {
        tx_type: 0,
        caller: Address::ZERO,
        gas_limit: 0,
        gas_price: 0,
        kind: TxKind::Create,
        value: U256::ZERO,
        data: Bytes::new(),
        nonce: 0,
        chain_id: None,
        access_list: AccessList::default(),
        gas_priority_fee: None,
        blob_hashes: Vec::new(),
        max_fee_per_blob_gas: 0,
        authorization_list: Vec::new(),
    }
}

fn refusal<E: std::fmt::Display>(
    error: EVMError<E, InvalidTransaction>,
    account: Address,
    tx: &TxEnvelope,
    base_fee: u64,
) -> TxError {
    match error {
        EVMError::Transaction(InvalidTransaction::NonceTooLow { tx, state }) => {
            TxError::NonceTooLow { got: tx, expected: state }
        }
        EVMError::Transaction(InvalidTransaction::NonceTooHigh { tx, state }) => {
            TxError::NonceTooHigh { got: tx, expected: state }
        }
        EVMError::Transaction(InvalidTransaction::LackOfFundForMaxFee { fee, balance }) => {
            TxError::Funds { account, balance: *balance, needed: *fee }
        }
        EVMError::Transaction(InvalidTransaction::GasPriceLessThanBasefee) => {
            TxError::Fee { offered: tx.max_fee_per_gas(), base_fee }
        }
        other => TxError::Refused(other.to_string()),
    }
}
