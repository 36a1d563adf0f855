// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IMarketDelivery} from "../../../src/interfaces/IMarketDelivery.sol";
import {IMarketLots} from "../../../src/interfaces/IMarketLots.sol";
import {LotStatus} from "../../../src/types/Market.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract RefundSaleTest is MarketFixture {
    /// when no sale is under way: it should revert
    function test_RevertWhen_NoSaleIsUnderWay() external {
        uint256 id = list();
        vm.prank(seller);
        vm.expectRevert(abi.encodeWithSelector(IMarketDelivery.Marketplace_NoSaleUnderWay.selector, id));
        market.refundSale(id);
    }

    /// when somebody else than the seller calls before the deadline of delivery or ruling: it should revert
    function test_RevertWhen_TheKeyIsNotLate() external {
        uint256 id = sell(withKey());
        vm.warp(START + 1 days);
        _expectAhead(id, START + 1 days);
    }

    /// when somebody else than the seller calls before the deadline of delivery or ruling: it should revert
    function test_RevertWhen_TheRulingIsNotLate() external {
        uint256 id = sell(withArbiter());
        deliver(id);
        reject(id);
        vm.warp(START + 14 days);
        _expectAhead(id, START + 14 days);
    }

    /// when somebody else than the seller calls after a delivery: it should revert
    function test_RevertWhen_TheKeyWasDelivered() external {
        uint256 id = sell(withArbiter());
        deliver(id);
        vm.warp(START + 365 days);
        vm.prank(buyer);
        vm.expectRevert(abi.encodeWithSelector(IMarketLots.Marketplace_NotSeller.selector, id, buyer, seller));
        market.refundSale(id);
    }

    /// when the key or the ruling is late
    /// - it should credit the price to the buyer, whoever calls
    /// - it should give the asset back
    /// - it should emit SaleRefunded
    function test_AnybodyRefundsWhenTheKeyIsLate() external {
        uint256 id = sell(withKey());
        vm.warp(START + 1 days + 1);
        _refundBy(stranger, id);
    }

    /// when the key or the ruling is late
    /// - it should credit the price to the buyer, whoever calls
    /// - it should give the asset back
    /// - it should emit SaleRefunded
    function test_AnybodyRefundsWhenTheRulingIsLate() external {
        uint256 id = sell(withArbiter());
        deliver(id);
        reject(id);
        vm.warp(START + 14 days + 1);
        _refundBy(stranger, id);
    }

    /// when the seller calls: it should do so at any time
    function test_TheSellerRefundsAtAnyTime() external {
        uint256 id = sell(withArbiter());
        _refundBy(seller, id);
        vm.prank(seller);
        pieces.approve(address(market), PIECE);
        id = sell(withArbiter());
        deliver(id);
        vm.prank(seller);
        market.refundSale(id);
        assertStatus(id, LotStatus.Refunded);
    }

    function _refundBy(address who, uint256 id) private {
        vm.expectEmit(address(market));
        emit IMarketDelivery.SaleRefunded(id, seller, buyer, PRICE);
        vm.prank(who);
        market.refundSale(id);
        assertStatus(id, LotStatus.Refunded);
        assertEq(ownerOfPiece(), seller, "back");
        assertEq(market.credit(buyer), PRICE, "back");
        assertHeld(0);
    }

    function _expectAhead(uint256 id, uint256 time) private {
        vm.prank(buyer);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketDelivery.Marketplace_DeadlineAhead.selector, id, time, time)
        );
        market.refundSale(id);
    }
}
