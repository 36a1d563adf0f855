//! Changes of the roster: owners enrol, replace their keys, leave, and remove one another. What is signed is checked here;
//! the relay takes it to the chain.

use std::time::Duration;

use ed25519_dalek::VerifyingKey;
use tributary_aggregation::header::identity_commitment;
use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_contracts::typed_data::{enrol_digest, leave_digest, remove_digest};
use tributary_proto::decode::{self, DecodeError};
use tributary_proto::v1::{EnrolRequest, LeaveRequest, SignRemovalRequest};

use super::{Desk, RpcError, check_signer};
use crate::rounds::command::{Enrol, Leave, SignRemoval};
use crate::rounds::roster::Ended;
use crate::rounds::{Command, Study};

/// The longest MLS key package.
const KEY_PACKAGE: usize = 16 * 1024;
/// The longest reason for a removal.
const REASON: usize = 1024;
/// How long a call waits for the chain.
const PATIENCE: Duration = Duration::from_secs(170);

/// How a change ended, if it has.
type Outcome = Option<Result<Option<Digest>, RpcError>>;

impl Desk {
    /// Enrols and waits for the chain.
    pub(super) async fn enrol_owner(
        &self,
        owner: OwnerId,
        request: EnrolRequest,
    ) -> Result<Option<Digest>, RpcError> {
        let EnrolRequest { study, key_package, mls_key, signature, sequence } = request;
        let id = decode::study(&study)?;
        let mls_key: [u8; 32] = decode::array("mls_key", &mls_key)?;
        let signature: [u8; 65] = decode::array("signature", &signature)?;
        if key_package.is_empty() || key_package.len() > KEY_PACKAGE {
            let reason = "must be from 1 to 16384 bytes";
            return Err(DecodeError::Invalid { field: "key_package", reason }.into());
        }
        VerifyingKey::from_bytes(&mls_key).map_err(|_| DecodeError::Invalid {
            field: "mls_key",
            reason: "must be an Ed25519 public key",
        })?;
        let plan = self.driver.study(id).await?.base.facts.plan_digest();
        let identity = identity_commitment(&mls_key);
        let digest = enrol_digest(&self.domain(), &id.0, &owner.0, &plan.0, &identity.0, sequence);
        check_signer(&digest, &signature, owner)?;
        let signature = signature.to_vec();
        let enrol = Enrol { owner, mls_key, key_package, identity, sequence, signature };
        self.ask(id, Command::Enrol(enrol), |study| {
            let place = study.base.roster.place(&owner);
            let is_there = place.is_some_and(|place| place.identity == identity);
            answer(study, owner, sequence, is_there)
        })
        .await
    }

    /// Leaves and waits for the chain.
    pub(super) async fn leave_study(
        &self,
        owner: OwnerId,
        request: LeaveRequest,
    ) -> Result<Option<Digest>, RpcError> {
        let LeaveRequest { study, sequence, signature } = request;
        let id = decode::study(&study)?;
        let signature: [u8; 65] = decode::array("signature", &signature)?;
        let digest = leave_digest(&self.domain(), &id.0, &owner.0, sequence);
        check_signer(&digest, &signature, owner)?;
        let leave = Leave { owner, sequence, signature: signature.to_vec() };
        self.ask(id, Command::Leave(leave), |study| {
            answer(study, owner, sequence, study.base.roster.place(&owner).is_none())
        })
        .await
    }

    /// Notes that an owner agrees to the removal of another.
    pub(super) async fn sign_removal_of(
        &self,
        signer: OwnerId,
        request: SignRemovalRequest,
    ) -> Result<(), RpcError> {
        let SignRemovalRequest { study, owner, sequence, signature } = request;
        let id = decode::study(&study)?;
        let owner = decode::owner("owner", &owner)?;
        let signature: [u8; 65] = decode::array("signature", &signature)?;
        let digest = remove_digest(&self.domain(), &id.0, &owner.0, sequence);
        check_signer(&digest, &signature, signer)?;
        let signed = SignRemoval { signer, owner, sequence, signature: signature.to_vec() };
        self.driver.drive(id, Command::SignRemoval(signed)).await?;
        Ok(())
    }

    /// Asks the owners to remove one of them.
    pub(super) async fn propose_removal_of(
        &self,
        account: OwnerId,
        id: StudyId,
        owner: OwnerId,
        reason: String,
    ) -> Result<(), RpcError> {
        if self.driver.study(id).await?.base.facts.chain.researcher != account {
            return Err(RpcError::Denied("only the study's researcher proposes to remove an owner".into()));
        }
        if reason.is_empty() || reason.len() > REASON {
            let reason = "must say why, in at most 1024 bytes";
            return Err(DecodeError::Invalid { field: "reason", reason }.into());
        }
        // What is signed must be what the chain will ask for.
        let standing = self.chain.enrolment(&id.0, &owner.0).await?;
        if standing.identity.is_none() {
            return Err(RpcError::Precondition(format!("{owner} is not on the study's roster")));
        }
        let sequence = standing.sequence;
        self.driver.drive(id, Command::ProposeRemoval { owner, sequence, reason }).await?;
        Ok(())
    }

    /// Says a command, and waits for what the chain makes of it.
    async fn ask(
        &self,
        id: StudyId,
        command: Command,
        ended: impl Fn(&Study) -> Outcome,
    ) -> Result<Option<Digest>, RpcError> {
        // Watching begins before asking, so that no answer is missed.
        let mut changed = self.driver.watch(id);
        self.driver.drive(id, command).await?;
        let answer = async {
            loop {
                changed.mark_unchanged();
                if let Some(answer) = ended(&self.driver.study(id).await?) {
                    return answer;
                }
                tokio::select! {
                    _ = changed.changed() => {}
                    () = tokio::time::sleep(Duration::from_secs(1)) => {}
                }
            }
        };
        let later = || {
            let reason = "the chain has not confirmed it yet, perhaps since the roster is sealed until the next \
                          committee is registered: ask again";
            RpcError::Later(reason.into())
        };
        tokio::time::timeout(PATIENCE, answer).await.map_err(|_| later())?
    }
}

/// How an owner's change ended, if it has; `is_so` says whether the roster is as the owner wanted it.
fn answer(study: &Study, owner: OwnerId, sequence: u64, is_so: bool) -> Outcome {
    match study.base.roster.answer(&owner, sequence) {
        Some(Ended::Refused(reason)) => {
            Some(Err(RpcError::Precondition(format!("the chain refused: {reason}"))))
        }
        Some(Ended::Done(transaction)) if is_so => Some(Ok(*transaction)),
        _ if is_so => Some(Ok(None)),
        // The chain did it, and something else after it.
        Some(Ended::Done(_)) => {
            Some(Err(RpcError::Precondition(format!("the enrolment of {owner} was changed since"))))
        }
        None if study.phase.has_ended() => Some(Err(RpcError::Precondition("the study has ended".into()))),
        None => None,
    }
}
