//! The roster rule: what the chain's sealed roster demands of the group.

use std::collections::{BTreeMap, BTreeSet};

use tributary_aggregation::committee::CommitteeParams;
use tributary_aggregation::ids::{Digest, OwnerId};

use super::SessionError;
use super::roster::{Member, check_members};

/// An owner on the sealed roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedOwner {
    /// Commitment to its MLS key.
    pub identity: Digest,
    /// Whether it was on the roster before the last registration; before the first, everybody was.
    pub voter: bool,
}

/// The roster as the chain holds it from its sealing to the next registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRoster {
    /// Who is on it.
    pub owners: BTreeMap<OwnerId, SealedOwner>,
    /// Who was on it at any time until then.
    pub ever: BTreeSet<OwnerId>,
    /// Whether no committee was registered before.
    pub first: bool,
    /// Hash of the block that holds the sealing: public randomness.
    pub seal: Digest,
    /// Where the sealing stands in the chain's log: the block's number, and the position in it.
    pub place: (u64, u64),
}

/// The owners of one epoch, with the commitments to their MLS keys.
pub type Owners = BTreeMap<OwnerId, Digest>;

impl SealedRoster {
    /// All on it, with their identities.
    #[must_use]
    pub fn identities(&self) -> Owners {
        self.owners.iter().map(|(owner, sealed)| (*owner, sealed.identity)).collect()
    }

    /// Checks the members that a commit leaves, at one who was in the group before: all owners are on the roster with
    /// the identities that are there, and nobody who was in the group (`before`) and still is on the roster is left out.
    /// An owner that came or changed its keys since the last epoch may be missing: it may have no key package yet.
    ///
    /// # Errors
    /// Naming who is in and should not be, or the other way round.
    pub fn check_change(
        &self,
        before: &Owners,
        members: Vec<Member>,
        researcher: OwnerId,
    ) -> Result<Owners, SessionError> {
        let after = self.check_on_it(members, researcher)?;
        let still_there = |owner: &OwnerId, identity: &Digest| {
            self.owners.get(owner).is_some_and(|o| o.identity == *identity)
        };
        match before.iter().find(|(owner, id)| still_there(owner, id) && !after.contains_key(*owner)) {
            Some((owner, _)) => Err(SessionError::Roster {
                owner: *owner,
                reason: "is on the roster as before, but is left out",
            }),
            None => Ok(after),
        }
    }

    /// Checks the members of a group that this member was welcomed to. The first group is everybody on the roster. Of a
    /// later one a newcomer does not know who was in it before: a quorum of the voters must be.
    ///
    /// # Errors
    /// Naming who is in and should not be, or saying how many are missing.
    pub fn check_welcome(&self, members: Vec<Member>, researcher: OwnerId) -> Result<Owners, SessionError> {
        let owners = self.check_on_it(members, researcher)?;
        let missing = self.owners.keys().find(|owner| !owners.contains_key(*owner));
        if self.first {
            return match missing {
                Some(owner) => {
                    Err(SessionError::Roster { owner: *owner, reason: "is enrolled but not in the group" })
                }
                None => Ok(owners),
            };
        }
        let voters = self.owners.values().filter(|sealed| sealed.voter).count();
        let present =
            self.owners.iter().filter(|(owner, sealed)| sealed.voter && owners.contains_key(*owner)).count();
        let quorum = CommitteeParams::new(voters).map_or(voters, CommitteeParams::quorum);
        if present < quorum {
            return Err(SessionError::TooFewVoters { present, quorum });
        }
        Ok(owners)
    }

    fn check_on_it(&self, members: Vec<Member>, researcher: OwnerId) -> Result<Owners, SessionError> {
        let identities = self.identities();
        let owners = check_members(members, researcher, &identities)?;
        Ok(identities.into_iter().filter(|(owner, _)| owners.contains_key(owner)).collect())
    }
}
