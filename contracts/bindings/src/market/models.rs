//! `ModelRegistry`: what studies came to, as tokens.
//!
//! The researcher of a closed study mints its model once. A model's number is its study's id: both are one [`Word`].

use crate::{
    Address, ChainClient, ChainError, Deployment, Receipt, Wallet, Word,
    handle::{Handle, amount, number},
};

mod abi {
    #![allow(missing_docs, clippy::all, reason = "generated code")]
    ethers::contract::abigen!(ModelRegistryContract, "../artifacts/ModelRegistry.json");
}

const NAME: &str = "ModelRegistry";

/// What a researcher mints. Everything but `metadata` is for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewModel {
    /// The study; it is closed.
    pub study: Word,
    /// Digest of the model after the study's last settled round, as its committee signed it.
    pub digest: Word,
    /// Merkle proof of that ([`crate::merkle::PayoutTree::model_proof`]).
    pub proof: Vec<Word>,
    /// SHA-256 of the exported weights.
    pub weights: Word,
    /// SHA-256 of the provenance statement.
    pub provenance: Word,
    /// SHA-256 of the metadata document.
    pub metadata: Word,
    /// The data owners' part of what the model earns, in basis points: see [`Models::limits`].
    pub owners_bps: u16,
    /// The royalty on a sale, in basis points of its price: see [`Models::limits`].
    pub royalty_bps: u16,
}

/// A minted model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    /// The study whose committee certified the digest.
    pub study: Word,
    /// The researcher who minted it, and gets what its splitter leaves after the owners. Its owner is
    /// [`Models::owner_of`].
    pub creator: Address,
    /// Digest of the model after the study's last settled round, as its committee signed it.
    pub digest: Word,
    /// SHA-256 of the exported weights, as the researcher states it.
    pub weights: Word,
    /// SHA-256 of the provenance statement, as the researcher states it.
    pub provenance: Word,
    /// SHA-256 of the metadata document.
    pub metadata: Word,
    /// Where royalties go ([`crate::market::royalties::Splitter`]); it may not be deployed yet.
    pub splitter: Address,
    /// The data owners' part of what the splitter receives and of licences, in basis points.
    pub owners_bps: u16,
    /// The royalty on a sale, in basis points of its price.
    pub royalty_bps: u16,
}

/// What a mint may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The least part of the data owners, in basis points.
    pub min_owners_bps: u16,
    /// The highest royalty, in basis points.
    pub max_royalty_bps: u16,
}

/// The registry of models on a chain. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Models {
    at: Handle,
}

impl Models {
    /// The registry of a deployment.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`].
    pub fn new(client: ChainClient, deployment: &Deployment) -> Result<Self, ChainError> {
        Ok(Self { at: Handle::new(client, deployment, NAME, deployment.models)? })
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> Address {
        self.at.address
    }

    // ------------------------------------------------------------------------------------------------ views
    //
    // Of a model that was not minted each but `model` is the contract's refusal `ERC721NonexistentToken`.

    /// A model; none if it was not minted.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn model(&self, model: &Word) -> Result<Option<Model>, ChainError> {
        let abi::ModelReturn(shown) = match self.at.view(abi::ModelCall { id: number(model) }).await {
            Err(ChainError::Reverted(revert)) if revert.name == "ERC721NonexistentToken" => return Ok(None),
            other => other?,
        };
        Ok(Some(Model {
            study: shown.study,
            creator: shown.creator.0,
            digest: shown.digest,
            weights: shown.weights,
            provenance: shown.provenance,
            metadata: shown.metadata,
            splitter: shown.splitter.0,
            owners_bps: shown.owners_bps,
            royalty_bps: shown.royalty_bps,
        }))
    }

    /// Where a model's royalties go. It can be paid before it is deployed.
    ///
    /// # Errors
    /// There is no such model, or the node can't be asked.
    pub async fn splitter_of(&self, model: &Word) -> Result<Address, ChainError> {
        let abi::SplitterOfReturn(splitter) = self.at.view(abi::SplitterOfCall { id: number(model) }).await?;
        Ok(splitter.0)
    }

