// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IComputeMarket} from "../../../src/interfaces/IComputeMarket.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ComputeFixture} from "../../utils/ComputeFixture.sol";

contract WithdrawStakeTest is ComputeFixture {
    address private provider;

    function setUp() public override {
        super.setUp();
        provider = providers[0];
    }

    /// when the delay is over: it should send the provider its stake, whoever calls
    function test_WithdrawSendsTheStakeWhoeverCalls() external {
        vm.prank(provider);
        market.unstake(STAKE);
        vm.warp(START + 7 days + 1);
        vm.expectEmit(address(market));
        emit IComputeMarket.Unstaked(provider, STAKE);
        vm.prank(stranger);
        market.withdrawStake(provider);
        assertStake(provider, 0, 0, 0);
        assertEq(token.balanceOf(provider), FUNDS, "back");
        _expectNothingLeaving();
    }

    /// when nothing is leaving, or the delay still runs: it should revert
    function test_RevertWhen_TheDelayRunsOrNothingIsLeaving() external {
        _expectNothingLeaving();
        vm.prank(provider);
        market.unstake(1);
        vm.warp(START + 7 days);
        vm.expectRevert(
            abi.encodeWithSelector(
                IComputeMarket.ComputeMarket_StakeStillLeaving.selector,
                provider,
                START + 7 days,
                START + 7 days
            )
        );
        market.withdrawStake(provider);
    }

    /// when the token calls back: it should refuse the inner call and pay once
    function test_WithdrawRefusesToBeReentered() external {
        HookedToken hooked = useHookedToken();
        vm.prank(provider);
        market.stake(STAKE);
        vm.prank(provider);
        market.unstake(STAKE);
        vm.warp(START + 8 days);
        hooked.callOnTransfer(address(market), abi.encodeCall(IComputeMarket.withdrawStake, (provider)));
        market.withdrawStake(provider);
        assertTrue(!hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertEq(hooked.balanceOf(provider), FUNDS, "paid once");
    }

    function _expectNothingLeaving() private {
        vm.expectRevert(
            abi.encodeWithSelector(IComputeMarket.ComputeMarket_NothingLeaving.selector, provider)
        );
        market.withdrawStake(provider);
    }
}
