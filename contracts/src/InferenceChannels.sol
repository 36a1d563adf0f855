// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ChannelRecords} from "./ChannelRecords.sol";
import {IInferenceChannels} from "./interfaces/IInferenceChannels.sol";
import {ITributaryToken} from "./interfaces/ITributaryToken.sol";
import {ChannelStatus, ChannelTerms, Voucher} from "./types/Channel.sol";

/// @title InferenceChannels
/// @notice Opening, paying and closing. See `IInferenceChannels`.
contract InferenceChannels is ChannelRecords, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @inheritdoc IInferenceChannels
    uint32 public constant MIN_LOCK = 1 hours;
    /// @inheritdoc IInferenceChannels
    uint32 public constant MAX_LOCK = 30 days;
    /// @inheritdoc IInferenceChannels
    uint256 public constant MAX_BATCH = 64;

    /// @inheritdoc IInferenceChannels
    IERC20 public immutable token;

    /// @param token_ What channels are funded and paid in; it must move exactly the amounts it is asked to.
    constructor(IERC20 token_) EIP712("Tributary", "1") {
        if (address(token_).code.length == 0) revert InferenceChannels_TokenInvalid(address(token_));
        token = token_;
    }

    // ------------------------------------------------------------------------------------------------ opening

    /// @inheritdoc IInferenceChannels
    function open(ChannelTerms calldata terms) external nonReentrant returns (bytes32 id) {
        id = _create(msg.sender, terms);
        _pull(msg.sender, terms.deposit);
    }

    /// @inheritdoc IInferenceChannels
    function openWithPermit(ChannelTerms calldata terms, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        nonReentrant
        returns (bytes32 id)
    {
        id = _create(msg.sender, terms);
        // Whoever sees the permit can submit it first; then it fails here, but its allowance is there already.
        try IERC20Permit(address(token))
            .permit(msg.sender, address(this), terms.deposit, deadline, v, r, s) {}
            catch {}
        _pull(msg.sender, terms.deposit);
    }

    /// @inheritdoc IInferenceChannels
    function openWithAuthorization(
        address payer,
        ChannelTerms calldata terms,
        uint256 validAfter,
        uint256 validBefore,
        bytes calldata signature
    ) external nonReentrant returns (bytes32 id) {
        id = _create(payer, terms);
        uint256 before = token.balanceOf(address(this));
        ITributaryToken(address(token))
            .receiveWithAuthorization(
                payer, address(this), terms.deposit, validAfter, validBefore, id, signature
            );
        _requireReceived(terms.deposit, before);
    }

    /// @inheritdoc IInferenceChannels
    function topUp(bytes32 id, uint128 amount) external nonReentrant {
        Channel storage state = _open(id);
        if (amount == 0) revert InferenceChannels_AmountZero();
        uint256 deposit = uint256(state.deposit) + amount;
        if (deposit > type(uint128).max) revert InferenceChannels_DepositTooLarge(id, deposit);
        // forge-lint: disable-next-line(unsafe-typecast)
        state.deposit = uint128(deposit); // it fits: see above
        // forge-lint: disable-next-line(unsafe-typecast)
        emit ChannelToppedUp(id, msg.sender, amount, uint128(deposit));
        _pull(msg.sender, amount);
    }

    // ------------------------------------------------------------------------------------------------ payment

    /// @inheritdoc IInferenceChannels
    function settle(bytes32 id, uint128 cumulative, bytes calldata signature)
        external
        nonReentrant
        returns (uint128 amount)
    {
        Channel storage state = _channels[id];
        amount = _take(id, state, cumulative, signature);
        token.safeTransfer(state.payee, amount);
    }

    /// @inheritdoc IInferenceChannels
    function batchSettle(Voucher[] calldata vouchers) external nonReentrant returns (uint256 total) {
        uint256 size = vouchers.length;
        if (size == 0 || size > MAX_BATCH) revert InferenceChannels_BatchSizeInvalid(size, MAX_BATCH);
        address payee;
        uint256 due;
        for (uint256 i = 0; i < size; ++i) {
            Voucher calldata voucher = vouchers[i];
            Channel storage state = _channels[voucher.channel];
            bytes memory refusal = _refusal(voucher.channel, state, voucher.cumulative, voucher.signature);
            if (refusal.length > 0) {
                emit VoucherRefused(voucher.channel, voucher.cumulative, refusal);
                continue;
            }
            if (state.payee != payee) {
                if (due > 0) token.safeTransfer(payee, due);
                (payee, due) = (state.payee, 0);
            }
            uint128 amount = _advance(voucher.channel, state, voucher.cumulative);
            due += amount;
            total += amount;
        }
        if (total == 0) revert InferenceChannels_NothingSettled(size);
        token.safeTransfer(payee, due);
    }

    // ------------------------------------------------------------------------------------------------ closing

    /// @inheritdoc IInferenceChannels
    function close(bytes32 id, uint128 cumulative, bytes calldata signature) external nonReentrant {
        Channel storage state = _live(id);
        address payee = state.payee;
        if (msg.sender != payee) revert InferenceChannels_NotPayee(id, msg.sender, payee);
        uint128 amount = 0;
        if (cumulative > state.settled) amount = _take(id, state, cumulative, signature);
        uint128 left = _emitClosed(id, state);
        state.status = left == 0 ? ChannelStatus.Done : ChannelStatus.Closed;
        if (amount > 0) token.safeTransfer(payee, amount);
    }

    /// @inheritdoc IInferenceChannels
    function refund(bytes32 id) external nonReentrant {
        Channel storage state = _channels[id];
        ChannelStatus status = state.status;
        if (status == ChannelStatus.None) revert InferenceChannels_ChannelUnknown(id);
        if (status == ChannelStatus.Done) revert InferenceChannels_NothingLeft(id);
        if (status != ChannelStatus.Closed) revert InferenceChannels_NotClosed(id);
        _payBack(id, state, state.deposit - state.settled);
    }

    /// @inheritdoc IInferenceChannels
    function startClose(bytes32 id) external {
        _startClose(id, _requirePayer(id));
    }

    /// @inheritdoc IInferenceChannels
    function startCloseFor(bytes32 id, bytes calldata signature) external {
        Channel storage state = _open(id);
        _requireSignedByPayer(id, state, startCloseDigest(id), signature);
        _startClose(id, state);
    }

    /// @inheritdoc IInferenceChannels
    function finish(bytes32 id) external nonReentrant {
        Channel storage state = _live(id);
        if (state.status != ChannelStatus.Closing) revert InferenceChannels_NotClosing(id);
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp <= state.closesAt) {
            revert InferenceChannels_NoticeStillRuns(id, state.closesAt, block.timestamp);
        }
        uint128 left = _emitClosed(id, state);
        if (left == 0) state.status = ChannelStatus.Done;
        else _payBack(id, state, left);
    }

    /// @inheritdoc IInferenceChannels
    function revokeSessionKey(bytes32 id) external {
        _revokeSessionKey(id, _requirePayer(id));
    }

    /// @inheritdoc IInferenceChannels
    function revokeSessionKeyFor(bytes32 id, bytes calldata signature) external {
        Channel storage state = _live(id);
        _requireSignedByPayer(id, state, revokeSessionKeyDigest(id), signature);
        _revokeSessionKey(id, state);
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _create(address payer, ChannelTerms calldata terms) private returns (bytes32 id) {
        address payee = terms.payee;
        if (payee == address(0) || payee == payer || payee == address(this)) {
            revert InferenceChannels_PayeeInvalid(payee);
        }
        // A payee that could sign vouchers would pay itself.
        if (terms.sessionKey == payee) revert InferenceChannels_SessionKeyInvalid(terms.sessionKey);
        if (terms.deposit == 0) revert InferenceChannels_AmountZero();
        if (terms.lockSeconds < MIN_LOCK || terms.lockSeconds > MAX_LOCK) {
            revert InferenceChannels_LockInvalid(terms.lockSeconds, MIN_LOCK, MAX_LOCK);
        }
        id = channelId(payer, payee, terms.sessionKey, terms.lockSeconds, terms.salt);
        Channel storage state = _channels[id];
        if (state.status != ChannelStatus.None) revert InferenceChannels_ChannelExists(id);

        state.deposit = terms.deposit;
        (state.payee, state.status) = (payee, ChannelStatus.Open);
        (state.payer, state.lockSeconds) = (payer, terms.lockSeconds);
        if (terms.sessionKey != address(0)) state.sessionKey = terms.sessionKey;
        emit ChannelOpened(id, payer, payee, terms.sessionKey, terms.deposit, terms.lockSeconds, terms.salt);
    }

    /// Takes a voucher or reverts with the reason.
    function _take(bytes32 id, Channel storage state, uint128 cumulative, bytes calldata signature)
        private
        returns (uint128)
    {
        bytes memory refusal = _refusal(id, state, cumulative, signature);
        if (refusal.length > 0) {
            assembly ("memory-safe") {
                revert(add(refusal, 0x20), mload(refusal))
            }
        }
        return _advance(id, state, cumulative);
    }

    function _advance(bytes32 id, Channel storage state, uint128 cumulative)
        private
        returns (uint128 amount)
    {
        amount = cumulative - state.settled;
        state.settled = cumulative;
        emit VoucherSettled(id, state.payee, amount, cumulative);
    }

    /// Says what is left for the payer.
    function _emitClosed(bytes32 id, Channel storage state) private returns (uint128 left) {
        uint128 settled = state.settled;
        left = state.deposit - settled;
        emit ChannelClosed(id, state.payee, settled, left);
    }

    /// A channel that is done keeps its record, so that its id is never used again.
    function _payBack(bytes32 id, Channel storage state, uint128 amount) private {
        state.status = ChannelStatus.Done;
        address payer = state.payer;
        emit PayerRefunded(id, payer, amount);
        token.safeTransfer(payer, amount);
    }

    function _startClose(bytes32 id, Channel storage state) private {
        if (state.status == ChannelStatus.Closing) {
            revert InferenceChannels_ChannelIsClosing(id, state.closesAt);
        }
        uint40 closesAt = _afterNotice(state);
        (state.status, state.closesAt) = (ChannelStatus.Closing, closesAt);
        emit CloseStarted(id, state.payee, closesAt);
    }

    function _revokeSessionKey(bytes32 id, Channel storage state) private {
        address key = state.sessionKey;
        if (key == address(0)) revert InferenceChannels_SessionKeyInvalid(key);
        if (state.sessionKeyUntil != 0) {
            revert InferenceChannels_SessionKeyIsRevoked(id, key, state.sessionKeyUntil);
        }
        uint40 until = _afterNotice(state);
        state.sessionKeyUntil = until;
        emit SessionKeyRevoked(id, key, until);
    }

    function _pull(address from, uint128 amount) private {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), amount);
        _requireReceived(amount, before);
    }

    function _requireReceived(uint128 amount, uint256 before) private view {
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != amount) revert InferenceChannels_FundingMismatch(amount, received);
    }

    function _requirePayer(bytes32 id) private view returns (Channel storage state) {
        state = _live(id);
        if (msg.sender != state.payer) revert InferenceChannels_NotPayer(id, msg.sender, state.payer);
    }

    function _afterNotice(Channel storage state) private view returns (uint40) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint40(block.timestamp + state.lockSeconds); // for another 34,000 years
    }
}
