//! A node in memory whose chain changes between any two questions.

use std::sync::{Mutex, MutexGuard};

use tonic::async_trait;
use tributary_contracts::{
    ChainError, ContractEvent, Contracts, Header, LogRange, LogsError, Named, Value, Word,
};

use crate::indexer::source::Source;

pub const ESCROW: [u8; 20] = [0xe5; 20];

/// A block, and what was logged in it.
type Block = (Header, Vec<ContractEvent>);

/// A node in memory.
#[derive(Default)]
pub struct Node(Mutex<State>);

#[derive(Default)]
pub struct State {
    pub blocks: Vec<Block>,
    pub made: u64,
    /// Before every so many answers, the newest blocks are replaced.
    pub restless: u64,
    pub answers: u64,
    /// How far back.
    pub shake: u64,
    /// Ranges with more blocks are refused.
    pub limit: Option<u64>,
    /// Ranges that were answered.
    pub ranges: Vec<u64>,
    /// Logs of ranges come from another block than they should.
    pub lies: bool,
}

impl State {
    pub fn grow(&mut self, blocks: u64) {
        for _ in 0..blocks {
            self.made += 1;
            let made = self.made;
            let hash = word(made);
            let parent = self.blocks.last().map_or([0; 32], |(block, _)| block.hash);
            let number = self.blocks.len() as u64;
            let header = Header { number, hash, parent, timestamp: number };
            let events = (0..made % 3).map(|index| enrolled(&header, index)).collect();
            self.blocks.push((header, events));
        }
    }

    pub fn shrink(&mut self, blocks: u64) {
        let left = (self.blocks.len() as u64).saturating_sub(blocks).max(1);
        self.blocks.truncate(left as usize);
    }

    pub fn events(&self) -> Vec<(u64, u64, Word)> {
        let all = self.blocks.iter().flat_map(|(_, events)| events);
        all.map(|event| (event.block, event.log_index, event.block_hash)).collect()
    }
}

pub fn word(number: u64) -> Word {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&number.to_be_bytes());
    word
}

pub fn text(bytes: &[u8]) -> Value {
    Value::Text(format!("0x{}", hex::encode(bytes)))
}

pub fn event(
    header: &Header,
    log_index: u64,
    contract: &'static str,
    address: [u8; 20],
    name: &str,
    values: Vec<(&str, bool, Value)>,
) -> ContractEvent {
    let named = |(name, indexed, value): (&str, bool, Value)| Named { name: name.to_owned(), indexed, value };
    ContractEvent {
        contract,
        address,
        event: name.to_owned(),
        block: header.number,
        block_hash: header.hash,
        tx_hash: word(log_index),
        log_index,
        values: values.into_iter().map(named).collect(),
    }
}

pub fn enrolled(header: &Header, index: u64) -> ContractEvent {
    let values = vec![
        ("study", true, text(&word(7))),
        ("owner", true, text(&header.hash[12..])),
        ("identity", false, text(&word(index))),
        ("sequence", false, Value::Text(index.to_string())),
    ];
    event(header, index, "StudyEscrow", ESCROW, "OwnerEnrolled", values)
}

impl Node {
    pub fn of(state: State) -> Self {
        Self(Mutex::new(state))
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The state, after what happens before an answer.
    fn asked(&self) -> MutexGuard<'_, State> {
        let mut state = self.state();
        state.answers += 1;
        if state.restless > 0 && state.answers.is_multiple_of(state.restless) {
            let (back, forward) = (state.shake, state.shake + state.answers % 3);
            state.shrink(back);
            state.grow(forward);
        }
        state
    }
}

#[async_trait]
impl Source for Node {
    async fn newest(&self) -> Result<Header, ChainError> {
        Ok(self.asked().blocks.last().unwrap().0)
    }

    async fn header(&self, number: u64) -> Result<Option<Header>, ChainError> {
        Ok(self.asked().blocks.get(number as usize).map(|(header, _)| *header))
    }

    async fn events(&self, contracts: &Contracts, range: LogRange) -> Result<Vec<ContractEvent>, LogsError> {
        let refused = |message: &str| {
            let (method, message) = ("eth_getLogs".to_owned(), message.to_owned());
            Err(LogsError::Chain(ChainError::Refused { method, code: -32005, message }))
        };
        let mut state = self.asked();
        if let LogRange::Blocks { from, to } = range {
            if state.limit.is_some_and(|limit| to - from + 1 > limit) {
                return refused("query returned more than 10000 results");
            }
            state.ranges.push(to - from + 1);
        }
        let asked_for = |header: &Header| match range {
            LogRange::Blocks { from, to } => (from..=to).contains(&header.number),
            LogRange::Block(hash) => header.hash == hash,
        };
        if matches!(range, LogRange::Block(_)) && !state.blocks.iter().any(|(header, _)| asked_for(header)) {
            return refused("unknown block");
        }
        let known = |event: &&ContractEvent| contracts.name(&event.address).is_some();
        let blocks = state.blocks.iter().filter(|(header, _)| asked_for(header));
        let mut events: Vec<_> =
            blocks.flat_map(|(_, events)| events.iter().filter(known).cloned()).collect();
        if state.lies {
            events.iter_mut().for_each(|event| event.block_hash = word(u64::MAX));
        }
        Ok(events)
    }
}
