//! Who is on the study's roster: what the chain shows, what is on its way there, and what waits to be applied.
//!
//! Owners ask to come ([`wishes`]), to replace their keys, or to leave, and vote to remove one another
//! ([`removals`]). The relay takes that to the chain when it comes, and notes here what the chain confirmed. The owners
//! of an epoch ([`Base::owners`]) stay as they are until the roster is sealed and the group follows ([`apply`]).
//!
//! In studies that ask for consent, owners may also take it back ([`consents`]).
//!
//! [`apply`]: Base::apply_roster

mod consents;
mod removals;
mod seal;
mod wishes;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tributary_aggregation::committee::CommitteeParams;
use tributary_aggregation::ids::{Digest, OwnerId};

pub(crate) use consents::{not_sealed, note_withdrawal, revoked, withdrawn};
pub(crate) use removals::{propose, removal_refused, removal_too_few, removed, sign};
pub use seal::Applied;
pub(crate) use wishes::{enrol, enrolled, leave, left, refused};

use super::base::{Base, Owner};
use super::effect::Errand;
use super::turn::Turn;
use removals::Removal;
use wishes::Wish;

/// The most changes of one owner's enrolment that the coordinator pays for. An owner that needs more of them relays
/// them to the chain itself.
pub const MOST_CHANGES: u64 = 64;

/// Whether the chain takes changes of the roster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Enrolment: owners come and go, and are in or out at once.
    #[default]
    Open,
    /// From a seal until the next committee is registered: none.
    Sealed,
    /// A committee is registered: changes are taken, and applied between two attempts.
    Late,
}

/// An owner's place on the chain's roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Commitment to its MLS key.
    pub identity: Digest,
    /// Accepted changes of its enrolment so far: what the next one signs.
    pub sequence: u64,
    /// The epoch that was registered when it came on the roster; 0 before the first.
    pub since: u64,
}

/// How an owner's last wish ended on the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// It is done: by this transaction, if it was this coordinator's.
    Done(Option<Digest>),
    /// The chain refused it, for this reason.
    Refused(String),
}

/// Why the chain did not take a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The roster is sealed: to be asked again once the next committee is registered.
    Sealed,
    /// For good.
    Never(String),
}

/// The roster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Roster {
    gate: Gate,
    /// As the chain has it, as far as is known here; after a seal, exactly.
    places: BTreeMap<OwnerId, Place>,
    /// What owners asked for and the chain has not answered: at most one thing each.
    wishes: BTreeMap<OwnerId, Wish>,
    /// How each owner's last wish ended, with the sequence that it signed.
    answers: BTreeMap<OwnerId, (u64, Ended)>,
    /// Those who are on the chain's roster with these keys and wait for the epoch that takes them in.
    joining: BTreeMap<OwnerId, Owner>,
    /// Removals that were proposed.
    removals: BTreeMap<OwnerId, Removal>,
    /// Whether the chain has confirmed a change since the last committee was registered.
    changed: bool,
    /// Those of the epoch's owners who are known to have taken their consent back.
    #[serde(default)]
    withdrawn: BTreeSet<OwnerId>,
}

impl Roster {
    /// Whether the chain takes changes.
    #[must_use]
    pub const fn gate(&self) -> Gate {
        self.gate
    }

    /// The place of an owner on the chain's roster.
    #[must_use]
    pub fn place(&self, owner: &OwnerId) -> Option<&Place> {
        self.places.get(owner)
    }

    /// How an owner's wish ended that signed this sequence, if it was the last and has.
    #[must_use]
    pub fn answer(&self, owner: &OwnerId, sequence: u64) -> Option<&Ended> {
        self.answers.get(owner).filter(|(answered, _)| *answered == sequence).map(|(_, ended)| ended)
    }

    /// What an owner's next change signs, as far as is known here: others may have relayed some to the chain.
    fn next_sequence(&self, owner: &OwnerId) -> u64 {
        let done = match self.answers.get(owner) {
            Some((sequence, Ended::Done(_))) => sequence + 1,
            _ => 0,
        };
        self.places.get(owner).map_or(0, |place| place.sequence).max(done)
    }

    /// Those who wait for the epoch that takes them in.
    #[must_use]
    pub const fn joining(&self) -> &BTreeMap<OwnerId, Owner> {
        &self.joining
    }

    /// Whether the owner comes with keys that the present epoch does not know.
    #[must_use]
    pub fn is_joining(&self, owner: &OwnerId) -> bool {
        self.joining.contains_key(owner)
    }

    /// Those who decide on committees and removals, ascending, if `epoch` is the last that was registered (0: none).
    pub fn voters(&self, epoch: u64) -> impl Iterator<Item = OwnerId> + '_ {
        let votes = move |place: &Place| epoch == 0 || place.since < epoch;
        self.places.iter().filter(move |(_, place)| votes(place)).map(|(owner, _)| *owner)
    }

    /// Signatures that the contract wants of the voters; out of reach while there are fewer than two.
    #[must_use]
    pub fn quorum(&self, epoch: u64) -> usize {
        CommitteeParams::new(self.voters(epoch).count()).map_or(usize::MAX, CommitteeParams::quorum)
    }

    /// Whether the group has to follow before the next attempt.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.changed || self.gate == Gate::Sealed
    }

    /// The chain's roster is sealed, by whomever.
    fn note_seal(&mut self) {
        self.gate = Gate::Sealed;
    }
}

impl Base {
    /// The epoch whose committee is registered; 0 before the first.
    #[must_use]
    pub fn registered_epoch(&self) -> u64 {
        self.committee.as_ref().map_or(0, |committee| committee.epoch)
    }

    /// What is known of an owner by its newest keys.
    #[must_use]
    pub fn newest(&self, owner: &OwnerId) -> Option<&Owner> {
        self.roster.joining.get(owner).or_else(|| self.owners.get(owner))
    }

    /// The same, to be changed.
    pub(crate) fn newest_mut(&mut self, owner: &OwnerId) -> Option<&mut Owner> {
        self.roster.joining.get_mut(owner).or_else(|| self.owners.get_mut(owner))
    }
}

/// Has the roster sealed on the chain.
pub(crate) fn seal(turn: &mut Turn) {
    turn.base.roster.note_seal();
    turn.relay(Errand::SealRoster);
}

/// The next committee is registered: the chain takes changes again, and gets those that waited.
pub(crate) fn unseal(turn: &mut Turn) {
    turn.base.roster.gate = Gate::Late;
    turn.base.roster.changed = false;
    consents::after_registration(turn);
    wishes::relay_waiting(turn);
    removals::relay_ready(turn);
}
