//! The registry with a wallet that pays.

use async_trait::async_trait;

use super::{Consent, Consented, DatasetLogged, Datasets, Erasure, Listed, Listing, Revocation};
use crate::{Address, ChainError, Consents, Receipt, Wallet, Word};

/// [`Consents`] on a real registry, with the wallet that pays the gas.
#[derive(Clone, Debug)]
pub struct DatasetRelay {
    datasets: Datasets,
    wallet: Wallet,
}

impl DatasetRelay {
    /// Sends with `wallet`.
    #[must_use]
    pub fn new(datasets: Datasets, wallet: Wallet) -> Self {
        Self { datasets, wallet }
    }
}

#[async_trait]
impl Consents for DatasetRelay {
    async fn listing(&self, dataset: u64) -> Result<Option<Listed>, ChainError> {
        self.datasets.listing(dataset).await
    }

    async fn listed_by(&self, owner: &Address) -> Result<Vec<(u64, Word)>, ChainError> {
        self.datasets.listed_by(owner).await
    }

    async fn consent(&self, study: &Word, owner: &Address) -> Result<Consented, ChainError> {
        self.datasets.consent(study, owner).await
    }

    async fn granted_until(&self, study: &Word, owner: &Address) -> Result<Option<u64>, ChainError> {
        self.datasets.granted_until(study, owner).await
    }

    async fn dataset_events(&self, dataset: u64) -> Result<Vec<DatasetLogged>, ChainError> {
        self.datasets.dataset_events(dataset).await
    }

    async fn list_for(&self, listing: &Listing) -> Result<Receipt, ChainError> {
        self.datasets.list_for(&self.wallet, listing).await
    }

    async fn grant(&self, consent: &Consent) -> Result<Receipt, ChainError> {
        self.datasets.grant(&self.wallet, consent).await
    }

    async fn revoke_for(&self, revocation: &Revocation) -> Result<Receipt, ChainError> {
        self.datasets.revoke_for(&self.wallet, revocation).await
    }

    async fn erase_for(&self, erasure: &Erasure) -> Result<Receipt, ChainError> {
        self.datasets.erase_for(&self.wallet, erasure).await
    }
}
