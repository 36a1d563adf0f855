//! `DatasetRegistry`: datasets as tokens, and their owners' consents to studies.

mod events;
mod relay;
mod types;

#[cfg(feature = "fuzzing")]
pub(crate) use events::read_event;

pub use events::{DatasetEvent, DatasetLogged};
pub use relay::DatasetRelay;
pub use types::{Consent, Consented, Erasure, GrantStatus, Listed, Listing, Purpose, Revocation};

use crate::{
    Address, ChainClient, ChainError, Deployment, Escrow, Receipt, Wallet, Word,
    abi::datasets as abi,
    handle::{Handle, counter},
    typed_data::DatasetDomain,
};

const NAME: &str = "DatasetRegistry";

/// The registry of datasets on a chain. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Datasets {
    at: Handle,
    escrow: Address,
}

impl Datasets {
    /// The registry of a deployment.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`].
    pub fn new(client: ChainClient, deployment: &Deployment) -> Result<Self, ChainError> {
        let at = Handle::new(client, deployment, NAME, deployment.datasets)?;
        Ok(Self { at, escrow: deployment.escrow })
    }

    /// The registry that an escrow asks for its owners' consents.
    #[must_use]
    pub fn of(escrow: &Escrow) -> Self {
        let deployment = escrow.deployment();
        let at = Handle::on(escrow.client().clone(), NAME, deployment.datasets);
        Self { at, escrow: deployment.escrow }
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> Address {
        self.at.address
    }

    /// The domain that owners sign in.
    #[must_use]
    pub fn domain(&self) -> DatasetDomain {
        DatasetDomain { chain_id: self.at.client.chain_id(), registry: self.at.address }
    }

    /// A study of the deployment's escrow, as a purpose.
    #[must_use]
    pub fn purpose(&self, study: Word) -> Purpose {
        Purpose { escrow: self.escrow, study }
    }

    // ------------------------------------------------------------------------------------------------ views

    /// A dataset; none if there is none with this number, or it was erased.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn listing(&self, dataset: u64) -> Result<Option<Listed>, ChainError> {
        let abi::ListingReturn(shown) = self.at.view(abi::ListingCall { dataset: dataset.into() }).await?;
        Ok((!shown.owner.is_zero()).then_some(Listed {
            owner: shown.owner.0,
            commitment: shown.commitment,
            uri: shown.uri,
            price: shown.price,
            open_grants: shown.open_grants,
        }))
    }

