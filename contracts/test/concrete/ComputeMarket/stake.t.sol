// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IComputeMarket} from "../../../src/interfaces/IComputeMarket.sol";
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

    function test_RevertWhen_TheAmountIsZero() external {
        vm.expectRevert(IComputeMarket.ComputeMarket_AmountZero.selector);
        market.stake(0);
    }

    function test_RevertWhen_AllOfItWouldOverflow() external {
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

    function test_RevertWhen_TheTokenTakesAFee() external {
        useHookedToken().takeFee(3);
        vm.prank(provider);
        vm.expectRevert(abi.encodeWithSelector(IComputeMarket.ComputeMarket_FundingMismatch.selector, 10, 7));
        market.stake(10);
    }
}
