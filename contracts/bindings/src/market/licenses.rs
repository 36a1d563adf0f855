//! `License`: licences to use a model, by time or by the call.
//!
//! A licence carries its holder's X25519 public key, to which the model's content key is sealed. What is paid is divided
//! among the protocol, the model's data owners and the seller once the licence is in force.

mod abi {
    #![allow(missing_docs, clippy::all, reason = "generated code")]
    ethers::contract::abigen!(LicenseContract, "../artifacts/License.json");
}
mod offers;
mod types;
mod views;

pub use types::{Licence, LicenceKind, LicenceStatus, Offer, OfferTerms};

use ethers::types::U256;

use crate::{
    Address, ChainClient, ChainError, Deployment, Receipt, Wallet, Word,
    handle::{Handle, number},
    typed_data::{number_word, typed_digest},
};

const NAME: &str = "License";

/// `Spend`: what a buyer signs to say that it has made `cumulative` calls under a licence so far. `license` is the
/// contract.
#[must_use]
pub fn spend_digest(chain_id: u64, license: &Address, licence: u64, cumulative: u64) -> Word {
    let kind = "Spend(uint256 licence,uint64 cumulative)";
    typed_digest(chain_id, license, kind, &[number_word(licence.into()), number_word(cumulative.into())])
}

/// The licences on a chain. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Licenses {
    at: Handle,
}

impl Licenses {
    /// The licences of a deployment.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`].
    pub fn new(client: ChainClient, deployment: &Deployment) -> Result<Self, ChainError> {
        Ok(Self { at: Handle::new(client, deployment, NAME, deployment.licenses)? })
    }

    /// Where the contract is: who buys lets it take the price, and signs for it.
    #[must_use]
    pub fn address(&self) -> Address {
        self.at.address
    }

    // --------------------------------------------------------------------------------------------- licences
    //
    // Each transaction fails as every one may: see `ChainError`. A contract's refusal is found before anything is sent.

    /// Buys a licence for at most `maximum`, which the contract may take (see [`crate::Token::approve`]); its id. `key` is
    /// the buyer's X25519 public key, made for this licence: a purchase repeated with it is refused, not paid twice.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn buy(
        &self,
        wallet: &Wallet,
        offer: u64,
        key: &Word,
        maximum: u128,
    ) -> Result<(u64, Receipt), ChainError> {
        let receipt = self.at.transact(wallet, abi::BuyCall { offer_id: offer, key: *key, maximum }).await?;
        let licence = self.licence_by_key(&wallet.address(), key).await?;
        let licence = licence.ok_or_else(|| self.at.wrong("it does not know what was bought"))?;
        Ok((licence, receipt))
    }

    /// Pays at most `maximum` for another term of a licence by time, from its end, or from now if it has ended.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn renew(&self, wallet: &Wallet, licence: u64, maximum: u128) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::RenewCall { id: licence.into(), maximum }).await
    }

    /// Says that the key was delivered, as the seller or the serving key: the licence begins. `commitment` is a salted
    /// commitment to the sealed key shares; not zero.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn deliver(
        &self,
        wallet: &Wallet,
        licence: u64,
        commitment: &Word,
    ) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::DeliverCall { id: licence.into(), receipt: *commitment }).await
    }

    /// Says that the key has come, as the buyer, also late: the licence begins.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn confirm(&self, wallet: &Wallet, licence: u64) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::ConfirmCall { id: licence.into() }).await
    }

    /// Gives the buyer its money back when the key was not delivered in time. Anyone may.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn refund(&self, wallet: &Wallet, licence: u64) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::RefundCall { id: licence.into() }).await
    }

    /// Sets the X25519 public key of a licence that the wallet holds: after a transfer, or for a new machine.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn set_key(&self, wallet: &Wallet, licence: u64, key: &Word) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::SetKeyCall { id: licence.into(), key: *key }).await
    }

    /// Makes a licence the one by which its holder is known to [`Self::is_licensed`].
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn select(&self, wallet: &Wallet, licence: u64) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::SelectCall { id: licence.into() }).await
    }

    /// Gives a licence by time that is in force to another account, which then sets its own key.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn transfer(&self, wallet: &Wallet, licence: u64, to: &Address) -> Result<Receipt, ChainError> {
        let call = abi::SafeTransferFromCall {
            from: wallet.address().into(),
            to: to.into(),
            id: licence.into(),
            value: U256::one(),
            data: Vec::new().into(),
        };
        self.at.transact(wallet, call).await
    }

    /// Lets another contract, such as the marketplace, move all of the wallet's licences, or no longer.
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

    /// Counts calls by the buyer's signature over [`spend_digest`]: 65 bytes of a key, any length of a contract wallet
    /// (ERC-1271). `cumulative` are all calls under this licence so far. Anyone may.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn spend(
        &self,
        wallet: &Wallet,
        licence: u64,
        cumulative: u64,
        signature: &[u8],
    ) -> Result<Receipt, ChainError> {
        let signature = signature.to_vec().into();
        self.at.transact(wallet, abi::SpendCall { id: licence.into(), cumulative, signature }).await
    }

    /// Counts calls, as the offer's serving key. `cumulative` are all calls under this licence so far.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn serve(&self, wallet: &Wallet, licence: u64, cumulative: u64) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::ServeCall { id: licence.into(), cumulative }).await
    }

    // ------------------------------------------------------------------------------------------------ money

    /// Pays an account what it is owed for licences it sold. Anyone may.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn withdraw(&self, wallet: &Wallet, account: &Address) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::WithdrawCall { account: account.into() }).await
    }

    /// Puts what is due to a model's data owners into the model's splitter, for them alone. Anyone may.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn pay_owners(&self, wallet: &Wallet, model: &Word) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::PayOwnersCall { model: number(model) }).await
    }
}

/// Reads what views return, for the fuzz targets.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_views(output: &[u8]) {
    use ethers::abi::AbiDecode as _;
    drop(abi::OfferReturn::decode(output).map(|read| types::offer(read.0)));
    drop(abi::LicenceReturn::decode(output).map(|read| types::licence(&read.0)));
}
