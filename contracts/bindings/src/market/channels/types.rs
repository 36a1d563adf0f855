//! What the channels' calls take and give, in plain types.

use super::{ChannelDomain, abi, voucher_digest};
use crate::{Address, ChainError, Revert, Wallet, Word};

/// What a payer opens a channel with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelTerms {
    /// Who is paid; not zero, and not the payer.
    pub payee: Address,
    /// A key that may sign vouchers besides the payer, and move nothing else.
    pub session_key: Option<Address>,
    /// Tokens, in the token's smallest unit; above zero.
    pub deposit: u128,
    /// Seconds of notice that the payee has when the payer closes or revokes the session key: see
    /// [`super::Channels::limits`].
    pub lock_s: u32,
    /// Tells apart the channels that one payer opens with the same terms.
    pub salt: Word,
}

impl ChannelTerms {
    pub(super) fn argument(&self) -> abi::ChannelTerms {
        abi::ChannelTerms {
            payee: self.payee.into(),
            session_key: self.session_key.unwrap_or_default().into(),
            deposit: self.deposit,
            lock_seconds: self.lock_s,
            salt: self.salt,
        }
    }
}

/// A promise of `cumulative` tokens in all, since the channel was opened. The newest one is worth all before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voucher {
    /// The channel.
    pub channel: Word,
    /// Tokens owed so far, in the token's smallest unit.
    pub cumulative: u128,
    /// The payer's or the session key's signature on [`voucher_digest`]: 65 bytes for a key, any length for a payer that is
    /// a contract wallet (ERC-1271).
    pub signature: Vec<u8>,
}

impl Voucher {
    /// A voucher by the payer's key or the session key.
    #[must_use]
    pub fn sign(domain: &ChannelDomain, signer: &Wallet, channel: &Word, cumulative: u128) -> Self {
        let digest = voucher_digest(domain, channel, cumulative);
        Self { channel: *channel, cumulative, signature: signer.sign_digest(&digest).to_vec() }
    }

    pub(super) fn argument(&self) -> abi::Voucher {
        abi::Voucher {
            channel: self.channel,
            cumulative: self.cumulative,
            signature: self.signature.clone().into(),
        }
    }
}

/// Where a channel stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelStatus {
    /// Vouchers are taken.
    Open,
    /// Its payer asked for what is left: the payee's notice runs, or has run out. Vouchers are taken until somebody calls
    /// `finish`.
    Closing,
    /// Its payee closed it; what is left waits for the payer.
    Closed,
    /// Nothing is held for it any more.
    Done,
}

/// A channel as the contract shows it. The deposit is what was settled, what was refunded, and what is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Where it stands.
    pub status: ChannelStatus,
    /// Who pays.
    pub payer: Address,
    /// Who is paid.
    pub payee: Address,
    /// A key that may sign vouchers besides the payer.
    pub session_key: Option<Address>,
    /// Tokens put in so far.
    pub deposit: u128,
    /// Tokens paid to the payee so far.
    pub settled: u128,
    /// Tokens that went back to the payer.
    pub refunded: u128,
    /// The payee's notice, in seconds.
    pub lock_s: u32,
    /// The last second of the notice, once it was given.
    pub closes_at: Option<u64>,
    /// The last second in which the session key's vouchers are taken, once it was revoked.
    pub session_key_until: Option<u64>,
}

impl Channel {
    /// None if there is no such channel.
    pub(super) fn read(shown: abi::ChannelView) -> Result<Option<Self>, ChainError> {
        let status = match shown.status {
            0 => return Ok(None),
            1 => ChannelStatus::Open,
            2 => ChannelStatus::Closing,
            3 => ChannelStatus::Closed,
            4 => ChannelStatus::Done,
            _ => return Err(ChainError::Range { field: "channel status", bits: 3 }),
        };
        Ok(Some(Self {
            status,
            payer: shown.payer.0,
            payee: shown.payee.0,
            session_key: (!shown.session_key.is_zero()).then_some(shown.session_key.0),
            deposit: shown.deposit,
            settled: shown.settled,
            refunded: shown.refunded,
            lock_s: shown.lock_seconds,
            closes_at: (shown.closes_at != 0).then_some(shown.closes_at),
            session_key_until: (shown.session_key_until != 0).then_some(shown.session_key_until),
        }))
    }
}

/// What the contract allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelLimits {
    /// The shortest notice, in seconds.
    pub min_lock_s: u32,
    /// The longest notice, in seconds.
    pub max_lock_s: u32,
    /// The most vouchers of one batch.
    pub max_batch: u64,
}

/// A voucher of a batch that paid nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedVoucher {
    /// The transaction that turned it in.
    pub tx_hash: Word,
    /// What it was for.
    pub cumulative: u128,
    /// What [`super::Channels::settle`] would have been refused with.
    pub reason: Revert,
}
