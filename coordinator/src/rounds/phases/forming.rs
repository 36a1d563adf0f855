//! The MLS group forms, the owners make the committee's key, sign it, and the chain registers it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tributary_aggregation::committee::CommitteeParams;
use tributary_aggregation::hash::sha256;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_proto::v1::{self, event::Event};

use super::{Advance, Gathering, not_now};
use crate::rounds::base::Attempt;
use crate::rounds::blob::Blob;
use crate::rounds::command::{Command, Commit, CommitteeSigned};
use crate::rounds::committee::Committee;
use crate::rounds::effect::{Audience, Errand};
use crate::rounds::facts::{Millis, seconds};
use crate::rounds::rejection::Rejection;
use crate::rounds::turn::{Turn, list};

/// The group forms and makes its committee.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forming {
    deadline: Millis,
    /// The commit that ended the last epoch, to know it again.
    last_commit: Option<(OwnerId, u64, Digest)>,
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

impl Forming {
    pub(super) fn new(turn: &Turn) -> Self {
        let deadline = turn.now + seconds(turn.base.facts.plan.deadlines.committee_s);
        Self { deadline, last_commit: None, signatures: BTreeMap::new(), registering: None }
    }

    pub(super) fn accept(&mut self, turn: &mut Turn, command: Command) -> Result<(), Rejection> {
        match command {
            Command::Commit(commit) => self.commit(turn, commit),
            Command::CommitteeSigned(signed) => self.sign(turn, signed),
            Command::CommitteeRegistered { epoch, transaction } => {
                self.registered(turn, epoch, transaction);
                Ok(())
            }
            Command::CommitteeRefused { reason } => {
                turn.log(format!("the chain does not register the committee: {reason}"));
                self.registering = None;
                self.signatures.clear();
                Ok(())
            }
            // Enrolled on chain before, asking again.
            Command::Enrol(enrol) if turn.base.owners.contains_key(&enrol.owner) => Ok(()),
            Command::Enrolled { .. } | Command::EnrolRefused { .. } => Ok(()),
            other => Err(not_now(&other, "forming", "wait until the committee is registered")),
        }
    }

    /// The delivery service's rule: the first commit of an epoch wins (RFC 9750, section 5.2.3).
    fn commit(&mut self, turn: &mut Turn, commit: Commit) -> Result<(), Rejection> {
        let Commit { sender, epoch, commit, welcome, added } = commit;
        let is_member = sender == turn.base.facts.chain.researcher || turn.base.owners.contains_key(&sender);
        if !is_member {
            return Err(Rejection::NotEnrolled(sender));
        }
        let fingerprint = sha256(&[&sha256(&commit).0[..], &sha256(&welcome).0].concat());
        if self.last_commit == Some((sender, epoch, fingerprint)) {
            return Ok(());
        }
        let current = turn.base.mls_epoch.unwrap_or(0);
        if epoch < current {
            return Err(Rejection::EpochTaken { epoch });
        }
        if epoch > current {
            let reason =
                format!("the group is in epoch {current}; a commit ends that one, not epoch {epoch}");
            return Err(Rejection::invalid("commit.epoch", reason));
        }
        match turn.base.mls_epoch {
            None => self.check_creation(turn, sender, &welcome, &added)?,
            Some(_) if commit.is_empty() => {
                return Err(Rejection::invalid("commit", "may be empty only when the group is created"));
            }
            Some(_) => {}
        }
        if let Some(stranger) = added.iter().find(|owner| !turn.base.owners.contains_key(owner)) {
            return Err(Rejection::NotEnrolled(*stranger));
        }
        if !commit.is_empty() {
            let sender = sender.0.to_vec();
            turn.tell(Event::MlsMessage(v1::MlsMessage { sender, message: commit }));
        }
        if !welcome.is_empty() {
            let welcome = v1::MlsWelcome { epoch: epoch + 1, welcome };
            turn.append(Audience::Owners(added), Event::MlsWelcome(welcome));
        }
        self.last_commit = Some((sender, epoch, fingerprint));
        self.signatures.clear();
        turn.base.mls_epoch = Some(epoch + 1);
        turn.log(format!("the MLS group is in epoch {}", epoch + 1));
        Ok(())
    }

