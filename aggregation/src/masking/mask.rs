//! An owner's masked update: what leaves its machine.

use std::num::NonZeroUsize;

use thiserror::Error;

use super::graph::MaskGraph;
use super::seeds::{GroupSeed, PairSeeds, RosterSeed, SelfSeed};
use super::stream::{Purpose, Sign, Stream, combine};
use super::{RosterError, check_size};
use crate::hash::sha256;
use crate::ids::{Digest, OwnerId};
use crate::plan::RoundPlan;
use crate::update::Quantised;

/// An update can't be masked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MaskError {
    /// The roster is not one the plan allows.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// The owner is not on the roster.
    #[error("owner {0} is not on the round's roster: wait for the next round")]
    NotOnRoster(OwnerId),
    /// A pair seed is missing.
    #[error("no pair seed with owner {0}, who is on the roster but was not announced in this owner's group")]
    MissingPair(OwnerId),
    /// The update was quantised for another plan.
    #[error("the update was quantised for another plan than the round's: quantise it anew")]
    OtherPlan,
}

/// All seeds of one owner's masks in one round. Wiped when dropped.
pub struct MaskSeeds {
    me: OwnerId,
    /// Owners on the roster.
    owners: usize,
    own: SelfSeed,
    pairs: Vec<(OwnerId, RosterSeed)>,
    group: GroupSeed,
}

impl MaskSeeds {
    /// The seeds of `me`: its own, those with its neighbours in the roster's `graph`, and the group's.
    ///
    /// `pairs` may hold seeds with more owners; `context` is the one with the roster.
    ///
    /// # Errors
    /// If the roster does not have `me`, or `pairs` lacks a neighbour.
    pub fn new(
        me: OwnerId,
        graph: &MaskGraph,
        own: SelfSeed,
        pairs: &PairSeeds,
        exporter_secret: &[u8; 32],
        context: &Digest,
    ) -> Result<Self, MaskError> {
        if graph.owners().binary_search(&me).is_err() {
            return Err(MaskError::NotOnRoster(me));
        }
        let neighbours = graph.neighbours(&me);
        // Reserved at once: a vector that grows leaves copies of secrets behind.
        let mut bound = Vec::with_capacity(neighbours.len());
        for other in neighbours {
            let seed = pairs.with(&other).ok_or(MaskError::MissingPair(other))?;
            bound.push((other, seed.bind_roster(context)));
        }
        let group = GroupSeed::derive(exporter_secret, context, &me);
        Ok(Self { me, owners: graph.owners().len(), own, pairs: bound, group })
    }

    fn streams(&self) -> Vec<Stream> {
        let mut streams = Vec::with_capacity(self.pairs.len() + 2);
        streams.push(Stream::new(self.own.as_bytes(), Purpose::Own, Sign::Plus));
        streams.push(Stream::new(self.group.as_bytes(), Purpose::Group, Sign::Plus));
        for (other, seed) in &self.pairs {
            streams.push(Stream::new(seed.as_bytes(), Purpose::Pair, pair_sign(&self.me, other)));
        }
        streams
    }
}

/// The sign with which `me` adds the mask it shares with `other`: the lower owner adds, the higher one subtracts.
pub(super) fn pair_sign(me: &OwnerId, other: &OwnerId) -> Sign {
    if me < other { Sign::Plus } else { Sign::Minus }
}

/// y_i: an owner's masked update, packed. Uniformly random to whoever lacks one of its seeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskedUpdate {
    packed: Vec<u8>,
}

impl MaskedUpdate {
    /// The packed words.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.packed
    }

    /// The packed words.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.packed
    }

    /// SHA-256 of the packed words: what the report header signs.
    #[must_use]
    pub fn digest(&self) -> Digest {
        sha256(&self.packed)
    }
}

