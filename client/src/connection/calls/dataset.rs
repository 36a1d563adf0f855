//! Datasets and consents: signed by the owner, relayed by the coordinator.

use tributary_aggregation::ids::Digest;
use tributary_contracts::{Consent, Erasure, Listing, Revocation};
use tributary_proto::v1;

use super::{Connection, ConnectionError, transaction};

impl Connection {
    /// Has a dataset listed; returns its number, and the transaction, if one was needed.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn relay_listing(&self, listing: &Listing) -> Result<(u64, Option<Digest>), ConnectionError> {
        let request = v1::ListDatasetRequest {
            commitment: listing.commitment.to_vec(),
            uri: listing.uri.clone(),
            price: listing.price.to_string(),
            nonce: listing.nonce,
            signature: listing.signature.clone(),
        };
        let answer = self.list_dataset(request).await?;
        Ok((answer.dataset, transaction(&answer.transaction)?))
    }

    /// Has a consent to a study of the coordinator's escrow taken to the chain.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn relay_consent(&self, consent: &Consent) -> Result<Option<Digest>, ConnectionError> {
        let request = v1::GrantConsentRequest {
            dataset: consent.dataset,
            study: consent.purpose.study.to_vec(),
            until: consent.until,
            nonce: consent.nonce,
            signature: consent.signature.clone(),
        };
        transaction(&self.grant_consent(request).await?.transaction)
    }

    /// Has a consent taken back.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn relay_revocation(&self, revocation: &Revocation) -> Result<Option<Digest>, ConnectionError> {
        let request = v1::RevokeConsentRequest {
            dataset: revocation.dataset,
            study: revocation.purpose.study.to_vec(),
            nonce: revocation.nonce,
            signature: revocation.signature.clone(),
        };
        transaction(&self.revoke_consent(request).await?.transaction)
    }

    /// Has a dataset burnt.
    ///
    /// # Errors
    /// If the coordinator can't be reached or refuses.
    pub async fn relay_erasure(&self, erasure: &Erasure) -> Result<Option<Digest>, ConnectionError> {
        let open = erasure
            .open
            .iter()
            .map(|purpose| v1::Purpose { escrow: purpose.escrow.to_vec(), study: purpose.study.to_vec() });
        let request = v1::EraseDatasetRequest {
            dataset: erasure.dataset,
            receipt: erasure.receipt.to_vec(),
            open: open.collect(),
            nonce: erasure.nonce,
            signature: erasure.signature.clone(),
        };
        transaction(&self.erase_dataset(request).await?.transaction)
    }
}
