// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ConsentMarket} from "../../../src/ConsentMarket.sol";
import {IMarketFunds} from "../../../src/interfaces/IMarketFunds.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ConsentMarketFixture} from "../../utils/ConsentMarketFixture.sol";

contract WithdrawCreditTest is ConsentMarketFixture {
    /// when nothing is credited: it should revert
    function test_RevertWhen_NothingIsCredited() external {
        _expectNothing(requester);
        ask();
        _expectNothing(requester);
    }

    /// when something is credited
    /// - it should pay the account, whoever calls
    /// - it should emit CreditWithdrawn
    function test_ItPaysTheAccountWhoeverCalls() external {
        uint256 id = ask();
        grant();
        market.answerRequest(id);
        uint256 fee = uint256(PRICE) * FEE_BPS / 10_000;
        vm.expectEmit(address(market));
        emit IMarketFunds.CreditWithdrawn(treasury, fee);
        vm.prank(stranger);
        assertEq(market.withdraw(treasury), fee, "returned");
        assertEq(token.balanceOf(treasury), fee, "paid");
        assertEq(token.balanceOf(stranger), 0, "nothing to the caller");
        assertHeld(0);
        _expectNothing(treasury);
    }

    /// when the token calls back: it should refuse the inner call and pay once
    function test_RefusesToBeReentered() external {
        HookedToken hooked = new HookedToken();
        market = new ConsentMarket(hooked, datasets, parameters);
        hooked.mint(requester, PRICE);
        hooked.approveFor(requester, address(market), PRICE);
        uint256 id = ask();
        vm.warp(ANSWER_BY + 1);
        market.refundRequest(id);
        hooked.callOnTransfer(address(market), abi.encodeCall(IMarketFunds.withdraw, (requester)));
        market.withdraw(requester);
        assertTrue(hooked.calls() == 1 && !hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertEq(hooked.balanceOf(requester), PRICE, "paid once");
    }

    function _expectNothing(address account) private {
        vm.expectRevert(abi.encodeWithSelector(IMarketFunds.Market_NothingToWithdraw.selector, account));
        market.withdraw(account);
    }
}
