//! Errands that change the roster: they come, go, are removed, and the roster is sealed.

use std::collections::BTreeMap;

use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_contracts::{Chain, ChainError, Departure, Enrolment, Removal};

use super::consents::strike_off;
use super::relay::{End, refused, transaction};
use crate::driver::Driver;
use crate::rounds::roster::{Place, Refusal};
use crate::rounds::{Blob, Command};

/// The chain takes no changes until the next committee is registered.
const SEALED: &str = "StudyEscrow_RosterIsSealed";
/// There are more voters than signatures are enough for.
const TOO_FEW: &str = "StudyEscrow_QuorumMissed";

fn is_revert(error: &ChainError, name: &str) -> bool {
    error.revert().is_some_and(|revert| revert.name == name)
}

/// A refusal of a change: for good, or until the roster is unsealed.
fn change_refused(error: ChainError, command: impl FnOnce(Refusal) -> Command) -> End {
    if is_revert(&error, SEALED) {
        return End::Tell(command(Refusal::Sealed));
    }
    refused(error, |reason| command(Refusal::Never(reason)))
}

/// Puts an owner on the roster, or replaces its identity.
pub(super) async fn enrol(chain: &dyn Chain, enrolment: Enrolment) -> End {
    let (owner, sequence) = (OwnerId(enrolment.owner), enrolment.sequence);
    match chain.ensure_enrolled(&enrolment).await {
        Ok(outcome) => End::Tell(Command::Enrolled { owner, sequence, transaction: transaction(&outcome) }),
        Err(error) => change_refused(error, |refusal| Command::ChangeRefused { owner, sequence, refusal }),
    }
}

/// Takes an owner off the roster, as it asked.
pub(super) async fn leave(
    chain: &dyn Chain,
    study: StudyId,
    owner: OwnerId,
    sequence: u64,
    signature: &Blob,
) -> End {
    let departure = Departure { study: study.0, owner: owner.0, sequence, signature: signature.0.clone() };
    match chain.ensure_left(&departure).await {
        Ok(outcome) => End::Tell(Command::Left { owner, sequence, transaction: transaction(&outcome) }),
        Err(error) => change_refused(error, |refusal| Command::ChangeRefused { owner, sequence, refusal }),
    }
}

/// Takes an owner off the roster, as a quorum of the voters asked.
pub(super) async fn remove(
    chain: &dyn Chain,
    study: StudyId,
    owner: OwnerId,
    sequence: u64,
    signers: &[OwnerId],
    signatures: &[Blob],
) -> End {
    let signatures =
        signers.iter().zip(signatures).map(|(signer, signature)| (signer.0, signature.0.clone()));
    let removal = Removal { study: study.0, owner: owner.0, sequence, signatures: signatures.collect() };
    match chain.ensure_removed(&removal).await {
        Ok(_) => End::Tell(Command::Removed { owner, sequence }),
        Err(error) if is_revert(&error, TOO_FEW) => End::Tell(Command::RemovalTooFew { owner, sequence }),
        Err(error) => change_refused(error, |refusal| Command::RemovalRefused { owner, sequence, refusal }),
    }
}

/// Seals the roster, and reads who is on it: it stays so until the next committee is registered. Whose consent is over is
/// struck off before.
pub(super) async fn seal(driver: &Driver, chain: &dyn Chain, study: StudyId) -> End {
    let asks_consent = match driver.study(study).await {
        Ok(study) => study.base.facts.plan.cohort.consent,
        Err(error) => return End::Again(error.to_string()),
    };
    if asks_consent && let Err(error) = strike_off(chain, study).await {
        return End::Again(error.to_string());
    }
    if let Err(error) = chain.ensure_sealed(&study.0).await {
        return refused(error, |reason| Command::SealRefused { reason });
    }
    match chain.roster(&study.0).await {
        Ok(roster) => {
            let place = |owner: tributary_contracts::Enrolled| {
                let (identity, sequence, since) = (Digest(owner.identity), owner.sequence, owner.since);
                (OwnerId(owner.owner), Place { identity, sequence, since })
            };
            let roster: BTreeMap<OwnerId, Place> = roster.into_iter().map(place).collect();
            End::Tell(Command::Sealed { roster })
        }
        Err(error) => End::Again(error.to_string()),
    }
}
