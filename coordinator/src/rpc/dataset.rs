//! `DatasetService`: what owners sign about their datasets is taken to the chain, at the coordinator's cost.
//!
//! Nothing of it is kept here: each call looks on the chain, sends, and waits. A study that runs here is told of a consent
//! that is over.

use tonic::{Request, Response, Status};
use tributary_aggregation::ids::{OwnerId, StudyId};
use tributary_contracts::typed_data::{
    DatasetDomain, consent_digest, erase_digest, list_digest, revoke_digest,
};
use tributary_contracts::{Consent, Erasure, Listing, Outcome, Purpose, Revocation};
use tributary_proto::decode::dataset as decoded;
use tributary_proto::v1::dataset_service_server::DatasetService;
use tributary_proto::v1::{
    EraseDatasetRequest, EraseDatasetResponse, GrantConsentRequest, GrantConsentResponse, ListDatasetRequest,
    ListDatasetResponse, RevokeConsentRequest, RevokeConsentResponse,
};

use super::{Desk, RpcError, check_signer};
use crate::settlement::consent_over;

#[tonic::async_trait]
impl DatasetService for Desk {
    async fn list_dataset(
        &self,
        request: Request<ListDatasetRequest>,
    ) -> Result<Response<ListDatasetResponse>, Status> {
        let owner = self.account(request.metadata()).await?;
        let wire = decoded::Listing::try_from(request.into_inner()).map_err(RpcError::from)?;
        let (commitment, uri, price, nonce) = (wire.commitment, wire.uri, wire.price, wire.nonce);
        let digest = list_digest(&self.datasets(), &owner.0, &commitment, &uri, price, nonce);
        check_signer(&digest, &wire.signature, owner)?;
        let signature = wire.signature.to_vec();
        let listing = Listing { owner: owner.0, commitment, uri, price, nonce, signature };
        if let Some(dataset) = self.chain.consents().listed_as(&listing).await.map_err(RpcError::from)? {
            return Ok(Response::new(ListDatasetResponse { dataset, transaction: Vec::new() }));
        }
        self.acts.take(owner, self.driver.clock.now())?;
        let (dataset, outcome) =
            self.chain.consents().ensure_listed(&listing).await.map_err(RpcError::from)?;
        Ok(Response::new(ListDatasetResponse { dataset, transaction: transaction(outcome) }))
    }

    async fn grant_consent(
        &self,
        request: Request<GrantConsentRequest>,
    ) -> Result<Response<GrantConsentResponse>, Status> {
        let owner = self.account(request.metadata()).await?;
        let wire = decoded::Consent::try_from(request.into_inner()).map_err(RpcError::from)?;
        let purpose = self.purpose(wire.study);
        let (dataset, until, nonce) = (wire.dataset, wire.until, wire.nonce);
        let of = (&purpose.escrow, &purpose.study);
        let digest = consent_digest(&self.datasets(), &owner.0, dataset, of, until, nonce);
        check_signer(&digest, &wire.signature, owner)?;
        let signature = wire.signature.to_vec();
        let consent = Consent { owner: owner.0, dataset, purpose, until, nonce, signature };
        if self.chain.consents().is_consented(&consent).await.map_err(RpcError::from)? {
            return Ok(Response::new(GrantConsentResponse { transaction: Vec::new() }));
        }
        self.acts.take(owner, self.driver.clock.now())?;
        let outcome = self.chain.consents().ensure_consented(&consent).await.map_err(RpcError::from)?;
        Ok(Response::new(GrantConsentResponse { transaction: transaction(outcome) }))
    }

    async fn revoke_consent(
        &self,
        request: Request<RevokeConsentRequest>,
    ) -> Result<Response<RevokeConsentResponse>, Status> {
        let owner = self.account(request.metadata()).await?;
        let wire = decoded::Revocation::try_from(request.into_inner()).map_err(RpcError::from)?;
        let purpose = self.purpose(wire.study);
        let (dataset, nonce) = (wire.dataset, wire.nonce);
        let of = (&purpose.escrow, &purpose.study);
        let digest = revoke_digest(&self.datasets(), &owner.0, dataset, of, nonce);
        check_signer(&digest, &wire.signature, owner)?;
        let signature = wire.signature.to_vec();
        let revocation = Revocation { owner: owner.0, dataset, purpose, nonce, signature };
        let outcome = if self.chain.consents().is_revoked(&revocation).await.map_err(RpcError::from)? {
            Outcome::Already
        } else {
            // That others are busy listing and granting keeps nobody from taking a consent back.
            self.acts.take_back(owner, self.driver.clock.now())?;
            self.chain.consents().ensure_revoked(&revocation).await.map_err(RpcError::from)?
        };
        self.over(owner, &[purpose]).await?;
        Ok(Response::new(RevokeConsentResponse { transaction: transaction(outcome) }))
    }

    async fn erase_dataset(
        &self,
        request: Request<EraseDatasetRequest>,
    ) -> Result<Response<EraseDatasetResponse>, Status> {
        let owner = self.account(request.metadata()).await?;
        let wire = decoded::Erasure::try_from(request.into_inner()).map_err(RpcError::from)?;
        let (dataset, receipt, nonce) = (wire.dataset, wire.receipt, wire.nonce);
        let digest = erase_digest(&self.datasets(), &owner.0, dataset, &receipt, nonce);
        check_signer(&digest, &wire.signature, owner)?;
        let open: Vec<Purpose> =
            wire.open.into_iter().map(|(escrow, study)| Purpose { escrow, study }).collect();
        let signature = wire.signature.to_vec();
        let erasure = Erasure { owner: owner.0, dataset, receipt, open: open.clone(), nonce, signature };
        let outcome = if self.chain.consents().is_erased(&erasure).await.map_err(RpcError::from)? {
            Outcome::Already
        } else {
            self.acts.take_back(owner, self.driver.clock.now())?;
            self.chain.consents().ensure_erased(&erasure).await.map_err(RpcError::from)?
        };
        self.over(owner, &open).await?;
        Ok(Response::new(EraseDatasetResponse { transaction: transaction(outcome) }))
    }
}

impl Desk {
    /// The domain that owners of datasets sign in.
    fn datasets(&self) -> DatasetDomain {
        DatasetDomain { chain_id: self.deployment.chain_id, registry: self.deployment.datasets }
    }

    /// A study of this coordinator's escrow.
    fn purpose(&self, study: [u8; 32]) -> Purpose {
        Purpose { escrow: self.deployment.escrow, study }
    }

    /// Tells the studies that run here.
    async fn over(&self, owner: OwnerId, purposes: &[Purpose]) -> Result<(), RpcError> {
        for purpose in purposes.iter().filter(|purpose| purpose.escrow == self.deployment.escrow) {
            consent_over(&self.driver, self.chain.as_ref(), StudyId(purpose.study), owner).await?;
        }
        Ok(())
    }
}

fn transaction(outcome: Outcome) -> Vec<u8> {
    match outcome {
        Outcome::Sent(receipt) => receipt.tx_hash.to_vec(),
        Outcome::Already => Vec::new(),
    }
}
