//! Who masks with whom: everybody with everybody in groups of up to 64 owners, above that a sparse graph drawn from a
//! beacon that nobody knew when the roster was fixed.
//!
//! The sparse graph is a Harary graph under a random relabelling (Bell et al., CCS 2020): a ring in random order, each
//! owner joined to the `degree / 2` that follow it and the `degree / 2` before it. [`GraphParams`] says how large the
//! degree is and what it protects; `docs/PARAMETERS.md` has tables.

mod params;

use std::collections::BTreeSet;

use thiserror::Error;

pub use params::{COMPLETE, FAILURE_BITS, GraphParams};

use super::{RosterError, check_order};
use crate::draw::shuffle;
use crate::hash::digest;
use crate::ids::{Digest, OwnerId};

/// A mask graph can't be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GraphError {
    /// The roster is out of order.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// A large roster, and no beacon.
    #[error(
        "{owners} owners are on a roster, and the beacon of their mask graph is not drawn yet: wait for it"
    )]
    NotDrawn {
        /// Owners on the roster.
        owners: usize,
    },
}

/// Whether a beacon is needed to say who masks with whom in groups with these numbers of owners, of whom `corrupt` in
/// all may collude.
pub fn needs_beacon(rosters: impl IntoIterator<Item = usize>, corrupt: usize) -> bool {
    rosters.into_iter().any(|owners| GraphParams::derive(owners, corrupt).is_some())
}

/// Who of a group's roster masks with whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskGraph {
    /// Ascending.
    owners: Vec<OwnerId>,
    /// `None`: everybody with everybody.
    ring: Option<Ring>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Ring {
    params: GraphParams,
    /// By place on the ring, a position in `owners`.
    order: Vec<usize>,
    /// By position in `owners`, a place on the ring.
    places: Vec<usize>,
}

impl MaskGraph {
    /// The graph of a group with this roster (ascending), of whose owners `corrupt` may collude with the coordinator.
    /// `context` is the group's, with the roster; `beacon` the committee's signature on all of the round's contexts
    /// ([`mask_graph_message`](crate::committee::beacon::mask_graph_message)), which the caller has verified.
    ///
    /// # Errors
    /// If the roster is out of order, or the group needs a beacon and there is none.
    pub fn new(
        roster: &[OwnerId],
        corrupt: usize,
        context: &Digest,
        beacon: Option<&[u8; 96]>,
    ) -> Result<Self, GraphError> {
        let Some(params) = GraphParams::derive(roster.len(), corrupt) else {
            return Ok(Self::complete(roster)?);
        };
        let beacon = beacon.ok_or(GraphError::NotDrawn { owners: roster.len() })?;
        Ok(Self::ring(roster, params, &digest("mask-graph", &[beacon, context.as_ref()]))?)
    }

    /// Everybody with everybody. The roster is in ascending order.
    ///
    /// # Errors
    /// If it is not.
    pub fn complete(roster: &[OwnerId]) -> Result<Self, RosterError> {
        check_order(roster.iter().copied())?;
        Ok(Self { owners: roster.to_vec(), ring: None })
    }

    fn ring(roster: &[OwnerId], params: GraphParams, seed: &Digest) -> Result<Self, RosterError> {
        check_order(roster.iter().copied())?;
        let mut order: Vec<usize> = (0..roster.len()).collect();
        shuffle(seed, &mut order);
        let mut places = vec![0; order.len()];
        for (place, position) in order.iter().enumerate() {
            if let Some(entry) = places.get_mut(*position) {
                *entry = place;
            }
        }
        Ok(Self { owners: roster.to_vec(), ring: Some(Ring { params, order, places }) })
    }

    /// The group's roster, ascending.
    #[must_use]
    pub fn owners(&self) -> &[OwnerId] {
        &self.owners
    }

    /// The sizes of a sparse graph; `None` if everybody masks with everybody.
    #[must_use]
    pub fn params(&self) -> Option<GraphParams> {
        self.ring.as_ref().map(|ring| ring.params)
    }

    /// With whom `owner` masks, ascending. Nobody, if it is not on the roster.
    #[must_use]
    pub fn neighbours(&self, owner: &OwnerId) -> Vec<OwnerId> {
        let Some(me) = self.position(owner) else { return Vec::new() };
        let Some(ring) = &self.ring else {
            return self.owners.iter().filter(|other| *other != owner).copied().collect();
        };
        let (half, all) = (ring.params.degree() / 2, self.owners.len());
        let around = (1..=half).chain(all - half..all);
        let mut neighbours: Vec<OwnerId> = around.filter_map(|step| self.at(ring, me, step)).collect();
        neighbours.sort_unstable();
        neighbours
    }

    /// Whether two owners mask with each other.
    #[must_use]
    pub fn are_neighbours(&self, one: &OwnerId, other: &OwnerId) -> bool {
        let (Some(a), Some(b)) = (self.position(one), self.position(other)) else { return false };
        let Some(ring) = &self.ring else { return a != b };
        let place = |position: usize| ring.places.get(position).copied().unwrap_or_default();
        let apart = place(a).abs_diff(place(b));
        a != b && apart.min(self.owners.len() - apart) <= ring.params.degree() / 2
    }

    /// The `online` owners that keep too few neighbours: fewer than
    /// [`min_online`](GraphParams::min_online) of those that follow them are online. None in a complete graph.
    ///
    /// A cut may have none of them. It does not help to set them offline too: then those before them on the ring have as
    /// few left, and so on all the way round.
    #[must_use]
    pub fn stripped(&self, online: &BTreeSet<OwnerId>) -> Vec<OwnerId> {
        let Some(ring) = &self.ring else { return Vec::new() };
        let half = ring.params.degree() / 2;
        let is_stripped = |owner: &&OwnerId| {
            let Some(me) = self.position(owner) else { return true };
            let following = (1..=half).filter_map(|step| self.at(ring, me, step));
            following.filter(|other| online.contains(other)).count() < ring.params.min_online()
        };
        online.iter().filter(is_stripped).copied().collect()
    }

    /// A digest of the roster and of who masks with whom.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let number = |number: usize| (number as u64).to_le_bytes();
        let (sizes, order) = match &self.ring {
            None => (Vec::new(), &[][..]),
            Some(Ring { params, order, .. }) => {
                ([params.degree(), params.min_online()].map(number).concat(), order.as_slice())
            }
        };
        let order: Vec<u8> = order.iter().flat_map(|position| number(*position)).collect();
        let owners: Vec<u8> = self.owners.iter().flat_map(|owner| owner.0).collect();
        digest("mask-graph/graph", &[&owners, &sizes, &order])
    }

    fn position(&self, owner: &OwnerId) -> Option<usize> {
        self.owners.binary_search(owner).ok()
    }

    /// The owner that stands `step` places after the one at position `me`.
    fn at(&self, ring: &Ring, me: usize, step: usize) -> Option<OwnerId> {
        let place = (ring.places.get(me)? + step) % self.owners.len();
        self.owners.get(*ring.order.get(place)?).copied()
    }
}

#[cfg(test)]
mod tests;
