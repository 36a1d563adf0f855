// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IMarketAuctions} from "../../../src/interfaces/IMarketAuctions.sol";
import {IMarketLots} from "../../../src/interfaces/IMarketLots.sol";
import {LotStatus} from "../../../src/types/Market.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract CancelAuctionTest is MarketFixture {
    /// when the lot is not under the hammer: it should revert
    function test_RevertWhen_TheLotIsNotUnderTheHammer() external {
        uint256 id = list();
        vm.prank(seller);
        expectNotIn(id, LotStatus.Auctioned);
        market.cancelAuction(id);
    }

    /// when the caller is not the seller: it should revert
    function test_RevertWhen_TheCallerIsNotTheSeller() external {
        uint256 id = startAuction();
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketLots.Marketplace_NotSeller.selector, id, stranger, seller)
        );
        market.cancelAuction(id);
    }

    /// when somebody has bid: it should revert
    function test_RevertWhen_SomebodyHasBid() external {
        uint256 id = startAuction();
        bid(id, buyer, PRICE);
        vm.prank(seller);
        vm.expectRevert(abi.encodeWithSelector(IMarketAuctions.Marketplace_BidsPlaced.selector, id, buyer));
        market.cancelAuction(id);
    }

    /// when nobody has bid
    /// - it should give the asset back
    /// - it should emit LotWithdrawn
    function test_ItGivesTheAssetBack() external {
        uint256 id = startAuction();
        vm.expectEmit(address(market));
        emit IMarketLots.LotWithdrawn(id);
        vm.prank(seller);
        market.cancelAuction(id);
        assertStatus(id, LotStatus.Withdrawn);
        assertEq(ownerOfPiece(), seller, "back");
        vm.prank(seller);
        expectNotIn(id, LotStatus.Auctioned);
        market.cancelAuction(id);
    }
}
