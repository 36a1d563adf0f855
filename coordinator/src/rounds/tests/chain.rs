//! The contract as far as a roster, its committees and its settlements go, and the relay in front of it.

use std::collections::{BTreeMap, BTreeSet};

use tributary_aggregation::committee::CommitteeParams;
use tributary_aggregation::ids::{Digest, OwnerId};

use crate::rounds::roster::{Place, Refusal};
use crate::rounds::{Blob, Command, Errand};

#[derive(Default)]
pub struct Chain {
    pub places: BTreeMap<OwnerId, Place>,
    sequences: BTreeMap<OwnerId, u64>,
    /// What each sequence of an owner was used for.
    used: BTreeMap<(OwnerId, u64), Errand>,
    /// Whose consent is over.
    pub revoked: BTreeSet<OwnerId>,
    /// Settlements that were taken since the last withdrawal.
    settled_since: Option<u8>,
    epoch: u64,
    pub sealed: bool,
    changed: bool,
    transactions: u8,
}

const SEALED: Result<(), Refusal> = Err(Refusal::Sealed);

impl Chain {
    /// Carries an errand out, or finds that it was: what the study is told.
    pub fn carry_out(&mut self, errand: &Errand) -> Option<Command> {
        self.transactions += 1;
        let transaction = Some(Digest([self.transactions; 32]));
        Some(match errand.clone() {
            Errand::Enrol { owner, identity, sequence, .. } => {
                match self.enrol(errand, owner, identity, sequence) {
                    Ok(()) => Command::Enrolled { owner, sequence, transaction },
                    Err(refusal) => Command::ChangeRefused { owner, sequence, refusal },
                }
            }
            Errand::Leave { owner, sequence, .. } => match self.strike(errand, owner, sequence) {
                Ok(()) => Command::Left { owner, sequence, transaction },
                Err(refusal) => Command::ChangeRefused { owner, sequence, refusal },
            },
            Errand::Remove { owner, sequence, signers, .. } => {
                if !self.used.contains_key(&(owner, sequence)) && signers.len() < self.quorum() {
                    return Some(Command::RemovalTooFew { owner, sequence });
                }
                let voted = self.check_voters(&signers).map_err(Refusal::Never);
                match voted.and_then(|()| self.strike(errand, owner, sequence)) {
                    Ok(()) => Command::Removed { owner, sequence },
                    Err(refusal) => Command::RemovalRefused { owner, sequence, refusal },
                }
            }
            Errand::SealRoster => {
                if !self.sealed {
                    let over = self.revoked.clone();
                    for owner in over {
                        self.strike_off(owner);
                    }
                }
                if self.sealed || self.changed {
                    self.sealed = true;
                    Command::Sealed { roster: self.places.clone() }
                } else {
                    Command::SealRefused { reason: "nothing to seal".into() }
                }
            }
            Errand::RegisterCommittee { epoch, signers, .. } => match self.register(epoch, &signers) {
                Ok(()) => Command::CommitteeRegistered { epoch, transaction },
                Err(reason) => Command::CommitteeRefused { reason },
            },
            Errand::Settle { settlement, .. } => {
                if self.settled_since.is_some_and(|settled| settled > 0) {
                    return Some(Command::ConsentMissing { round: settlement.round });
                }
                self.settled_since = self.settled_since.map(|settled| settled + 1);
                Command::Settled { round: settlement.round, transaction, gas_used: 200_000 }
            }
            Errand::Publish { .. } => return None,
        })
    }

    fn check(&self, errand: &Errand, owner: OwnerId, sequence: u64) -> Result<bool, Refusal> {
        match self.used.get(&(owner, sequence)) {
            Some(before) if before == errand => return Ok(true),
            Some(_) => return Err(Refusal::Never("the sequence was used up".into())),
            None if self.sealed => SEALED?,
            None => {}
        }
        if self.sequences.get(&owner).copied().unwrap_or(0) != sequence {
            return Err(Refusal::Never("another sequence is expected".into()));
        }
        Ok(false)
    }

    fn enrol(
        &mut self,
        errand: &Errand,
        owner: OwnerId,
        identity: Digest,
        sequence: u64,
    ) -> Result<(), Refusal> {
        if self.check(errand, owner, sequence)? {
            return Ok(());
        }
        let since = self.places.get(&owner).map_or(self.epoch, |place| place.since);
        self.places.insert(owner, Place { identity, sequence: sequence + 1, since });
        self.note(errand, owner, sequence);
        Ok(())
    }

    fn strike(&mut self, errand: &Errand, owner: OwnerId, sequence: u64) -> Result<(), Refusal> {
        if self.check(errand, owner, sequence)? {
            return Ok(());
        }
        self.places.remove(&owner).ok_or(Refusal::Never("not enrolled".into()))?;
        self.note(errand, owner, sequence);
        Ok(())
    }

    fn note(&mut self, errand: &Errand, owner: OwnerId, sequence: u64) {
        self.sequences.insert(owner, sequence + 1);
        self.used.insert((owner, sequence), errand.clone());
        self.changed = true;
    }

    fn voters(&self) -> impl Iterator<Item = &OwnerId> {
        let votes = |place: &Place| self.epoch == 0 || place.since < self.epoch;
        self.places.iter().filter(move |(_, place)| votes(place)).map(|(owner, _)| owner)
    }

    fn quorum(&self) -> usize {
        CommitteeParams::new(self.voters().count()).unwrap().quorum()
    }

    fn check_voters(&self, signers: &[OwnerId]) -> Result<(), String> {
        if !signers.windows(2).all(|pair| pair[0] < pair[1]) {
            return Err("not ascending".into());
        }
        match signers.iter().find(|signer| !self.voters().any(|voter| voter == *signer)) {
            Some(signer) => Err(format!("{signer} has no vote")),
            None => Ok(()),
        }
    }

    fn register(&mut self, epoch: u64, signers: &[OwnerId]) -> Result<(), String> {
        self.check_voters(signers)?;
        if !self.sealed || epoch <= self.epoch || signers.len() < self.quorum() {
            return Err("not sealed, not newer, or no quorum".into());
        }
        (self.epoch, self.sealed, self.changed) = (epoch, false, false);
        // Whoever withdrew while the roster was sealed is in this committee.
        let counted = self.revoked.iter().any(|owner| self.places.contains_key(owner));
        self.settled_since = counted.then_some(1);
        Ok(())
    }

    /// An owner takes its consent back, whoever relays it: what a coordinator finds that looks at the chain then.
    pub fn revoke(&mut self, owner: OwnerId) -> Command {
        self.revoked.insert(owner);
        match if self.sealed { None } else { self.strike_off(owner) } {
            Some(sequence) => Command::ConsentWithdrawn { owner, sequence },
            None => Command::ConsentRevoked { owner },
        }
    }

    fn strike_off(&mut self, owner: OwnerId) -> Option<u64> {
        let place = self.places.remove(&owner)?;
        self.sequences.insert(owner, place.sequence + 1);
        self.changed = true;
        self.settled_since = Some(0);
        Some(place.sequence)
    }

    /// Somebody enrols past the coordinator.
    pub fn enrol_directly(&mut self, owner: OwnerId, identity: Digest) {
        let sequence = self.sequences.get(&owner).copied().unwrap_or(0);
        let (proof, signature) = (Vec::new(), Blob::default());
        let errand = Errand::Enrol { owner, identity, sequence, proof, signature };
        self.enrol(&errand, owner, identity, sequence).unwrap();
    }
}
