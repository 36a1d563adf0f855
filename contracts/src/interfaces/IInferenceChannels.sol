// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ChannelTerms, ChannelView, Voucher} from "../types/Channel.sol";

/// @title One-way payment channels for many small calls
/// @notice A payer deposits for one payee and signs vouchers off chain, each for the sum of all that it owes so far.
/// The payee turns in the newest one when it likes. The payer gets back what it has not signed away: as soon as the payee
/// has closed, or after a notice of `lockSeconds` when the payer closes.
///
/// Money: for every channel settled + refunded + held = deposit. A voucher is a cumulative sum, so turning it in twice,
/// or signing it twice, pays once.
///
/// Signatures are EIP-712 (domain "Tributary", version "1"):
///   Voucher(bytes32 channel,uint128 cumulative)      by the payer or the channel's session key
///   StartClose(bytes32 channel)                      by the payer
///   RevokeSessionKey(bytes32 channel)                by the payer
/// The payer is a key or an ERC-1271 wallet; a session key is a key. The payer's own key is looked at first: that it
/// gives its account code (EIP-7702) does not take back what it signed. An ERC-1271 wallet can change what it accepts, so
/// a payee should serve such a payer only on vouchers by a session key, which can't be revoked without notice.
interface IInferenceChannels {
    // ------------------------------------------------------------------------------------------------- events

    event ChannelOpened(
        bytes32 indexed channel,
        address indexed payer,
        address indexed payee,
        address sessionKey,
        uint128 deposit,
        uint32 lockSeconds,
        bytes32 salt
    );
    /// @param amount Tokens added.
    /// @param deposit Tokens put in so far.
    event ChannelToppedUp(bytes32 indexed channel, address indexed from, uint128 amount, uint128 deposit);
    /// @param amount Tokens paid now.
    /// @param cumulative Tokens this channel has paid so far.
    event VoucherSettled(bytes32 indexed channel, address indexed payee, uint128 amount, uint128 cumulative);
    /// @notice One voucher of a batch paid nothing; the others were not touched by that.
    /// @param reason The error, encoded, that `settle` would have reverted with.
    event VoucherRefused(bytes32 indexed channel, uint128 cumulative, bytes reason);
    /// @param closesAt The last second of the payee's notice.
    event CloseStarted(bytes32 indexed channel, address indexed payee, uint64 closesAt);
    /// @param until The last second in which its vouchers are taken.
    event SessionKeyRevoked(bytes32 indexed channel, address indexed sessionKey, uint64 until);
    /// @param settled Tokens the payee got in all.
    /// @param left Tokens that are the payer's again.
    event ChannelClosed(bytes32 indexed channel, address indexed payee, uint128 settled, uint128 left);
    /// @param amount Tokens that went back.
    event PayerRefunded(bytes32 indexed channel, address indexed payer, uint128 amount);

    // ------------------------------------------------------------------------------------------------- errors

    error InferenceChannels_TokenInvalid(address token);
    error InferenceChannels_PayeeInvalid(address payee);
    error InferenceChannels_SessionKeyInvalid(address sessionKey);
    error InferenceChannels_AmountZero();
    error InferenceChannels_LockInvalid(uint32 lockSeconds, uint32 min, uint32 max);
    /// @notice The same payer opened a channel with these terms and this salt before.
    error InferenceChannels_ChannelExists(bytes32 channel);
    error InferenceChannels_DepositTooLarge(bytes32 channel, uint256 deposit);
    /// @notice The token moved another amount than it was asked to.
    error InferenceChannels_FundingMismatch(uint256 expected, uint256 received);

    error InferenceChannels_ChannelUnknown(bytes32 channel);
    error InferenceChannels_ChannelIsClosing(bytes32 channel, uint64 closesAt);
    error InferenceChannels_ChannelIsClosed(bytes32 channel);
    error InferenceChannels_NotClosing(bytes32 channel);
    /// @notice The payee has not closed it.
    error InferenceChannels_NotClosed(bytes32 channel);
    /// @notice Nothing is held for this channel any more.
    error InferenceChannels_NothingLeft(bytes32 channel);
    /// @notice The payee's notice runs until the end of second `closesAt`.
    error InferenceChannels_NoticeStillRuns(bytes32 channel, uint64 closesAt, uint256 timestamp);
    error InferenceChannels_NotPayee(bytes32 channel, address caller, address payee);
    error InferenceChannels_NotPayer(bytes32 channel, address caller, address payer);

    /// @notice All of it has been paid.
    error InferenceChannels_VoucherSpent(bytes32 channel, uint128 cumulative, uint128 settled);
    /// @notice The voucher becomes good when somebody tops up.
    error InferenceChannels_VoucherAboveDeposit(bytes32 channel, uint128 cumulative, uint128 deposit);
    /// @notice Signed by neither the payer nor its session key, or for another channel, contract or chain.
    error InferenceChannels_VoucherSignatureInvalid(bytes32 channel, uint128 cumulative);
    error InferenceChannels_SessionKeyIsRevoked(bytes32 channel, address sessionKey, uint64 until);
    error InferenceChannels_SignatureInvalid(bytes32 channel, address payer);
    error InferenceChannels_BatchSizeInvalid(uint256 size, uint256 max);
    /// @notice Every voucher of the batch was refused.
    error InferenceChannels_NothingSettled(uint256 refused);

