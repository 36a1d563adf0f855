//! From a verified transcript to the contract's `Settlement`.

use tributary_aggregation::transcript::SettlementFields;
use tributary_contracts::Settlement;
use tributary_contracts::merkle::{MerkleError, PayoutTree};

/// The settlement that the committee signs, with the root of the payouts' tree.
///
/// # Errors
/// If the payouts make no tree: an owner twice, or nobody.
pub fn to_contract(fields: &SettlementFields) -> Result<Settlement, MerkleError> {
    let leaves: Vec<([u8; 20], u128)> =
        fields.payouts.iter().map(|(owner, amount)| (owner.0, amount)).collect();
    Ok(Settlement {
        study: fields.study.0,
        epoch: fields.epoch,
        round: fields.round,
        context: fields.context.0,
        sums: fields.sums.0,
        scores: fields.scores.0,
        model: fields.model.0,
        transcript: fields.transcript.0,
        payouts_root: PayoutTree::new(&leaves)?.root(),
        cumulative_payout: fields.cumulative_payout,
    })
}
