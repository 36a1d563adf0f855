// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IMarketDelivery} from "../../../src/interfaces/IMarketDelivery.sol";
import {LotStatus} from "../../../src/types/Market.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract RuleTest is MarketFixture {
    /// when the lot is not in dispute: it should revert
    function test_RevertWhen_ThereIsNothingToRuleOn() external {
        uint256 id = _delivered();
        vm.prank(arbiter);
        expectNotIn(id, LotStatus.Disputed);
        market.rule(id, true);
    }

    /// when the time to rule is over: it should revert
    function test_RevertWhen_TheTimeToRuleIsOver() external {
        uint256 id = _disputed();
        vm.warp(START + 14 days + 1);
        vm.prank(arbiter);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketDelivery.Marketplace_DeadlinePassed.selector, id, START + 14 days, START + 14 days + 1
            )
        );
        market.rule(id, true);
    }

    /// when the caller is not the arbiter: it should revert
    function test_RevertWhen_SomebodyElseRules() external {
        uint256 id = _disputed();
        vm.prank(seller);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketDelivery.Marketplace_NotArbiter.selector, id, seller, arbiter)
        );
        market.rule(id, true);
    }

    /// when the arbiter says that the key is good
    /// - it should make the sale final
    /// - it should emit KeyRuled
    function test_TheKeyIsGood() external {
        uint256 id = _disputed();
        vm.expectEmit(address(market));
        emit IMarketDelivery.KeyRuled(id, arbiter, true);
        vm.prank(arbiter);
        market.rule(id, true);
        assertStatus(id, LotStatus.Sold);
        assertEq(ownerOfPiece(), buyer, "sold");
        assertShared(PRICE);
    }

    /// when the arbiter says that it is not: it should refund the buyer and give the asset back
    function test_TheKeyIsNotGood() external {
        uint256 id = _disputed();
        vm.prank(arbiter);
        market.rule(id, false);
        assertStatus(id, LotStatus.Refunded);
        assertEq(ownerOfPiece(), seller, "back");
        assertEq(market.credit(buyer), PRICE, "back");
        assertHeld(0);
    }

    function _disputed() private returns (uint256 id) {
        id = _delivered();
        reject(id);
    }

    function _delivered() private returns (uint256 id) {
        id = sell(withArbiter());
        deliver(id);
    }
}
