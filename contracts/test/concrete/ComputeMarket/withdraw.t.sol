// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IComputeMarket} from "../../../src/interfaces/IComputeMarket.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ComputeFixture} from "../../utils/ComputeFixture.sol";

contract WithdrawTest is ComputeFixture {
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

    function test_SendsTheTreasurysToWhereItIsNow() external {
        bytes32 id = start();
        answer(id, 2, 1);
        market.conclude(id);
        market.release(id, drawnOf(id)[2]);
        address moved = vm.addr(uint256(keccak256("moved")));
        parameters.setTreasury(moved);
        vm.expectEmit(address(market));
        emit IComputeMarket.TreasuryPaid(moved, REWARD + BOND / 2);
        vm.prank(stranger);
        market.payTreasury();
        assertEq(token.balanceOf(moved), REWARD + BOND / 2, "paid");
        assertEq(market.treasuryDue(), 0, "nothing due");
        assertConserved(id);
        vm.expectRevert(abi.encodeWithSelector(IComputeMarket.ComputeMarket_NothingOwed.selector, moved));
        market.payTreasury();
    }

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

    function test_TheTreasurysPartRefusesToBeReentered() external {
        HookedToken hooked = useHookedToken();
        for (uint256 i = 1; i < 3; ++i) {
            hooked.mint(providers[i], FUNDS);
            hooked.approveFor(providers[i], address(market), FUNDS);
        }
        bytes32 id = post();
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(providers[i]);
            market.stake(STAKE);
            offer(id, providers[i]);
        }
        seal(id);
        draw(id);
        conclude(id);
        market.release(id, providers[0]);
        hooked.callOnTransfer(address(market), abi.encodeCall(IComputeMarket.payTreasury, ()));
        market.payTreasury();
        assertTrue(!hooked.succeeded(), "refused");
        assertEq(hooked.balanceOf(treasury), BOND / 2, "paid once");
    }
}
