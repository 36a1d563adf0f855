//! `ComputeMarket`: jobs that several staked providers run, and that are paid where they agree.
//!
//! A requester posts a job and its whole pay. Providers offer, a block hash draws some of them, and those commit to their
//! result's digest and then reveal it. A quorum of equal digests is paid; who revealed another, or nothing, is slashed.

mod types;
mod views;

#[cfg(feature = "fuzzing")]
pub(crate) use views::read_views;

pub use types::{ComputeLimits, Job, JobStatus, JobTerms, Release, Replica, ReplicaOutcome, Stake};

use crate::{
    Address, ChainClient, ChainError, Deployment, Receipt, Wallet, Word,
    handle::Handle,
    keccak256,
    typed_data::{address_word, number_word},
};

mod abi {
    #![allow(missing_docs, clippy::all, reason = "generated code")]
    ethers::contract::abigen!(ComputeMarketContract, "../artifacts/ComputeMarket.json");
}

const NAME: &str = "ComputeMarket";

/// The compute market on a chain. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Compute {
    at: Handle,
}

impl Compute {
    /// The compute market of a deployment.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`].
    pub fn new(client: ChainClient, deployment: &Deployment) -> Result<Self, ChainError> {
        Ok(Self { at: Handle::new(client, deployment, NAME, deployment.compute)? })
    }

    /// Where the contract is: who posts or stakes approves its tokens to it.
    #[must_use]
    pub fn address(&self) -> Address {
        self.at.address
    }

    /// What a provider commits to: the contract's `commitmentOf`. It is computed here, since a node that were asked would
    /// learn the result before anybody else has committed. The salt must be random, and kept until the reveal.
    #[must_use]
    pub fn commitment(&self, job: &Word, provider: &Address, digest: &Word, salt: &Word) -> Word {
        let words = [
            number_word(self.at.client.chain_id().into()),
            address_word(&self.at.address),
            *job,
            address_word(provider),
            *digest,
            *salt,
        ];
        keccak256(words.as_flattened())
    }

    // ----------------------------------------------------------------------------------------- transactions
    //
    // Each fails as every transaction may: see `ChainError`. A contract's refusal is found before anything is sent. What
    // the contract shows is in `views`.

    /// Adds approved tokens to the wallet's stake.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn stake(&self, wallet: &Wallet, amount: u128) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::StakeCall { amount }).await
    }

    /// Takes free stake out of use. It can be withdrawn after a delay, counted anew for all that is leaving.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn unstake(&self, wallet: &Wallet, amount: u128) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::UnstakeCall { amount }).await
    }

    /// Sends a provider the stake that has left. Anyone may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn withdraw_stake(&self, wallet: &Wallet, provider: &Address) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::WithdrawStakeCall { provider: provider.into() }).await
    }

    /// Posts a job with its whole pay, reward times replicas, which must be approved. Returns the job's id.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn post(&self, wallet: &Wallet, terms: &JobTerms) -> Result<(Word, Receipt), ChainError> {
        let receipt = self.at.transact(wallet, abi::PostCall { terms: terms.argument() }).await?;
        Ok((terms.job_id(self.at.client.chain_id(), &self.at.address, &wallet.address()), receipt))
    }

    /// Offers to run a job and bonds free stake for it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn offer(&self, wallet: &Wallet, job: &Word) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::OfferCall { id: *job }).await
    }

    /// Ends the offers and fixes the block whose hash decides the draw; again, if 256 blocks went by without a draw. Anyone
    /// may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn seal_offers(&self, wallet: &Wallet, job: &Word) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::SealOffersCall { id: *job }).await
    }

    /// Draws the replicas, from the block after the sealed one on; the time for commitments begins. Anyone may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn draw(&self, wallet: &Wallet, job: &Word) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::DrawCall { id: *job }).await
    }

    /// A drawn provider commits to its result: see [`Self::commitment`].
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn commit(
        &self,
        wallet: &Wallet,
        job: &Word,
        commitment: &Word,
    ) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::CommitCall { id: *job, commitment: *commitment }).await
    }

    /// A provider opens its commitment, once all have committed or the time for that is over. The digest is not zero.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn reveal(
        &self,
        wallet: &Wallet,
        job: &Word,
        digest: &Word,
        salt: &Word,
    ) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::RevealCall { id: *job, digest: *digest, salt: *salt }).await
    }

    /// Counts the results once nobody can reveal any more. Anyone may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn conclude(&self, wallet: &Wallet, job: &Word) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::ConcludeCall { id: *job }).await
    }

    /// Ends a job that was not drawn in time, or had too few offers; its pay is the requester's again. Anyone may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn expire(&self, wallet: &Wallet, job: &Word) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::ExpireCall { id: *job }).await
    }

    /// Frees, pays or slashes one provider's part in a job: see [`Self::released`] for which. Anyone may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn release(
        &self,
        wallet: &Wallet,
        job: &Word,
        provider: &Address,
    ) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::ReleaseCall { id: *job, provider: provider.into() }).await
    }

    /// Sends an account what it is owed. Anyone may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn withdraw(&self, wallet: &Wallet, account: &Address) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::WithdrawCall { account: account.into() }).await
    }

    /// Sends what is due to the treasury there. Anyone may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn pay_treasury(&self, wallet: &Wallet) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::PayTreasuryCall).await
    }
}
