//! EIP-712: what buyers and sellers sign, computed here and, to compare, by the contract.

use super::{Marketplace, abi};
use crate::{
    Address, ChainError, Word,
    typed_data::{address_word, number_word, separator, typed_digest},
};

/// The signing domain of sales: as [`crate::typed_data::Domain`], with the `Marketplace` in the escrow's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketDomain {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The `Marketplace` contract.
    pub marketplace: Address,
}

impl MarketDomain {
    /// The domain separator.
    #[must_use]
    pub fn separator(&self) -> Word {
        separator(self.chain_id, &self.marketplace)
    }

    fn digest(&self, type_name: &str, words: &[Word]) -> Word {
        typed_digest(self.chain_id, &self.marketplace, type_name, words)
    }
}

/// `Buy`: a buyer takes a lot at its price. `buyer_key` is none if the lot has no key; `valid_until` the signature's last
/// second.
#[must_use]
pub fn buy_digest(
    domain: &MarketDomain,
    lot: u64,
    buyer: &Address,
    price: u128,
    buyer_key: Option<Word>,
    valid_until: u64,
) -> Word {
    let name = "Buy(uint256 lot,address buyer,uint128 price,bytes32 buyerKey,uint64 validUntil)";
    let words = [
        number_word(lot.into()),
        address_word(buyer),
        number_word(price),
        buyer_key.unwrap_or_default(),
        number_word(valid_until.into()),
    ];
    domain.digest(name, &words)
}

/// `DeliverKey`: a seller delivers a key that is sealed to the buyer's. `sealed_key_hash` is Keccak-256 of the sealed key.
#[must_use]
pub fn deliver_digest(domain: &MarketDomain, lot: u64, buyer_key: &Word, sealed_key_hash: &Word) -> Word {
    let name = "DeliverKey(uint256 lot,bytes32 buyerKey,bytes32 sealedKeyHash)";
    domain.digest(name, &[number_word(lot.into()), *buyer_key, *sealed_key_hash])
}

/// `ConfirmKey`: a buyer is content. `sealed_key_hash` is that of the key that was delivered; zeros before any was.
#[must_use]
pub fn confirm_digest(domain: &MarketDomain, lot: u64, sealed_key_hash: &Word) -> Word {
    let name = "ConfirmKey(uint256 lot,bytes32 sealedKeyHash)";
    domain.digest(name, &[number_word(lot.into()), *sealed_key_hash])
}

/// `RejectKey`: a buyer can't use the key that was delivered.
#[must_use]
pub fn reject_digest(domain: &MarketDomain, lot: u64, sealed_key_hash: &Word) -> Word {
    let name = "RejectKey(uint256 lot,bytes32 sealedKeyHash)";
    domain.digest(name, &[number_word(lot.into()), *sealed_key_hash])
}

impl Marketplace {
    /// [`buy_digest`] as the contract computes it, with the lot's price.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn buy_digest(
        &self,
        lot: u64,
        buyer: &Address,
        buyer_key: Option<Word>,
        valid_until: u64,
    ) -> Result<Word, ChainError> {
        let buyer_key = buyer_key.unwrap_or_default();
        let call = abi::BuyDigestCall { id: lot.into(), buyer: buyer.into(), buyer_key, valid_until };
        let abi::BuyDigestReturn(digest) = self.at.view(call).await?;
        Ok(digest)
    }

    /// [`deliver_digest`] as the contract computes it, with the buyer's key.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn deliver_digest(&self, lot: u64, sealed_key_hash: &Word) -> Result<Word, ChainError> {
        let call = abi::DeliverDigestCall { id: lot.into(), sealed_key_hash: *sealed_key_hash };
        let abi::DeliverDigestReturn(digest) = self.at.view(call).await?;
        Ok(digest)
    }

    /// [`confirm_digest`] as the contract computes it, with the key that was delivered.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn confirm_digest(&self, lot: u64) -> Result<Word, ChainError> {
        let abi::ConfirmDigestReturn(digest) =
            self.at.view(abi::ConfirmDigestCall { id: lot.into() }).await?;
        Ok(digest)
    }

    /// [`reject_digest`] as the contract computes it, with the key that was delivered.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn reject_digest(&self, lot: u64) -> Result<Word, ChainError> {
        let abi::RejectDigestReturn(digest) = self.at.view(abi::RejectDigestCall { id: lot.into() }).await?;
        Ok(digest)
    }
}
