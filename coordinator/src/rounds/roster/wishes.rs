//! What an owner asks for itself: to come, to replace its keys, to leave.

use serde::{Deserialize, Serialize};
use tributary_aggregation::ids::{Digest, OwnerId};

use super::{Ended, Gate, MOST_CHANGES, Place, Refusal};
use crate::rounds::base::Owner;
use crate::rounds::blob::Blob;
use crate::rounds::command::{Enrol, Leave};
use crate::rounds::effect::Errand;
use crate::rounds::rejection::Rejection;
use crate::rounds::turn::Turn;

/// What an owner asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wish {
    /// The accepted changes before it: what it signs.
    sequence: u64,
    /// EIP-712, by the owner.
    signature: Blob,
    /// Whether the relay has it; if not, it waits for the roster to be unsealed.
    relayed: bool,
    change: Change,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    Enrol {
        #[serde(with = "hex")]
        mls_key: [u8; 32],
        key_package: Blob,
        identity: Digest,
    },
    Leave,
}

impl Wish {
    fn errand(&self, turn: &Turn, owner: OwnerId) -> Errand {
        let (sequence, signature) = (self.sequence, self.signature.clone());
        match self.change {
            Change::Enrol { identity, .. } => {
                let proof = turn.base.facts.allowed_proof(&owner);
                Errand::Enrol { owner, identity, sequence, proof, signature }
            }
            Change::Leave => Errand::Leave { owner, sequence, signature },
        }
    }
}

/// An owner asks to be on the roster with these keys. Asked again it may bring a new key package, as long as its MLS
/// key is the same.
pub(crate) fn enrol(turn: &mut Turn, enrol: Enrol) -> Result<(), Rejection> {
    let Enrol { owner, mls_key, key_package, identity, sequence, signature } = enrol;
    if !turn.base.facts.plan.cohort.allows(&owner) {
        return Err(Rejection::NotAllowed(owner));
    }
    let place = turn.base.roster.places.get(&owner);
    if place.is_some_and(|place| place.identity == identity) {
        hold_package(turn, owner, identity, mls_key, key_package);
        return Ok(());
    }
    if let Some(wish) = turn.base.roster.wishes.get_mut(&owner)
        && let Change::Enrol { identity: wished, key_package: package, .. } = &mut wish.change
        && (wish.sequence, *wished) == (sequence, identity)
    {
        *package = key_package.into();
        return Ok(());
    }
    if place.is_none() {
        check_room(turn, &owner)?;
    }
    let change = Change::Enrol { mls_key, key_package: key_package.into(), identity };
    wish(turn, owner, Wish { sequence, signature: signature.into(), relayed: false, change })
}

/// An owner asks to leave.
pub(crate) fn leave(turn: &mut Turn, leave: Leave) -> Result<(), Rejection> {
    let Leave { owner, sequence, signature } = leave;
    let roster = &turn.base.roster;
    let wished = roster.wishes.get(&owner);
    if !roster.places.contains_key(&owner) && wished.is_none() {
        return Ok(());
    }
    if wished.is_some_and(|wish| wish.sequence == sequence && wish.change == Change::Leave) {
        return Ok(());
    }
    let signature = signature.into();
    wish(turn, owner, Wish { sequence, signature, relayed: false, change: Change::Leave })
}

/// Takes a wish on; one that the relay has not taken yet gives way to it.
fn wish(turn: &mut Turn, owner: OwnerId, mut wish: Wish) -> Result<(), Rejection> {
    if wish.sequence >= MOST_CHANGES {
        let reason = format!("{MOST_CHANGES} changes were relayed for you: relay further ones yourself");
        return Err(Rejection::invalid("sequence", reason));
    }
    let next = turn.base.roster.next_sequence(&owner);
    if wish.sequence < next {
        return Err(Rejection::invalid("sequence", format!("is used up, the next is {next}")));
    }
    if turn.base.roster.wishes.get(&owner).is_some_and(|before| before.relayed) {
        return Err(Rejection::Conflict { what: "change of the enrolment", owner });
    }
    if turn.base.roster.gate == Gate::Sealed {
        turn.log(format!("the roster is sealed: a change of {owner} waits for the next committee"));
    } else {
        wish.relayed = true;
        turn.relay(wish.errand(turn, owner));
    }
    turn.base.roster.answers.remove(&owner);
    turn.base.roster.wishes.insert(owner, wish);
    Ok(())
}

/// Whether the study takes somebody new.
fn check_room(turn: &Turn, owner: &OwnerId) -> Result<(), Rejection> {
    let (roster, cohort) = (&turn.base.roster, &turn.base.facts.plan.cohort);
    if roster.gate != Gate::Open && !cohort.late_enrolment {
        return Err(Rejection::EnrolmentOver);
    }
    let comes = |(other, wish): (&OwnerId, &Wish)| {
        other != owner && wish.change != Change::Leave && !roster.places.contains_key(other)
    };
    let coming = roster.wishes.iter().filter(|(other, wish)| comes((other, wish))).count();
    if roster.places.len() + coming >= usize::from(cohort.max_owners) {
        return Err(Rejection::Full { max: cohort.max_owners });
    }
    Ok(())
}

