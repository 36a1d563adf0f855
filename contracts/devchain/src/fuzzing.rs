//! What reads requests and state files, opened to the fuzz targets (`fuzz/`, feature `fuzzing`). No part of the interface.

use std::{path::Path, sync::Arc};

use serde_json::Value;

use crate::{
    DEFAULT_CHAIN_ID, OpenError,
    chain::{Chain, Clock},
    genesis::{DEV_ACCOUNTS, Genesis},
    rpc::{self, Node},
};

/// The time of all of them.
const NOW: u64 = 1_800_000_000;

fn clock() -> Clock {
    Arc::new(|| NOW)
}

fn genesis() -> Genesis {
    let mut genesis = Genesis::new(DEFAULT_CHAIN_ID, NOW);
    genesis.fund_dev_accounts();
    genesis.add_create2_proxy();
    genesis
}

/// Answers a request's body on a new chain.
#[must_use]
pub fn answer(body: &[u8]) -> Option<Value> {
    let chain = Chain::new(&genesis(), clock());
    rpc::answer(&mut Node { chain, accounts: DEV_ACCOUNTS.to_vec() }, body)
}

/// Answers requests on the chain of a state file, which is made if it is not there.
///
/// # Errors
/// See [`OpenError`].
pub fn play(path: &Path, bodies: &[&str]) -> Result<(), OpenError> {
    let chain = Chain::open(genesis(), clock(), path)?;
    let mut node = Node { chain, accounts: DEV_ACCOUNTS.to_vec() };
    bodies.iter().for_each(|body| drop(rpc::answer(&mut node, body.as_bytes())));
    Ok(())
}

/// Brings a chain up from a state file; the number of its newest block.
///
/// # Errors
/// See [`OpenError`].
pub fn open(path: &Path) -> Result<u64, OpenError> {
    Chain::open(genesis(), clock(), path).map(|chain| chain.latest().header.number)
}
