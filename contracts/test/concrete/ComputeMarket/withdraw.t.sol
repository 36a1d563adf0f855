// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IComputeMarket} from "../../../src/interfaces/IComputeMarket.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ComputeFixture} from "../../utils/ComputeFixture.sol";

contract WithdrawTest is ComputeFixture {
    /// when nothing is owed: it should revert
    /// when something is
    /// - it should send it, whoever calls
    /// - it should emit Withdrawn
    function test_SendsWhatIsOwedWhoeverCalls() external {
        bytes32 id = post();
        vm.warp(START + 1 hours + 1);
        market.expire(id);
        vm.expectEmit(address(market));
        emit IComputeMarket.Withdrawn(requester, 3 * REWARD);
        vm.prank(stranger);
        market.withdraw(requester);
        assertEq(token.balanceOf(requester), FUNDS, "back");
        vm.expectRevert(abi.encodeWithSelector(IComputeMarket.ComputeMarket_NothingOwed.selector, requester));
        market.withdraw(requester);
    }

    /// when something is: it should send it, whoever calls
    function test_SendsAProviderItsPay() external {
        bytes32 id = start();
        answer(id, 3, 0);
        market.conclude(id);
        address provider = drawnOf(id)[0];
        market.release(id, provider);
        market.withdraw(provider);
        assertEq(token.balanceOf(provider), FUNDS - STAKE + REWARD, "paid");
        assertConserved(id);
    }

    /// when the token calls back: it should refuse the inner call and pay once
    function test_RefusesToBeReentered() external {
        HookedToken hooked = useHookedToken();
        bytes32 id = post();
        vm.warp(START + 1 hours + 1);
        market.expire(id);
        hooked.callOnTransfer(address(market), abi.encodeCall(IComputeMarket.withdraw, (requester)));
        market.withdraw(requester);
        assertTrue(!hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertEq(hooked.balanceOf(requester), FUNDS, "paid once");
    }
}
