//! The chain by a real escrow, and a wallet that pays.

use async_trait::async_trait;

use crate::{
    Address, Chain, ChainError, Claim, Committee, CommitteeRegistration, Consents, DatasetRelay, Datasets,
    Departure, Enrolled, Enrolment, Escrow, Logged, Receipt, Removal, Seal, Settlement, Standing, Study,
    Wallet, Word,
};

/// [`Chain`] on a real escrow, with the wallet that pays the gas.
#[derive(Clone, Debug)]
pub struct Relay {
    escrow: Escrow,
    datasets: DatasetRelay,
    wallet: Wallet,
}

impl Relay {
    /// Sends with `wallet`.
    #[must_use]
    pub fn new(escrow: Escrow, wallet: Wallet) -> Self {
        let datasets = DatasetRelay::new(Datasets::of(&escrow), wallet.clone());
        Self { escrow, datasets, wallet }
    }

    /// The escrow it calls.
    #[must_use]
    pub fn escrow(&self) -> &Escrow {
        &self.escrow
    }
}

#[async_trait]
impl Chain for Relay {
    async fn study(&self, study: &Word) -> Result<Option<Study>, ChainError> {
        self.escrow.study(study).await
    }

    async fn roster(&self, study: &Word) -> Result<Vec<Enrolled>, ChainError> {
        self.escrow.roster(study).await
    }

    async fn enrolment(&self, study: &Word, owner: &Address) -> Result<Standing, ChainError> {
        self.escrow.enrolment(study, owner).await
    }

    async fn seal(&self, study: &Word) -> Result<Option<Seal>, ChainError> {
        self.escrow.seal(study).await
    }

    async fn committee(&self, study: &Word) -> Result<Option<Committee>, ChainError> {
        self.escrow.committee(study).await
    }

    async fn claimed(&self, study: &Word, owner: &Address) -> Result<u128, ChainError> {
        self.escrow.claimed(study, owner).await
    }

    async fn events(&self, study: &Word, from_block: u64) -> Result<Vec<Logged>, ChainError> {
        self.escrow.events(study, from_block).await
    }

    fn consents(&self) -> &dyn Consents {
        &self.datasets
    }

    async fn now(&self) -> Result<u64, ChainError> {
        self.escrow.client().block_timestamp().await
    }

    async fn enrol(&self, enrolment: &Enrolment) -> Result<Receipt, ChainError> {
        self.escrow.enrol(&self.wallet, enrolment).await
    }

    async fn leave(&self, departure: &Departure) -> Result<Receipt, ChainError> {
        self.escrow.leave(&self.wallet, departure).await
    }

    async fn remove(&self, removal: &Removal) -> Result<Receipt, ChainError> {
        self.escrow.remove(&self.wallet, removal).await
    }

    async fn withdraw_consent(&self, study: &Word, owner: &Address) -> Result<Receipt, ChainError> {
        self.escrow.withdraw_consent(&self.wallet, study, owner).await
    }

    async fn seal_roster(&self, study: &Word) -> Result<Receipt, ChainError> {
        self.escrow.seal_roster(&self.wallet, study).await
    }

    async fn register_committee(&self, registration: &CommitteeRegistration) -> Result<Receipt, ChainError> {
        self.escrow.register_committee(&self.wallet, registration).await
    }

    async fn settle_round(
        &self,
        settlement: &Settlement,
        signature: &[u8; 256],
        key: &[u8; 128],
    ) -> Result<Receipt, ChainError> {
        self.escrow.settle_round(&self.wallet, settlement, signature, key).await
    }

    async fn claim_for(&self, claim: &Claim) -> Result<Receipt, ChainError> {
        self.escrow.claim_for(&self.wallet, claim).await
    }
}
