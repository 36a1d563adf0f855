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

    /// when the amount is right: it should add free stake and emit Staked
    function test_StakeAddsFreeStake() external {
        vm.expectEmit(address(market));
        emit IComputeMarket.Staked(provider, 7);
        vm.prank(provider);
        market.stake(7);
        assertStake(provider, STAKE + 7, 0, 0);
        assertEq(token.balanceOf(provider), FUNDS - STAKE - 7, "paid");
        assertEq(token.balanceOf(address(market)), 5 * uint256(STAKE) + 7, "held");
    }

    /// when the amount is zero, or all of the stake would pass 2^128: it should revert
    function test_RevertWhen_TheAmountIsZero() external {
        vm.expectRevert(IComputeMarket.ComputeMarket_AmountZero.selector);
        market.stake(0);
    }

    /// when the amount is zero, or all of the stake would pass 2^128: it should revert
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

    /// when the token moves less than the amount: it should revert
    function test_RevertWhen_TheTokenTakesAFee() external {
        useHookedToken().takeFee(3);
        vm.prank(provider);
        vm.expectRevert(abi.encodeWithSelector(IComputeMarket.ComputeMarket_FundingMismatch.selector, 10, 7));
        market.stake(10);
    }

    /// when the token calls back: it should refuse the inner call
    function test_RefusesToBeReentered() external {
        HookedToken hooked = useHookedToken();
        hooked.callOnTransfer(address(market), abi.encodeCall(IComputeMarket.stake, (1)));
        vm.prank(provider);
        market.stake(10);
        assertTrue(hooked.calls() == 1 && !hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertStake(provider, 10, 0, 0);
    }
}
