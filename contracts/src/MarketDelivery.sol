// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MarketLots} from "./MarketLots.sol";
import {IMarketDelivery} from "./interfaces/IMarketDelivery.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {Lot, LotStatus} from "./types/Market.sol";

/// @title Delivery of a content key against payment
abstract contract MarketDelivery is MarketLots, EIP712 {
    uint256 private constant MAX_SEALED_KEY = 1_024;
    uint40 private constant RULING_TIME = 14 days;

    bytes32 private constant DELIVER_TYPEHASH =
        keccak256("DeliverKey(uint256 lot,bytes32 buyerKey,bytes32 sealedKeyHash)");
    bytes32 private constant CONFIRM_TYPEHASH = keccak256("ConfirmKey(uint256 lot,bytes32 sealedKeyHash)");
    bytes32 private constant REJECT_TYPEHASH = keccak256("RejectKey(uint256 lot,bytes32 sealedKeyHash)");

    /// @inheritdoc IMarketDelivery
    function deliverKey(uint256 id, bytes calldata sealedKey, bytes calldata signature)
        external
        nonReentrant
    {
        Lot storage it = _requireIn(id, LotStatus.AwaitingKey);
        _requireNotLate(id, it);
        if (sealedKey.length == 0 || sealedKey.length > MAX_SEALED_KEY) {
            revert Marketplace_SealedKeyInvalid(id, sealedKey.length);
        }
        bytes32 sealedKeyHash = keccak256(sealedKey);
        _requireWord(it.seller, deliverDigest(id, sealedKeyHash), signature);

        it.sealedKeyHash = sealedKeyHash;
        it.status = LotStatus.Delivered;
        it.dueBy = it.arbiter == address(0) ? 0 : _after(it.reviewWithin);
        emit KeyDelivered(id, it.buyer, sealedKey, it.dueBy);
        // With nobody to rule on a rejection there is nothing to wait for.
        if (it.arbiter == address(0)) _complete(id, it);
    }

    /// @inheritdoc IMarketDelivery
    function confirmKey(uint256 id, bytes calldata signature) external nonReentrant {
        Lot storage it = _requireUnderWay(id);
        _requireWord(it.buyer, confirmDigest(id), signature);
        _complete(id, it);
    }

    /// @inheritdoc IMarketDelivery
    function rejectKey(uint256 id, bytes calldata signature) external nonReentrant {
        Lot storage it = _requireIn(id, LotStatus.Delivered);
        _requireNotLate(id, it);
        _requireWord(it.buyer, rejectDigest(id), signature);
        it.status = LotStatus.Disputed;
        it.dueBy = _after(RULING_TIME);
        emit KeyRejected(id, it.arbiter, it.sealedKeyHash, it.dueBy);
    }

    /// @inheritdoc IMarketDelivery
    function rule(uint256 id, bool delivered) external nonReentrant {
        Lot storage it = _requireIn(id, LotStatus.Disputed);
        _requireNotLate(id, it);
        if (msg.sender != it.arbiter) revert Marketplace_NotArbiter(id, msg.sender, it.arbiter);
        emit KeyRuled(id, msg.sender, delivered);
        if (delivered) _complete(id, it);
        else _refund(id, it);
    }

    /// @inheritdoc IMarketDelivery
    function finishSale(uint256 id) external nonReentrant {
        Lot storage it = _requireIn(id, LotStatus.Delivered);
        _requireLate(id, it);
        _complete(id, it);
    }

    /// @inheritdoc IMarketDelivery
    function refundSale(uint256 id) external nonReentrant {
        Lot storage it = _requireUnderWay(id);
        if (msg.sender != it.seller) {
            // A delivered key that nobody rejects in time makes the sale final.
            if (it.status == LotStatus.Delivered) revert Marketplace_NotSeller(id, msg.sender, it.seller);
            _requireLate(id, it);
        }
        _refund(id, it);
    }

    // -------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IMarketDelivery
    function deliverDigest(uint256 id, bytes32 sealedKeyHash) public view returns (bytes32) {
        return
            _hashTypedDataV4(keccak256(abi.encode(DELIVER_TYPEHASH, id, _lots[id].buyerKey, sealedKeyHash)));
    }

    /// @inheritdoc IMarketDelivery
    function confirmDigest(uint256 id) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(CONFIRM_TYPEHASH, id, _lots[id].sealedKeyHash)));
    }

    /// @inheritdoc IMarketDelivery
    function rejectDigest(uint256 id) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REJECT_TYPEHASH, id, _lots[id].sealedKeyHash)));
    }

    // ---------------------------------------------------------------------------------------------- internals

    /// The lot is bought; its asset and its price are in the market's hands, or come in this very call.
    function _awaitKey(uint256 id, Lot storage it) internal {
        it.status = LotStatus.AwaitingKey;
        it.dueBy = _after(it.deliverWithin);
        emit KeyAwaited(id, it.seller, it.buyer, it.price, it.buyerKey, it.dueBy);
    }

    function _complete(uint256 id, Lot storage it) private {
        _sell(id, it);
        _release(id, it.buyer);
    }

    function _refund(uint256 id, Lot storage it) private {
        it.status = LotStatus.Refunded;
        _credit(it.buyer, it.price);
        emit SaleRefunded(id, it.seller, it.buyer, it.price);
        _release(id, it.seller);
    }

    function _after(uint40 time) private view returns (uint40) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint40(block.timestamp) + time;
    }

    function _requireUnderWay(uint256 id) private view returns (Lot storage it) {
        it = _lots[id];
        LotStatus status = it.status;
        if (status != LotStatus.AwaitingKey && status != LotStatus.Delivered && status != LotStatus.Disputed) revert Marketplace_NoSaleUnderWay(id);
    }

    function _requireNotLate(uint256 id, Lot storage it) private view {
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp > it.dueBy) revert Marketplace_DeadlinePassed(id, it.dueBy, block.timestamp);
    }

    function _requireLate(uint256 id, Lot storage it) private view {
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp <= it.dueBy) revert Marketplace_DeadlineAhead(id, it.dueBy, block.timestamp);
    }

    /// Passes if `party` itself calls, or signed `digest`.
    function _requireWord(address party, bytes32 digest, bytes calldata signature) private view {
        if (msg.sender != party) _requireSignature(party, digest, signature);
    }

    function _requireSignature(address signer, bytes32 digest, bytes calldata signature) internal view {
        if (!Signatures.isValid(signer, digest, signature)) {
            revert Marketplace_SignatureInvalid(signer, digest);
        }
    }
}