    /// A model's certified digest.
    ///
    /// # Errors
    /// There is no such model, or the node can't be asked.
    pub async fn digest_of(&self, model: &Word) -> Result<Word, ChainError> {
        let abi::DigestOfReturn(digest) = self.at.view(abi::DigestOfCall { id: number(model) }).await?;
        Ok(digest)
    }

    /// The data owners' part of what a model earns, in basis points.
    ///
    /// # Errors
    /// There is no such model, or the node can't be asked.
    pub async fn owners_bps_of(&self, model: &Word) -> Result<u16, ChainError> {
        let abi::OwnersBpsOfReturn(part) = self.at.view(abi::OwnersBpsOfCall { id: number(model) }).await?;
        Ok(part)
    }

    /// Whose a model is now.
    ///
    /// # Errors
    /// There is no such model, or the node can't be asked.
    pub async fn owner_of(&self, model: &Word) -> Result<Address, ChainError> {
        let abi::OwnerOfReturn(owner) = self.at.view(abi::OwnerOfCall { token_id: number(model) }).await?;
        Ok(owner.0)
    }

    /// Who gets how much of a sale at `price`, in the sale's token (ERC-2981).
    ///
    /// # Errors
    /// There is no such model, or the node can't be asked.
    pub async fn royalty(&self, model: &Word, price: u128) -> Result<(Address, u128), ChainError> {
        let call = abi::RoyaltyInfoCall { id: number(model), sale_price: price.into() };
        let abi::RoyaltyInfoReturn(receiver, royalty) = self.at.view(call).await?;
        Ok((receiver.0, amount("royalty", royalty)?))
    }

    /// Where the metadata document is: `ipfs://` and its content identifier.
    ///
    /// # Errors
    /// There is no such model, or the node can't be asked.
    pub async fn metadata_uri(&self, model: &Word) -> Result<String, ChainError> {
        let abi::TokenURIReturn(uri) = self.at.view(abi::TokenURICall { id: number(model) }).await?;
        Ok(uri)
    }

    /// What a mint may ask for.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn limits(&self) -> Result<Limits, ChainError> {
        let abi::MinOwnersBpsReturn(min_owners_bps) = self.at.view(abi::MinOwnersBpsCall).await?;
        let abi::MaxRoyaltyBpsReturn(max_royalty_bps) = self.at.view(abi::MaxRoyaltyBpsCall).await?;
        Ok(Limits { min_owners_bps, max_royalty_bps })
    }

    // ----------------------------------------------------------------------------------------- transactions
    //
    // Each fails as every transaction may: see `ChainError`. A contract's refusal is found before anything is sent.

    /// Mints a closed study's model. Its researcher only; the model's number is `new.study`.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn mint(&self, wallet: &Wallet, new: &NewModel) -> Result<Receipt, ChainError> {
        let call = abi::MintCall {
            study: new.study,
            digest: new.digest,
            proof: new.proof.clone(),
            weights: new.weights,
            provenance: new.provenance,
            metadata: new.metadata,
            owners_bps: new.owners_bps,
            royalty_bps: new.royalty_bps,
        };
        self.at.transact(wallet, call).await
    }

    /// Deploys a model's splitter unless it is there. Anybody may.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn deploy_splitter(&self, wallet: &Wallet, model: &Word) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::DeploySplitterCall { id: number(model) }).await
    }

    /// Names another metadata document, by its SHA-256. The model's owner only.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn set_metadata(
        &self,
        wallet: &Wallet,
        model: &Word,
        metadata: Word,
    ) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::SetMetadataCall { id: number(model), metadata }).await
    }

    /// Lets `to`, such as the marketplace, take one model.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn approve(&self, wallet: &Wallet, to: &Address, model: &Word) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::ApproveCall { to: to.into(), token_id: number(model) }).await
    }

    /// Lets `operator` take all of the wallet's models, or no longer.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn set_approval_for_all(
        &self,
        wallet: &Wallet,
        operator: &Address,
        approved: bool,
    ) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::SetApprovalForAllCall { operator: operator.into(), approved }).await
    }
}
