//! Owners sign the committee's key, until a quorum of those who vote on the roster has signed the same one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_proto::v1::{self, event::Event};

use crate::rounds::blob::Blob;
use crate::rounds::command::CommitteeSigned;
use crate::rounds::committee::Committee;
use crate::rounds::effect::Errand;
use crate::rounds::rejection::Rejection;
use crate::rounds::turn::Turn;

/// What was signed of a committee's key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Signing {
    signatures: BTreeMap<OwnerId, Signature>,
    /// What a quorum signed and the relay takes to the chain.
    registering: Option<Committee>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Signature {
    epoch: u64,
    key: Blob,
    members: Vec<OwnerId>,
    signature: Blob,
}

impl Signature {
    fn is_of_same(&self, other: &Self) -> bool {
        (self.epoch, &self.key, &self.members) == (other.epoch, &other.key, &other.members)
    }
}

impl Signing {
    pub(super) const fn is_registering(&self) -> bool {
        self.registering.is_some()
    }

    /// The most owners that signed one and the same key.
    pub(super) fn most(&self) -> usize {
        let agreeing =
            |one: &Signature| self.signatures.values().filter(|other| other.is_of_same(one)).count();
        self.signatures.values().map(agreeing).max().unwrap_or(0)
    }

    /// Voters who have signed nothing, ascending.
    pub(super) fn missing(&self, turn: &Turn) -> Vec<OwnerId> {
        let voters = turn.base.roster.voters(turn.base.registered_epoch());
        voters.filter(|owner| !self.signatures.contains_key(owner)).collect()
    }

    pub(super) fn sign(&mut self, turn: &Turn, signed: CommitteeSigned) -> Result<(), Rejection> {
        let CommitteeSigned { owner, epoch, key, members, signature } = signed;
        if !turn.base.owners.contains_key(&owner) {
            return Err(Rejection::NotEnrolled(owner));
        }
        if turn.base.mls_epoch != Some(epoch) {
            let now =
                turn.base.mls_epoch.map_or_else(|| "not formed".into(), |epoch| format!("in epoch {epoch}"));
            return Err(Rejection::invalid("epoch", format!("the MLS group is {now}, not in epoch {epoch}")));
        }
        if epoch <= turn.base.registered_epoch() {
            let reason =
                format!("the committee of epoch {epoch} is registered: follow the change of the roster");
            return Err(Rejection::invalid("epoch", reason));
        }
        if let Some(stranger) = members.iter().find(|member| !turn.base.owners.contains_key(member)) {
            return Err(Rejection::NotEnrolled(*stranger));
        }
        Committee::new(epoch, members.clone(), &key)
            .map_err(|reason| Rejection::invalid("committee_key", reason))?;
        let signature = Signature { epoch, key: key.into(), members, signature: signature.into() };
        // Until a quorum agrees, an owner may sign the key of a repeated run.
        if self.registering.is_none() {
            self.signatures.insert(owner, signature);
        }
        Ok(())
    }

    /// Has the key registered that a quorum signed, if there is one.
    pub(super) fn relay(&mut self, turn: &mut Turn) {
        if self.registering.is_none()
            && let Some((committee, errand)) = self.agreed(turn)
        {
            turn.relay(errand);
            self.registering = Some(committee);
        }
    }

    /// The committee whose key a quorum of the voters signed, with the errand that registers it.
    fn agreed(&self, turn: &Turn) -> Option<(Committee, Errand)> {
        let registered = turn.base.registered_epoch();
        let quorum = turn.base.roster.quorum(registered);
        let voters: BTreeSet<OwnerId> = turn.base.roster.voters(registered).collect();
        self.signatures.values().find_map(|candidate| {
            let votes = |(owner, signature): &(&OwnerId, &Signature)| {
                voters.contains(owner) && signature.is_of_same(candidate)
            };
            let (signers, signatures): (Vec<_>, Vec<_>) = self
                .signatures
                .iter()
                .filter(votes)
                .map(|(owner, signature)| (*owner, signature.signature.clone()))
                .unzip();
            if signers.len() < quorum {
                return None;
            }
            let committee =
                Committee::new(candidate.epoch, candidate.members.clone(), &candidate.key.0).ok()?;
            let key = committee.key.public_key().to_eip2537().ok()?[..].into();
            Some((committee, Errand::RegisterCommittee { epoch: candidate.epoch, key, signers, signatures }))
        })
    }

    /// The chain has the key of an epoch; whether it is the one that was waited for.
    pub(super) fn registered(&mut self, turn: &mut Turn, epoch: u64, transaction: Option<Digest>) -> bool {
        let Some(committee) = self.registering.take_if(|committee| committee.epoch == epoch) else {
            return false;
        };
        turn.log(format!(
            "the committee of {} with a quorum of {} is registered on chain for epoch {epoch}",
            committee.members.len(),
            committee.quorum()
        ));
        turn.tell(Event::CommitteeRegistered(v1::CommitteeRegistered {
            epoch,
            public_key: committee.key.public_key_bytes().to_vec(),
            transaction: transaction.map(|transaction| transaction.0.to_vec()).unwrap_or_default(),
            committee_key: committee.key.to_bytes(),
            members: committee.members.iter().map(|member| member.0.to_vec()).collect(),
        }));
        turn.base.committee = Some(committee);
        true
    }
}
