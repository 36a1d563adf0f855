//! What all phases of a study share.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::scoring::Ledger;
use tributary_aggregation::study::Waiting;
use tributary_aggregation::transcript::AbortedAttempt;

use super::blob::Blob;
use super::committee::Committee;
use super::facts::{Facts, Millis, seconds};
use super::roster::Roster;

/// An attempt at a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Attempt {
    /// The round: 0 gathers statistics, 1 and on train.
    pub round: u64,
    /// From 1.
    pub attempt: u32,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "round {}, attempt {}", self.round, self.attempt)
    }
}

/// An enrolled owner, by its present keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Its Ed25519 MLS signature key.
    #[serde(with = "hex")]
    pub mls_key: [u8; 32],
    /// MLS `KeyPackage`.
    pub key_package: Blob,
    /// Commitment to the MLS key, as it is on chain.
    pub identity: Digest,
    /// When it last said anything.
    pub heard: Millis,
    /// The round that it trains for, and how far it is.
    pub progress: (u64, u32),
    /// How often its vault was saved, by the highest number that it stated.
    pub vault_generation: u64,
}

impl Owner {
    /// An owner that was just heard for the first time.
    #[must_use]
    pub const fn new(mls_key: [u8; 32], key_package: Blob, identity: Digest, heard: Millis) -> Self {
        Self { mls_key, key_package, identity, heard, progress: (0, 0), vault_generation: 0 }
    }
}

/// The commit that began the group's epoch, to know it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastCommit {
    /// Who made it.
    pub sender: OwnerId,
    /// The epoch that it ended.
    pub epoch: u64,
    /// Of commit and welcome.
    pub fingerprint: Digest,
}

/// What has been settled.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Settled training rounds.
    pub rounds: u64,
    /// What each owner is owed by now.
    pub cumulative: Ledger,
    /// The last settled round; 0 before the first.
    pub last_round: u64,
    /// Its transcript.
    pub transcript: Option<Digest>,
    /// The model after it.
    pub model: Option<Digest>,
    /// How long there has been no gain, in a study that may stop early.
    #[serde(default)]
    pub waiting: Waiting,
}

/// What all phases of a study share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Base {
    /// What never changes.
    pub facts: Facts,
    /// The owners of the epoch; before the group is formed, those whom the chain shows as enrolled.
    pub owners: BTreeMap<OwnerId, Owner>,
    /// Who is on the chain's roster, and who will be in the next epoch.
    pub roster: Roster,
    /// All who ever were owners: records of the past name them.
    pub ever: BTreeSet<OwnerId>,
    /// The MLS group's epoch, once there is a group.
    pub mls_epoch: Option<u64>,
    /// The commit that began it.
    pub last_commit: Option<LastCommit>,
    /// The committee that was registered last.
    pub committee: Option<Committee>,
    /// Silence before this is the coordinator's own.
    pub watched_from: Millis,
    /// Owners that are not asked any more, and why.
    pub excluded: BTreeMap<OwnerId, String>,
    /// Prefixes of the digests of all sealed seeds' elements that were shown in a cut: none is ever shown again.
    pub seen_seeds: BTreeSet<u64>,
    /// The online sets that were shown in cuts for the present model.
    pub shown: Vec<BTreeSet<OwnerId>>,
    /// What has been settled.
    pub history: History,
    /// The attempts that were given up since the last settled round.
    pub aborted: Vec<AbortedAttempt>,
    /// The last attempt that ended well: what is still said about it is not needed, and does no harm.
    pub finished: Option<Attempt>,
    /// Events in the log so far.
    pub events: u64,
    /// Errands given so far.
    pub errands: u64,
}

impl Base {
    /// A study that nobody has enrolled in.
    #[must_use]
    pub fn new(facts: Facts, now: Millis) -> Self {
        Self {
            facts,
            owners: BTreeMap::new(),
            roster: Roster::default(),
            ever: BTreeSet::new(),
            mls_epoch: None,
            last_commit: None,
            committee: None,
            watched_from: now,
            excluded: BTreeMap::new(),
            seen_seeds: BTreeSet::new(),
            shown: Vec::new(),
            history: History::default(),
            aborted: Vec::new(),
            finished: None,
            events: 0,
            errands: 0,
        }
    }

    /// When an owner that says nothing more counts as silent.
    #[must_use]
    pub fn silent_from(&self, owner: &Owner) -> Millis {
        owner.heard.max(self.watched_from) + seconds(self.facts.plan.deadlines.silence_s)
    }

    /// Whether an owner has not been heard for the plan's `silence_s`. One that waits with new keys has lost those that
    /// the epoch knows it by, and will never be heard with them again.
    #[must_use]
    pub fn is_silent(&self, owner: &OwnerId, now: Millis) -> bool {
        self.roster.is_joining(owner)
            || self.owners.get(owner).is_none_or(|owner| self.silent_from(owner) <= now)
    }

    /// Whether the account may read the study's log: owners of any time, those who wait, the researcher.
    #[must_use]
    pub fn may_read(&self, account: &OwnerId) -> bool {
        self.newest(account).is_some()
            || self.ever.contains(account)
            || self.facts.chain.researcher == *account
    }

    /// Those who may take part in rounds, ascending.
    pub fn eligible(&self) -> impl Iterator<Item = OwnerId> + '_ {
        self.owners.keys().filter(|owner| !self.excluded.contains_key(owner)).copied()
    }

    /// Those of the committee who are not silent.
    #[must_use]
    pub fn committee_present(&self, now: Millis) -> Vec<OwnerId> {
        let members = self.committee.iter().flat_map(|committee| &committee.members);
        members.filter(|member| !self.is_silent(member, now)).copied().collect()
    }

    /// Those of the committee who are silent, ascending.
    #[must_use]
    pub fn committee_absent(&self, now: Millis) -> Vec<OwnerId> {
        let members = self.committee.iter().flat_map(|committee| &committee.members);
        let mut absent: Vec<_> = members.filter(|member| self.is_silent(member, now)).copied().collect();
        absent.sort_unstable();
        absent
    }

    /// The quorum of the committee; out of reach while there is none.
    #[must_use]
    pub fn quorum(&self) -> usize {
        self.committee.as_ref().map_or(usize::MAX, Committee::quorum)
    }

    /// The fewest owners whose sum may be opened.
    #[must_use]
    pub fn min_group(&self) -> usize {
        usize::from(self.facts.plan.aggregation.min_group)
    }
}
