// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Marketplace} from "../../src/Marketplace.sol";
import {IMarketDelivery} from "../../src/interfaces/IMarketDelivery.sol";
import {IMarketFunds} from "../../src/interfaces/IMarketFunds.sol";
import {IMarketListings} from "../../src/interfaces/IMarketListings.sol";
import {IMarketLots} from "../../src/interfaces/IMarketLots.sol";
import {AuctionOffer, LotStatus, Offer} from "../../src/types/Market.sol";
import {HookedToken} from "../mocks/HookedToken.sol";
import {MarketFixture} from "../utils/MarketFixture.sol";

/// What sellers, buyers, bidders and relayers would try.
contract MarketplaceAttacksTest is MarketFixture {
    // -------------------------------------------------------------------------------------- tokens that cheat

    function test_ATokenThatTakesFees() external {
        HookedToken cheat = _cheatMarket();
        uint256 id = list();
        cheat.takeFee(1);
        vm.prank(buyer);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketFunds.Market_FundingMismatch.selector, PRICE, PRICE - 1)
        );
        market.buy(id, PRICE, 0);
        assertEq(ownerOfPiece(), seller, "not moved");
    }

    function test_ATokenThatCallsBack() external {
        HookedToken cheat = _cheatMarket();
        uint256 id = list();
        cheat.callOnTransfer(address(market), abi.encodeCall(market.buy, (id, PRICE, bytes32(0))));
        buy(id);
        _assertGuarded(cheat);
        cheat.callOnTransfer(address(market), abi.encodeCall(market.withdraw, (seller)));
        market.withdraw(seller);
        _assertGuarded(cheat);
        assertEq(cheat.balanceOf(seller), PRICE - PRICE * 750 / 10_000, "once");
    }

    // ------------------------------------------------------------------------------------------ stale listings

    /// The seller sells elsewhere and buys back later, dearer. Its old, cheap listing must not come to life.
    function test_AListingAfterTheTokenWentAndCameBack() external {
        uint256 id = list();
        vm.prank(seller);
        pieces.setApprovalForAll(address(market), true); // as careless as can be
        vm.prank(seller);
        pieces.transferFrom(seller, rival, PIECE);
        vm.prank(rival);
        pieces.transferFrom(rival, seller, PIECE);
        assertTrue(!market.isBuyable(id), "not for sale");
        vm.prank(buyer);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketLots.Marketplace_NotApproved.selector, address(pieces), PIECE, seller
            )
        );
        market.buy(id, PRICE, 0);

        // Approved anew for a dearer listing: the cheap one has been replaced.
        vm.prank(seller);
        pieces.approve(address(market), PIECE);
        Offer memory dearer = offer();
        dearer.price = 2 * PRICE;
        uint256 second = list(dearer);
        vm.prank(buyer);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketListings.Marketplace_ListingReplaced.selector, id, second)
        );
        market.buy(id, PRICE, 0);
    }

    /// The token's new owner approves the market for its own listing: the former owner's listing does not use that.
    function test_AFormerOwnersListingOnTheNewOwnersApproval() external {
        uint256 id = list();
        vm.prank(seller);
        pieces.transferFrom(seller, rival, PIECE);
        vm.prank(rival);
        pieces.approve(address(market), PIECE);
        vm.prank(buyer);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketLots.Marketplace_NotOwner.selector, address(pieces), PIECE, seller)
        );
        market.buy(id, PRICE, 0);
        assertEq(ownerOfPiece(), rival, "not moved");
    }

    /// Somebody offers what others have approved to the market.
    function test_OfferingAnothersToken() external {
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketLots.Marketplace_NotOwner.selector, address(pieces), PIECE, stranger
            )
        );
        market.list(offer());
        // Nor what the market holds.
        startAuction();
        vm.prank(seller);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketLots.Marketplace_NotOwner.selector, address(pieces), PIECE, seller)
        );
        market.list(offer());
    }

    /// Units of one kind from two sellers: a lot takes only its own seller's.
    function test_OneSellersLotOnAnothersUnits() external {
        editions.mint(rival, EDITION, 10);
        AuctionOffer memory it = auctionOffer();
        it.asset = editionAsset(10);
        uint256 mine = startAuction(it);
        vm.prank(rival);
        editions.setApprovalForAll(address(market), true);
        vm.prank(rival);
        uint256 other = market.startAuction(it);
        vm.prank(seller);
        market.cancelAuction(mine);
        vm.prank(seller);
        expectNotIn(mine, LotStatus.Auctioned);
        market.cancelAuction(mine);
        assertEq(unitsOf(address(market)), 10, "the rival's stay");
        vm.prank(rival);
        market.cancelAuction(other);
        assertEq(unitsOf(rival), 10, "and come back");
    }

    // ------------------------------------------------------------------------------------------------ auctions

    /// A bid in the last second wins nothing if the other has ten minutes to answer.
    function test_ASniperInTheLastSecond() external {
        uint256 id = startAuction();
        bid(id, buyer, PRICE);
        vm.warp(START + 1 days);
        bid(id, rival, 2 * PRICE);
        vm.warp(START + 1 days + 9 minutes);
        bid(id, buyer, 3 * PRICE);
        vm.warp(market.lot(id).until + 1);
        market.settleAuction(id);
        assertEq(ownerOfPiece(), buyer, "answered");
        assertEq(market.credit(rival), 2 * PRICE, "the sniper has its money back");
    }

    /// Bids by one unit to keep the auction open: the increment makes them dear, and six hours end them.
    function test_AnAuctionKeptOpen() external {
        uint256 id = startAuction();
        uint64 last = market.lot(id).lastUntil;
        vm.warp(START + 1 days);
        bid(id, rival, PRICE);
        bid(id, buyer, uint128(market.leastBid(id)));
        vm.warp(last + 1);
        market.settleAuction(id);
        assertEq(ownerOfPiece(), buyer, "over");
    }

    /// A bidder can't take its money back while it is the highest, nor the outbid take it twice.
    function test_ARefundTakenTwice() external {
        uint256 id = startAuction();
        bid(id, rival, PRICE);
        vm.expectRevert(abi.encodeWithSelector(IMarketFunds.Market_NothingToWithdraw.selector, rival));
        market.withdraw(rival);
        bid(id, buyer, 2 * PRICE);
        market.withdraw(rival);
        vm.expectRevert(abi.encodeWithSelector(IMarketFunds.Market_NothingToWithdraw.selector, rival));
        market.withdraw(rival);
        assertHeld(2 * PRICE);
    }

    // ---------------------------------------------------------------------------------------------- key sales

    /// The buyer has the key and stays silent: the seller is paid after the review.
    function test_ABuyerThatNeverConfirms() external {
        uint256 id = sell(withArbiter());
        deliver(id);
        vm.warp(START + 3 days + 1);
        vm.prank(seller);
        market.finishSale(id);
        assertShared(PRICE);
    }

    /// The buyer has the key and rejects it at the last second to get its money back too: the arbiter looks.
    function test_ABuyerThatRejectsAGoodKey() external {
        uint256 id = sell(withArbiter());
        deliver(id);
        vm.warp(START + 3 days);
        reject(id);
        vm.prank(buyer);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketDelivery.Marketplace_DeadlineAhead.selector, id, START + 17 days, START + 3 days
            )
        );
        market.refundSale(id);
        vm.prank(arbiter);
        market.rule(id, true);
        assertShared(PRICE);
    }

    /// The seller never delivers, and then the arbiter that it chose keeps silent: the buyer has its money both times.
    function test_ASellerOrItsArbiterThatKeepsSilent() external {
        uint256 id = sell(withArbiter());
        vm.warp(market.lot(id).dueBy + 1);
        market.refundSale(id);
        vm.prank(seller);
        pieces.approve(address(market), PIECE);
        id = sell(withArbiter());
        deliver(id);
        reject(id);
        vm.warp(market.lot(id).dueBy + 1);
        market.refundSale(id);
        assertEq(market.credit(buyer), 2 * PRICE, "both");
        assertEq(market.credit(seller), 0, "nothing");
        assertEq(ownerOfPiece(), seller, "the piece goes back");
    }

    /// Governance raises the fee between offer and sale: the seller agreed to the old one.
    function test_AFeeRaisedAfterTheOffer() external {
        uint256 id = startAuction();
        bid(id, buyer, PRICE);
        parameters.setSaleFee(1_000);
        vm.warp(START + 2 days);
        market.settleAuction(id);
        assertShared(PRICE);
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _cheatMarket() private returns (HookedToken cheat) {
        cheat = new HookedToken();
        cheat.mint(buyer, 10 * PRICE);
        market = new Marketplace(cheat, parameters);
        vm.prank(buyer);
        cheat.approve(address(market), type(uint256).max);
        vm.prank(seller);
        pieces.approve(address(market), PIECE);
    }

    function _assertGuarded(HookedToken cheat) private view {
        assertTrue(cheat.calls() > 0 && !cheat.succeeded(), "called in vain");
        assertEq(
            cheat.returned(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "guarded"
        );
    }
}
