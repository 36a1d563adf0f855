//! What a member keeps of the group's epochs: who is in, what change is in hand.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tributary_aggregation::ids::{Digest, OwnerId};

use super::Secret;

/// The owners of one MLS epoch, checked against the chain when the epoch began. In mid-epoch nothing is read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterRecord {
    /// The MLS epoch.
    pub epoch: u64,
    /// Who is in, with the commitments to their MLS keys.
    pub owners: BTreeMap<OwnerId, Digest>,
    /// Who was on the roster at any time until then.
    pub ever: BTreeSet<OwnerId>,
    /// Hash of the block that sealed the roster: the randomness that draws the committee where owners are many.
    pub seal: Digest,
}

/// A commit of one's own that was handed in and that the log has not shown yet. Its secrets are in the MLS storage.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CommitRecord {
    /// The commit, as it was handed in.
    pub commit: Vec<u8>,
    /// The welcome; empty if nobody comes in.
    pub welcome: Vec<u8>,
    /// Who comes in.
    pub added: Vec<OwnerId>,
    /// Whose leaf goes out.
    pub removed: Vec<OwnerId>,
    /// The epoch that it begins.
    pub roster: RosterRecord,
}

/// A run of the key generation, from which it can be taken up again: a member that restarts draws the same polynomial
/// and hears the same things.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FormingRecord {
    /// The MLS epoch.
    pub epoch: u64,
    /// The run, from 1.
    pub run: u32,
    /// The owners that take part, ascending.
    pub members: Vec<OwnerId>,
    /// How many were to take part in the epoch's first run: the safety of a key is measured by it.
    pub full: usize,
    /// Seed of the generator that the run's secrets are drawn from.
    pub seed: Secret,
    /// What was heard so far, in the order of the log.
    pub heard: Vec<Heard>,
    /// One's own messages of this run, by the SHA-256 of their ciphertexts: as the log shows them.
    pub sent: Vec<(Digest, Vec<u8>)>,
    /// The deadlines of this epoch that have passed, in all its runs.
    pub deadlines: u32,
}

/// Something in the log that a run of the key generation goes by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Heard {
    /// Another member's message.
    Message(OwnerId, Vec<u8>),
    /// A message of one's own.
    Own(Vec<u8>),
    /// Who has not spoken by here is dropped.
    Deadline,
}
