//! The chain: its blocks, its newest state, its clock, and the few things that can happen to it.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use alloy_consensus::Header;
use revm::{
    DatabaseCommit, DatabaseRef,
    primitives::{Address, B256, Bytes, U256},
    state::{AccountInfo, Bytecode},
};

use crate::{
    block::{Block, Db, Mined},
    execute::{self, CallError, Message, Simulated, TxError},
    genesis::Genesis,
    journal::{Journal, JournalError, Record},
};

/// Seconds since the Unix epoch, as the machine sees it.
pub(crate) type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Why a chain can't be brought up from its state file.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file itself.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The file holds another chain than the one asked for.
    #[error("the state file holds {0}; start the node with what it was made with, or choose another file")]
    OtherChain(String),
    /// The records don't lead where they say.
    #[error("the state file can't be replayed, record {record}: {reason}")]
    Replay {
        /// Counted from 1.
        record: usize,
        /// What went wrong.
        reason: String,
    },
}

/// All of the chain. Not `Sync` in itself: the server puts it behind a lock.
pub(crate) struct Chain {
    chain_id: u64,
    now: Clock,
    world: World,
    next_timestamp: Option<u64>,
    snapshots: BTreeMap<u64, World>,
    last_snapshot: u64,
    journal: Option<Journal>,
}

/// What a snapshot keeps.
#[derive(Clone)]
struct World {
    db: Db,
    blocks: Vec<Arc<Block>>,
    by_hash: HashMap<B256, u64>,
    /// Block number by transaction hash.
    by_tx: HashMap<B256, u64>,
    /// Seconds the chain's clock is ahead of the machine's.
    offset: i64,
}

impl Chain {
    /// A new chain in memory.
    pub fn new(genesis: &Genesis, now: Clock) -> Self {
        let mut db = Db::default();
        for (address, wei) in &genesis.accounts {
            db.insert_account_info(*address, AccountInfo::from_balance(*wei));
        }
        for (address, code) in &genesis.contracts {
            let mut info = db.basic_ref(*address).unwrap_or_default().unwrap_or_default();
            info.set_code(Bytecode::new_raw(code.clone()));
            // As a contract that was created has it (EIP-161).
            info.nonce = 1;
            db.insert_account_info(*address, info);
        }
        let mut world =
            World { db, blocks: Vec::new(), by_hash: HashMap::new(), by_tx: HashMap::new(), offset: 0 };
        world.push(Block::genesis(genesis.timestamp, &world.db));
        Self {
            chain_id: genesis.chain_id,
            now,
            world,
            next_timestamp: None,
            snapshots: BTreeMap::new(),
            last_snapshot: 0,
            journal: None,
        }
    }

    /// Goes on with the chain in the file, or starts one there. `genesis.timestamp` and `genesis.contracts` count for a new
    /// one only.
    pub fn open(genesis: Genesis, now: Clock, path: &Path) -> Result<Self, OpenError> {
        let (mut journal, records) = Journal::open(path)?;
        let mut records = records.into_iter().enumerate();
        let mut chain = match records.next() {
            None => {
                let io = |source| JournalError::Io { path: path.to_owned(), source };
                journal.append(&Record::Genesis(genesis.clone())).map_err(io)?;
                Self::new(&genesis, now)
            }
            Some((_, Record::Genesis(stored))) => {
                if stored.chain_id != genesis.chain_id {
                    return Err(OpenError::OtherChain(format!("chain {}", stored.chain_id)));
                }
                if stored.accounts != genesis.accounts {
                    return Err(OpenError::OtherChain("a chain with other funded accounts".into()));
                }
                Self::new(&stored, now)
            }
            Some(_) => {
                return Err(OpenError::Replay { record: 1, reason: "it is not the genesis record".into() });
            }
        };
        for (i, record) in records {
            chain.replay(record).map_err(|reason| OpenError::Replay { record: i + 1, reason })?;
        }
        chain.journal = Some(journal);
        Ok(chain)
    }

