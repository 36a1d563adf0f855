//! Studies: the state machine's state, and all that one step changes.

use prost::Message;
use tributary_aggregation::ids::StudyId;
use tributary_proto::v1;

use super::pool::{Statement, Store, unsigned};
use super::{StoreError, lines, outbox};
use crate::rounds::{Audience, Effect, Millis, Study};

/// A study as it is stored.
#[derive(Debug, Clone)]
pub struct StoredStudy {
    /// Raised by every step.
    pub version: u64,
    /// The study.
    pub study: Study,
}

/// What one step changes.
#[derive(Debug)]
pub struct Change<'a> {
    /// The study after the step.
    pub study: &'a Study,
    /// The version that the step was made from.
    pub version: u64,
    /// What the step wants done; events, errands and lines are stored with it.
    pub effects: &'a [Effect],
    /// The time of the step.
    pub now: Millis,
}

impl Store {
    /// Takes on a study; `false` if it is there already.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn create_study(&self, study: &Study, now: Millis) -> Result<bool, StoreError> {
        let statement = Statement::new(
            "INSERT INTO studies (id, version, state, due_at) VALUES ($1, 1, $2, $3) ON CONFLICT (id) DO NOTHING",
        )
        .text(study.base.facts.study)
        .text(to_json(study)?)
        .maybe_number(Some(study.due(now).unwrap_or(now)));
        Ok(self.run(vec![statement]).await? == 1)
    }

    /// A study.
    ///
    /// # Errors
    /// If the database fails or what it holds can't be read.
    pub async fn study(&self, id: StudyId) -> Result<Option<StoredStudy>, StoreError> {
        let statement = Statement::new("SELECT version, state FROM studies WHERE id = $1").text(id);
        let Some((version, state)) = self.fetch::<(i64, String)>(statement).await?.pop() else {
            return Ok(None);
        };
        let study = serde_json::from_str(&state)
            .map_err(|error| StoreError::Damaged { what: "a study", reason: error.to_string() })?;
        Ok(Some(StoredStudy { version: unsigned("a version", version)?, study }))
    }

    /// Studies that have not ended.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn open_studies(&self) -> Result<Vec<StudyId>, StoreError> {
        let statement = Statement::new("SELECT id FROM studies WHERE due_at IS NOT NULL ORDER BY id");
        ids(self.fetch(statement).await?)
    }

    /// Studies that time alone changes now.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn due_studies(&self, now: Millis) -> Result<Vec<StudyId>, StoreError> {
        let statement =
            Statement::new("SELECT id FROM studies WHERE due_at <= $1 ORDER BY due_at").number(now);
        ids(self.fetch(statement).await?)
    }

    /// Stores a step: state, events, errands and lines, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Raced`] if the study has another version by now; or if the database fails.
    pub async fn save(&self, change: &Change<'_>) -> Result<(), StoreError> {
        let Change { study, version, effects, now } = *change;
        let id = study.base.facts.study;
        let mut statements = vec![
            Statement::new(
                "UPDATE studies SET version = $1, state = $2, due_at = $3 WHERE id = $4 AND version = $5",
            )
            .number(version + 1)
            .text(to_json(study)?)
            .maybe_number(study.due(now))
            .text(id)
            .number(version)
            .changing(1),
        ];
        for (effect, place) in effects.iter().zip(0u64..) {
            match effect {
                Effect::Append { seq, audience, event } => {
                    let event = v1::Event { seq: *seq, event: Some(event.clone()) };
                    statements.push(
                        Statement::new(
                            "INSERT INTO events (study, seq, audience, event) VALUES ($1, $2, $3, $4)",
                        )
                        .text(id)
                        .number(*seq)
                        .maybe_text(audience_text(audience))
                        .bytes(event.encode_to_vec()),
                    );
                }
                Effect::Relay { number, errand } => {
                    statements.push(outbox::insert(id, *number, errand, now)?)
                }
                Effect::Log(line) => statements.push(lines::insert(id, version + 1, place, now, line)),
                Effect::Fold { .. } | Effect::Unmask | Effect::DropReports { .. } => {}
            }
        }
        self.run(statements).await.map(|_| ())
    }
}

fn audience_text(audience: &Audience) -> Option<String> {
    match audience {
        Audience::Everyone => None,
        Audience::Owners(owners) => {
            Some(owners.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
        }
    }
}

fn to_json(study: &Study) -> Result<String, StoreError> {
    serde_json::to_string(study)
        .map_err(|error| StoreError::Damaged { what: "a study", reason: error.to_string() })
}

fn ids(rows: Vec<(String,)>) -> Result<Vec<StudyId>, StoreError> {
    let read = |(id,): (String,)| {
        id.parse().map_err(|error| StoreError::Damaged { what: "a study's id", reason: format!("{error}") })
    };
    rows.into_iter().map(read).collect()
}
