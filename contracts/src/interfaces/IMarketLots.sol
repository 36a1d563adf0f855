// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {AssetKind, Lot, LotStatus} from "../types/Market.sol";

/// @title What all lots share: their assets, and how their price is shared out
/// @notice Money, of a lot's price:
///   fee + royalty + proceeds = price,
/// fee = price * feeBps / 10,000 rounded down, royalty = what ERC-2981 asks, but at most price * royaltyBps / 10,000
/// rounded down, and at most what the fee leaves. Both rates are fixed when the lot is offered.
///
/// Assets: the market takes an asset only from its owner who offers it (or sold it), and has exactly one way out for
/// it: to the buyer when the lot is sold, else to the seller. Collections must say by ERC-165 that they are ERC-721
/// or ERC-1155; a royalty is paid where `royaltyInfo` (ERC-2981) answers.
interface IMarketLots {
    // ------------------------------------------------------------------------------------------------- events

    /// @notice A lot was sold for good. Each of the three sums is credited to its receiver.
    event LotSold(
        uint256 indexed lot,
        address indexed seller,
        address indexed buyer,
        uint128 price,
        uint256 proceeds,
        uint256 royalty,
        address royaltyReceiver,
        uint256 fee,
        address treasury
    );
    /// @notice Nothing was sold; an asset that the market held goes back.
    event LotWithdrawn(uint256 indexed lot);
    /// @notice An asset could not be handed over: its receiver, or its collection, refused. `owner` may collect it.
    event AssetUncollected(uint256 indexed lot, address indexed owner);
    event AssetCollected(uint256 indexed lot, address indexed owner, address to);

    // ------------------------------------------------------------------------------------------------- errors

    /// @notice Neither ERC-721 nor ERC-1155 by ERC-165, or both, or the token that is paid with.
    error Marketplace_CollectionUnsupported(address collection);
    /// @notice An ERC-721 lot is one unit, an ERC-1155 lot one or more.
    error Marketplace_UnitsInvalid(AssetKind kind, uint128 units);
    /// @notice `account` does not own what it offers (any more).
    error Marketplace_NotOwner(address collection, uint256 tokenId, address account);
    /// @notice The market may not move it. An ERC-721 token must be approved itself (`approve`).
    error Marketplace_NotApproved(address collection, uint256 tokenId, address account);
    /// @notice The collection did not move what it was told to move.
    error Marketplace_AssetNotMoved(address collection, uint256 tokenId, address to);
    /// @notice Somebody sent an ERC-1155 token that the market did not ask for.
    error Marketplace_AssetUnsolicited(address collection, address operator);
    error Marketplace_FeeAboveMaximum(uint16 fee, uint16 maximum);
    error Marketplace_RoyaltyAboveMaximum(uint256 royaltyBps, uint16 maximum);
    /// @notice Without a key all three are 0. With one, delivery takes 1 hour to 30 days; with an arbiter, who must not
    /// be the seller, the review takes as long, and without one there is no review.
    error Marketplace_KeyTermsInvalid(uint32 deliverWithin, uint32 reviewWithin, address arbiter);
    /// @notice A lot with a key needs the buyer's X25519 key, a lot without one takes none.
    error Marketplace_BuyerKeyInvalid(uint256 lot, bytes32 buyerKey);
    error Marketplace_LotNotIn(uint256 lot, LotStatus expected, LotStatus status);
    error Marketplace_NotSeller(uint256 lot, address account, address seller);
    error Marketplace_OwnLot(uint256 lot);
    /// @notice The arbiter of a lot's key can't buy the lot: it would rule on its own rejection.
    error Marketplace_ArbiterBuys(uint256 lot, address arbiter);
    error Marketplace_NothingToCollect(uint256 lot, address account);
    error Marketplace_SignatureInvalid(address signer, bytes32 digest);
    /// @notice A call into a collection must get its full allowance of gas, so that nobody can make it fail.
    error Marketplace_GasTooLow(uint256 gas, uint256 needed);
    error Marketplace_OnlySelf(address caller);

    // ------------------------------------------------------------------------------------------------ actions

    /// @notice Hands an asset over whose handover failed, to an address that its owner names.
    function collect(uint256 lot, address to) external;

    // -------------------------------------------------------------------------------------------------- views

    /// @notice How many lots there have been. They are numbered from 1; a number is never used twice.
    function lotCount() external view returns (uint256);

    function lot(uint256 id) external view returns (Lot memory);

    /// @notice Who may collect the lot's asset; 0 if nobody has to.
    function uncollected(uint256 lot) external view returns (address);

    /// @notice How a lot's price would be shared now.
    function shares(uint256 lot)
        external
        view
        returns (uint256 proceeds, uint256 royalty, address royaltyReceiver, uint256 fee);
}