    fn replay(&mut self, record: Record) -> Result<(), String> {
        match record {
            Record::Genesis(_) => Err("a second genesis".into()),
            Record::Block { timestamp, offset, raw, hash } => {
                let block = self.build(timestamp, raw.as_ref()).map_err(|e| e.to_string())?;
                if block.0.hash != hash {
                    return Err(format!("it gives block {}, not {hash}", block.0.hash));
                }
                self.world.offset = offset;
                self.commit(block);
                Ok(())
            }
            Record::Offset(offset) => {
                self.world.offset = offset;
                Ok(())
            }
            Record::Snapshot(id) => {
                self.last_snapshot = id;
                self.snapshots.insert(id, self.world.clone());
                Ok(())
            }
            Record::Revert(id) => self.restore(id).then_some(()).ok_or_else(|| format!("no snapshot {id}")),
        }
    }

    /// Mines a raw transaction into a block of its own, at once. Returns its hash.
    pub fn send(&mut self, raw: &Bytes) -> Result<B256, TxError> {
        let (timestamp, offset) = self.next_time();
        let sealed = self.build(timestamp, Some(raw))?;
        let hash = sealed.0.mined.as_ref().map(|mined| *mined.tx.tx_hash()).unwrap_or_default();
        self.record(&Record::Block { timestamp, offset, raw: Some(raw.clone()), hash: sealed.0.hash })?;
        self.world.offset = offset;
        self.commit(sealed);
        Ok(hash)
    }

    /// Mines an empty block, at the given time if there is one.
    pub fn mine(&mut self, timestamp: Option<u64>) -> Result<(), TxError> {
        if let Some(timestamp) = timestamp {
            self.set_next_timestamp(timestamp)?;
        }
        let (timestamp, offset) = self.next_time();
        let sealed = self.build(timestamp, None)?;
        self.record(&Record::Block { timestamp, offset, raw: None, hash: sealed.0.hash })?;
        self.world.offset = offset;
        self.commit(sealed);
        Ok(())
    }

    fn build(&self, timestamp: u64, raw: Option<&Bytes>) -> Result<(Block, Db), TxError> {
        let header = self.latest().child_header(timestamp);
        let Some(raw) = raw else {
            let db = self.world.db.clone();
            return Ok((Block::seal(header, None, &db), db));
        };
        let recovered = execute::recover(raw, self.chain_id)?;
        let hash = *recovered.tx.tx_hash();
        if self.world.by_tx.contains_key(&hash) {
            return Err(TxError::Known(hash));
        }
        let (mined, changes) = execute::run(&self.world.db, self.chain_id, &header, recovered)?;
        let mut db = self.world.db.clone();
        db.commit(changes);
        Ok((Block::seal(header, Some(mined), &db), db))
    }

    fn commit(&mut self, (block, db): (Block, Db)) {
        self.world.db = db;
        self.world.push(block);
        self.next_timestamp = None;
    }

    fn record(&mut self, record: &Record) -> Result<(), TxError> {
        match &mut self.journal {
            Some(journal) => journal.append(record).map_err(TxError::Journal),
            None => Ok(()),
        }
    }

    /// The next block's timestamp, strictly after its parent's, and the clock offset that goes with it.
    fn next_time(&self) -> (u64, i64) {
        let now = (self.now)();
        match self.next_timestamp {
            // The clock goes on from the time that was set.
            Some(timestamp) => (timestamp, timestamp as i64 - now as i64),
            None => {
                let time = now.saturating_add_signed(self.world.offset);
                (time.max(self.latest().header.timestamp + 1), self.world.offset)
            }
        }
    }

    /// Moves the chain's clock ahead of what it shows, which is never behind the newest block. Returns by how many seconds it now differs from the machine's.
    pub fn increase_time(&mut self, seconds: u64) -> Result<i64, TxError> {
        let offset = i64::try_from(seconds)
            .ok()
            .and_then(|s| {
                let now = (self.now)();
                let shown = now.saturating_add_signed(self.world.offset).max(self.latest().header.timestamp);
                (shown as i64).checked_sub(now as i64)?.checked_add(s)
            })
            .ok_or_else(|| TxError::Refused(format!("the clock can't be moved by {seconds} seconds")))?;
        self.record(&Record::Offset(offset))?;
        self.world.offset = offset;
        Ok(offset)
    }

