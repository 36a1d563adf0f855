// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IComputeMarket} from "../../../src/interfaces/IComputeMarket.sol";
import {ComputeFixture} from "../../utils/ComputeFixture.sol";

contract UnstakeTest is ComputeFixture {
    address private provider;

    function setUp() public override {
        super.setUp();
        provider = providers[0];
    }

    /// when it is free
    /// - it should take it out of use and start the delay, for all that is leaving
    /// - it should emit UnstakeStarted
    /// stakeOf, when it has: it should show what is free, bonded and leaving, and when that leaves
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

    /// when the amount is zero or above the free stake: it should revert
    /// stakeOf, when it has: it should show what is free, bonded and leaving, and when that leaves
    function test_RevertWhen_TheAmountIsZeroOrNotFree() external {
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
}
