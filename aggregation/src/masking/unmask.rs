//! From the sum of masked updates to the sum that the group's members can open, and from that to the mean update.

use std::fmt;
use std::num::NonZeroUsize;

use thiserror::Error;

use super::fold::{Fold, FoldError};
use super::graph::MaskGraph;
use super::mask::pair_sign;
use super::seeds::{GroupSeed, PairSeeds, SelfSeed};
use super::stream::{Purpose, Sign, Stream, combine};
use super::{RosterError, check_order, check_size};
use crate::hash::sha256;
use crate::ids::{Digest, OwnerId};
use crate::plan::RoundPlan;
use crate::update::{PackError, UpdateError, Word, Words, check_packed, check_sum, means};

/// A sum can't be unmasked or opened.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum UnmaskError {
    /// The fold is not complete.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// A list of owners is out of order or of the wrong size.
    #[error("{which}: {source}")]
    Roster {
        /// Which list.
        which: &'static str,
        /// What is wrong.
        source: RosterError,
    },
    /// Online and offline owners together are not the roster, each once.
    #[error("owner {0} must be on the roster and either online or offline, not both and not neither")]
    NotAPartition(OwnerId),
    /// The sum holds more or fewer updates than there are online owners.
    #[error(
        "the sum holds {folded} updates, and {online} owners are online: fold exactly the online owners' reports"
    )]
    Reports {
        /// Updates in the sum.
        folded: usize,
        /// Online owners.
        online: usize,
    },
    /// An offline owner's released pair seeds lack one with an owner on the roster, or have one with itself.
    #[error(
        "the pair seeds released for offline owner {offline} are false about owner {other}: exclude {offline}"
    )]
    FalsePairs {
        /// The owner whose seeds they are.
        offline: OwnerId,
        /// The owner that is missing, or the same owner.
        other: OwnerId,
    },
    /// The fold is of another plan.
    #[error("the fold is of another plan than the round's")]
    OtherPlan,
    /// The sealed sum is not a packed vector of the plan.
    #[error("sealed sum: {0}")]
    Packed(#[from] PackError),
    /// The opened sum can't be one of the online owners' updates.
    #[error("opened sum: {0}")]
    Sum(#[from] UpdateError),
    /// Sums that can't be added.
    #[error("sums of {0} and {1} coordinates can't be added")]
    Lengths(usize, usize),
    /// The sum of sums would not fit.
    #[error("the sum over the groups does not fit into 63 bits")]
    Overflow,
}

/// Removes what the committee released from the sum of the online owners' masked updates: the online owners' own masks,
/// and the pair masks that the offline owners (on the roster, but without a report) left unmatched with their neighbours.
/// Runs on up to `threads` threads; the result does not depend on how many.
///
/// `graph` is the roster's. Lists are in ascending order of owners; `online` and `offline` together are the roster.
/// `context` is the one with the roster. False seeds that are well-formed give a sum that [`SealedSum::open`] refuses,
/// except with negligible probability.
///
/// # Errors
/// If the lists do not agree with each other, with the fold, or with the plan.
pub fn unmask(
    plan: &RoundPlan,
    mut fold: Fold,
    context: &Digest,
    graph: &MaskGraph,
    online: &[(OwnerId, SelfSeed)],
    offline: &[(OwnerId, PairSeeds)],
    threads: NonZeroUsize,
) -> Result<SealedSum, UnmaskError> {
    fold.check_finished()?;
    if fold.plan != *plan {
        return Err(UnmaskError::OtherPlan);
    }
    check_lists(plan, graph.owners(), online, offline)?;
    if fold.reports() != online.len() {
        return Err(UnmaskError::Reports { folded: fold.reports(), online: online.len() });
    }
    let mut streams = Vec::with_capacity(online.len() * (offline.len() + 1));
    for (owner, seed) in online {
        streams.push(Stream::new(seed.as_bytes(), Purpose::Own, Sign::Minus));
        for (absent, pairs) in offline.iter().filter(|(absent, _)| graph.are_neighbours(absent, owner)) {
            let missing = UnmaskError::FalsePairs { offline: *absent, other: *owner };
            let seed = pairs.with(owner).ok_or(missing)?.bind_roster(context);
            // What the absent owner would have added is the opposite of what the online one did.
            streams.push(Stream::new(seed.as_bytes(), Purpose::Pair, pair_sign(absent, owner)));
        }
    }
    combine(&mut fold.words, &streams, threads);
    Ok(SealedSum { packed: fold.words.pack(plan.word_bits()) })
}

fn check_lists(
    plan: &RoundPlan,
    roster: &[OwnerId],
    online: &[(OwnerId, SelfSeed)],
    offline: &[(OwnerId, PairSeeds)],
) -> Result<(), UnmaskError> {
    let named = |which| move |source| UnmaskError::Roster { which, source };
    check_order(online.iter().map(|(owner, _)| *owner)).map_err(named("online"))?;
    check_order(offline.iter().map(|(owner, _)| *owner)).map_err(named("offline"))?;
    check_size(plan, roster.len()).map_err(named("roster"))?;
    check_size(plan, online.len()).map_err(named("online"))?;
    let mut present: Vec<OwnerId> =
        online.iter().map(|(owner, _)| *owner).chain(offline.iter().map(|(owner, _)| *owner)).collect();
    present.sort_unstable();
    if present != roster {
        // The first place where they differ names an owner that is on one side only, or twice.
        let differ = present.iter().zip(roster).find(|(a, b)| a != b).map(|(a, b)| *a.min(b));
        let longer = if present.len() > roster.len() { &present } else { roster };
        let extra = longer.get(present.len().min(roster.len())).copied();
        return Err(UnmaskError::NotAPartition(differ.or(extra).unwrap_or(OwnerId([0; OwnerId::LEN]))));
    }
    for (absent, pairs) in offline {
        let lacks = |other: &&OwnerId| (pairs.with(other).is_none()) != (*other == absent);
        if let Some(other) = roster.iter().find(lacks) {
            return Err(UnmaskError::FalsePairs { offline: *absent, other: *other });
        }
    }
    Ok(())
}

/// A group's sum, still under the group masks: what the coordinator publishes. Packed words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSum {
    packed: Vec<u8>,
}

