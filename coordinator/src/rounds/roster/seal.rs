//! The sealed roster becomes the epoch's.

use std::collections::BTreeMap;

use tributary_aggregation::ids::OwnerId;

use super::Place;
use crate::rounds::base::Base;

/// How the owners of an epoch differ from those of the one before. An owner with new keys is in both lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Who came, ascending.
    pub added: Vec<OwnerId>,
    /// Who went, ascending.
    pub removed: Vec<OwnerId>,
}

impl Base {
    /// Makes the sealed roster that of the group: those whose keys are known here, and nobody else.
    pub(crate) fn apply_roster(&mut self, sealed: BTreeMap<OwnerId, Place>) -> Applied {
        self.roster.places = sealed;
        let places = &self.roster.places;
        let has_place =
            |owner: &OwnerId, identity| places.get(owner).is_some_and(|place| place.identity == identity);
        let removed: Vec<OwnerId> = self
            .owners
            .iter()
            .filter(|(owner, known)| !has_place(owner, known.identity))
            .map(|(owner, _)| *owner)
            .collect();
        let mut joining = std::mem::take(&mut self.roster.joining);
        joining.retain(|owner, known| has_place(owner, known.identity));
        for owner in &removed {
            self.owners.remove(owner);
            // What excluded it was done with keys that are gone.
            self.excluded.remove(owner);
        }
        let added: Vec<OwnerId> = joining.keys().copied().collect();
        self.owners.extend(joining);
        self.ever.extend(self.owners.keys().copied());
        self.forget_withdrawn();
        Applied { added, removed }
    }

    /// Those on the chain's roster whose keys are not known here, ascending: they enrolled past this coordinator.
    #[must_use]
    pub fn strangers(&self) -> Vec<OwnerId> {
        let is_known = |owner: &OwnerId| self.owners.contains_key(owner) || self.roster.is_joining(owner);
        self.roster.places.keys().filter(|owner| !is_known(owner)).copied().collect()
    }

    /// Takes those in who handed their keys in after the roster was sealed, before the group is formed.
    pub(crate) fn admit_waiting(&mut self) {
        self.owners.append(&mut self.roster.joining);
        self.ever.extend(self.owners.keys().copied());
    }
}
