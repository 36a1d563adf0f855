//! From a verified transcript to what the committee signs and owners claim by. Coordinator, members and auditors all take
//! it from here.

use tributary_aggregation::{scoring::Ledger, transcript::SettlementFields};

use crate::{
    Settlement,
    merkle::{MerkleError, ModelLeaf, PayoutTree},
};

impl Settlement {
    /// The settlement that the committee signs for a transcript.
    ///
    /// # Errors
    /// The payouts make no tree.
    pub fn of(fields: &SettlementFields) -> Result<Self, MerkleError> {
        let mut settlement = Self {
            study: fields.study.0,
            epoch: fields.epoch,
            round: fields.round,
            context: fields.context.0,
            sums: fields.sums.0,
            scores: fields.scores.0,
            model: fields.model.0,
            transcript: fields.transcript.0,
            payouts_root: [0; 32],
            cumulative_payout: fields.cumulative_payout,
        };
        settlement.payouts_root = PayoutTree::of(&fields.payouts, settlement.model_leaf())?.root();
        Ok(settlement)
    }

    /// The model that the round came to.
    #[must_use]
    pub fn model_leaf(&self) -> ModelLeaf {
        ModelLeaf { study: self.study, model: self.model, round: self.round }
    }
}

impl PayoutTree {
    /// The tree that claims are checked against, and the model's minting.
    ///
    /// # Errors
    /// Nobody is paid.
    pub fn of(payouts: &Ledger, model: ModelLeaf) -> Result<Self, MerkleError> {
        let payouts: Vec<_> = payouts.iter().map(|(owner, amount)| (owner.0, amount)).collect();
        Self::new(&payouts, model)
    }
}
