//! A member's memory of what it answered, and the rules that memory enforces.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::cut::{ApprovedCut, VerifiedCut};
use super::record::Record;
use crate::committee::points::G1_LEN;
use crate::committee::sealed_seed::{Kind, SealContext, first_invalid};
use crate::ids::{Digest, OwnerId};

/// A request that a member refuses to answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReleaseRefusal {
    /// A group so small that its sum is somebody's update.
    #[error("min_group is {min_group}: a sum over fewer than 2 owners is an owner's update, refuse the plan")]
    MinGroup {
        /// The study's smallest group.
        min_group: usize,
    },
    /// An owner twice in the cut, or both online and offline.
    #[error(
        "{owner} is listed twice in the cut of round {round}: of each owner one seed is opened, never both"
    )]
    Twice {
        /// The owner.
        owner: OwnerId,
        /// The round.
        round: u64,
    },
    /// An owner that is not in the roster.
    #[error("{owner} is in the cut of round {round} but not in its roster")]
    Stranger {
        /// The owner.
        owner: OwnerId,
        /// The round.
        round: u64,
    },
    /// An owner of the roster that is neither online nor offline.
    #[error("{owner} is in the roster of round {round} but neither online nor offline in its cut")]
    Unaccounted {
        /// The owner.
        owner: OwnerId,
        /// The round.
        round: u64,
    },
    /// Too few owners to sum over.
    #[error("{online} owners are online and a sum needs {min_group}: abort the attempt")]
    TooFewOnline {
        /// The owners online.
        online: usize,
        /// The study's smallest group.
        min_group: usize,
    },
    /// An online owner whose masks would be left with too few others: its update, or a sum over few, could lie bare.
    #[error(
        "of the owners that follow {owner} in the mask graph, fewer than {min_online} are online: abort the \
         attempt"
    )]
    Stripped {
        /// The owner.
        owner: OwnerId,
        /// How many must be online.
        min_online: usize,
    },
    /// A sealed seed that its owner did not make for this.
    #[error("the {kind:?} seed of {owner} was not sealed by it for this round: a copy, or malformed")]
    InvalidSeed {
        /// The owner.
        owner: OwnerId,
        /// Which seed.
        kind: Kind,
    },
    /// A sealed seed that was shown before, under whatever name.
    #[error("the sealed seed of {owner} was shown before: nothing is opened twice, it must seal afresh")]
    SeenSeed {
        /// The owner.
        owner: OwnerId,
    },
    /// Another cut was answered for this group's round.
    #[error(
        "another cut of group {group} in round {round} of epoch {epoch} was answered: only that one, ever"
    )]
    OtherCut {
        /// The epoch.
        epoch: u64,
        /// The round.
        round: u64,
        /// The group.
        group: u16,
    },
    /// The difference to an earlier sum over the same model would be a sum over too few owners.
    #[error(
        "an online set that was answered for model {model} differs in {difference} owners only, {min_group} are needed"
    )]
    TooClose {
        /// The model.
        model: Digest,
        /// The size of the symmetric difference.
        difference: usize,
        /// The study's smallest group.
        min_group: usize,
    },
    /// The mask graphs of other rosters were answered for this attempt.
    #[error(
        "the mask graphs of other rosters were answered for attempt {attempt} of round {round} in epoch {epoch}"
    )]
    OtherRosters {
        /// The epoch.
        epoch: u64,
        /// The round.
        round: u64,
        /// The attempt.
        attempt: u32,
    },
    /// Another list of candidates was answered for this attempt.
    #[error("another candidate list was answered for attempt {attempt} of round {round} in epoch {epoch}")]
    OtherCandidates {
        /// The epoch.
        epoch: u64,
        /// The round.
        round: u64,
        /// The attempt.
        attempt: u32,
    },
}

pub(super) type Element = [u8; G1_LEN];

/// What a member has answered in one study, over all its epochs. A member that lost its ledger must not answer again
/// under the same key.
///
/// With serde it becomes a record that any format can hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Record", into = "Record")]
pub struct Ledger {
    /// (epoch, round, group) → the fingerprint of the cut answered.
    pub(super) cuts: BTreeMap<(u64, u64, u16), Digest>,
    /// Model → the online sets answered.
    pub(super) online: BTreeMap<Digest, BTreeSet<BTreeSet<OwnerId>>>,
    /// The elements of the sealed seeds in the cuts answered.
    pub(super) elements: BTreeSet<Element>,
    /// (epoch, round, attempt) → the candidate list answered.
    pub(super) candidates: BTreeMap<(u64, u64, u32), Digest>,
    /// (epoch, round, attempt) → the contexts whose mask graphs were answered.
    pub(super) graphs: BTreeMap<(u64, u64, u32), Digest>,
}

