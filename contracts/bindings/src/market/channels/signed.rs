//! What payers and session keys sign, for `InferenceChannels`.

use super::ChannelTerms;
use crate::{
    Address, Word, keccak256,
    typed_data::{address_word, number_word, typed_digest},
};

/// The signing domain of channels: as [`crate::typed_data::Domain`], with `InferenceChannels` in the escrow's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelDomain {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The `InferenceChannels` contract.
    pub channels: Address,
}

impl ChannelDomain {
    fn digest(&self, type_name: &str, words: &[Word]) -> Word {
        typed_digest(self.chain_id, &self.channels, type_name, words)
    }

    /// The id of a channel that `payer` opens: what a voucher names. All of the terms but the deposit make it.
    #[must_use]
    pub fn channel_id(&self, payer: &Address, terms: &ChannelTerms) -> Word {
        let words = [
            number_word(self.chain_id.into()),
            address_word(&self.channels),
            address_word(payer),
            address_word(&terms.payee),
            address_word(&terms.session_key.unwrap_or_default()),
            number_word(terms.lock_s.into()),
            terms.salt,
        ];
        keccak256(words.as_flattened())
    }
}

/// `Voucher`: the payer, or the channel's session key, owes the payee `cumulative` since the channel was opened.
#[must_use]
pub fn voucher_digest(domain: &ChannelDomain, channel: &Word, cumulative: u128) -> Word {
    domain.digest("Voucher(bytes32 channel,uint128 cumulative)", &[*channel, number_word(cumulative)])
}

/// `StartClose`: the payer gives the payee notice.
#[must_use]
pub fn start_close_digest(domain: &ChannelDomain, channel: &Word) -> Word {
    domain.digest("StartClose(bytes32 channel)", &[*channel])
}

/// `RevokeSessionKey`: the payer takes the session key's power back, with the same notice.
#[must_use]
pub fn revoke_session_key_digest(domain: &ChannelDomain, channel: &Word) -> Word {
    domain.digest("RevokeSessionKey(bytes32 channel)", &[*channel])
}

/// ERC-3009 `ReceiveWithAuthorization` of `token`: the payer lets its deposit be taken for the channel of these terms and no
/// other, by whoever relays it. `window` is the time it holds for: after the first second, and before the second one.
#[must_use]
pub fn authorization_digest(
    domain: &ChannelDomain,
    token: &Address,
    payer: &Address,
    terms: &ChannelTerms,
    (valid_after, valid_before): (u64, u64),
) -> Word {
    let name = "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,\
                uint256 validBefore,bytes32 nonce)";
    let words = [
        address_word(payer),
        address_word(&domain.channels),
        number_word(terms.deposit),
        number_word(valid_after.into()),
        number_word(valid_before.into()),
        domain.channel_id(payer, terms),
    ];
    typed_digest(domain.chain_id, token, name, &words)
}