    /// The counter that an owner's next signature over a listing or an erasure covers.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn nonce(&self, owner: &Address) -> Result<u64, ChainError> {
        let abi::NoncesReturn(nonce) = self.at.view(abi::NoncesCall { owner: owner.into() }).await?;
        counter("nonce", nonce)
    }

    /// What an owner's consent to a study came to so far.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn consent(&self, study: &Word, owner: &Address) -> Result<Consented, ChainError> {
        let call = abi::GrantOfCall { escrow: self.escrow.into(), study: *study, owner: owner.into() };
        let abi::GrantOfReturn(shown) = self.at.view(call).await?;
        let status = match shown.status {
            0 => GrantStatus::None,
            1 => GrantStatus::Granted,
            _ => GrantStatus::Revoked,
        };
        let dataset = counter("dataset", shown.dataset)?;
        Ok(Consented { dataset, until: shown.until, nonce: shown.nonce, status })
    }

    /// The last second of the consent that an owner gives to a study now; none if it gives none.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn granted_until(&self, study: &Word, owner: &Address) -> Result<Option<u64>, ChainError> {
        let call = abi::GrantedUntilCall { escrow: self.escrow.into(), study: *study, owner: owner.into() };
        let abi::GrantedUntilReturn(until) = self.at.view(call).await?;
        Ok((until != 0).then_some(until))
    }

    // ----------------------------------------------------------------------------------------- transactions
    //
    // Each fails as every transaction may: see `ChainError`. A contract's refusal is found before anything is sent. Each
    // carries out what an owner signed; anybody may send it.

    /// Lists a dataset.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn list_for(&self, wallet: &Wallet, listing: &Listing) -> Result<Receipt, ChainError> {
        let call = abi::ListForCall {
            owner: listing.owner.into(),
            commitment: listing.commitment,
            uri: listing.uri.clone(),
            price: listing.price,
            nonce: listing.nonce,
            signature: listing.signature.clone().into(),
        };
        self.at.transact(wallet, call).await
    }

    /// Gives a dataset to a study, or prolongs a consent that is there.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn grant(&self, wallet: &Wallet, consent: &Consent) -> Result<Receipt, ChainError> {
        let call = abi::GrantCall {
            dataset: consent.dataset.into(),
            escrow: consent.purpose.escrow.into(),
            study: consent.purpose.study,
            until: consent.until,
            nonce: consent.nonce,
            signature: consent.signature.clone().into(),
        };
        self.at.transact(wallet, call).await
    }

    /// Takes a consent back.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn revoke_for(&self, wallet: &Wallet, revocation: &Revocation) -> Result<Receipt, ChainError> {
        let call = abi::RevokeForCall {
            dataset: revocation.dataset.into(),
            escrow: revocation.purpose.escrow.into(),
            study: revocation.purpose.study,
            nonce: revocation.nonce,
            signature: revocation.signature.clone().into(),
        };
        self.at.transact(wallet, call).await
    }

    /// Revokes the consents given with a dataset and burns it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn erase_for(&self, wallet: &Wallet, erasure: &Erasure) -> Result<Receipt, ChainError> {
        let open = |purpose: &Purpose| abi::Purpose { escrow: purpose.escrow.into(), study: purpose.study };
        let call = abi::EraseForCall {
            dataset: erasure.dataset.into(),
            receipt: erasure.receipt,
            open: erasure.open.iter().map(open).collect(),
            nonce: erasure.nonce,
            signature: erasure.signature.clone().into(),
        };
        self.at.transact(wallet, call).await
    }

    // ----------------------------------------------------------------------------------------------- events

    /// All that has happened to a dataset, in order.
    ///
    /// # Errors
    /// The node can't be asked, or a log can't be read.
    pub async fn dataset_events(&self, dataset: u64) -> Result<Vec<DatasetLogged>, ChainError> {
        let mut word = [0; 32];
        word[24..].copy_from_slice(&dataset.to_be_bytes());
        self.events(1, word).await
    }

    /// All consents to a study of this deployment's escrow, given and taken back, in order.
    ///
    /// # Errors
    /// The node can't be asked, or a log can't be read.
    pub async fn study_events(&self, study: &Word) -> Result<Vec<DatasetLogged>, ChainError> {
        let ours = |logged: &DatasetLogged| match &logged.event {
            DatasetEvent::ConsentGranted { purpose, .. } | DatasetEvent::ConsentRevoked { purpose, .. } => {
                *purpose == self.purpose(*study)
            }
            _ => false,
        };
        Ok(self.events(2, *study).await?.into_iter().filter(ours).collect())
    }

    /// The datasets that an owner ever listed, with what it committed to in each, in order.
    ///
    /// # Errors
    /// The node can't be asked, or a log can't be read.
    pub async fn listed_by(&self, owner: &Address) -> Result<Vec<(u64, Word)>, ChainError> {
        let events = self.events(2, crate::typed_data::address_word(owner)).await?;
        Ok(events
            .into_iter()
            .filter_map(|logged| match logged.event {
                DatasetEvent::Listed { dataset, commitment, .. } => Some((dataset, commitment)),
                _ => None,
            })
            .collect())
    }

    /// The purposes that consent was given for with a dataset and not revoked: an erasure must name them.
    ///
    /// # Errors
    /// The node can't be asked, or a log can't be read.
    pub async fn open_purposes(&self, dataset: u64) -> Result<Vec<Purpose>, ChainError> {
        Ok(events::open_purposes(&self.dataset_events(dataset).await?))
    }

    async fn events(&self, place: usize, topic: Word) -> Result<Vec<DatasetLogged>, ChainError> {
        let logs = self.at.logs(place, &topic, 0).await?;
        let decoded = logs.iter().map(|log| events::decode(log, &self.at));
        Ok(decoded.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }
}
