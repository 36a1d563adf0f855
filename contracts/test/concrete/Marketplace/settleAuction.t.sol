// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IMarketAuctions} from "../../../src/interfaces/IMarketAuctions.sol";
import {AuctionOffer, LotStatus} from "../../../src/types/Market.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract SettleAuctionTest is MarketFixture {
    uint64 private constant END = uint64(START + 1 days);

    /// when the lot is not under the hammer: it should revert
    function test_RevertWhen_TheLotIsNotUnderTheHammer() external {
        uint256 id = startAuction();
        vm.warp(END + 1);
        market.settleAuction(id);
        expectNotIn(id, LotStatus.Auctioned);
        market.settleAuction(id);
    }

    /// when the auction's time is not over: it should revert
    function test_RevertWhen_ItsTimeIsNotOver() external {
        uint256 id = startAuction();
        vm.warp(END);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketAuctions.Marketplace_AuctionStillOpen.selector, id, END, END)
        );
        market.settleAuction(id);
    }

    /// when nobody has bid: it should give the asset back
    function test_ItGivesBackWhatNobodyWanted() external {
        uint256 id = startAuction();
        vm.warp(END + 1);
        vm.prank(stranger);
        market.settleAuction(id);
        assertStatus(id, LotStatus.Withdrawn);
        assertEq(ownerOfPiece(), seller, "back");
    }

    /// when somebody has bid and there is no key
    /// - it should give the asset to the highest bidder
    /// - it should credit proceeds, royalty and fee
    function test_ItSellsToTheHighestBidder() external {
        uint256 id = startAuction();
        bid(id, rival, PRICE);
        bid(id, buyer, 2 * PRICE);
        vm.warp(END + 1);
        vm.prank(stranger);
        market.settleAuction(id);
        assertStatus(id, LotStatus.Sold);
        assertEq(ownerOfPiece(), buyer, "sold");
        assertShared(2 * PRICE);
        assertHeld(0);
    }

    /// when somebody has bid and there is no key: it should give the asset to the highest bidder
    function test_ItSellsUnits() external {
        AuctionOffer memory it = auctionOffer();
        it.asset = editionAsset(4);
        uint256 id = startAuction(it);
        bid(id, buyer, PRICE);
        vm.warp(END + 1);
        market.settleAuction(id);
        assertEq(unitsOf(buyer), 4, "sold");
        assertEq(unitsOf(address(market)), 0, "none left");
    }

    /// when somebody has bid and there is a key: it should await the key
    function test_ItAwaitsTheKey() external {
        AuctionOffer memory it = auctionOffer();
        it.key = withKey();
        uint256 id = startAuction(it);
        bid(id, buyer, PRICE);
        vm.warp(END + 1);
        market.settleAuction(id);
        assertStatus(id, LotStatus.AwaitingKey);
        assertEq(market.lot(id).dueBy, END + 1 + 1 days, "due");
        assertHeld(PRICE);
        deliver(id);
        assertStatus(id, LotStatus.Sold);
        assertEq(ownerOfPiece(), buyer, "sold");
        assertShared(PRICE);
    }
}
