//! The owners take one of them off the roster: the researcher proposes it, a quorum of the voters signs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_aggregation::ids::OwnerId;
use tributary_proto::v1::{self, event::Event};

use super::{Gate, Refusal, wishes};
use crate::rounds::blob::Blob;
use crate::rounds::command::SignRemoval;
use crate::rounds::effect::Errand;
use crate::rounds::rejection::Rejection;
use crate::rounds::turn::Turn;

/// A removal that was proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Removal {
    /// Of the owner's enrolment: what is signed.
    sequence: u64,
    /// EIP-712 `Remove`, by voter.
    signatures: BTreeMap<OwnerId, Blob>,
    /// Whether the relay has it.
    relayed: bool,
    /// Signatures that the chain found too few.
    too_few: usize,
}

/// The researcher wants an owner off the roster.
pub(crate) fn propose(
    turn: &mut Turn,
    owner: OwnerId,
    sequence: u64,
    reason: String,
) -> Result<(), Rejection> {
    let roster = &turn.base.roster;
    if roster.gate == Gate::Open {
        let hint = "while owners still come nobody can be kept out: wait for the first committee";
        return Err(Rejection::NotNow { what: "a removal", phase: "enrolling", hint });
    }
    if !roster.places.contains_key(&owner) {
        return Err(Rejection::NotEnrolled(owner));
    }
    if roster.removals.get(&owner).is_some_and(|removal| removal.sequence == sequence) {
        return Ok(());
    }
    let removal = Removal { sequence, signatures: BTreeMap::new(), relayed: false, too_few: 0 };
    turn.base.roster.removals.insert(owner, removal);
    turn.log(format!("the researcher wants {owner} off the roster: {reason}"));
    turn.tell(Event::RemovalProposed(v1::RemovalProposed { owner: owner.0.to_vec(), sequence, reason }));
    Ok(())
}

/// An owner agrees.
pub(crate) fn sign(turn: &mut Turn, signed: SignRemoval) -> Result<(), Rejection> {
    let SignRemoval { signer, owner, sequence, signature } = signed;
    let epoch = turn.base.registered_epoch();
    if !turn.base.roster.places.contains_key(&signer) {
        return Err(Rejection::NotEnrolled(signer));
    }
    if !turn.base.roster.voters(epoch).any(|voter| voter == signer) {
        return Err(Rejection::NotVoter(signer));
    }
    let removal = turn.base.roster.removals.get_mut(&owner).filter(|removal| removal.sequence == sequence);
    let removal = removal.ok_or_else(|| {
        Rejection::invalid("owner", format!("nobody proposed to remove {owner} as it is enrolled now"))
    })?;
    removal.signatures.insert(signer, signature.into());
    relay_ready(turn);
    Ok(())
}

/// Gives the relay the removals that a quorum of the voters has signed.
pub(super) fn relay_ready(turn: &mut Turn) {
    let epoch = turn.base.registered_epoch();
    let roster = &mut turn.base.roster;
    if roster.gate != Gate::Late {
        return;
    }
    let quorum = roster.quorum(epoch);
    let voters: std::collections::BTreeSet<OwnerId> = roster.voters(epoch).collect();
    let mut ready = Vec::new();
    for (owner, removal) in &mut roster.removals {
        // Who has lost its vote since would spoil the others' signatures.
        let votes = removal.signatures.iter().filter(|(signer, _)| voters.contains(signer));
        let (signers, signatures): (Vec<OwnerId>, Vec<Blob>) =
            votes.map(|(signer, signature)| (*signer, signature.clone())).unzip();
        if removal.relayed || signers.len() < quorum || signers.len() <= removal.too_few {
            continue;
        }
        removal.relayed = true;
        ready.push(Errand::Remove { owner: *owner, sequence: removal.sequence, signers, signatures });
    }
    for errand in ready {
        turn.relay(errand);
    }
}

/// The chain shows the owner as removed.
pub(crate) fn removed(turn: &mut Turn, owner: OwnerId, sequence: u64) {
    let roster = &mut turn.base.roster;
    if roster.removals.get(&owner).is_none_or(|removal| removal.sequence != sequence) {
        return;
    }
    wishes::go(turn, owner);
    turn.log(format!("a quorum has taken {owner} off the roster; what it earned stays its own"));
}

/// The chain did not take a removal.
pub(crate) fn removal_refused(turn: &mut Turn, owner: OwnerId, sequence: u64, refusal: Refusal) {
    let roster = &mut turn.base.roster;
    let Some(removal) = roster.removals.get_mut(&owner).filter(|removal| removal.sequence == sequence) else {
        return;
    };
    removal.relayed = false;
    match refusal {
        Refusal::Sealed => roster.note_seal(),
        Refusal::Never(reason) => {
            roster.removals.remove(&owner);
            turn.log(format!("the chain does not remove {owner}: {reason}"));
        }
    }
}

/// The chain knows more voters than are known here: it is asked again with more signatures.
pub(crate) fn removal_too_few(turn: &mut Turn, owner: OwnerId, sequence: u64) {
    let removal = turn.base.roster.removals.get_mut(&owner);
    if let Some(removal) = removal.filter(|removal| removal.sequence == sequence) {
        removal.relayed = false;
        removal.too_few = removal.signatures.len();
    }
}
