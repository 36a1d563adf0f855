//! Consents that are over: the study is told, and the chain has whoever gave them struck off.

use std::collections::BTreeSet;
use std::sync::Arc;

use tributary_aggregation::ids::{OwnerId, StudyId};
use tributary_contracts::{Address, Chain, ChainError, Event, Logged};

use crate::driver::{DriveError, Driver};
use crate::rounds::Command;

/// Tells a study that an owner's consent to it is over: because this coordinator has relayed the revocation, or because
/// the chain's events say so. May be called again, and for studies that are not here or have ended.
///
/// # Errors
/// If the database fails.
pub async fn consent_over(
    driver: &Arc<Driver>,
    chain: &dyn Chain,
    study: StudyId,
    owner: OwnerId,
) -> Result<(), DriveError> {
    let command = match chain.enrolment(&study.0, &owner.0).await {
        Ok(standing) if standing.identity.is_none() => {
            Command::ConsentWithdrawn { owner, sequence: standing.sequence }
        }
        // The roster is sealed, or the escrow was not told: the next seal sees to it.
        Ok(_) => Command::ConsentRevoked { owner },
        Err(error) => {
            tracing::warn!(%error, "the roster can't be looked at after a revocation");
            Command::ConsentRevoked { owner }
        }
    };
    match driver.drive(study, command).await {
        Ok(_) | Err(DriveError::Unknown(_) | DriveError::Rejected(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Has those struck off whose consent is over, before the roster is sealed: the contract seals none with somebody whom it
/// remembers to have withdrawn.
pub(super) async fn strike_off(chain: &dyn Chain, study: StudyId) -> Result<(), ChainError> {
    if chain.is_sealed(&study.0).await? {
        return Ok(());
    }
    let pending = pending(&chain.events(&study.0, 0).await?);
    for enrolled in chain.roster(&study.0).await? {
        let owner = enrolled.owner;
        let is_over =
            pending.contains(&owner) || chain.consents().granted_until(&study.0, &owner).await?.is_none();
        if !is_over {
            continue;
        }
        match chain.ensure_withdrawn(&study.0, &owner).await {
            Ok(_) => {}
            // It was given again meanwhile, or somebody has sealed the roster: what the chain says next holds.
            Err(ChainError::Reverted(revert)) => {
                tracing::info!(%study, owner = %OwnerId(owner), %revert, "not struck off");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whom the contract remembers to have withdrawn while the roster was sealed.
fn pending(events: &[Logged]) -> BTreeSet<Address> {
    let mut pending = BTreeSet::new();
    for logged in events {
        match &logged.event {
            Event::ConsentPending { owner } => {
                pending.insert(*owner);
            }
            Event::ConsentWithdrawn { owner, .. } => {
                pending.remove(owner);
            }
            _ => {}
        }
    }
    pending
}
