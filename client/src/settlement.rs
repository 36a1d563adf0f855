//! From a verified transcript to the contract's `Settlement`.

use tributary_aggregation::scoring::Ledger;
use tributary_aggregation::transcript::SettlementFields;
use tributary_contracts::merkle::{MerkleError, PayoutTree};
use tributary_contracts::{Settlement, Word};

/// The settlement that the committee signs, with the root of the payouts' tree.
///
/// # Errors
/// If the payouts make no tree: an owner twice, or nobody.
pub fn to_contract(fields: &SettlementFields) -> Result<Settlement, MerkleError> {
    Ok(Settlement {
        study: fields.study.0,
        epoch: fields.epoch,
        round: fields.round,
        context: fields.context.0,
        sums: fields.sums.0,
        scores: fields.scores.0,
        model: fields.model.0,
        transcript: fields.transcript.0,
        payouts_root: payouts_root(&fields.payouts)?,
        cumulative_payout: fields.cumulative_payout,
    })
}

/// The root of the tree that claims are checked against.
///
/// # Errors
/// If the payouts make no tree: an owner twice, or nobody.
pub fn payouts_root(payouts: &Ledger) -> Result<Word, MerkleError> {
    let leaves: Vec<([u8; 20], u128)> = payouts.iter().map(|(owner, amount)| (owner.0, amount)).collect();
    Ok(PayoutTree::new(&leaves)?.root())
}
