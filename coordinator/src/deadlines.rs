//! Time passes: studies whose deadlines have come are told.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::driver::Driver;
use crate::rounds::Command;

/// How often deadlines are looked at.
const EVERY: Duration = Duration::from_millis(200);

/// Runs until the driver stops.
pub async fn run(driver: Arc<Driver>) {
    let mut interval = tokio::time::interval(EVERY);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stopping = driver.stopping();
    loop {
        tokio::select! {
            _ = interval.tick() => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
        look(&driver).await;
    }
}

/// Tells every study whose deadline has come.
pub async fn look(driver: &Arc<Driver>) {
    let due = match driver.store.due_studies(driver.clock.now()).await {
        Ok(due) => due,
        Err(error) => {
            tracing::error!(%error, "deadlines can't be looked up");
            return;
        }
    };
    for study in due {
        if let Err(error) = driver.drive(study, Command::Tick).await {
            tracing::error!(%study, %error, "a deadline could not be kept");
        }
    }
}
