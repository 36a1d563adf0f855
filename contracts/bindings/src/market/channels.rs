//! `InferenceChannels`: one-way payment channels for many small calls.
//!
//! A payer deposits for one payee and signs vouchers off chain, each for the sum of all that it owes so far. The payee turns
//! in the newest one when it likes; the payer gets back what it has not signed away.

mod opening;
mod signed;
mod types;

pub use signed::{
    ChannelDomain, authorization_digest, revoke_session_key_digest, start_close_digest, voucher_digest,
};
pub use types::{Channel, ChannelLimits, ChannelStatus, ChannelTerms, RefusedVoucher, Voucher};

use ethers::contract::EthEvent;

use crate::{
    Address, ChainClient, ChainError, Deployment, Receipt, Revert, Token, Wallet, Word,
    handle::{Handle, counter},
};

mod abi {
    #![allow(missing_docs, clippy::all, reason = "generated code")]
    ethers::contract::abigen!(InferenceChannelsContract, "../artifacts/InferenceChannels.json");
}

const NAME: &str = "InferenceChannels";

/// The payment channels on a chain. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Channels {
    at: Handle,
    token: Token,
}

impl Channels {
    /// The channels of a deployment.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`].
    pub fn new(client: ChainClient, deployment: &Deployment) -> Result<Self, ChainError> {
        let token = Token::new(client.clone(), deployment)?;
        Ok(Self { at: Handle::new(client, deployment, NAME, deployment.channels)?, token })
    }

    /// Where the contract is.
    #[must_use]
    pub fn address(&self) -> Address {
        self.at.address
    }

    /// The domain that payers and session keys sign in.
    #[must_use]
    pub fn domain(&self) -> ChannelDomain {
        ChannelDomain { chain_id: self.at.client.chain_id(), channels: self.at.address }
    }

    // ------------------------------------------------------------------------------------------------ views

