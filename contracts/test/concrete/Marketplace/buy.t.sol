// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IMarketDelivery} from "../../../src/interfaces/IMarketDelivery.sol";
import {IMarketListings} from "../../../src/interfaces/IMarketListings.sol";
import {IMarketLots} from "../../../src/interfaces/IMarketLots.sol";
import {AuctionOffer, Lot, LotStatus, Offer} from "../../../src/types/Market.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract BuyTest is MarketFixture {
    /// when the lot is not listed: it should revert
    function test_RevertWhen_TheLotIsNotListed() external {
        expectNotIn(1, LotStatus.Listed);
        market.buy(1, PRICE, 0);
        uint256 id = list();
        buy(id);
        vm.prank(rival);
        expectNotIn(id, LotStatus.Listed);
        market.buy(id, PRICE, 0);
        uint256 auction = _relistedAsAuction();
        vm.prank(rival);
        expectNotIn(auction, LotStatus.Listed);
        market.buy(auction, PRICE, 0);
    }

    /// when the price is above the maximum: it should revert
    function test_RevertWhen_ThePriceIsAboveTheMaximum() external {
        uint256 id = list();
        vm.prank(buyer);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketListings.Marketplace_PriceAboveMaximum.selector, id, PRICE, PRICE - 1
            )
        );
        market.buy(id, PRICE - 1, 0);
    }

    /// when the buyer is the seller, or the arbiter of its key: it should revert
    function test_RevertWhen_TheBuyerIsTheArbiter() external {
        uint256 id = listWith(withArbiter());
        vm.prank(arbiter);
        vm.expectRevert(abi.encodeWithSelector(IMarketLots.Marketplace_ArbiterBuys.selector, id, arbiter));
        market.buy(id, PRICE, BUYER_KEY);
    }

    /// when the buyer is the seller, or the arbiter of its key: it should revert
    function test_RevertWhen_TheBuyerIsTheSeller() external {
        uint256 id = list();
        vm.prank(seller);
        vm.expectRevert(abi.encodeWithSelector(IMarketLots.Marketplace_OwnLot.selector, id));
        market.buy(id, PRICE, 0);
    }

    /// when there is a buyer's key without need, or none where one is needed: it should revert
    function test_RevertWhen_TheBuyersKeyDoesNotFit() external {
        uint256 plain = list();
        _expect(
            abi.encodeWithSelector(IMarketLots.Marketplace_BuyerKeyInvalid.selector, plain, BUYER_KEY),
            plain,
            BUYER_KEY
        );
        uint256 keyed = listWith(withKey());
        _expect(
            abi.encodeWithSelector(IMarketLots.Marketplace_BuyerKeyInvalid.selector, keyed, bytes32(0)),
            keyed,
            0
        );
    }

    /// when the listing is over or replaced: it should revert
    function test_RevertWhen_TheListingIsOver() external {
        uint256 id = list();
        uint64 until = offer().until;
        vm.warp(until + 1);
        _expect(
            abi.encodeWithSelector(IMarketListings.Marketplace_ListingOver.selector, id, until, until + 1),
            id,
            0
        );
        vm.warp(until);
        buy(id);
        assertEq(ownerOfPiece(), buyer, "at the last second");
    }

    /// when the listing is over or replaced: it should revert
    function test_RevertWhen_TheListingIsReplaced() external {
        uint256 first = list();
        uint256 second = list();
        _expect(
            abi.encodeWithSelector(IMarketListings.Marketplace_ListingReplaced.selector, first, second),
            first,
            0
        );
    }

    /// when the seller does not own the asset any more, or has withdrawn the approval: it should revert
    function test_RevertWhen_TheSellerDoesNotOwnTheAssetAnyMore() external {
        uint256 id = list();
        vm.prank(seller);
        pieces.transferFrom(seller, rival, PIECE);
        _expect(
            abi.encodeWithSelector(IMarketLots.Marketplace_NotOwner.selector, address(pieces), PIECE, seller),
            id,
            0
        );
        uint256 units = list(editionOffer(10));
        vm.prank(seller);
        editions.safeTransferFrom(seller, rival, EDITION, 1, "");
        _expect(
            abi.encodeWithSelector(
                IMarketLots.Marketplace_NotOwner.selector, address(editions), EDITION, seller
            ),
            units,
            0
        );
    }

    /// when the seller does not own the asset any more, or has withdrawn the approval: it should revert
    function test_RevertWhen_TheApprovalWasWithdrawn() external {
        uint256 id = list();
        vm.prank(seller);
        pieces.approve(stranger, PIECE);
        _expect(
            abi.encodeWithSelector(
                IMarketLots.Marketplace_NotApproved.selector, address(pieces), PIECE, seller
            ),
            id,
            0
        );
    }

    /// when the buyer can't pay: it should revert
    function test_RevertWhen_TheBuyerCantPay() external {
        uint256 id = list();
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(market), 0, PRICE
            )
        );
        market.buy(id, PRICE, 0);
    }

    /// when the lot has no key
    /// - it should move the asset to the buyer
    /// - it should credit proceeds, royalty and fee
    /// - it should emit LotSold
    /// shares, when there is: it should be the proceeds, the royalty and its receiver, and the fee
    function test_ItSellsAPiece() external {
        uint256 id = list();
        (uint256 fee, uint256 royalty) = (PRICE * FEE_BPS / 10_000, PRICE * ROYALTY_BPS / 10_000);
        (uint256 proceeds, uint256 shown, address receiver, uint256 shownFee) = market.shares(id);
        assertEq(proceeds, PRICE - fee - royalty, "proceeds are shown before");
        assertEq(shown, royalty, "royalty is shown before");
        assertEq(receiver, creator, "to whom");
        assertEq(shownFee, fee, "fee is shown before");
        vm.expectEmit(address(market));
        emit IMarketLots.LotSold(
            id, seller, buyer, PRICE, PRICE - fee - royalty, royalty, creator, fee, treasury
        );
        buy(id);
        assertStatus(id, LotStatus.Sold);
        assertEq(market.lot(id).buyer, buyer, "buyer");
        assertEq(ownerOfPiece(), buyer, "owner");
        assertShared(PRICE);
        assertHeld(0);
    }

    /// when the lot has no key
    /// - it should move the asset to the buyer
    /// - it should credit proceeds, royalty and fee
    function test_ItSellsUnits() external {
        buy(list(editionOffer(4)));
        assertEq(unitsOf(buyer), 4, "bought");
        assertEq(unitsOf(seller), 6, "left");
        assertShared(PRICE);
    }

    /// when the lot has no key: it should credit proceeds, royalty and fee
    function test_ItSellsForOneUnitOfMoney() external {
        Offer memory it = offer();
        it.price = 1;
        buy(list(it));
        assertEq(market.credit(seller), 1, "fee and royalty round to nothing");
        assertHeld(0);
    }

    /// when the lot has a key
    /// - it should take asset and price into the market's hands
    /// - it should emit KeyAwaited
    function test_ItHoldsAssetAndPriceUntilTheKeyComes() external {
        uint256 id = listWith(withKey());
        vm.expectEmit(address(market));
        emit IMarketDelivery.KeyAwaited(id, seller, buyer, PRICE, BUYER_KEY, uint64(START + 1 days));
        buy(id);
        Lot memory lot = market.lot(id);
        assertStatus(id, LotStatus.AwaitingKey);
        assertEq(lot.dueBy, START + 1 days, "due");
        assertEq(lot.buyerKey, BUYER_KEY, "key");
        assertEq(ownerOfPiece(), address(market), "the piece");
        assertHeld(PRICE);
        assertEq(market.credit(seller), 0, "nothing yet");
    }

    /// when the lot has a key: it should take asset and price into the market's hands
    function test_ItHoldsUnitsUntilTheKeyComes() external {
        Offer memory it = editionOffer(4);
        it.key = withKey();
        buy(list(it));
        assertEq(unitsOf(address(market)), 4, "held");
        assertHeld(PRICE);
    }

    function _relistedAsAuction() private returns (uint256) {
        pieces.mint(seller, 8);
        vm.prank(seller);
        pieces.approve(address(market), 8);
        AuctionOffer memory it = auctionOffer();
        it.asset.tokenId = 8;
        return startAuction(it);
    }

    function _expect(bytes memory revertData, uint256 id, bytes32 key) private {
        vm.prank(buyer);
        vm.expectRevert(revertData);
        market.buy(id, PRICE, key);
    }
}