impl Ledger {
    /// An empty ledger: for a member that has just joined the study.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Judges a cut (protocol, step 5) and remembers it. **Store the ledger before the answer leaves.** The same cut
    /// asked again is approved again, whatever happened since. A refused cut leaves the ledger as it was.
    ///
    /// # Errors
    /// The rule that the cut breaks.
    pub fn answer<'a>(
        &mut self,
        cut: &'a VerifiedCut,
        min_group: usize,
    ) -> Result<ApprovedCut<'a>, ReleaseRefusal> {
        let VerifiedCut { epoch, round, group, model, .. } = *cut;
        let fingerprint = cut.fingerprint();
        match self.cuts.get(&(epoch, round, group)) {
            Some(answered) if *answered == fingerprint => return Ok(ApprovedCut(cut)),
            Some(_) => return Err(ReleaseRefusal::OtherCut { epoch, round, group }),
            None => {}
        }
        let online = check_sets(cut, min_group)?;
        self.check_differences(model, &online, min_group)?;
        let elements = self.check_seeds(cut)?;
        self.cuts.insert((epoch, round, group), fingerprint);
        self.online.entry(model).or_default().insert(online);
        self.elements.extend(elements);
        Ok(ApprovedCut(cut))
    }

    /// Judges a request for a share of a beacon: one candidate list for each (epoch, round, attempt). **Store the
    /// ledger before the share leaves.**
    ///
    /// # Errors
    /// Another list was answered.
    pub fn answer_beacon(
        &mut self,
        epoch: u64,
        round: u64,
        attempt: u32,
        candidates: Digest,
    ) -> Result<(), ReleaseRefusal> {
        match *self.candidates.entry((epoch, round, attempt)).or_insert(candidates) == candidates {
            true => Ok(()),
            false => Err(ReleaseRefusal::OtherCandidates { epoch, round, attempt }),
        }
    }

    /// Judges a request for a share of the beacon of an attempt's mask graphs: one set of rosters (the digest of the groups'
    /// contexts) for each (epoch, round, attempt). **Store the ledger before the share leaves.**
    ///
    /// Whoever could have graphs drawn for many rosters could choose the one that suits its colluders.
    ///
    /// # Errors
    /// Other rosters were answered.
    pub fn answer_mask_graph(
        &mut self,
        epoch: u64,
        round: u64,
        attempt: u32,
        contexts: Digest,
    ) -> Result<(), ReleaseRefusal> {
        match *self.graphs.entry((epoch, round, attempt)).or_insert(contexts) == contexts {
            true => Ok(()),
            false => Err(ReleaseRefusal::OtherRosters { epoch, round, attempt }),
        }
    }

    /// The difference of two sums over the same model's updates is a sum too: over the owners in which they differ.
    fn check_differences(
        &self,
        model: Digest,
        online: &BTreeSet<OwnerId>,
        min_group: usize,
    ) -> Result<(), ReleaseRefusal> {
        for answered in self.online.get(&model).into_iter().flatten() {
            let difference = answered.symmetric_difference(online).count();
            if difference != 0 && difference < min_group {
                return Err(ReleaseRefusal::TooClose { model, difference, min_group });
            }
        }
        Ok(())
    }

    /// No element was ever seen, none is there twice, and each seed is its owner's own for this round.
    fn check_seeds(&self, cut: &VerifiedCut) -> Result<BTreeSet<Element>, ReleaseRefusal> {
        let mut elements = BTreeSet::new();
        for (context, seed) in cut.seeds() {
            let element = seed.element();
            if self.elements.contains(&element) || !elements.insert(element) {
                return Err(ReleaseRefusal::SeenSeed { owner: context.owner });
            }
        }
        // The costly check comes last.
        let seeds: Vec<_> = cut.seeds().collect();
        match first_invalid(&seeds) {
            None => Ok(elements),
            Some(SealContext { owner, kind, .. }) => Err(ReleaseRefusal::InvalidSeed { owner, kind }),
        }
    }
}

/// Online and offline are disjoint and together the roster, and enough are online, of each owner's neighbours too. Gives
/// the online set.
fn check_sets(cut: &VerifiedCut, min_group: usize) -> Result<BTreeSet<OwnerId>, ReleaseRefusal> {
    let round = cut.round;
    if min_group < 2 {
        return Err(ReleaseRefusal::MinGroup { min_group });
    }
    let roster: BTreeSet<OwnerId> = cut.graph.owners().iter().copied().collect();
    let mut accounted = BTreeSet::new();
    for (context, _) in cut.seeds() {
        let owner = context.owner;
        if !roster.contains(&owner) {
            return Err(ReleaseRefusal::Stranger { owner, round });
        }
        if !accounted.insert(owner) {
            return Err(ReleaseRefusal::Twice { owner, round });
        }
    }
    if let Some(&owner) = roster.difference(&accounted).next() {
        return Err(ReleaseRefusal::Unaccounted { owner, round });
    }
    let online: BTreeSet<OwnerId> = cut.online.iter().map(|(owner, _)| *owner).collect();
    if online.len() < min_group {
        return Err(ReleaseRefusal::TooFewOnline { online: online.len(), min_group });
    }
    if let (Some(&owner), Some(params)) = (cut.graph.stripped(&online).first(), cut.graph.params()) {
        return Err(ReleaseRefusal::Stripped { owner, min_online: params.min_online() });
    }
    Ok(online)
}
