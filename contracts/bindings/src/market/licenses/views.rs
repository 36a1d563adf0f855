//! What the contract shows of licences and their money.

use ethers::types::U256;

use super::{Licence, Licenses, abi, number, types};
use crate::{
    Address, ChainError, Word,
    handle::{amount, counter},
};

impl Licenses {
    /// A licence; none if there is none with this number.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn licence(&self, licence: u64) -> Result<Option<Licence>, ChainError> {
        let abi::LicenceReturn(shown) = self.at.view(abi::LicenceCall { id: licence.into() }).await?;
        types::licence(&shown)
    }

    /// Calls counted under a licence.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn spent(&self, licence: u64) -> Result<u64, ChainError> {
        let abi::SpentReturn(calls) = self.at.view(abi::SpentCall { id: licence.into() }).await?;
        Ok(calls)
    }

    /// An account's units of a licence: one by time, or the calls that are left.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn units(&self, licence: u64, account: &Address) -> Result<u64, ChainError> {
        let call = abi::BalanceOfCall { account: account.into(), id: licence.into() };
        let abi::BalanceOfReturn(units) = self.at.view(call).await?;
        counter("units", units)
    }

    /// A holder's X25519 public key for a licence, which it may have sold since; none if it set none.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn key_of(&self, licence: u64, holder: &Address) -> Result<Option<Word>, ChainError> {
        let call = abi::KeyOfCall { id: licence.into(), holder: holder.into() };
        let abi::KeyOfReturn(key) = self.at.view(call).await?;
        Ok((key != [0; 32]).then_some(key))
    }

    /// The licence that a buyer bought with a key, if any.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn licence_by_key(&self, buyer: &Address, key: &Word) -> Result<Option<u64>, ChainError> {
        let abi::LicenceByKeyReturn(licence) =
            self.at.view(abi::LicenceByKeyCall { buyer: buyer.into(), key: *key }).await?;
        id(licence)
    }

    /// The licence by which an account is known for a model, if any; it may have ended.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn licence_of(&self, model: &Word, account: &Address) -> Result<Option<u64>, ChainError> {
        let abi::LicenceOfReturn(licence) =
            self.at.view(abi::LicenceOfCall { model: number(model), account: account.into() }).await?;
        id(licence)
    }

    /// Whether an account holds a licence that is in force now.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn is_live(&self, licence: u64, account: &Address) -> Result<bool, ChainError> {
        let call = abi::IsLiveCall { id: licence.into(), account: account.into() };
        let abi::IsLiveReturn(live) = self.at.view(call).await?;
        Ok(live)
    }

    /// Whether the licence by which an account is known for a model is in force now.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn is_licensed(&self, model: &Word, account: &Address) -> Result<bool, ChainError> {
        let call = abi::IsLicensedCall { model: number(model), account: account.into() };
        let abi::IsLicensedReturn(licensed) = self.at.view(call).await?;
        Ok(licensed)
    }

    /// What the contract itself says that a buyer signs: see [`spend_digest`].
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn spend_digest(&self, licence: u64, cumulative: u64) -> Result<Word, ChainError> {
        let call = abi::SpendDigestCall { id: licence.into(), cumulative };
        let abi::SpendDigestReturn(digest) = self.at.view(call).await?;
        Ok(digest)
    }

    /// What a seller can withdraw, in the token's smallest unit.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn owed(&self, account: &Address) -> Result<u128, ChainError> {
        let abi::OwedReturn(owed) = self.at.view(abi::OwedCall { account: account.into() }).await?;
        amount("owed", owed)
    }

    /// What a model's data owners have here, in the token's smallest unit.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn owners_due(&self, model: &Word) -> Result<u128, ChainError> {
        let abi::OwnersDueReturn(due) = self.at.view(abi::OwnersDueCall { model: number(model) }).await?;
        amount("owners due", due)
    }
}

/// Of a licence: they are counted from 1.
fn id(licence: U256) -> Result<Option<u64>, ChainError> {
    Ok(Some(counter("licence", licence)?).filter(|licence| *licence != 0))
}
