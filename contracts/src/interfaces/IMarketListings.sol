// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {AssetKind, Offer} from "../types/Market.sol";

/// @title Sales at a fixed price
/// @notice The asset stays with its seller until it is bought, so that it can be used meanwhile. A listing can't
/// outlive the seller's will: it names its last second; a newer listing or auction of the same token ends it; and for
/// ERC-721 the very token must be approved to the market (`approve`, not `setApprovalForAll`), which ends by the
/// standard with every transfer, so that a token that is sold elsewhere and comes back is not for sale any more.
/// ERC-1155 has no such approval: there a listing can be bought again once its seller has the units again.
///
/// A buyer may sign instead of sending (EIP-712, domain "Tributary", version "1"; by a key or an ERC-1271 wallet):
///   Buy(uint256 lot,address buyer,uint128 price,bytes32 buyerKey,uint64 validUntil)
/// A lot is sold once, so the signature is good once.
interface IMarketListings {
    event LotListed(
        uint256 indexed lot,
        address indexed seller,
        address indexed collection,
        uint256 tokenId,
        AssetKind kind,
        uint128 units,
        uint128 price,
        uint64 until,
        uint16 feeBps,
        uint16 royaltyBps,
        uint32 deliverWithin,
        uint32 reviewWithin,
        address arbiter
    );

    /// @notice Not timestamp <= until <= timestamp + 180 days.
    error Marketplace_UntilInvalid(uint64 until, uint256 timestamp);
    error Marketplace_ListingOver(uint256 lot, uint64 until, uint256 timestamp);
    /// @notice A newer listing or an auction of the same token took this one's place.
    error Marketplace_ListingReplaced(uint256 lot, uint256 by);
    error Marketplace_PriceAboveMaximum(uint256 lot, uint128 price, uint128 maximum);
    /// @notice Nothing is wrong with the listing: only its seller may end it.
    error Marketplace_ListingStands(uint256 lot);
    error Marketplace_OfferOver(uint256 lot, uint64 validUntil, uint256 timestamp);

    /// @notice Offers an asset of the caller's at a fixed price. Ends the caller's earlier listing of the same token.
    /// @return id The lot's number.
    function list(Offer calldata offer) external returns (uint256 id);

    /// @notice Ends a listing. Its seller may at any time; anybody, once it is over or can't be fulfilled.
    function unlist(uint256 lot) external;

    /// @notice Buys a listing for the caller.
    /// @param maxPrice The most to pay; the price of a lot never changes.
    /// @param buyerKey The X25519 public key that the seller seals the key to; 0 if the lot has no key.
    function buy(uint256 lot, uint128 maxPrice, bytes32 buyerKey) external;

    /// @notice Buys a listing for `buyer` with its tokens, by its signature over the price and the key. Anybody may
    /// call it.
    function buyFor(uint256 lot, address buyer, bytes32 buyerKey, uint64 validUntil, bytes calldata signature)
        external;

    /// @notice Whether a listing can be bought now: it stands, and its seller has the asset and has approved the
    /// market.
    function isBuyable(uint256 lot) external view returns (bool);

    /// @notice What a buyer signs.
    function buyDigest(uint256 lot, address buyer, bytes32 buyerKey, uint64 validUntil)
        external
        view
        returns (bytes32);
}