/// Masks `quantised`, on up to `threads` threads (the result does not depend on how many).
///
/// # Errors
/// If the update is for another plan, or the plan does not allow as many owners as there are seeds for.
pub fn mask(
    plan: &RoundPlan,
    mut quantised: Quantised,
    seeds: &MaskSeeds,
    threads: NonZeroUsize,
) -> Result<MaskedUpdate, MaskError> {
    if quantised.plan != *plan {
        return Err(MaskError::OtherPlan);
    }
    check_size(plan, seeds.owners)?;
    combine(&mut quantised.words, &seeds.streams(), threads);
    Ok(MaskedUpdate { packed: quantised.words.pack(plan.word_bits()) })
}

#[cfg(test)]
mod tests {
    use x25519_dalek::{PublicKey, StaticSecret};

    use super::*;
    use crate::plan::{Norm, RoundPlanParams};

    const ONE: NonZeroUsize = NonZeroUsize::MIN;

    fn owner(byte: u8) -> OwnerId {
        OwnerId([byte; 20])
    }

    fn plan(max_owners: u16) -> RoundPlan {
        let norm = Norm::LInf(1.0);
        RoundPlan::new(RoundPlanParams {
            vector_len: 3,
            bits: 8,
            norm,
            max_weight: 10,
            max_owners,
            min_group: 2,
        })
        .unwrap()
    }

    /// Owner 2's pair seeds with owners 1 and 3; owner n's X25519 secret is 32 bytes n.
    fn pairs() -> PairSeeds {
        let secret = |byte: u8| StaticSecret::from([byte; 32]);
        let others = [1, 3].map(|byte| (owner(byte), PublicKey::from(&secret(byte)).to_bytes()));
        PairSeeds::derive(&owner(2), &secret(2), &others, &Digest([5; 32])).unwrap()
    }

    fn seeds(me: u8, roster: &[u8]) -> Result<MaskSeeds, MaskError> {
        let roster: Vec<_> = roster.iter().copied().map(owner).collect();
        let own = SelfSeed::from_bytes([9; 32]);
        let graph = MaskGraph::complete(&roster)?;
        MaskSeeds::new(owner(me), &graph, own, &pairs(), &[8; 32], &Digest([6; 32]))
    }

    #[test]
    fn known_answer() {
        // Made independently, from X25519 to packing, with Python's hmac and OpenSSL's AES-128-ECB.
        let quantised = Quantised::new(&plan(4), &[1.0, 0.0, -1.0], 5).unwrap();
        let masked = mask(&plan(4), quantised, &seeds(2, &[1, 2, 3]).unwrap(), ONE).unwrap();
        assert_eq!(masked.as_bytes(), [150, 136, 193, 246, 105, 26, 36]);
    }

    #[test]
    fn rosters_that_do_not_fit_are_refused() {
        assert_eq!(seeds(2, &[1, 3]).err(), Some(MaskError::NotOnRoster(owner(2))));
        assert_eq!(seeds(2, &[1, 2, 4]).err(), Some(MaskError::MissingPair(owner(4))));
        assert!(matches!(seeds(2, &[2, 1]).err(), Some(MaskError::Roster(RosterError::Order(_)))));
        assert!(matches!(seeds(2, &[1, 1, 2]).err(), Some(MaskError::Roster(RosterError::Order(_)))));
        let masked = |plan: &RoundPlan, roster: &[u8]| {
            let quantised = Quantised::new(plan, &[0.0; 3], 1).unwrap();
            mask(plan, quantised, &seeds(2, roster).unwrap(), ONE).err()
        };
        assert!(matches!(
            masked(&plan(2), &[1, 2, 3]),
            Some(MaskError::Roster(RosterError::Size { got: 3, .. }))
        ));
        assert!(matches!(masked(&plan(2), &[2]), Some(MaskError::Roster(RosterError::Size { got: 1, .. }))));
        assert_eq!(masked(&plan(2), &[2, 3]), None);
    }

    #[test]
    fn an_update_quantised_for_another_plan_is_refused() {
        let quantised = Quantised::new(&plan(4), &[0.0; 3], 1).unwrap();
        assert_eq!(
            mask(&plan(5), quantised, &seeds(2, &[1, 2]).unwrap(), ONE).err(),
            Some(MaskError::OtherPlan)
        );
    }
}
