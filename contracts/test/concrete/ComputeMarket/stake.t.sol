// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IComputeMarket} from "../../../src/interfaces/IComputeMarket.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ComputeFixture} from "../../utils/ComputeFixture.sol";

contract StakeTest is ComputeFixture {
    address private provider;

    function setUp() public override {
        super.setUp();
        provider = providers[0];
    }

    function test_StakeAddsFreeStake() external {
        vm.expectEmit(address(market));
        emit IComputeMarket.Staked(provider, 7);
        vm.prank(provider);
        market.stake(7);
        assertStake(provider, STAKE + 7, 0, 0);
        assertEq(token.balanceOf(provider), FUNDS - STAKE - 7, "paid");
        assertEq(token.balanceOf(address(market)), 5 * uint256(STAKE) + 7, "held");
    }

    function test_StakeRevertWhen_TheAmountIsZero() external {
        vm.expectRevert(IComputeMarket.ComputeMarket_AmountZero.selector);
        market.stake(0);
    }

    function test_StakeRevertWhen_AllOfItWouldOverflow() external {
        vm.prank(provider);
        market.unstake(1);
        vm.prank(provider);
        vm.expectRevert(
            abi.encodeWithSelector(
                IComputeMarket.ComputeMarket_StakeTooLarge.selector,
                provider,
                uint256(type(uint128).max) + STAKE
            )
        );
        market.stake(type(uint128).max);
    }

    function test_StakeRevertWhen_TheTokenTakesAFee() external {
        useHookedToken().takeFee(3);
        vm.prank(provider);
        vm.expectRevert(abi.encodeWithSelector(IComputeMarket.ComputeMarket_FundingMismatch.selector, 10, 7));
        market.stake(10);
    }

    function test_UnstakeStartsTheDelayForAllThatIsLeaving() external {
        vm.expectEmit(address(market));
        emit IComputeMarket.UnstakeStarted(provider, 5, uint64(START + 7 days));
        vm.prank(provider);
        market.unstake(5);
        vm.warp(START + 1 days);
        vm.expectEmit(address(market));
        emit IComputeMarket.UnstakeStarted(provider, 8, uint64(START + 8 days));
        vm.prank(provider);
        market.unstake(3);
        assertStake(provider, STAKE - 8, 0, 8);
        assertEq(market.stakeOf(provider).leavesAt, START + 8 days, "leaves at");
    }

    function test_UnstakeRevertWhen_TheAmountIsZeroOrNotFree() external {
        vm.prank(provider);
        vm.expectRevert(IComputeMarket.ComputeMarket_AmountZero.selector);
        market.unstake(0);
        offer(post(), provider);
        vm.prank(provider);
        vm.expectRevert(
            abi.encodeWithSelector(
                IComputeMarket.ComputeMarket_StakeTooSmall.selector, provider, STAKE - BOND + 1, STAKE - BOND
            )
        );
        market.unstake(STAKE - BOND + 1);
        vm.prank(provider);
        market.unstake(STAKE - BOND);
        assertStake(provider, 0, BOND, STAKE - BOND);
    }

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

    function test_WithdrawRevertWhen_TheDelayRunsOrNothingIsLeaving() external {
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