    fn check_creation(
        &self,
        turn: &Turn,
        sender: OwnerId,
        welcome: &[u8],
        added: &[OwnerId],
    ) -> Result<(), Rejection> {
        if sender != turn.base.facts.chain.researcher {
            return Err(Rejection::invalid("commit", "the study's researcher creates the group"));
        }
        let added: BTreeSet<_> = added.iter().copied().collect();
        if welcome.is_empty() || !added.iter().eq(turn.base.owners.keys()) {
            return Err(Rejection::invalid(
                "commit.added",
                "the group is created with all enrolled owners, by a welcome",
            ));
        }
        Ok(())
    }

    fn sign(&mut self, turn: &Turn, signed: CommitteeSigned) -> Result<(), Rejection> {
        let CommitteeSigned { owner, epoch, key, members, signature } = signed;
        if !turn.base.owners.contains_key(&owner) {
            return Err(Rejection::NotEnrolled(owner));
        }
        if turn.base.mls_epoch != Some(epoch) {
            let now =
                turn.base.mls_epoch.map_or_else(|| "not formed".into(), |epoch| format!("in epoch {epoch}"));
            return Err(Rejection::invalid("epoch", format!("the MLS group is {now}, not in epoch {epoch}")));
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

    fn registered(&mut self, turn: &mut Turn, epoch: u64, transaction: Option<Digest>) {
        let Some(committee) = self.registering.take_if(|committee| committee.epoch == epoch) else { return };
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
    }

    /// The committee whose key enough owners signed, with the errand that registers it.
    fn agreed(&self, turn: &Turn) -> Option<(Committee, Errand)> {
        // The contract counts all enrolled owners.
        let on_chain = CommitteeParams::new(turn.base.owners.len()).ok()?.quorum();
        self.signatures.values().find_map(|candidate| {
            let same = |signature: &Signature| {
                (signature.epoch, &signature.key, &signature.members)
                    == (candidate.epoch, &candidate.key, &candidate.members)
            };
            let signers = self.signatures.iter().filter(|(_, signature)| same(signature));
            let (signers, signatures): (Vec<_>, Vec<_>) =
                signers.map(|(owner, signature)| (*owner, signature.signature.clone())).unzip();
            if signers.len() < on_chain {
                return None;
            }
            let committee =
                Committee::new(candidate.epoch, candidate.members.clone(), &candidate.key.0).ok()?;
            let key = committee.key.public_key().to_eip2537().ok()?[..].into();
            Some((committee, Errand::RegisterCommittee { epoch: candidate.epoch, key, signers, signatures }))
        })
    }

    pub(super) fn advance(mut self, turn: &mut Turn) -> Advance {
        if turn.base.committee.is_some() {
            return Advance::Next(Gathering::new(Attempt { round: 0, attempt: 1 }, turn.now).into());
        }
        if self.registering.is_some() {
            return Advance::Wait(self.into());
        }
        if let Some((committee, errand)) = self.agreed(turn) {
            turn.relay(errand);
            self.registering = Some(committee);
            return Advance::Wait(self.into());
        }
        if turn.now < self.deadline {
            return Advance::Wait(self.into());
        }
        let reason = if turn.base.mls_epoch.is_none() {
            "the researcher has not formed the MLS group in time".to_owned()
        } else {
            let missing = turn.base.owners.keys().filter(|owner| !self.signatures.contains_key(owner));
            let missing: Vec<_> = missing.copied().collect();
            format!("no quorum signed the committee's key in time; not signed: {}", list(&missing))
        };
        Advance::Next(turn.end(reason))
    }

    pub(super) const fn deadline(&self) -> Option<Millis> {
        Some(self.deadline)
    }

    pub(super) fn extend(&mut self, until: Millis) {
        self.deadline = self.deadline.max(until);
    }

    pub(super) const fn attempt(&self) -> Option<Attempt> {
        None
    }
}
