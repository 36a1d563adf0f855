// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {AssetKind, AuctionOffer} from "../types/Market.sol";

/// @title English auctions
/// @notice The market holds the asset from the start and the highest bid from the moment it is made; a bid that is
/// outbid is credited to its bidder. A bid in the last 10 minutes moves the end to 10 minutes after it, up to 6 hours
/// after the end that was announced. A lot with a key is handed over like a sale with a key.
interface IMarketAuctions {
    event AuctionStarted(
        uint256 indexed lot,
        address indexed seller,
        address indexed collection,
        uint256 tokenId,
        AssetKind kind,
        uint128 units,
        uint128 reserve,
        uint64 until,
        uint16 minIncrementBps,
        uint16 feeBps,
        uint16 royaltyBps,
        uint32 deliverWithin,
        uint32 reviewWithin,
        address arbiter
    );
    /// @param until When the auction ends by now.
    event BidPlaced(uint256 indexed lot, address indexed bidder, uint128 amount, uint64 until);
    /// @notice `amount` is credited to `bidder`.
    event Outbid(uint256 indexed lot, address indexed bidder, uint128 amount);

    /// @notice Not within 1 hour to 30 days.
    error Marketplace_DurationInvalid(uint32 duration);
    /// @notice Above 50 %.
    error Marketplace_IncrementInvalid(uint16 minIncrementBps);
    error Marketplace_AuctionOver(uint256 lot, uint64 until, uint256 timestamp);
    error Marketplace_AuctionStillOpen(uint256 lot, uint64 until, uint256 timestamp);
    error Marketplace_BidTooLow(uint256 lot, uint128 amount, uint256 least);
    error Marketplace_BidsPlaced(uint256 lot, address bidder);

    /// @notice Puts an asset of the caller's up for auction and takes it into the market's hands. Ends the caller's
    /// listing of it.
    /// @return id The lot's number.
    function startAuction(AuctionOffer calldata offer) external returns (uint256 id);

    /// @notice Bids for the caller.
    /// @param amount Token units, pulled at once.
    /// @param buyerKey The X25519 public key that the seller seals the key to; 0 if the lot has no key.
    function bid(uint256 lot, uint128 amount, bytes32 buyerKey) external;

    /// @notice The seller takes the lot back, as long as nobody has bid.
    function cancelAuction(uint256 lot) external;

    /// @notice Ends an auction whose time is over: to the highest bidder, or back to the seller. Anybody may call it.
    function settleAuction(uint256 lot) external;

    /// @notice The least that the next bid must be, token units.
    function leastBid(uint256 lot) external view returns (uint256);
}
