//! Follows the chain: what the contracts log becomes rows, and what a reorganisation took back is taken back.
//!
//! - [`reorg`] decides what to read and what is gone; it is pure.
//! - [`follow`] asks a node ([`source`]) and stores the answers, each change in one transaction ([`crate::store`]).
//! - [`projections`] says which typed rows an event makes.
//! - [`consent`] tells studies of owners whose consent is over.
//!
//! Far behind the newest block, logs are read in ranges; near it, block by block, by the block's hash, so that a block and
//! its logs belong together whatever happens in between. Any number of processes may run on one database: one at a time
//! reads, and what two write at once is stored once.

pub mod consent;
pub mod follow;
mod metrics;
pub mod projections;
pub mod reorg;
pub mod source;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tributary_contracts::{Chain, Contracts, Deployment};

use crate::driver::Driver;
use follow::{Follower, IndexError, Step};
use source::Source;

/// The shortest and the longest pause after a failure.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));

/// How the chain is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The first block of interest.
    pub first: u64,
    /// A block with so many on top of it is taken to be final.
    pub depth: u64,
    /// The most blocks whose logs are asked for at once; fewer where a node refuses.
    pub span: u64,
    /// Between two looks for a new block.
    pub every: Duration,
}

impl Default for Settings {
    /// From the start; Ethereum is final after two epochs of 32 slots; most nodes answer for 2,000 blocks.
    fn default() -> Self {
        Self { first: 0, depth: 64, span: 2_000, every: Duration::from_secs(1) }
    }
}

/// The name under which a deployment's chain is stored.
#[must_use]
pub fn name(deployment: &Deployment) -> String {
    format!("chain {}, escrow 0x{}", deployment.chain_id, hex::encode(deployment.escrow))
}

/// Runs until the driver stops. A database that follows another deployment ends it at once.
pub async fn run(
    driver: Arc<Driver>,
    chain: Arc<dyn Chain>,
    source: Arc<dyn Source>,
    deployment: Deployment,
    settings: Settings,
) {
    let mut stopping = driver.stopping();
    let contracts = Contracts::of(&deployment);
    let mut follower =
        match Follower::new(driver.store.clone(), source, name(&deployment), contracts, settings) {
            Ok(follower) => follower,
            Err(error) => {
                tracing::error!(%error, "the chain is not followed");
                return;
            }
        };
    let mut failures = 0u32;
    loop {
        let pause = match look(&driver, chain.as_ref(), &mut follower).await {
            Ok(Step::Read) => {
                failures = 0;
                Duration::ZERO
            }
            Ok(Step::UpToDate) => {
                failures = 0;
                settings.every
            }
            Err(error) if error.is_final() => {
                tracing::error!(%error, "the chain is not followed any more");
                return;
            }
            Err(error) => {
                failures += 1;
                let pause = PAUSES.0.saturating_mul(1 << failures.min(10)).min(PAUSES.1);
                tracing::warn!(%error, failures, ?pause, "the chain can't be read on");
                pause
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stopping.wait_for(|stop| *stop) => {}
        }
        if *stopping.borrow() {
            follower.release().await;
            return;
        }
    }
}

/// One step on the chain, and what studies are to be told.
async fn look(driver: &Arc<Driver>, chain: &dyn Chain, follower: &mut Follower) -> Result<Step, IndexError> {
    let step = follower.step(driver.clock.now()).await?;
    if follower.is_reading() {
        consent::tell(driver, chain).await?;
    }
    Ok(step)
}
