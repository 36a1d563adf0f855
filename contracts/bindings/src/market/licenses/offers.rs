//! What the owners of models offer.

use ethers::{contract::EthEvent as _, types::Log};

use super::{Licenses, Offer, OfferTerms, abi, types};
use crate::{Address, ChainError, Receipt, Wallet, Word};

// Each transaction fails as every one may: see `ChainError`. A contract's refusal is found before anything is sent.
impl Licenses {
    /// Offers licences, as the model's owner; the offer's id.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn make_offer(
        &self,
        wallet: &Wallet,
        terms: &OfferTerms,
    ) -> Result<(u64, Receipt), ChainError> {
        let receipt = self.at.transact(wallet, abi::MakeOfferCall { terms: types::argument(terms) }).await?;
        let made = self.offers_made(&terms.model, receipt.block).await?;
        let ours = made.iter().rfind(|(_, tx_hash)| *tx_hash == Some(receipt.tx_hash));
        let (offer, _) = ours.ok_or_else(|| self.at.wrong("it logged no offer"))?;
        Ok((*offer, receipt))
    }

    /// Sets an offer's price, as the model's owner, and opens it under the owner's name.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn set_price(&self, wallet: &Wallet, offer: u64, price: u128) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::SetPriceCall { id: offer, price }).await
    }

    /// Ends an offer, as the model's owner; licences sold by it stay.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn close_offer(&self, wallet: &Wallet, offer: u64) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::CloseOfferCall { id: offer }).await
    }

    /// Replaces an offer's serving key, as the model's owner, also for licences sold.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn set_serving_key(
        &self,
        wallet: &Wallet,
        offer: u64,
        key: &Address,
    ) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::SetServingKeyCall { id: offer, serving_key: key.into() }).await
    }

    /// An offer; none if there is none with this number.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn offer(&self, offer: u64) -> Result<Option<Offer>, ChainError> {
        let abi::OfferReturn(shown) = self.at.view(abi::OfferCall { id: offer }).await?;
        types::offer(shown)
    }

    /// The offers ever made for a model, in order; some may be closed.
    ///
    /// # Errors
    /// The node can't be asked, or a log can't be read.
    pub async fn offers(&self, model: &Word) -> Result<Vec<u64>, ChainError> {
        Ok(self.offers_made(model, 0).await?.into_iter().map(|(offer, _)| offer).collect())
    }

    /// A model's offers from a block on, each with its transaction.
    async fn offers_made(
        &self,
        model: &Word,
        from_block: u64,
    ) -> Result<Vec<(u64, Option<Word>)>, ChainError> {
        let logs = self.at.logs(2, model, from_block).await?;
        let made = |log: &&Log| log.topics.first() == Some(&abi::OfferMadeFilter::signature());
        let offer = |log: &Log| {
            let event: abi::OfferMadeFilter = self.at.event(log)?;
            Ok((event.offer, log.transaction_hash.map(|hash| hash.0)))
        };
        logs.iter().filter(made).map(offer).collect()
    }
}
