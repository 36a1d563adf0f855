// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IInferenceChannels} from "./interfaces/IInferenceChannels.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {ChannelStatus, ChannelView} from "./types/Channel.sol";

/// @title What is stored about channels, how it is read, and what is signed over them
abstract contract ChannelRecords is IInferenceChannels, EIP712 {
    /// Blank lines part the storage slots: a close reads two of them and the payer's, or all four for a session key's
    /// voucher, and writes two. What is left goes to the payer in a call of its own: neither can stop the other's money.
    struct Channel {
        uint128 deposit;
        uint128 settled;

        address payee;
        ChannelStatus status;
        uint40 closesAt;
        uint40 sessionKeyUntil;

        address payer;
        uint32 lockSeconds;

        address sessionKey;
    }

    bytes32 private constant VOUCHER_TYPEHASH = keccak256("Voucher(bytes32 channel,uint128 cumulative)");
    bytes32 private constant START_CLOSE_TYPEHASH = keccak256("StartClose(bytes32 channel)");
    bytes32 private constant REVOKE_SESSION_KEY_TYPEHASH = keccak256("RevokeSessionKey(bytes32 channel)");

    mapping(bytes32 id => Channel) internal _channels;

    // -------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IInferenceChannels
    function channelId(address payer, address payee, address sessionKey, uint32 lockSeconds, bytes32 salt)
        public
        view
        returns (bytes32)
    {
        return
            keccak256(abi.encode(block.chainid, address(this), payer, payee, sessionKey, lockSeconds, salt));
    }

    /// @inheritdoc IInferenceChannels
    function channel(bytes32 id) external view returns (ChannelView memory shown) {
        Channel storage state = _channels[id];
        shown.status = state.status;
        shown.payer = state.payer;
        shown.payee = state.payee;
        shown.sessionKey = state.sessionKey;
        shown.deposit = state.deposit;
        shown.settled = state.settled;
        shown.refunded = state.status == ChannelStatus.Done ? state.deposit - state.settled : 0;
        shown.lockSeconds = state.lockSeconds;
        shown.closesAt = state.closesAt;
        shown.sessionKeyUntil = state.sessionKeyUntil;
    }

    /// @inheritdoc IInferenceChannels
    function voucherDigest(bytes32 id, uint128 cumulative) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(VOUCHER_TYPEHASH, id, cumulative)));
    }

    /// @inheritdoc IInferenceChannels
    function startCloseDigest(bytes32 id) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(START_CLOSE_TYPEHASH, id)));
    }

    /// @inheritdoc IInferenceChannels
    function revokeSessionKeyDigest(bytes32 id) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REVOKE_SESSION_KEY_TYPEHASH, id)));
    }

    /// @inheritdoc IInferenceChannels
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    // ----------------------------------------------------------------------------------------------- vouchers

    /// Why a voucher pays nothing, as an encoded error; empty if it pays.
    function _refusal(bytes32 id, Channel storage state, uint128 cumulative, bytes calldata signature)
        internal
        view
        returns (bytes memory)
    {
        ChannelStatus status = state.status;
        if (status == ChannelStatus.None) {
            return abi.encodeWithSelector(InferenceChannels_ChannelUnknown.selector, id);
        }
        if (status >= ChannelStatus.Closed) {
            return abi.encodeWithSelector(InferenceChannels_ChannelIsClosed.selector, id);
        }
        if (cumulative <= state.settled) {
            return
                abi.encodeWithSelector(InferenceChannels_VoucherSpent.selector, id, cumulative, state.settled);
        }
        if (cumulative > state.deposit) {
            return abi.encodeWithSelector(
                InferenceChannels_VoucherAboveDeposit.selector, id, cumulative, state.deposit
            );
        }
        return _signatureRefusal(id, state, cumulative, signature);
    }

    function _signatureRefusal(
        bytes32 id,
        Channel storage state,
        uint128 cumulative,
        bytes calldata signature
    ) private view returns (bytes memory) {
        bytes32 digest = voucherDigest(id, cumulative);
        (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure == ECDSA.RecoverError.NoError) {
            if (signer == state.payer) return "";
            if (signer == state.sessionKey) {
                uint40 until = state.sessionKeyUntil;
                // forge-lint: disable-next-line(block-timestamp)
                if (until == 0 || block.timestamp <= until) return "";
                return abi.encodeWithSelector(
                    InferenceChannels_SessionKeyIsRevoked.selector, id, signer, uint64(until)
                );
            }
        }
        if (SignatureChecker.isValidERC1271SignatureNowCalldata(state.payer, digest, signature)) return "";
        return abi.encodeWithSelector(InferenceChannels_VoucherSignatureInvalid.selector, id, cumulative);
    }

    // ------------------------------------------------------------------------------------------------- guards

    function _requireSignedByPayer(
        bytes32 id,
        Channel storage state,
        bytes32 digest,
        bytes calldata signature
    ) internal view {
        address payer = state.payer;
        if (!Signatures.isValid(payer, digest, signature)) {
            revert InferenceChannels_SignatureInvalid(id, payer);
        }
    }

    /// A channel that is not closed.
    function _live(bytes32 id) internal view returns (Channel storage state) {
        state = _channels[id];
        ChannelStatus status = state.status;
        if (status == ChannelStatus.None) revert InferenceChannels_ChannelUnknown(id);
        if (status >= ChannelStatus.Closed) revert InferenceChannels_ChannelIsClosed(id);
    }

    /// A channel that nobody has begun to close.
    function _open(bytes32 id) internal view returns (Channel storage state) {
        state = _live(id);
        if (state.status == ChannelStatus.Closing) {
            revert InferenceChannels_ChannelIsClosing(id, state.closesAt);
        }
    }
}
