//! What befell a study, line by line, for people.

use tributary_aggregation::ids::StudyId;

use super::StoreError;
use super::pool::{Statement, Store};
use crate::rounds::Millis;

pub(super) fn insert(study: StudyId, version: u64, place: u64, now: Millis, line: &str) -> Statement {
    Statement::new("INSERT INTO lines (study, version, place, written_at, line) VALUES ($1, $2, $3, $4, $5)")
        .text(study)
        .number(version)
        .number(place)
        .number(now)
        .text(line)
}

impl Store {
    /// The last `limit` lines, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn lines(&self, study: StudyId, limit: u16) -> Result<Vec<String>, StoreError> {
        let statement = Statement::new(
            "SELECT line FROM lines WHERE study = $1 ORDER BY version DESC, place DESC LIMIT $2",
        )
        .text(study)
        .number(limit.into());
        let mut lines: Vec<String> =
            self.fetch::<(String,)>(statement).await?.into_iter().map(|(line,)| line).collect();
        lines.reverse();
        Ok(lines)
    }
}
