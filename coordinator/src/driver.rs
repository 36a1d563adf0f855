//! Load, step, save: the one way in which a study changes.
//!
//! Commands of one study take turns. A step's state, events, errands and lines are stored in one transaction, onto the
//! version that the step was made from, so that another process on the same database can't come between. What else a
//! step wants done is done after it is stored, and can be done again after a crash.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;
use tokio::sync::{Notify, watch};
use tributary_aggregation::ids::StudyId;
use tributary_storage::ArtifactStore;

use crate::clock::Clock;
use crate::folding::Folding;
use crate::metrics::Metrics;
use crate::rounds::{Command, Effect, Millis, Rejection, Step, Study, step};
use crate::spool::Spool;
use crate::store::{Change, Store, StoreError};
use crate::unmasking;

/// How often a step is made anew when another process was faster.
const RACES: u32 = 10;

/// A command was not carried out.
#[derive(Debug, Error)]
pub enum DriveError {
    /// No such study here.
    #[error("the study {0} is not known here: the researcher registers it first")]
    Unknown(StudyId),
    /// Refused by protocol.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The machine failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Everything that a study is driven with.
pub struct Driver {
    /// What survives a restart.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What is published.
    pub artifacts: Arc<dyn ArtifactStore>,
    /// Reports on disk.
    pub spool: Spool,
    /// Running sums.
    pub folding: Folding,
    /// What is counted.
    pub metrics: Metrics,
    /// Wakes the relay.
    pub errands: Notify,
    studies: Mutex<HashMap<StudyId, Arc<Entry>>>,
    stopping: watch::Sender<bool>,
}

struct Entry {
    turn: tokio::sync::Mutex<Option<Millis>>,
    /// Counts stored steps.
    changed: watch::Sender<u64>,
}

impl Driver {
    /// A driver of the studies in `store`.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        artifacts: Arc<dyn ArtifactStore>,
        spool: Spool,
    ) -> Arc<Self> {
        Arc::new(Self {
            store,
            clock,
            artifacts,
            spool,
            folding: Folding::default(),
            metrics: Metrics::default(),
            errands: Notify::new(),
            studies: Mutex::default(),
            stopping: watch::Sender::new(false),
        })
    }

    /// Takes up all studies after a start: owners get time to be heard again, and what a crash interrupted is done.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn resume(self: &Arc<Self>) -> Result<usize, DriveError> {
        let studies = self.store.open_studies().await?;
        for study in &studies {
            let after = self.drive(*study, Command::Resumed).await?;
            if after.wants_unmasking() {
                unmasking::start(self.clone(), *study);
            }
        }
        self.errands.notify_one();
        Ok(studies.len())
    }

    /// A study as it is now.
    ///
    /// # Errors
    /// If it is not known, or the database fails.
    pub async fn study(&self, id: StudyId) -> Result<Study, DriveError> {
        Ok(self.store.study(id).await?.ok_or(DriveError::Unknown(id))?.study)
    }

    /// Carries out a command; returns the study after it.
    ///
    /// # Errors
    /// If the study is not known, the command is refused, or the machine fails.
    pub async fn drive(self: &Arc<Self>, id: StudyId, command: Command) -> Result<Study, DriveError> {
        let entry = self.entry(id);
        let mut phase_since = entry.turn.lock().await;
        for _ in 0..RACES {
            let stored = self.store.study(id).await?.ok_or(DriveError::Unknown(id))?;
            let now = self.clock.now();
            let must_save = matches!(command, Command::Tick);
            let before = stored.study;
            let Step { study, effects } =
                step(before.clone(), command.clone(), now).inspect_err(|rejection| {
                    tracing::debug!(study = %id, what = command.name(), %rejection, "refused");
                    self.metrics.rejection(command.name());
                })?;
            if !must_save && effects.is_empty() && study == before {
                return Ok(study);
            }
            let change = Change { study: &study, version: stored.version, effects: &effects, now };
            match self.store.save(&change).await {
                Err(StoreError::Raced) => continue,
                saved => saved?,
            }
            self.metrics.step(&before, &study, *phase_since, now, &effects);
            if before.phase.name() != study.phase.name() {
                *phase_since = Some(now);
            }
            entry.changed.send_replace(stored.version + 1);
            self.carry_out(&study, effects);
            return Ok(study);
        }
        Err(StoreError::Raced.into())
    }

    /// Tells when the study has changed.
    #[must_use]
    pub fn watch(&self, id: StudyId) -> watch::Receiver<u64> {
        self.entry(id).changed.subscribe()
    }

    /// Ends what waits without end, so that the server can stop.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Tells when the server stops.
    #[must_use]
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    fn entry(&self, id: StudyId) -> Arc<Entry> {
        let mut studies = self.studies.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Entry { turn: tokio::sync::Mutex::default(), changed: watch::Sender::new(0) });
        studies.entry(id).or_insert_with(new).clone()
    }

    fn carry_out(self: &Arc<Self>, study: &Study, effects: Vec<Effect>) {
        let id = study.base.facts.study;
        for effect in effects {
            match effect {
                Effect::Append { .. } => {}
                Effect::Relay { .. } => self.errands.notify_one(),
                Effect::Log(line) => tracing::info!(study = %id, "{line}"),
                Effect::Unmask => unmasking::start(self.clone(), id),
                Effect::Fold { at, group, owner, update } => {
                    let Ok(plan) = study.base.facts.round_plan(at.round) else { continue };
                    let (folding, path) = (self.folding.clone(), self.spool.path(id, at, owner, update));
                    tokio::task::spawn_blocking(move || {
                        if let Err(error) = folding.add((id, at, group), &plan, owner, &path) {
                            tracing::warn!(study = %id, %owner, %error, "folding is put off until the cut");
                        }
                    });
                }
                Effect::DropReports { at } => {
                    let driver = self.clone();
                    tokio::spawn(async move {
                        driver.folding.drop_attempt(id, at);
                        if let Err(error) = driver.spool.drop_attempt(id, at).await {
                            tracing::warn!(study = %id, %error, "an attempt's reports stay on disk");
                        }
                    });
                }
            }
        }
    }
}