/// Keeps the key package of an owner that the chain shows with this very identity.
fn hold_package(turn: &mut Turn, owner: OwnerId, identity: Digest, mls_key: [u8; 32], key_package: Vec<u8>) {
    match turn.base.newest_mut(&owner).filter(|known| known.identity == identity) {
        Some(known) => known.key_package = key_package.into(),
        // It enrolled past this coordinator.
        None => admit(turn, owner, Owner::new(mls_key, key_package.into(), identity, turn.now)),
    }
}

/// Takes an owner in: at once while the study enrols, else with the next epoch.
fn admit(turn: &mut Turn, owner: OwnerId, known: Owner) {
    let base = &mut turn.base;
    if base.roster.gate == Gate::Open {
        base.owners.insert(owner, known);
        base.ever.insert(owner);
    } else {
        base.roster.joining.insert(owner, known);
    }
}

/// The wish that the chain has answered, if it is still there.
fn answered(turn: &mut Turn, owner: OwnerId, sequence: u64, ended: Ended) -> Option<Wish> {
    let roster = &mut turn.base.roster;
    let wish = roster.wishes.remove(&owner)?;
    if wish.sequence != sequence {
        roster.wishes.insert(owner, wish);
        return None;
    }
    roster.answers.insert(owner, (sequence, ended));
    Some(wish)
}

/// The chain shows the owner with the keys that it asked for.
pub(crate) fn enrolled(turn: &mut Turn, owner: OwnerId, sequence: u64, transaction: Option<Digest>) {
    let wish = answered(turn, owner, sequence, Ended::Done(transaction));
    let Some(Change::Enrol { mls_key, key_package, identity }) = wish.map(|wish| wish.change) else { return };
    let epoch = turn.base.registered_epoch();
    let roster = &mut turn.base.roster;
    roster.changed = true;
    let before = roster.places.get(&owner);
    let since = before.map_or(epoch, |place| place.since);
    let what = if before.is_some() { "has new keys" } else { "is enrolled" };
    roster.places.insert(owner, Place { identity, sequence: sequence + 1, since });
    // What was signed against it was signed against its last change; and the chain enrols nobody who does not consent.
    roster.removals.remove(&owner);
    roster.withdrawn.remove(&owner);
    admit(turn, owner, Owner::new(mls_key, key_package, identity, turn.now));
    let cohort = &turn.base.facts.plan.cohort;
    let (min, max) = (cohort.min_owners, cohort.max_owners);
    turn.log(format!("{owner} {what} ({} of {min} to {max} owners)", turn.base.roster.places.len()));
}

/// The chain shows the owner as gone, by its own wish.
pub(crate) fn left(turn: &mut Turn, owner: OwnerId, sequence: u64, transaction: Option<Digest>) {
    if answered(turn, owner, sequence, Ended::Done(transaction)).is_none() {
        return;
    }
    go(turn, owner);
    turn.log(format!("{owner} has left the roster; what it earned stays its own"));
}

/// Takes an owner off the roster: at once while the study enrols, else the next epoch is without it.
pub(super) fn go(turn: &mut Turn, owner: OwnerId) {
    let roster = &mut turn.base.roster;
    roster.changed = true;
    roster.places.remove(&owner);
    roster.joining.remove(&owner);
    roster.removals.remove(&owner);
    if roster.gate == Gate::Open {
        turn.base.owners.remove(&owner);
    }
}

/// The chain did not take an owner's wish.
pub(crate) fn refused(turn: &mut Turn, owner: OwnerId, sequence: u64, refusal: Refusal) {
    match refusal {
        Refusal::Never(reason) => {
            let Some(wish) = answered(turn, owner, sequence, Ended::Refused(reason.clone())) else { return };
            let what = if wish.change == Change::Leave { "let go" } else { "enrol" };
            turn.log(format!("the chain does not {what} {owner}: {reason}"));
        }
        Refusal::Sealed => {
            let roster = &mut turn.base.roster;
            let Some(wish) = roster.wishes.get_mut(&owner).filter(|wish| wish.sequence == sequence) else {
                return;
            };
            wish.relayed = false;
            roster.note_seal();
            turn.log(format!("the roster is sealed: a change of {owner} waits for the next committee"));
        }
    }
}

/// Gives the relay what had to wait.
pub(super) fn relay_waiting(turn: &mut Turn) {
    let waiting: Vec<(OwnerId, Errand)> = turn
        .base
        .roster
        .wishes
        .iter()
        .filter(|(_, wish)| !wish.relayed)
        .map(|(owner, wish)| (*owner, wish.errand(turn, *owner)))
        .collect();
    for (owner, errand) in waiting {
        if let Some(wish) = turn.base.roster.wishes.get_mut(&owner) {
            wish.relayed = true;
        }
        turn.relay(errand);
    }
}
