// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IMarketFunds} from "../../../src/interfaces/IMarketFunds.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract WithdrawTest is MarketFixture {
    /// when nothing is credited: it should revert
    function test_RevertWhen_NothingIsCredited() external {
        vm.expectRevert(abi.encodeWithSelector(IMarketFunds.Market_NothingToWithdraw.selector, stranger));
        market.withdraw(stranger);
    }

    /// when something is credited
    /// - it should pay the account, whoever calls
    /// - it should emit CreditWithdrawn
    function test_ItPaysTheAccountWhoeverCalls() external {
        buy(list());
        uint256 fee = market.credit(treasury);
        vm.expectEmit(address(market));
        emit IMarketFunds.CreditWithdrawn(treasury, fee);
        vm.prank(stranger);
        assertEq(market.withdraw(treasury), fee, "returned");
        assertEq(token.balanceOf(treasury), fee, "paid");
        assertEq(market.credit(treasury), 0, "nothing left");
        vm.expectRevert(abi.encodeWithSelector(IMarketFunds.Market_NothingToWithdraw.selector, treasury));
        market.withdraw(treasury);
        market.withdraw(seller);
        market.withdraw(creator);
        assertEq(token.balanceOf(address(market)), 0, "all is out");
    }
}
