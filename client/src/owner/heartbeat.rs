//! Saying "I am here" while training goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::interval;
use tributary_aggregation::ids::StudyId;

use crate::connection::Connection;

/// What the heartbeat reports: how far this owner is, and how often its vault was saved. The trainer and the agent move
/// it.
#[derive(Debug)]
pub(super) struct Pulse {
    round: AtomicU64,
    permille: AtomicU32,
    generation: AtomicU64,
    /// A higher generation of the vault than this one's, of which the coordinator has heard.
    outrun: watch::Sender<Option<u64>>,
}

impl Default for Pulse {
    fn default() -> Self {
        Self {
            round: AtomicU64::new(0),
            permille: AtomicU32::new(0),
            generation: AtomicU64::new(0),
            outrun: watch::Sender::new(None),
        }
    }
}

impl Pulse {
    pub(super) fn set(&self, round: u64, permille: u32) {
        self.round.store(round, Ordering::Relaxed);
        self.permille.store(permille.min(1000), Ordering::Relaxed);
    }

    /// The vault was saved so often.
    pub(super) fn saved(&self, generation: u64) {
        self.generation.store(generation, Ordering::Relaxed);
    }

    /// Waits until the coordinator has heard of a newer vault than this one: two are in use, or this one is a copy.
    pub(super) async fn outrun(&self) -> u64 {
        let mut seen = self.outrun.subscribe();
        // The sender lives as long as this does.
        match seen.wait_for(Option::is_some).await.map(|seen| *seen) {
            Ok(Some(seen)) => seen,
            _ => std::future::pending().await,
        }
    }

    /// The coordinator has heard of this generation. What is reported was saved before, so only another vault can be
    /// ahead of it.
    fn heard(&self, reported: u64, seen: u64) {
        if seen > reported && seen > self.generation.load(Ordering::Relaxed) {
            self.outrun.send_replace(Some(seen));
        }
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
                let generation = pulse.generation.load(Ordering::Relaxed);
                match connection.beat(study, round, permille, generation).await {
                    Ok(seen) => pulse.heard(generation, seen),
                    // The agent's own calls will say so if it lasts.
                    Err(error) => tracing::debug!(%error, "a heartbeat was not delivered"),
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

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn only_a_vault_that_is_ahead_of_this_one_raises_the_alarm() {
        let pulse = Pulse::default();
        pulse.saved(7);
        pulse.heard(5, 6); // an answer that was under way while this vault was saved
        pulse.heard(7, 7);
        assert!(pulse.outrun().now_or_never().is_none());
        pulse.heard(7, 8);
        assert_eq!(pulse.outrun().now_or_never(), Some(8));
    }
}