impl SealedSum {
    /// A published sealed sum.
    ///
    /// # Errors
    /// If it does not have the length and padding of the plan.
    pub fn from_bytes(plan: &RoundPlan, packed: Vec<u8>) -> Result<Self, UnmaskError> {
        check_packed(&packed, plan.words(), plan.word_bits())?;
        Ok(Self { packed })
    }

    /// The packed words: the content that is published.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.packed
    }

    /// SHA-256 of the packed words: the content's address.
    #[must_use]
    pub fn digest(&self) -> Digest {
        sha256(&self.packed)
    }

    /// Removes the group masks of the `online` owners (ascending). Only the group's members can: it takes the MLS
    /// exporter secret of the round's epoch. Runs on up to `threads` threads.
    ///
    /// # Errors
    /// If the sum is not of this plan, or what comes out can't be a sum of that many owners: then the seal was made in
    /// another context, or a contribution or a released seed was false.
    pub fn open(
        &self,
        plan: &RoundPlan,
        exporter_secret: &[u8; 32],
        context: &Digest,
        online: &[OwnerId],
        threads: NonZeroUsize,
    ) -> Result<Aggregate, UnmaskError> {
        let named = |source| UnmaskError::Roster { which: "online", source };
        check_order(online.iter().copied()).map_err(named)?;
        check_size(plan, online.len()).map_err(named)?;
        let streams: Vec<Stream> = online
            .iter()
            .map(|owner| {
                let seed = GroupSeed::derive(exporter_secret, context, owner);
                Stream::new(seed.as_bytes(), Purpose::Group, Sign::Minus)
            })
            .collect();
        let mut words = Words::unpack(&self.packed, plan.words(), plan.word_bits())?;
        combine(&mut words, &streams, threads);
        words.keep_low(plan.word_bits());
        let weight = words.pop().unwrap_or_default();
        match &words {
            Words::Narrow(sums) => check_sum(plan, sums, weight, online.len())?,
            Words::Wide(sums) => check_sum(plan, sums, weight, online.len())?,
        }
        Ok(Aggregate { weight, sums: words })
    }
}

/// The sum of weighted integer vectors and of their weights, in the clear: of one group, or of several. Wiped when dropped.
#[derive(Clone)]
pub struct Aggregate {
    weight: u64,
    /// Nothing but the sums' own bits.
    sums: Words,
}

/// What only the group's members may know does not belong in logs.
impl fmt::Debug for Aggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aggregate").finish_non_exhaustive()
    }
}

impl Aggregate {
    /// The sum of the owners' weights (rows).
    #[must_use]
    pub fn weight(&self) -> u64 {
        self.weight
    }

    /// The sum of the weighted integers, per coordinate.
    #[must_use]
    pub fn sums(&self) -> Vec<u64> {
        self.sums.to_integers(u64::BITS)
    }

    /// The sum over both: of the coalition of two groups.
    ///
    /// # Errors
    /// If the lengths differ, or a sum would exceed 63 bits.
    pub fn add(&self, other: &Self) -> Result<Self, UnmaskError> {
        let sums = match (&self.sums, &other.sums) {
            (Words::Narrow(ours), Words::Narrow(theirs)) => add_all(ours, theirs),
            (Words::Narrow(ours), Words::Wide(theirs)) => add_all(ours, theirs),
            (Words::Wide(ours), Words::Narrow(theirs)) => add_all(ours, theirs),
            (Words::Wide(ours), Words::Wide(theirs)) => add_all(ours, theirs),
        };
        Ok(Self { weight: add(self.weight, other.weight)?, sums: Words::Wide(sums?) })
    }

    /// The owners' mean vector, weighted by rows (f32, one per coordinate of the plan).
    ///
    /// # Errors
    /// If the aggregate can't be one of the plan's.
    pub fn mean_update(&self, plan: &RoundPlan) -> Result<Vec<f32>, UpdateError> {
        match &self.sums {
            Words::Narrow(sums) => means(plan, sums, self.weight),
            Words::Wide(sums) => means(plan, sums, self.weight),
        }
    }
}

fn add_all<A: Word, B: Word>(ours: &[A], theirs: &[B]) -> Result<Vec<u64>, UnmaskError> {
    if ours.len() != theirs.len() {
        return Err(UnmaskError::Lengths(ours.len(), theirs.len()));
    }
    ours.iter().zip(theirs).map(|(ours, theirs)| add(ours.to_u64(), theirs.to_u64())).collect()
}

fn add(a: u64, b: u64) -> Result<u64, UnmaskError> {
    a.checked_add(b).filter(|sum| i64::try_from(*sum).is_ok()).ok_or(UnmaskError::Overflow)
}
