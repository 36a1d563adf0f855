// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {MarketDelivery} from "./MarketDelivery.sol";
import {IMarketAuctions} from "./interfaces/IMarketAuctions.sol";
import {AuctionOffer, Lot, LotStatus} from "./types/Market.sol";

/// @title English auctions
abstract contract MarketAuctions is MarketDelivery {
    uint32 private constant MIN_DURATION = 1 hours;
    uint32 private constant MAX_DURATION = 30 days;
    uint40 private constant EXTENSION = 10 minutes;
    uint40 private constant MAX_EXTENSION = 6 hours;
    uint16 private constant MAX_INCREMENT_BPS = 5_000;

    /// @inheritdoc IMarketAuctions
    function startAuction(AuctionOffer calldata offer) external nonReentrant returns (uint256 id) {
        if (offer.duration < MIN_DURATION || offer.duration > MAX_DURATION) {
            revert Marketplace_DurationInvalid(offer.duration);
        }
        if (offer.minIncrementBps > MAX_INCREMENT_BPS) {
            revert Marketplace_IncrementInvalid(offer.minIncrementBps);
        }
        Lot storage it;
        (id, it) = _open(offer.asset, offer.reserve, offer.maxFeeBps, offer.maxRoyaltyBps, offer.key);
        it.status = LotStatus.Auctioned;
        it.minIncrementBps = offer.minIncrementBps;
        // forge-lint: disable-next-line(unsafe-typecast)
        it.until = uint40(block.timestamp) + offer.duration;
        it.lastUntil = it.until + MAX_EXTENSION;
        _requireOwned(it);
        _replaceListing(it, 0);
        _emitStarted(id, it);
        _move(it, msg.sender, address(this));
    }

    /// @inheritdoc IMarketAuctions
    function bid(uint256 id, uint128 amount, bytes32 buyerKey) external nonReentrant {
        Lot storage it = _requireIn(id, LotStatus.Auctioned);
        _requireBuyer(id, it, msg.sender, buyerKey);
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp > it.until) revert Marketplace_AuctionOver(id, it.until, block.timestamp);
        uint256 least = leastBid(id);
        if (amount < least) revert Marketplace_BidTooLow(id, amount, least);

        (address outbid, uint128 before) = (it.buyer, it.price);
        if (outbid != address(0)) {
            _credit(outbid, before);
            emit Outbid(id, outbid, before);
        }
        (it.buyer, it.price) = (msg.sender, amount);
        if (buyerKey != 0) it.buyerKey = buyerKey;
        _extend(it);
        emit BidPlaced(id, msg.sender, amount, it.until);
        _pull(msg.sender, amount);
    }

    /// @inheritdoc IMarketAuctions
    function cancelAuction(uint256 id) external nonReentrant {
        Lot storage it = _requireIn(id, LotStatus.Auctioned);
        _requireSeller(id, it);
        if (it.buyer != address(0)) revert Marketplace_BidsPlaced(id, it.buyer);
        _withdrawLot(id, it);
    }

    /// @inheritdoc IMarketAuctions
    function settleAuction(uint256 id) external nonReentrant {
        Lot storage it = _requireIn(id, LotStatus.Auctioned);
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp <= it.until) revert Marketplace_AuctionStillOpen(id, it.until, block.timestamp);
        if (it.buyer == address(0)) {
            _withdrawLot(id, it);
        } else if (it.deliverWithin != 0) {
            _awaitKey(id, it);
        } else {
            _sell(id, it);
            _release(id, it.buyer);
        }
    }

    // -------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IMarketAuctions
    function leastBid(uint256 id) public view returns (uint256) {
        Lot storage it = _lots[id];
        uint256 price = it.price;
        if (it.buyer == address(0)) return price;
        return price + Math.max(1, Math.ceilDiv(price * it.minIncrementBps, BPS));
    }

    // ---------------------------------------------------------------------------------------------- internals

    /// A bid near the end moves the end, so that others can answer it; but not for ever.
    function _extend(Lot storage it) private {
        // forge-lint: disable-next-line(unsafe-typecast)
        uint256 extended = Math.min(block.timestamp + EXTENSION, it.lastUntil);
        // forge-lint: disable-next-line(unsafe-typecast)
        if (extended > it.until) it.until = uint40(extended); // at most lastUntil, a uint40
    }

    function _withdrawLot(uint256 id, Lot storage it) private {
        it.status = LotStatus.Withdrawn;
        emit LotWithdrawn(id);
        _release(id, it.seller);
    }

    function _emitStarted(uint256 id, Lot storage it) private {
        emit AuctionStarted(
            id,
            it.seller,
            it.collection,
            it.tokenId,
            it.kind,
            it.units,
            it.price,
            it.until,
            it.minIncrementBps,
            it.feeBps,
            it.royaltyBps,
            it.deliverWithin,
            it.reviewWithin,
            it.arbiter
        );
    }
}
