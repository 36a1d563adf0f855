//! Payouts are claimed for owners, who need no gas.

use thiserror::Error;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_contracts::merkle::{MerkleError, ModelLeaf, PayoutTree};
use tributary_contracts::{Chain, ChainError, Claim, Outcome};

use crate::rounds::Study;

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
    Tree(#[from] MerkleError),
}

/// Pays an owner what the last settled round grants it. May be called again.
///
/// # Errors
/// If the chain refuses or can't be reached.
pub async fn claim(chain: &dyn Chain, study: &Study, owner: OwnerId) -> Result<Claimed, ClaimError> {
    let history = &study.base.history;
    let payouts = &history.cumulative;
    let cumulative = payouts.get(&owner);
    // Whoever is owed something is owed it by a settled round, which came to a model.
    let (1.., Some(model)) = (cumulative, history.model) else {
        return Ok(Claimed { transaction: None, cumulative });
    };
    let model = ModelLeaf { study: study.base.facts.study.0, model: model.0, round: history.last_round };
    let tree = PayoutTree::of(payouts, model)?;
    let proof = tree.proof(&owner.0).unwrap_or_default();
    let claim = Claim { study: study.base.facts.study.0, owner: owner.0, cumulative, proof };
    let transaction = match chain.ensure_claimed(&claim).await? {
        Outcome::Sent(receipt) => Some(Digest(receipt.tx_hash)),
        Outcome::Already => None,
    };
    Ok(Claimed { transaction, cumulative })
}