    /// A channel; none if there is none with this id.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn channel(&self, channel: &Word) -> Result<Option<Channel>, ChainError> {
        let abi::ChannelReturn { shown } = self.at.view(abi::ChannelCall { id: *channel }).await?;
        Channel::read(shown)
    }

    /// What the contract allows.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn limits(&self) -> Result<ChannelLimits, ChainError> {
        let abi::MinLockReturn(min_lock_s) = self.at.view(abi::MinLockCall).await?;
        let abi::MaxLockReturn(max_lock_s) = self.at.view(abi::MaxLockCall).await?;
        let abi::MaxBatchReturn(max_batch) = self.at.view(abi::MaxBatchCall).await?;
        Ok(ChannelLimits { min_lock_s, max_lock_s, max_batch: counter("batch's size", max_batch)? })
    }

    /// The contract's own id of a channel; equal to [`ChannelDomain::channel_id`].
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn channel_id(&self, payer: &Address, terms: &ChannelTerms) -> Result<Word, ChainError> {
        let call = abi::ChannelIdCall {
            payer: payer.into(),
            payee: terms.payee.into(),
            session_key: terms.session_key.unwrap_or_default().into(),
            lock_seconds: terms.lock_s,
            salt: terms.salt,
        };
        let abi::ChannelIdReturn(id) = self.at.view(call).await?;
        Ok(id)
    }

    /// The contract's own `Voucher` digest; equal to [`voucher_digest`].
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn voucher_digest(&self, channel: &Word, cumulative: u128) -> Result<Word, ChainError> {
        let call = abi::VoucherDigestCall { id: *channel, cumulative };
        let abi::VoucherDigestReturn(digest) = self.at.view(call).await?;
        Ok(digest)
    }

    /// The contract's own `StartClose` digest; equal to [`start_close_digest`].
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn start_close_digest(&self, channel: &Word) -> Result<Word, ChainError> {
        let abi::StartCloseDigestReturn(digest) =
            self.at.view(abi::StartCloseDigestCall { id: *channel }).await?;
        Ok(digest)
    }

    /// The contract's own `RevokeSessionKey` digest; equal to [`revoke_session_key_digest`].
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn revoke_session_key_digest(&self, channel: &Word) -> Result<Word, ChainError> {
        let abi::RevokeSessionKeyDigestReturn(digest) =
            self.at.view(abi::RevokeSessionKeyDigestCall { id: *channel }).await?;
        Ok(digest)
    }

    /// The vouchers of a channel that batches passed over, from a block on, in order.
    ///
    /// # Errors
    /// The node can't be asked, or a log can't be read.
    pub async fn refused_vouchers(
        &self,
        channel: &Word,
        from_block: u64,
    ) -> Result<Vec<RefusedVoucher>, ChainError> {
        // Every event of the contract has the channel as its first indexed value.
        let logs = self.at.logs(1, channel, from_block).await?;
        let kind = abi::VoucherRefusedFilter::signature();
        let mut refused = Vec::new();
        for log in logs.iter().filter(|log| log.topics.first() == Some(&kind)) {
            let event: abi::VoucherRefusedFilter = self.at.event(log)?;
            let tx_hash =
                log.transaction_hash.ok_or_else(|| self.at.wrong("a log of its is in no block yet"))?.0;
            let (cumulative, reason) = (event.cumulative, Revert::decode(&event.reason));
            refused.push(RefusedVoucher { tx_hash, cumulative, reason });
        }
        Ok(refused)
    }

    // ----------------------------------------------------------------------------------------- transactions
    //
    // Each fails as every transaction may: see `ChainError`. A contract's refusal is found before anything is sent.
    // Those that open a channel or add to it are in `opening`.

    /// Pays the payee what the voucher adds to what the channel has paid before. Anyone may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn settle(&self, wallet: &Wallet, voucher: &Voucher) -> Result<Receipt, ChainError> {
        let abi::Voucher { channel, cumulative, signature } = voucher.argument();
        self.at.transact(wallet, abi::SettleCall { id: channel, cumulative, signature }).await
    }

    /// Settles many vouchers. One that can't be settled is passed over: see [`Self::refused_vouchers`]. Vouchers of one
    /// payee are best put side by side.
    ///
    /// # Errors
    /// See [`ChainError`]; refused if none of them pays.
    pub async fn batch_settle(&self, wallet: &Wallet, vouchers: &[Voucher]) -> Result<Receipt, ChainError> {
        let vouchers = vouchers.iter().map(Voucher::argument).collect();
        self.at.transact(wallet, abi::BatchSettleCall { vouchers }).await
    }

    /// The payee closes. It is paid by its last voucher, if there is one that has not been settled.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn close(
        &self,
        wallet: &Wallet,
        channel: &Word,
        last: Option<&Voucher>,
    ) -> Result<Receipt, ChainError> {
        let (cumulative, signature) =
            last.map(|last| (last.cumulative, last.signature.clone())).unwrap_or_default();
        self.at
            .transact(wallet, abi::CloseCall { id: *channel, cumulative, signature: signature.into() })
            .await
    }

    /// Sends the payer what is left in a channel that its payee closed. Anyone may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn refund(&self, wallet: &Wallet, channel: &Word) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::RefundCall { id: *channel }).await
    }

    /// The payer gives notice; once it has run out, anybody may [`Self::finish`].
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn start_close(&self, wallet: &Wallet, channel: &Word) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::StartCloseCall { id: *channel }).await
    }

    /// [`Self::start_close`] on the payer's signature on [`start_close_digest`]. Anyone may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn start_close_for(
        &self,
        wallet: &Wallet,
        channel: &Word,
        signature: &[u8],
    ) -> Result<Receipt, ChainError> {
        let signature = signature.to_vec().into();
        self.at.transact(wallet, abi::StartCloseForCall { id: *channel, signature }).await
    }

    /// Ends a channel whose notice has run out, and returns the rest to the payer. Anyone may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn finish(&self, wallet: &Wallet, channel: &Word) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::FinishCall { id: *channel }).await
    }

    /// The payer takes the session key's power back; its vouchers are taken until the notice has run out.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn revoke_session_key(&self, wallet: &Wallet, channel: &Word) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::RevokeSessionKeyCall { id: *channel }).await
    }

    /// [`Self::revoke_session_key`] on the payer's signature on [`revoke_session_key_digest`]. Anyone may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn revoke_session_key_for(
        &self,
        wallet: &Wallet,
        channel: &Word,
        signature: &[u8],
    ) -> Result<Receipt, ChainError> {
        let signature = signature.to_vec().into();
        self.at.transact(wallet, abi::RevokeSessionKeyForCall { id: *channel, signature }).await
    }
}

/// Reads what views return, for the fuzz targets.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_views(output: &[u8]) {
    use ethers::abi::AbiDecode as _;
    drop(abi::ChannelReturn::decode(output).map(|read| Channel::read(read.shown)));
}
