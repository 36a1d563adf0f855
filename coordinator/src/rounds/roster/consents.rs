//! Owners who take their consent back, in studies that ask for it. The chain decides: its roster loses the owner at once, or,
//! while it is sealed, once the next committee is registered; after that it takes one settlement more under the committee
//! that still counts the owner. So the round under way may end, and before anything else the group follows. A consent lasts
//! as long as the study (the chain takes no shorter one), so that none runs out unseen.

use tributary_aggregation::ids::OwnerId;

use super::{Gate, wishes};
use crate::rounds::base::Base;
use crate::rounds::turn::Turn;

impl Base {
    /// Whether somebody of the present epoch is known to consent no more.
    fn has_withdrawn(&self) -> bool {
        self.roster.withdrawn.iter().any(|owner| self.owners.contains_key(owner))
    }

    /// What is known of withdrawals concerns only those whom the epoch still counts.
    pub(super) fn forget_withdrawn(&mut self) {
        self.roster.withdrawn.retain(|owner| self.owners.contains_key(owner));
    }
}

fn is_asked(turn: &Turn) -> bool {
    turn.base.facts.plan.cohort.consent
}

/// The registry shows no live consent of an owner any more; the escrow may still have it on the roster.
pub(crate) fn revoked(turn: &mut Turn, owner: OwnerId) {
    let is_here = turn.base.owners.contains_key(&owner) || turn.base.roster.places.contains_key(&owner);
    if !is_asked(turn) || !is_here || !turn.base.roster.withdrawn.insert(owner) {
        return;
    }
    let roster = &mut turn.base.roster;
    let after = if roster.gate == Gate::Sealed {
        "the roster is sealed: the group follows after the next registration, and no round begins before"
    } else {
        roster.changed = true;
        "no further attempt begins before the group has followed"
    };
    turn.log(format!("{owner} has taken its consent back: {after}"));
}

/// The escrow has struck an owner off, of whose enrolment it had accepted so many changes by then.
pub(crate) fn withdrawn(turn: &mut Turn, owner: OwnerId, sequence: u64) {
    let place = turn.base.roster.places.get(&owner);
    // Without a place it is known already; with a later one it has enrolled again since.
    if !is_asked(turn) || place.is_none_or(|place| place.sequence > sequence) {
        return;
    }
    wishes::go(turn, owner);
    if turn.base.owners.contains_key(&owner) {
        turn.base.roster.withdrawn.insert(owner);
    }
    turn.log(format!(
        "{owner} is off the roster, since it has taken its consent back; what it earned stays its own"
    ));
}

/// The chain settles nothing more under the present committee, since somebody has withdrawn.
pub(crate) fn note_withdrawal(turn: &mut Turn) {
    turn.base.roster.changed = true;
}

/// The next committee is registered: whoever withdrew while the roster was sealed is still counted by it, and must not be.
pub(super) fn after_registration(turn: &mut Turn) {
    turn.base.roster.changed |= turn.base.has_withdrawn();
}

/// The chain found nothing to seal: all whom it has on the roster consented when it was asked. What it has struck off stays
/// known.
pub(crate) fn not_sealed(turn: &mut Turn) {
    let roster = &mut turn.base.roster;
    let places = &roster.places;
    roster.withdrawn.retain(|owner| !places.contains_key(owner));
}
