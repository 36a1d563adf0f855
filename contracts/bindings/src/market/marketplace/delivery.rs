//! Content keys against payment. Each party may send its step itself, with an empty signature, or sign it for anybody to
//! send.

use super::{Logged, Marketplace, abi};
use crate::{ChainError, Receipt, Wallet, typed_data::number_word};

impl Marketplace {
    /// The sealed key that was delivered for a lot, for its buyer to open; none if there is none.
    ///
    /// # Errors
    /// The node can't be asked, or a log can't be read.
    pub async fn sealed_key(&self, lot: u64) -> Result<Option<Vec<u8>>, ChainError> {
        let logs = self.at.logs(1, &number_word(lot.into()), self.from_block).await?;
        for log in &logs {
            if let Logged::KeyDeliveredFilter(event) = self.at.event(log)? {
                return Ok(Some(event.sealed_key.to_vec()));
            }
        }
        Ok(None)
    }

    /// Delivers the key, sealed to the buyer's X25519 key: 1 to 1,024 bytes, and everybody sees them. `signature` is
    /// the seller's on [`super::deliver_digest`].
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn deliver_key(
        &self,
        wallet: &Wallet,
        lot: u64,
        sealed_key: &[u8],
        signature: &[u8],
    ) -> Result<Receipt, ChainError> {
        let call = abi::DeliverKeyCall {
            id: lot.into(),
            sealed_key: sealed_key.to_vec().into(),
            signature: signature.to_vec().into(),
        };
        self.at.transact(wallet, call).await
    }

    /// The buyer is content: the sale is final. `signature` is the buyer's on [`super::confirm_digest`].
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn confirm_key(
        &self,
        wallet: &Wallet,
        lot: u64,
        signature: &[u8],
    ) -> Result<Receipt, ChainError> {
        let signature = signature.to_vec().into();
        self.at.transact(wallet, abi::ConfirmKeyCall { id: lot.into(), signature }).await
    }

    /// The buyer can't use the key that was delivered, and the arbiter rules. `signature` is the buyer's on
    /// [`super::reject_digest`].
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn reject_key(
        &self,
        wallet: &Wallet,
        lot: u64,
        signature: &[u8],
    ) -> Result<Receipt, ChainError> {
        let signature = signature.to_vec().into();
        self.at.transact(wallet, abi::RejectKeyCall { id: lot.into(), signature }).await
    }

    /// The arbiter's ruling on a rejected key: whether what was delivered is good. There are 14 days for it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn rule(&self, wallet: &Wallet, lot: u64, delivered: bool) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::RuleCall { id: lot.into(), delivered }).await
    }

    /// Makes a sale final whose buyer let the review pass. Anybody may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn finish_sale(&self, wallet: &Wallet, lot: u64) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::FinishSaleCall { id: lot.into() }).await
    }

    /// Undoes a sale: the seller at any time before it is final; anybody, once the key or the ruling is late.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn refund_sale(&self, wallet: &Wallet, lot: u64) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::RefundSaleCall { id: lot.into() }).await
    }
}
