//! The stored form of a member's memory.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::ledger::{Element, Ledger};
use crate::committee::points::G1_LEN;
use crate::ids::{Digest, OwnerId};

const VERSION: u32 = 1;

/// A stored ledger that contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LedgerError {
    /// A version that this build cannot read.
    #[error("the ledger has version {got}, this build reads version {VERSION}: update the program")]
    Version {
        /// The version.
        got: u32,
    },
    /// One key twice.
    #[error(
        "the ledger lists {what} twice: it was damaged, restore it; without it this member must not answer"
    )]
    Duplicate {
        /// What is listed twice.
        what: &'static str,
    },
    /// An element that is not 48 bytes of hex.
    #[error(
        "the ledger holds {element:?}, which is not an element of 96 hex digits: it was damaged, restore it"
    )]
    Element {
        /// The text.
        element: String,
    },
}

/// The stored form: lists, since not every format has maps with composite keys.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    version: u32,
    cuts: Vec<(u64, u64, u16, Digest)>,
    online: Vec<(Digest, Vec<OwnerId>)>,
    elements: Vec<String>,
    candidates: Vec<(u64, u64, u32, Digest)>,
    /// Ledgers of before there were mask graphs have none.
    #[serde(default)]
    graphs: Vec<(u64, u64, u32, Digest)>,
}

impl From<Ledger> for Record {
    fn from(ledger: Ledger) -> Self {
        let hex = |element: &Element| element.iter().map(|byte| format!("{byte:02x}")).collect();
        let sets = |(model, sets): (Digest, BTreeSet<BTreeSet<OwnerId>>)| {
            sets.into_iter().map(move |set| (model, set.into_iter().collect()))
        };
        let flat = |((epoch, round, attempt), digest)| (epoch, round, attempt, digest);
        Self {
            version: VERSION,
            cuts: ledger
                .cuts
                .into_iter()
                .map(|((epoch, round, group), digest)| (epoch, round, group, digest))
                .collect(),
            online: ledger.online.into_iter().flat_map(sets).collect(),
            elements: ledger.elements.iter().map(hex).collect(),
            candidates: ledger.candidates.into_iter().map(flat).collect(),
            graphs: ledger.graphs.into_iter().map(flat).collect(),
        }
    }
}

impl TryFrom<Record> for Ledger {
    type Error = LedgerError;

    fn try_from(record: Record) -> Result<Self, LedgerError> {
        if record.version != VERSION {
            return Err(LedgerError::Version { got: record.version });
        }
        let duplicate = |what| LedgerError::Duplicate { what };
        let mut ledger = Self::default();
        for (epoch, round, group, fingerprint) in record.cuts {
            if ledger.cuts.insert((epoch, round, group), fingerprint).is_some() {
                return Err(duplicate("a cut"));
            }
        }
        for (model, owners) in record.online {
            let count = owners.len();
            let owners: BTreeSet<OwnerId> = owners.into_iter().collect();
            if owners.len() != count || !ledger.online.entry(model).or_default().insert(owners) {
                return Err(duplicate("an online set or an owner in it"));
            }
        }
        for text in record.elements {
            if !ledger.elements.insert(read_element(text)?) {
                return Err(duplicate("an element"));
            }
        }
        for (epoch, round, attempt, digest) in record.candidates {
            if ledger.candidates.insert((epoch, round, attempt), digest).is_some() {
                return Err(duplicate("a candidate list"));
            }
        }
        for (epoch, round, attempt, digest) in record.graphs {
            if ledger.graphs.insert((epoch, round, attempt), digest).is_some() {
                return Err(duplicate("a mask graph"));
            }
        }
        Ok(ledger)
    }
}

fn read_element(text: String) -> Result<Element, LedgerError> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let mut element = [0; G1_LEN];
    if pairs.len() == G1_LEN && rest.is_empty() {
        let nibble = |digit: u8| char::from(digit).to_digit(16);
        let bytes = pairs.iter().map(|[high, low]| Some((nibble(*high)? * 16 + nibble(*low)?) as u8));
        if let Some(bytes) = bytes.collect::<Option<Vec<u8>>>() {
            element.copy_from_slice(&bytes);
            return Ok(element);
        }
    }
    Err(LedgerError::Element { element: text })
}
