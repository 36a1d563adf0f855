//! Payouts are claimed for owners, who need no gas.

use thiserror::Error;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_contracts::{Chain, ChainError, Claim, Outcome};

use crate::rounds::Study;
use crate::rounds::settlement::payout_tree;

/// What a claim came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimed {
    /// The transaction; nothing if there was nothing more to claim.
    pub transaction: Option<Digest>,
    /// What the owner is owed by all settled rounds, in the token's smallest unit.
    pub cumulative: u128,
}

/// A claim failed.
#[derive(Debug, Error)]
pub enum ClaimError {
    /// The chain refused or can't be reached.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The proof can't be made.
    #[error("the payouts make no tree: {0}")]
    Tree(#[from] tributary_contracts::merkle::MerkleError),
}

/// Pays an owner what the last settled round grants it. May be called again.
///
/// # Errors
/// If the chain refuses or can't be reached.
pub async fn claim(chain: &dyn Chain, study: &Study, owner: OwnerId) -> Result<Claimed, ClaimError> {
    let payouts = &study.base.history.cumulative;
    let cumulative = payouts.get(&owner);
    if cumulative == 0 {
        return Ok(Claimed { transaction: None, cumulative });
    }
    let tree = payout_tree(payouts)?;
    let proof = tree.proof(&owner.0).unwrap_or_default();
    let claim = Claim { study: study.base.facts.study.0, owner: owner.0, cumulative, proof };
    let transaction = match chain.ensure_claimed(&claim).await? {
        Outcome::Sent(receipt) => Some(Digest(receipt.tx_hash)),
        Outcome::Already => None,
    };
    Ok(Claimed { transaction, cumulative })
}
