//! Saying "I am here" while training goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::interval;
use tributary_aggregation::ids::StudyId;

use crate::connection::Connection;

/// How far this owner is, shared between the trainer, which moves it, and the heartbeat, which reports it.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    round: AtomicU64,
    permille: AtomicU32,
}

impl Pulse {
    pub(super) fn set(&self, round: u64, permille: u32) {
        self.round.store(round, Ordering::Relaxed);
        self.permille.store(permille.min(1000), Ordering::Relaxed);
    }
}

/// A task that sends heartbeats until it is dropped.
pub(super) struct Heartbeat(JoinHandle<()>);

impl Heartbeat {
    pub(super) fn start(
        connection: Connection,
        study: StudyId,
        silence: Duration,
        pulse: Arc<Pulse>,
    ) -> Self {
        Self(tokio::spawn(async move {
            let mut ticks = interval(silence / 3);
            loop {
                ticks.tick().await;
                let round = pulse.round.load(Ordering::Relaxed);
                let permille = pulse.permille.load(Ordering::Relaxed);
                if let Err(error) = connection.beat(study, round, permille).await {
                    // The agent's own calls will say so if it lasts.
                    tracing::debug!(%error, "a heartbeat was not delivered");
                }
            }
        }))
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.0.abort();
    }
}
