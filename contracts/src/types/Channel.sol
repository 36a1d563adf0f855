// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// Where a channel stands. `Closing`: its payer has asked for what is left, and the payee's notice runs. `Closed`: its
/// payee closed it, and what is left waits for the payer. `Done`: nothing is held for it any more.
enum ChannelStatus {
    None,
    Open,
    Closing,
    Closed,
    Done
}

/// What a payer opens a channel with.
struct ChannelTerms {
    /// Who is paid; not zero, and not the payer.
    address payee;
    /// A key that may sign vouchers besides the payer; zero for none. It moves nothing else.
    address sessionKey;
    /// Tokens, in the token's smallest unit; above zero.
    uint128 deposit;
    /// Seconds of notice that the payee has when the payer closes or revokes the session key; see `MIN_LOCK`, `MAX_LOCK`.
    uint32 lockSeconds;
    /// Tells apart the channels that one payer opens with the same terms.
    bytes32 salt;
}

/// A promise of `cumulative` tokens in all, since the channel was opened, with the signature of its payer or session key.
struct Voucher {
    bytes32 channel;
    uint128 cumulative;
    bytes signature;
}

/// A channel as shown to readers. deposit = settled + refunded + what is held for it.
struct ChannelView {
    ChannelStatus status;
    address payer;
    address payee;
    address sessionKey;
    /// Tokens put in so far.
    uint128 deposit;
    /// Tokens paid to the payee so far.
    uint128 settled;
    /// Tokens that went back to the payer: zero until the channel is done.
    uint128 refunded;
    uint32 lockSeconds;
    /// Once closing: the last second of the payee's notice, after which anybody may `finish`. Zero before.
    uint64 closesAt;
    /// Once revoked: the last second in which the session key's vouchers are taken. Zero before.
    uint64 sessionKeyUntil;
}
