//! English auctions.

use super::{AuctionOffer, Marketplace, abi, types};
use crate::{ChainError, Receipt, Wallet, Word, handle::amount};

impl Marketplace {
    /// The least that the next bid must be.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn least_bid(&self, lot: u64) -> Result<u128, ChainError> {
        let abi::LeastBidReturn(least) = self.at.view(abi::LeastBidCall { id: lot.into() }).await?;
        amount("least bid", least)
    }

    /// Puts an asset of the wallet's up for auction and takes it into the market's hands; the market must be approved
    /// ([`Self::approve`] or [`Self::approve_all`]). Ends the wallet's listing of it. Returns the lot's number.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn start_auction(
        &self,
        wallet: &Wallet,
        offer: &AuctionOffer,
    ) -> Result<(u64, Receipt), ChainError> {
        let call = abi::StartAuctionCall { offer: types::auction_offer(offer) };
        let receipt = self.at.transact(wallet, call).await?;
        Ok((self.opened(&wallet.address(), &receipt).await?, receipt))
    }

    /// Bids. The amount is taken at once; if it is outbid, it is credited to the bidder. `buyer_key` is the X25519 public
    /// key that the seller seals the content key to; none if the lot has no key.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn bid(
        &self,
        wallet: &Wallet,
        lot: u64,
        amount: u128,
        buyer_key: Option<Word>,
    ) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, bid_call(lot, amount, buyer_key)).await
    }

    /// [`Self::bid`] with a signed permit over `amount` in place of an approval, good until `deadline`.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn bid_with_permit(
        &self,
        wallet: &Wallet,
        lot: u64,
        amount: u128,
        buyer_key: Option<Word>,
        deadline: u64,
    ) -> Result<Receipt, ChainError> {
        self.till().pay(wallet, (amount, deadline), bid_call(lot, amount, buyer_key)).await
    }

    /// The seller takes the lot back, as long as nobody has bid.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn cancel_auction(&self, wallet: &Wallet, lot: u64) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::CancelAuctionCall { id: lot.into() }).await
    }

    /// Ends an auction whose time is over: to the highest bidder, or back to the seller. Anybody may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn settle_auction(&self, wallet: &Wallet, lot: u64) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::SettleAuctionCall { id: lot.into() }).await
    }
}

fn bid_call(lot: u64, amount: u128, buyer_key: Option<Word>) -> abi::BidCall {
    abi::BidCall { id: lot.into(), amount, buyer_key: buyer_key.unwrap_or_default() }
}
