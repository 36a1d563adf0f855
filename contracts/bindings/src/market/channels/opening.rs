//! How channels are opened and topped up.

use super::{ChannelTerms, Channels, abi};
use crate::{Address, ChainError, Receipt, Wallet, Word, token::Permit};

impl Channels {
    /// Opens a channel from the wallet, which must have approved the deposit. Returns the channel's id.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn open(&self, wallet: &Wallet, terms: &ChannelTerms) -> Result<(Word, Receipt), ChainError> {
        let receipt = self.at.transact(wallet, abi::OpenCall { terms: terms.argument() }).await?;
        Ok((self.domain().channel_id(&wallet.address(), terms), receipt))
    }

    /// [`Self::open`] with a signed ERC-2612 permit over exactly the deposit, in place of an approval: one transaction
    /// instead of two. `deadline` is the permit's.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn open_with_permit(
        &self,
        wallet: &Wallet,
        terms: &ChannelTerms,
        deadline: u64,
    ) -> Result<(Word, Receipt), ChainError> {
        let Permit { v, r, s } = self.token.permit(wallet, &self.at.address, terms.deposit, deadline).await?;
        let call = abi::OpenWithPermitCall { terms: terms.argument(), deadline: deadline.into(), v, r, s };
        let receipt = self.at.transact(wallet, call).await?;
        Ok((self.domain().channel_id(&wallet.address(), terms), receipt))
    }

    /// Opens a channel for a payer who signed [`authorization_digest`] with the same `window`; the payer needs no gas.
    /// Returns the channel's id.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn open_with_authorization(
        &self,
        wallet: &Wallet,
        payer: &Address,
        terms: &ChannelTerms,
        (valid_after, valid_before): (u64, u64),
        signature: &[u8],
    ) -> Result<(Word, Receipt), ChainError> {
        let call = abi::OpenWithAuthorizationCall {
            payer: payer.into(),
            terms: terms.argument(),
            valid_after: valid_after.into(),
            valid_before: valid_before.into(),
            signature: signature.to_vec().into(),
        };
        let receipt = self.at.transact(wallet, call).await?;
        Ok((self.domain().channel_id(payer, terms), receipt))
    }

    /// Adds approved tokens of the wallet's to an open channel; what is left over goes to the payer.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn top_up(&self, wallet: &Wallet, channel: &Word, amount: u128) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::TopUpCall { id: *channel, amount }).await
    }
}
