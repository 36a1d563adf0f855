//! Datasets and consents as a relay needs them: what owners signed, in calls that may safely be asked for again.

use async_trait::async_trait;

use crate::{
    Address, ChainError, Consent, Consented, DatasetEvent, DatasetLogged, Erasure, GrantStatus, Listed,
    Listing, Outcome, Receipt, Revocation, Word,
};

/// Reads and writes of the `DatasetRegistry`, with the sending account inside.
///
/// The `ensure_` methods look first, and look again when the contract refuses: after a crash, a lost answer or a race
/// with another relay they can be called again and end with the same state. A different state is
/// [`ChainError::Conflict`].
#[async_trait]
pub trait Consents: Send + Sync {
    /// A dataset; none if there is none with this number, or it was erased.
    async fn listing(&self, dataset: u64) -> Result<Option<Listed>, ChainError>;
    /// The datasets that an owner ever listed, with what it committed to in each.
    async fn listed_by(&self, owner: &Address) -> Result<Vec<(u64, Word)>, ChainError>;
    /// What an owner's consent to a study came to so far.
    async fn consent(&self, study: &Word, owner: &Address) -> Result<Consented, ChainError>;
    /// The last second of the consent that an owner gives to a study now.
    async fn granted_until(&self, study: &Word, owner: &Address) -> Result<Option<u64>, ChainError>;
    /// All that has happened to a dataset, in order.
    async fn dataset_events(&self, dataset: u64) -> Result<Vec<DatasetLogged>, ChainError>;

    /// Lists a dataset.
    async fn list_for(&self, listing: &Listing) -> Result<Receipt, ChainError>;
    /// Gives a dataset to a study.
    async fn grant(&self, consent: &Consent) -> Result<Receipt, ChainError>;
    /// Takes a consent back.
    async fn revoke_for(&self, revocation: &Revocation) -> Result<Receipt, ChainError>;
    /// Has a dataset burnt.
    async fn erase_for(&self, erasure: &Erasure) -> Result<Receipt, ChainError>;

    /// The number under which exactly this listing was accepted. Salted commitments are not used twice.
    ///
    /// # Errors
    /// See [`ChainError`].
    async fn listed_as(&self, listing: &Listing) -> Result<Option<u64>, ChainError> {
        let listed = self.listed_by(&listing.owner).await?;
        Ok(listed
            .into_iter()
            .find(|(_, commitment)| *commitment == listing.commitment)
            .map(|(dataset, _)| dataset))
    }

    /// Whether exactly this consent, or one that reaches farther, is given.
    ///
    /// # Errors
    /// See [`ChainError`].
    async fn is_consented(&self, consent: &Consent) -> Result<bool, ChainError> {
        let there = self.consent(&consent.purpose.study, &consent.owner).await?;
        Ok(there.nonce > consent.nonce
            && there.status == GrantStatus::Granted
            && there.dataset == consent.dataset
            && there.until >= consent.until)
    }

    /// Whether this revocation, or a later one, was accepted, and nothing was granted since.
    ///
    /// # Errors
    /// See [`ChainError`].
    async fn is_revoked(&self, revocation: &Revocation) -> Result<bool, ChainError> {
        let there = self.consent(&revocation.purpose.study, &revocation.owner).await?;
        Ok(there.nonce > revocation.nonce && there.status != GrantStatus::Granted)
    }

    /// Whether the dataset was erased with this receipt.
    ///
    /// # Errors
    /// See [`ChainError`].
    async fn is_erased(&self, erasure: &Erasure) -> Result<bool, ChainError> {
        if self.listing(erasure.dataset).await?.is_some() {
            return Ok(false);
        }
        let events = self.dataset_events(erasure.dataset).await?;
        Ok(events.iter().any(|logged| {
            matches!(&logged.event, DatasetEvent::Erased { owner, receipt, .. }
                if *owner == erasure.owner && *receipt == erasure.receipt)
        }))
    }

    /// Lists a dataset if it is not listed yet; gives its number.
    ///
    /// # Errors
    /// See [`ChainError`].
    async fn ensure_listed(&self, listing: &Listing) -> Result<(u64, Outcome), ChainError> {
        if let Some(dataset) = self.listed_as(listing).await? {
            return Ok((dataset, Outcome::Already));
        }
        let outcome = match self.list_for(listing).await {
            Ok(receipt) => Outcome::Sent(receipt),
            Err(refused @ ChainError::Reverted(_)) => match self.listed_as(listing).await? {
                Some(dataset) => return Ok((dataset, Outcome::Already)),
                None => return Err(refused),
            },
            Err(other) => return Err(other),
        };
        match self.listed_as(listing).await? {
            Some(dataset) => Ok((dataset, outcome)),
            None => Err(ChainError::Conflict {
                what: "listing",
                reason: "the transaction was mined, but the node does not show the dataset yet: ask again"
                    .into(),
            }),
        }
    }

    /// Gives a dataset to a study if it is not given yet.
    ///
    /// # Errors
    /// See [`ChainError`].
    async fn ensure_consented(&self, consent: &Consent) -> Result<Outcome, ChainError> {
        if self.is_consented(consent).await? {
            return Ok(Outcome::Already);
        }
        match self.grant(consent).await {
            Ok(receipt) => Ok(Outcome::Sent(receipt)),
            Err(refused @ ChainError::Reverted(_)) => already(self.is_consented(consent).await?, refused),
            Err(other) => Err(other),
        }
    }

    /// Takes a consent back if that has not been done yet.
    ///
    /// # Errors
    /// See [`ChainError`].
    async fn ensure_revoked(&self, revocation: &Revocation) -> Result<Outcome, ChainError> {
        if self.is_revoked(revocation).await? {
            return Ok(Outcome::Already);
        }
        match self.revoke_for(revocation).await {
            Ok(receipt) => Ok(Outcome::Sent(receipt)),
            Err(refused @ ChainError::Reverted(_)) => already(self.is_revoked(revocation).await?, refused),
            Err(other) => Err(other),
        }
    }

    /// Has a dataset burnt if it is not yet.
    ///
    /// # Errors
    /// See [`ChainError`].
    async fn ensure_erased(&self, erasure: &Erasure) -> Result<Outcome, ChainError> {
        if self.is_erased(erasure).await? {
            return Ok(Outcome::Already);
        }
        match self.erase_for(erasure).await {
            Ok(receipt) => Ok(Outcome::Sent(receipt)),
            Err(refused @ ChainError::Reverted(_)) => already(self.is_erased(erasure).await?, refused),
            Err(other) => Err(other),
        }
    }
}

/// A refusal is none if what was asked for is there by now.
fn already(there: bool, refused: ChainError) -> Result<Outcome, ChainError> {
    if there { Ok(Outcome::Already) } else { Err(refused) }
}
