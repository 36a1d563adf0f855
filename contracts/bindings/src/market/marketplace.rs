//! `Marketplace`: models, pieces, licences and datasets at a fixed price or by English auction, and content keys against
//! payment.
//!
//! Amounts are in the token's smallest unit, times in seconds since the Unix epoch, rates in ten-thousandths (basis
//! points). What is paid in must be approved to the market ([`crate::Token::approve`]) or permitted in the same
//! transaction (`…_with_permit`); what is paid out is credited in the [`Till`].

mod assets;
mod auctions;
mod delivery;
mod digests;
mod till;
mod types;

pub use digests::{MarketDomain, buy_digest, confirm_digest, deliver_digest, reject_digest};
pub use till::Till;
pub use types::{Arbiter, Asset, AssetKind, AuctionOffer, KeyTerms, Lot, LotStatus, Offer, Purchase, Shares};

use ethers::types::H256;

use crate::{
    Address, ChainClient, ChainError, Deployment, Receipt, Wallet, Word,
    handle::{Handle, counter},
    typed_data::address_word,
};
use abi::MarketplaceContractEvents as Logged;

mod abi {
    #![allow(missing_docs, clippy::all, reason = "generated code")]
    ethers::contract::abigen!(MarketplaceContract, "../artifacts/Marketplace.json");
}

const NAME: &str = "Marketplace";

/// The market on a chain. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Marketplace {
    at: Handle,
    till: Till,
    /// A block before which it logged nothing.
    from_block: u64,
}

impl Marketplace {
    /// The market of a deployment.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`].
    pub fn new(client: ChainClient, deployment: &Deployment) -> Result<Self, ChainError> {
        let at = Handle::new(client, deployment, NAME, deployment.marketplace)?;
        let till = Till::new(at.clone(), deployment)?;
        Ok(Self { at, till, from_block: deployment.block })
    }

    /// Where it is: what assets and payments are approved to.
    #[must_use]
    pub fn address(&self) -> Address {
        self.at.address
    }

    /// What it owes, and to whom.
    #[must_use]
    pub fn till(&self) -> &Till {
        &self.till
    }

    /// The domain that buyers and sellers sign in.
    #[must_use]
    pub fn domain(&self) -> MarketDomain {
        MarketDomain { chain_id: self.at.client.chain_id(), marketplace: self.at.address }
    }

    // ------------------------------------------------------------------------------------------------- views

    /// How many lots there have been. They are numbered from 1.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn lot_count(&self) -> Result<u64, ChainError> {
        let abi::LotCountReturn(count) = self.at.view(abi::LotCountCall).await?;
        counter("lot count", count)
    }

    /// A lot; none if there has been none with this number.
    ///
    /// # Errors
    /// The node can't be asked, or shows a status or kind that is unknown here.
    pub async fn lot(&self, lot: u64) -> Result<Option<Lot>, ChainError> {
        let abi::LotReturn(shown) = self.at.view(abi::LotCall { id: lot.into() }).await?;
        types::lot(&shown)
    }

    /// Whether a listing can be bought now: it stands, and its seller has the asset and has approved the market.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn is_buyable(&self, lot: u64) -> Result<bool, ChainError> {
        let abi::IsBuyableReturn(buyable) = self.at.view(abi::IsBuyableCall { id: lot.into() }).await?;
        Ok(buyable)
    }

    /// How a lot's price would be shared now.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn shares(&self, lot: u64) -> Result<Shares, ChainError> {
        let shown: abi::SharesReturn = self.at.view(abi::SharesCall { id: lot.into() }).await?;
        types::shares(&shown)
    }

    /// Who may [`Self::collect`] a lot's asset, because its handover failed; none if nobody has to.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn uncollected(&self, lot: u64) -> Result<Option<Address>, ChainError> {
        let abi::UncollectedReturn(owner) = self.at.view(abi::UncollectedCall { id: lot.into() }).await?;
        Ok(types::account(owner))
    }

    // ----------------------------------------------------------------------------------------- transactions
    //
    // Each fails as every transaction may: see `ChainError`. A contract's refusal is found before anything is sent.

    /// Offers an asset of the wallet's at a fixed price; the market must be approved ([`Self::approve`]). Ends the
    /// wallet's earlier listing of the same token. Returns the lot's number.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn list(&self, wallet: &Wallet, offer: &Offer) -> Result<(u64, Receipt), ChainError> {
        let receipt = self.at.transact(wallet, abi::ListCall { offer: types::offer(offer) }).await?;
        Ok((self.opened(&wallet.address(), &receipt).await?, receipt))
    }

    /// Ends a listing: its seller at any time, anybody once it is over or can't be fulfilled.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn unlist(&self, wallet: &Wallet, lot: u64) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::UnlistCall { id: lot.into() }).await
    }

    /// Buys a listing for at most `max_price`. `buyer_key` is the X25519 public key that the seller seals the content
    /// key to; none if the lot has no key.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn buy(
        &self,
        wallet: &Wallet,
        lot: u64,
        max_price: u128,
        buyer_key: Option<Word>,
    ) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, buy_call(lot, max_price, buyer_key)).await
    }

    /// [`Self::buy`] with a signed permit over `max_price` in place of an approval, good until `deadline`.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn buy_with_permit(
        &self,
        wallet: &Wallet,
        lot: u64,
        max_price: u128,
        buyer_key: Option<Word>,
        deadline: u64,
    ) -> Result<Receipt, ChainError> {
        self.till.pay(wallet, (max_price, deadline), buy_call(lot, max_price, buyer_key)).await
    }

    /// Buys a listing for a buyer that signed, with its tokens. Anybody may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn buy_for(&self, wallet: &Wallet, purchase: &Purchase) -> Result<Receipt, ChainError> {
        let call = abi::BuyForCall {
            id: purchase.lot.into(),
            buyer: purchase.buyer.into(),
            buyer_key: purchase.buyer_key.unwrap_or_default(),
            valid_until: purchase.valid_until,
            signature: purchase.signature.clone().into(),
        };
        self.at.transact(wallet, call).await
    }

    // ---------------------------------------------------------------------------------------------- internals

    /// The lot that a seller's transaction opened.
    async fn opened(&self, seller: &Address, receipt: &Receipt) -> Result<u64, ChainError> {
        let logs = self.at.logs(2, &address_word(seller), receipt.block).await?;
        for log in logs.iter().filter(|log| log.transaction_hash == Some(H256(receipt.tx_hash))) {
            match self.at.event(log)? {
                Logged::LotListedFilter(event) => return counter("lot", event.lot),
                Logged::AuctionStartedFilter(event) => return counter("lot", event.lot),
                _ => {}
            }
        }
        Err(self.at.wrong("the transaction went through and opened no lot"))
    }
}

fn buy_call(lot: u64, max_price: u128, buyer_key: Option<Word>) -> abi::BuyCall {
    abi::BuyCall { id: lot.into(), max_price, buyer_key: buyer_key.unwrap_or_default() }
}

/// Reads what views return, for the fuzz targets.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_views(output: &[u8]) {
    use ethers::abi::AbiDecode as _;
    drop(abi::LotReturn::decode(output).map(|read| types::lot(&read.0)));
    drop(abi::SharesReturn::decode(output).map(|read| types::shares(&read)));
}
