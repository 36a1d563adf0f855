//! Studies are told of owners whose consent the chain shows to be over.
//!
//! They are told at least once: how far that went is stored, apart from what was read. Whoever was told already has no use
//! for it. It may be told before it is final: what holds is what the chain shows when the roster is sealed.

use std::sync::Arc;

use serde_json::Value;
use tributary_aggregation::ids::{OwnerId, StudyId};
use tributary_contracts::Chain;

use super::follow::IndexError;
use crate::driver::{DriveError, Driver};
use crate::rounds::Command;
use crate::settlement::consent_over;
use crate::store::{ChainEvent, EventFilter, StoreError};

/// Events that are looked up at once.
const BATCH: u16 = 100;
/// What may end a consent, with what it means for studies. Whoever is struck off comes last.
const ENDS: [(&str, &str, End); 5] = [
    ("DatasetRegistry", "Transfer", End::Dataset),
    ("DatasetRegistry", "DatasetErased", End::Dataset),
    ("DatasetRegistry", "ConsentRevoked", End::Consent),
    ("StudyEscrow", "ConsentPending", End::Consent),
    ("StudyEscrow", "ConsentWithdrawn", End::StruckOff),
];

#[derive(Debug, Clone, Copy)]
enum End {
    /// All consents that are given with a dataset are over.
    Dataset,
    /// One consent is over.
    Consent,
    /// The roster has lost its owner.
    StruckOff,
}

/// Tells studies what they have not been told yet.
///
/// # Errors
/// If database or node fail: then it is told again.
pub async fn tell(driver: &Arc<Driver>, chain: &dyn Chain) -> Result<(), IndexError> {
    let Some(cursor) = driver.store.chain_height().await? else { return Ok(()) };
    let Some(tip) = cursor.tip.filter(|tip| *tip > cursor.told) else { return Ok(()) };
    for (contract, event, end) in ENDS {
        let mut filter = EventFilter {
            contract: Some(contract.into()),
            event: Some(event.into()),
            from_block: cursor.told + 1,
            to_block: Some(tip),
            ..EventFilter::default()
        };
        loop {
            let events = driver.store.chain_events(&filter, BATCH).await?;
            for event in &events {
                filter.after = Some((event.block, event.log_index));
                tell_of(driver, chain, event, end).await?;
            }
            if events.len() < usize::from(BATCH) {
                break;
            }
        }
    }
    match driver.store.mark_told(cursor.version, tip).await {
        // Blocks came or went meanwhile: the next look begins where this one did.
        Err(StoreError::Raced) => Ok(()),
        marked => Ok(marked?),
    }
}

async fn tell_of(
    driver: &Arc<Driver>,
    chain: &dyn Chain,
    event: &ChainEvent,
    end: End,
) -> Result<(), IndexError> {
    let fields = Fields(serde_json::from_str(&event.fields).unwrap_or_default());
    let damaged = || {
        let reason = format!("block {}, log {}: {}", event.block, event.log_index, event.fields);
        StoreError::Damaged { what: "an event about a consent", reason }
    };
    match end {
        End::Dataset => {
            let dataset = fields.text("dataset").or_else(|| fields.text("tokenId")).ok_or_else(damaged)?;
            for (study, owner) in driver.store.consents_with(dataset).await? {
                over(driver, chain, study, owner).await?;
            }
            Ok(())
        }
        End::Consent => {
            let (study, owner) = fields.whose().ok_or_else(damaged)?;
            over(driver, chain, study, owner).await
        }
        End::StruckOff => {
            let (study, owner) = fields.whose().ok_or_else(damaged)?;
            let sequence = fields.text("sequence").and_then(|text| text.parse().ok()).ok_or_else(damaged)?;
            told(driver.drive(study, Command::ConsentWithdrawn { owner, sequence }).await.map(drop))
        }
    }
}

/// Unless the study is another coordinator's, or the owner consents again by now.
async fn over(
    driver: &Arc<Driver>,
    chain: &dyn Chain,
    study: StudyId,
    owner: OwnerId,
) -> Result<(), IndexError> {
    if driver.store.study(study).await?.is_none()
        || chain.consents().granted_until(&study.0, &owner.0).await?.is_some()
    {
        return Ok(());
    }
    told(consent_over(driver, chain, study, owner).await)
}

/// A study that is not here, or has no use for it, need not be told again.
fn told(driven: Result<(), DriveError>) -> Result<(), IndexError> {
    match driven {
        Ok(()) | Err(DriveError::Unknown(_) | DriveError::Rejected(_)) => Ok(()),
        Err(DriveError::Store(error)) => Err(error.into()),
    }
}

/// An event's values.
struct Fields(Value);

impl Fields {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    fn whose(&self) -> Option<(StudyId, OwnerId)> {
        Some((self.text("study")?.parse().ok()?, self.text("owner")?.parse().ok()?))
    }
}