    // ------------------------------------------------------------------------------------------------- opening

    /// @notice Opens a channel from the caller, who must have approved the deposit. Nothing but the terms and the salt
    /// makes the id: openings sent side by side need no order.
    /// @return id See `channelId`.
    function open(ChannelTerms calldata terms) external returns (bytes32 id);

    /// @notice `open` with an ERC-2612 permit over exactly the deposit in place of an approval. A permit that somebody
    /// else submitted first does no harm: the allowance it left is used.
    function openWithPermit(ChannelTerms calldata terms, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        returns (bytes32 id);

    /// @notice Opens a channel for a payer who signed an ERC-3009 ReceiveWithAuthorization to this contract over the
    /// deposit, with the channel's id as its nonce: whoever relays it can change nothing. The payer needs no gas.
    function openWithAuthorization(
        address payer,
        ChannelTerms calldata terms,
        uint256 validAfter,
        uint256 validBefore,
        bytes calldata signature
    ) external returns (bytes32 id);

    /// @notice Adds to an open channel's deposit. Anyone may; what is left over goes to the payer.
    function topUp(bytes32 id, uint128 amount) external;

    // ------------------------------------------------------------------------------------------------- payment

    /// @notice Pays the payee the difference between `cumulative` and what the channel has paid before. Anyone may
    /// call it, until the channel is closed: also after the notice, as long as nobody has called `finish`.
    /// @return amount Tokens paid now.
    function settle(bytes32 id, uint128 cumulative, bytes calldata signature)
        external
        returns (uint128 amount);

    /// @notice `settle` for 1 to `MAX_BATCH` vouchers. One that `settle` would refuse is passed over with an event that
    /// says why, so that nobody spoils a batch by settling or closing one of its channels first. Vouchers of one payee
    /// are best put side by side: they are paid by one transfer.
    /// @return total Tokens paid; it reverts if that is none.
    function batchSettle(Voucher[] calldata vouchers) external returns (uint256 total);

    // ------------------------------------------------------------------------------------------------- closing

    /// @notice The payee closes: it is paid up to `cumulative`, and the rest is the payer's (`refund`). With a
    /// `cumulative` that is not above what the channel has paid, no voucher is needed and nothing more is paid.
    function close(bytes32 id, uint128 cumulative, bytes calldata signature) external;

    /// @notice Sends the payer what is left in a channel that its payee closed. Anyone may call it.
    function refund(bytes32 id) external;

    /// @notice The payer gives notice: after `lockSeconds` anybody may `finish`. Until then vouchers are taken as before.
    function startClose(bytes32 id) external;

    /// @notice `startClose` on the payer's signature over `StartClose`. Anyone may relay it.
    function startCloseFor(bytes32 id, bytes calldata signature) external;

    /// @notice Ends a channel whose notice has run out, and returns what was not paid to the payer. Anyone may call it.
    function finish(bytes32 id) external;

    /// @notice The payer takes the session key's power back, with the same notice: vouchers it signed are taken for
    /// another `lockSeconds`, so that the payee can turn in what it has. The payer signs by itself afterwards.
    function revokeSessionKey(bytes32 id) external;

    /// @notice `revokeSessionKey` on the payer's signature over `RevokeSessionKey`. Anyone may relay it.
    function revokeSessionKeyFor(bytes32 id, bytes calldata signature) external;

    // ------------------------------------------------------------------------------------------------- views

    /// @notice What every channel is funded and paid in.
    function token() external view returns (IERC20);

    /// @notice The shortest notice, in seconds.
    function MIN_LOCK() external view returns (uint32);

    /// @notice The longest notice, in seconds.
    function MAX_LOCK() external view returns (uint32);

    /// @notice The most vouchers of one batch.
    function MAX_BATCH() external view returns (uint256);

    /// @notice keccak256(abi.encode(block.chainid, address(this), payer, payee, sessionKey, lockSeconds, salt)): a voucher
    /// names it, and so can't be taken for a channel of other terms.
    function channelId(address payer, address payee, address sessionKey, uint32 lockSeconds, bytes32 salt)
        external
        view
        returns (bytes32);

    /// @notice A channel's state; its status is `None` if there is no such channel.
    function channel(bytes32 id) external view returns (ChannelView memory);

    /// @notice The EIP-712 digest of a voucher.
    function voucherDigest(bytes32 id, uint128 cumulative) external view returns (bytes32);

    /// @notice The EIP-712 digest a payer signs for `startCloseFor`.
    function startCloseDigest(bytes32 id) external view returns (bytes32);

    /// @notice The EIP-712 digest a payer signs for `revokeSessionKeyFor`.
    function revokeSessionKeyDigest(bytes32 id) external view returns (bytes32);

    /// @notice The EIP-712 domain separator (see also ERC-5267 `eip712Domain`).
    function domainSeparator() external view returns (bytes32);
}
