//! The log of what members are told.

use prost::Message;
use tributary_aggregation::ids::{OwnerId, StudyId};
use tributary_proto::v1;

use super::StoreError;
use super::pool::{Statement, Store, unsigned};

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// Its place in the log.
    pub seq: u64,
    /// Who may see it; nothing for everyone.
    audience: Option<String>,
    /// The event.
    pub event: v1::Event,
}

impl StoredEvent {
    /// Whether this account may see the event.
    #[must_use]
    pub fn is_for(&self, account: &OwnerId) -> bool {
        let name = account.to_string();
        self.audience.as_ref().is_none_or(|audience| audience.split(',').any(|owner| owner == name))
    }
}

impl Store {
    /// The next events of a study after a place in its log, at most `limit`.
    ///
    /// # Errors
    /// If the database fails or what it holds can't be read.
    pub async fn events(
        &self,
        study: StudyId,
        after: u64,
        limit: u16,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let statement = Statement::new(
            "SELECT seq, audience, event FROM events WHERE study = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        )
        .text(study)
        .number(after)
        .number(limit.into());
        let rows = self.fetch::<(i64, Option<String>, Vec<u8>)>(statement).await?;
        rows.into_iter()
            .map(|(seq, audience, event)| {
                let event = v1::Event::decode(event.as_slice())
                    .map_err(|error| StoreError::Damaged { what: "an event", reason: error.to_string() })?;
                Ok(StoredEvent { seq: unsigned("a place in the log", seq)?, audience, event })
            })
            .collect()
    }
}
