//! Which blocks have been read, what to read next, and what a reorganisation took back. Pure: no node, no database.

use std::collections::BTreeMap;

use tributary_contracts::{Header, Word};

/// How far a chain has been read, and over which blocks.
///
/// It keeps the hashes of the newest blocks, back to the depth at which blocks are taken to be final, and that of the very
/// first block: that one tells another chain from one of which much was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    first: u64,
    depth: u64,
    hashes: BTreeMap<u64, Word>,
}

/// What is to be done, now that the chain's newest block is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Everything is read.
    Wait,
    /// The node's chain is shorter than what was read: it is behind, unless its block of this number is another one.
    Compare(u64),
    /// Read these blocks at once: they are so deep that they are taken to be final.
    Range {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
    /// Read this block alone: it may still be replaced.
    Block(u64),
    /// Blocks that were read are not the chain's any more.
    Fork,
}

impl Trail {
    /// A trail that begins at block `first` and was read over `hashes`; blocks `depth` below the newest are final.
    #[must_use]
    pub fn new(first: u64, depth: u64, hashes: BTreeMap<u64, Word>) -> Self {
        Self { first, depth, hashes }
    }

    /// The last block that was read.
    #[must_use]
    pub fn tip(&self) -> Option<(u64, Word)> {
        self.hashes.last_key_value().map(|(number, hash)| (*number, *hash))
    }

    /// The lowest block of those whose hashes are kept for comparison, apart from the very first.
    #[must_use]
    pub fn kept_from(&self) -> u64 {
        self.tip().map_or(0, |(tip, _)| tip.saturating_sub(self.depth))
    }

    /// What to do next if `head` is the chain's newest block, reading at most `span` blocks at once.
    #[must_use]
    pub fn plan(&self, head: &Header, span: u64) -> Plan {
        let Some((tip, hash)) = self.tip() else {
            return if head.number < self.first { Plan::Wait } else { self.read(self.first, head, span) };
        };
        if head.number > tip {
            let forked = head.number == tip + 1 && head.parent != hash;
            return if forked { Plan::Fork } else { self.read(tip + 1, head, span) };
        }
        if head.number == tip {
            return if head.hash == hash { Plan::Wait } else { Plan::Fork };
        }
        match self.hashes.range(..=head.number).next_back() {
            Some((number, hash)) if *number == head.number => {
                if head.hash == *hash {
                    Plan::Wait
                } else {
                    Plan::Fork
                }
            }
            Some((number, _)) => Plan::Compare(*number),
            // The node does not even have the first block yet: it says nothing about what was read.
            None => Plan::Wait,
        }
    }

    fn read(&self, from: u64, head: &Header, span: u64) -> Plan {
        let last_final = head.number.saturating_sub(self.depth);
        if from < last_final {
            return Plan::Range { from, to: last_final.min(from.saturating_add(span.max(1) - 1)) };
        }
        Plan::Block(from)
    }

    /// Whether this block is the one after what was read.
    #[must_use]
    pub fn is_next(&self, block: &Header) -> bool {
        self.tip().is_none_or(|(tip, hash)| block.number == tip + 1 && block.parent == hash)
    }

    /// Whether what was read at a block's number is another block.
    #[must_use]
    pub fn contradicts(&self, block: &Header) -> bool {
        self.hashes.get(&block.number).is_some_and(|hash| *hash != block.hash)
    }

    /// Everything up to this block has been read. Hashes of blocks that are final by now are forgotten.
    pub fn extend(&mut self, block: &Header) {
        self.hashes.insert(block.number, block.hash);
        let (kept_from, first) = (self.kept_from(), self.hashes.first_key_value().map(|(number, _)| *number));
        self.hashes.retain(|number, _| *number >= kept_from || Some(*number) == first);
    }

    /// The blocks to be compared with the chain's, newest first, to find the last one that both have.
    pub fn back(&self) -> impl Iterator<Item = (u64, Word)> {
        self.hashes.iter().rev().map(|(number, hash)| (*number, *hash))
    }

    /// Goes back to `last`, a block that the chain still has; to the start if there is none.
    pub fn cut(&mut self, last: Option<u64>) {
        match last {
            Some(last) => self.hashes.retain(|number, _| *number <= last),
            None => self.hashes.clear(),
        }
    }
}

#[cfg(test)]
#[path = "reorg_tests.rs"]
mod tests;
