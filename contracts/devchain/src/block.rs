//! Blocks and their one transaction.

use alloy_consensus::{
    Header, Receipt, ReceiptEnvelope, ReceiptWithBloom, TrieAccount, TxEnvelope, TxReceipt,
    constants::EMPTY_WITHDRAWALS,
    proofs::{
        calculate_receipt_root, calculate_transaction_root, state_root_unhashed, storage_root_unhashed,
    },
};
use alloy_eips::{
    eip1559::{BaseFeeParams, INITIAL_BASE_FEE},
    eip7685::EMPTY_REQUESTS_HASH,
};
use revm::{
    database::{AccountState, CacheDB, EmptyDB},
    primitives::{Address, B256, Log, keccak256},
};

/// Gas one block may use. Above the 2^24 that one transaction may (EIP-7825).
pub(crate) const BLOCK_GAS_LIMIT: u64 = 60_000_000;

/// All accounts, code and storage of the newest block.
pub(crate) type Db = CacheDB<EmptyDB>;

/// A block that was mined: none or one transaction.
#[derive(Debug)]
pub(crate) struct Block {
    pub header: Header,
    pub hash: B256,
    pub mined: Option<Mined>,
}

/// A transaction with what came of it.
#[derive(Debug)]
pub(crate) struct Mined {
    pub tx: TxEnvelope,
    pub sender: Address,
    pub receipt: ReceiptWithBloom<Receipt>,
    /// Wei paid for one unit of gas.
    pub effective_gas_price: u128,
    /// Set when the transaction created a contract.
    pub contract: Option<Address>,
}

impl Mined {
    pub fn logs(&self) -> &[Log] {
        self.receipt.logs()
    }

    /// The only transaction of its block, so cumulative gas is its own.
    pub fn gas_used(&self) -> u64 {
        self.receipt.receipt.cumulative_gas_used
    }
}

impl Block {
    /// Block zero.
    pub fn genesis(timestamp: u64, db: &Db) -> Self {
        Self::seal(open_header(0, B256::ZERO, timestamp, INITIAL_BASE_FEE), None, db)
    }

    /// The header of the block that comes after this one, but for what its transaction determines.
    pub fn child_header(&self, timestamp: u64) -> Header {
        let base_fee = self.header.next_block_base_fee(BaseFeeParams::ethereum()).unwrap_or(INITIAL_BASE_FEE);
        open_header(self.header.number + 1, self.hash, timestamp, base_fee)
    }

    /// Fills in roots, bloom, gas and hash. `db` is the state after the transaction.
    pub fn seal(mut header: Header, mined: Option<Mined>, db: &Db) -> Self {
        if let Some(mined) = &mined {
            header.transactions_root = calculate_transaction_root(std::slice::from_ref(&mined.tx));
            let receipt = ReceiptEnvelope::from_typed(mined.tx.tx_type(), mined.receipt.clone());
            header.receipts_root = calculate_receipt_root(&[receipt]);
            header.logs_bloom = mined.receipt.logs_bloom;
            header.gas_used = mined.gas_used();
        }
        header.state_root = state_root(db);
        let hash = header.hash_slow();
        Self { header, hash, mined }
    }
}

fn open_header(number: u64, parent_hash: B256, timestamp: u64, base_fee: u64) -> Header {
    Header {
        number,
        parent_hash,
        timestamp,
        base_fee_per_gas: Some(base_fee),
        gas_limit: BLOCK_GAS_LIMIT,
        // PREVRANDAO must differ by block and be the same on a replay; there is no beacon chain to take it from.
        mix_hash: keccak256(parent_hash),
        withdrawals_root: Some(EMPTY_WITHDRAWALS),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(B256::ZERO),
        requests_hash: Some(EMPTY_REQUESTS_HASH),
        ..Header::default()
    }
}

/// The root of the state trie, computed anew: small chains only.
fn state_root(db: &Db) -> B256 {
    let alive = db.cache.accounts.iter().filter(|(_, account)| {
        // Looked up but absent, or touched and empty (EIP-161): not in the trie.
        account.account_state != AccountState::NotExisting && !account.info.is_empty()
    });
    state_root_unhashed(alive.map(|(address, account)| {
        let slots = account.storage.iter().filter(|(_, value)| !value.is_zero());
        let storage_root = storage_root_unhashed(slots.map(|(key, value)| (B256::from(*key), *value)));
        let info = &account.info;
        (
            *address,
            TrieAccount { nonce: info.nonce, balance: info.balance, storage_root, code_hash: info.code_hash },
        )
    }))
}
