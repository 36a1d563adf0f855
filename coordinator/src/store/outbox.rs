//! Errands: what is to be done outside, at least once. Whoever takes one leases it for a while.

use tributary_aggregation::ids::StudyId;

use super::StoreError;
use super::pool::{Statement, Store, unsigned};
use crate::rounds::{Errand, Millis};

/// An errand as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredErrand {
    /// The study that it is for.
    pub study: StudyId,
    /// Its number within the study.
    pub number: u64,
    /// The errand.
    pub errand: Errand,
    /// How often it was taken before.
    pub attempts: u64,
}

pub(super) fn insert(
    study: StudyId,
    number: u64,
    errand: &Errand,
    now: Millis,
) -> Result<Statement, StoreError> {
    let errand = serde_json::to_string(errand)
        .map_err(|error| StoreError::Damaged { what: "an errand", reason: error.to_string() })?;
    Ok(Statement::new(
        "INSERT INTO outbox (study, number, errand, attempts, free_at) VALUES ($1, $2, $3, 0, $4)",
    )
    .text(study)
    .number(number)
    .text(errand)
    .number(now))
}

impl Store {
    /// Takes the errand that has been free for longest, until `until`: nobody else gets it before. An errand waits for
    /// those of its study that were given before it.
    ///
    /// # Errors
    /// If the database fails or what it holds can't be read.
    pub async fn lease_errand(&self, now: Millis, until: Millis) -> Result<Option<StoredErrand>, StoreError> {
        let statement = Statement::new(
            "UPDATE outbox SET attempts = attempts + 1, free_at = $2 WHERE (study, number) IN ( \
               SELECT study, number FROM outbox AS free WHERE free_at <= $1 AND NOT EXISTS ( \
                 SELECT 1 FROM outbox AS held WHERE held.study = free.study AND held.number < free.number \
               ) ORDER BY free_at, number LIMIT 1 \
             ) AND free_at <= $1 RETURNING study, number, errand, attempts",
        )
        .number(now)
        .number(until);
        let row = self.fetch::<(String, i64, String, i64)>(statement).await?.pop();
        let Some((study, number, errand, attempts)) = row else { return Ok(None) };
        let damaged = |reason: String| StoreError::Damaged { what: "an errand", reason };
        Ok(Some(StoredErrand {
            study: study.parse().map_err(|error| damaged(format!("{error}")))?,
            number: unsigned("an errand's number", number)?,
            errand: serde_json::from_str(&errand).map_err(|error| damaged(error.to_string()))?,
            attempts: unsigned("an errand's attempts", attempts)?.saturating_sub(1),
        }))
    }

    /// Gives an errand back, free again at `free_at`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn postpone_errand(
        &self,
        study: StudyId,
        number: u64,
        free_at: Millis,
    ) -> Result<(), StoreError> {
        let statement = Statement::new("UPDATE outbox SET free_at = $1 WHERE study = $2 AND number = $3")
            .number(free_at)
            .text(study)
            .number(number);
        self.run(vec![statement]).await.map(|_| ())
    }

    /// Strikes an errand off: it is done, or never will be.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn finish_errand(&self, study: StudyId, number: u64) -> Result<(), StoreError> {
        let statement =
            Statement::new("DELETE FROM outbox WHERE study = $1 AND number = $2").text(study).number(number);
        self.run(vec![statement]).await.map(|_| ())
    }
}
