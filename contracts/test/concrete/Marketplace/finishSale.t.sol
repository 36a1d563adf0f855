// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IMarketDelivery} from "../../../src/interfaces/IMarketDelivery.sol";
import {LotStatus} from "../../../src/types/Market.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract FinishSaleTest is MarketFixture {
    /// when no key was delivered: it should revert
    function test_RevertWhen_NoKeyWasDelivered() external {
        uint256 id = sell(withArbiter());
        vm.warp(START + 365 days);
        expectNotIn(id, LotStatus.Delivered);
        market.finishSale(id);
    }

    /// when the review is not over: it should revert
    function test_RevertWhen_TheReviewIsNotOver() external {
        uint256 id = sell(withArbiter());
        deliver(id);
        vm.warp(START + 3 days);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketDelivery.Marketplace_DeadlineAhead.selector, id, START + 3 days, START + 3 days
            )
        );
        market.finishSale(id);
    }

    /// when the buyer let the review pass: it should make the sale final, whoever calls
    function test_ItIsFinalWhenTheReviewHasPassed() external {
        uint256 id = sell(withArbiter());
        deliver(id);
        vm.warp(START + 3 days + 1);
        vm.prank(stranger);
        market.finishSale(id);
        assertStatus(id, LotStatus.Sold);
        assertEq(ownerOfPiece(), buyer, "sold");
        assertShared(PRICE);
    }
}