    /// Sets the time of the next block; the clock goes on from there. Lost if the node stops before that block.
    pub fn set_next_timestamp(&mut self, timestamp: u64) -> Result<(), TxError> {
        let parent = self.latest().header.timestamp;
        if timestamp <= parent || i64::try_from(timestamp).is_err() {
            return Err(TxError::Refused(format!(
                "the next block's timestamp must be later than {parent}, the newest block's; {timestamp} is not"
            )));
        }
        self.next_timestamp = Some(timestamp);
        Ok(())
    }

    /// Remembers everything as it is; returns the number to go back to.
    pub fn snapshot(&mut self) -> Result<u64, TxError> {
        let id = self.last_snapshot + 1;
        self.record(&Record::Snapshot(id))?;
        self.last_snapshot = id;
        self.snapshots.insert(id, self.world.clone());
        Ok(id)
    }

    /// Goes back to a snapshot, which is then used up, as are all later ones. False if there is no such snapshot.
    pub fn revert(&mut self, id: u64) -> Result<bool, TxError> {
        if !self.snapshots.contains_key(&id) {
            return Ok(false);
        }
        self.record(&Record::Revert(id))?;
        Ok(self.restore(id))
    }

    fn restore(&mut self, id: u64) -> bool {
        let mut later = self.snapshots.split_off(&id);
        let Some(world) = later.remove(&id) else { return false };
        self.world = world;
        self.next_timestamp = None;
        true
    }

    pub fn call(&self, message: &Message) -> Result<Simulated, CallError> {
        execute::simulate(&self.world.db, self.chain_id, &self.next_header(), message)
    }

    pub fn estimate(&self, message: &Message) -> Result<u64, CallError> {
        execute::estimate(&self.world.db, self.chain_id, &self.next_header(), message)
    }

    /// The header of the block that would be mined now.
    pub fn next_header(&self) -> Header {
        self.latest().child_header(self.next_time().0)
    }

    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    pub fn account(&self, address: Address) -> AccountInfo {
        let Ok(info) = self.world.db.basic_ref(address);
        info.unwrap_or_default()
    }

    pub fn code(&self, address: Address) -> Bytes {
        let Ok(code) = self.world.db.code_by_hash_ref(self.account(address).code_hash);
        code.original_bytes()
    }

    pub fn storage(&self, address: Address, slot: U256) -> U256 {
        let Ok(value) = self.world.db.storage_ref(address, slot);
        value
    }

    pub fn latest(&self) -> &Arc<Block> {
        // Block zero is there from the start and never removed.
        &self.world.blocks[self.world.blocks.len() - 1]
    }

    pub fn block(&self, number: u64) -> Option<&Arc<Block>> {
        self.world.blocks.get(usize::try_from(number).ok()?)
    }

    pub fn block_by_hash(&self, hash: B256) -> Option<&Arc<Block>> {
        self.block(*self.world.by_hash.get(&hash)?)
    }

    /// A mined transaction and the block it is in.
    pub fn transaction(&self, hash: B256) -> Option<(&Block, &Mined)> {
        let block = self.block(*self.world.by_tx.get(&hash)?)?;
        Some((block, block.mined.as_ref()?))
    }

    pub fn blocks(&self) -> &[Arc<Block>] {
        &self.world.blocks
    }
}

impl World {
    fn push(&mut self, block: Block) {
        let number = block.header.number;
        self.db.cache.block_hashes.insert(U256::from(number), block.hash);
        self.by_hash.insert(block.hash, number);
        if let Some(mined) = &block.mined {
            self.by_tx.insert(*mined.tx.tx_hash(), number);
        }
        self.blocks.push(Arc::new(block));
    }
}
