// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {MarketDelivery} from "./MarketDelivery.sol";
import {IMarketListings} from "./interfaces/IMarketListings.sol";
import {AssetKind, Lot, LotStatus, Offer} from "./types/Market.sol";

/// @title Sales at a fixed price
abstract contract MarketListings is MarketDelivery {
    uint64 private constant MAX_LISTING_TIME = 180 days;

    bytes32 private constant BUY_TYPEHASH =
        keccak256("Buy(uint256 lot,address buyer,uint128 price,bytes32 buyerKey,uint64 validUntil)");

    /// @inheritdoc IMarketListings
    function list(Offer calldata offer) external nonReentrant returns (uint256 id) {
        uint64 until = offer.until;
        // forge-lint: disable-next-line(block-timestamp)
        if (until < block.timestamp || until > block.timestamp + MAX_LISTING_TIME) {
            revert Marketplace_UntilInvalid(until, block.timestamp);
        }
        Lot storage it;
        (id, it) = _open(offer.asset, offer.price, offer.maxFeeBps, offer.maxRoyaltyBps, offer.key);
        it.status = LotStatus.Listed;
        // forge-lint: disable-next-line(unsafe-typecast)
        it.until = uint40(until); // the clock plus half a year
        _requireOwned(it);
        if (!_approved(it)) revert Marketplace_NotApproved(it.collection, it.tokenId, msg.sender);
        _replaceListing(it, id);
        _emitListed(id, it);
    }

    /// @inheritdoc IMarketListings
    function unlist(uint256 id) external nonReentrant {
        Lot storage it = _requireIn(id, LotStatus.Listed);
        if (msg.sender != it.seller && isBuyable(id)) revert Marketplace_ListingStands(id);
        it.status = LotStatus.Withdrawn;
        if (_listingOf[_tokenKey(it)] == id) _replaceListing(it, 0);
        emit LotWithdrawn(id);
    }

    /// @inheritdoc IMarketListings
    function buy(uint256 id, uint128 maxPrice, bytes32 buyerKey) external nonReentrant {
        Lot storage it = _requireIn(id, LotStatus.Listed);
        if (it.price > maxPrice) revert Marketplace_PriceAboveMaximum(id, it.price, maxPrice);
        _buy(id, it, msg.sender, buyerKey);
    }

    /// @inheritdoc IMarketListings
    function buyFor(uint256 id, address buyer, bytes32 buyerKey, uint64 validUntil, bytes calldata signature)
        external
        nonReentrant
    {
        Lot storage it = _requireIn(id, LotStatus.Listed);
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp > validUntil) revert Marketplace_OfferOver(id, validUntil, block.timestamp);
        _requireSignature(buyer, buyDigest(id, buyer, buyerKey, validUntil), signature);
        _buy(id, it, buyer, buyerKey);
    }

    // -------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IMarketListings
    function isBuyable(uint256 id) public view returns (bool) {
        Lot storage it = _lots[id];
        // forge-lint: disable-next-line(block-timestamp)
        return it.status == LotStatus.Listed && block.timestamp <= it.until && _listingOf[_tokenKey(it)] == id
            && _owns(it) && _approved(it);
    }

    /// @inheritdoc IMarketListings
    function buyDigest(uint256 id, address buyer, bytes32 buyerKey, uint64 validUntil)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(
            keccak256(abi.encode(BUY_TYPEHASH, id, buyer, _lots[id].price, buyerKey, validUntil))
        );
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _buy(uint256 id, Lot storage it, address buyer, bytes32 buyerKey) private {
        _requireBuyer(id, it, buyer, buyerKey);
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp > it.until) revert Marketplace_ListingOver(id, it.until, block.timestamp);
        uint256 standing = _listingOf[_tokenKey(it)];
        if (standing != id) revert Marketplace_ListingReplaced(id, standing);
        _requireOwned(it);
        if (!_approved(it)) revert Marketplace_NotApproved(it.collection, it.tokenId, it.seller);

        _replaceListing(it, 0);
        it.buyer = buyer;
        address to = buyer;
        if (it.deliverWithin == 0) {
            _sell(id, it);
        } else {
            it.buyerKey = buyerKey;
            _awaitKey(id, it);
            to = address(this);
        }
        _pull(buyer, it.price);
        _move(it, it.seller, to);
    }

    /// For ERC-721 the token itself: an approval for all would outlive the token's being sold elsewhere.
    function _approved(Lot storage it) private view returns (bool) {
        if (it.kind == AssetKind.ERC1155) {
            return IERC1155(it.collection).isApprovedForAll(it.seller, address(this));
        }
        return IERC721(it.collection).getApproved(it.tokenId) == address(this);
    }

    function _emitListed(uint256 id, Lot storage it) private {
        emit LotListed(
            id,
            it.seller,
            it.collection,
            it.tokenId,
            it.kind,
            it.units,
            it.price,
            it.until,
            it.feeBps,
            it.royaltyBps,
            it.deliverWithin,
            it.reviewWithin,
            it.arbiter
        );
    }
}
