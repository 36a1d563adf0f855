// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInferenceChannels} from "../../../src/interfaces/IInferenceChannels.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ChannelFixture} from "../../utils/ChannelFixture.sol";

contract TopUpTest is ChannelFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = open();
    }

    /// when the channel is open
    /// - it should add to the deposit, whoever pays
    /// - it should emit ChannelToppedUp
    function test_AddsToTheDepositWhoeverPays() external {
        vm.prank(payer);
        token.transfer(stranger, 7e18);
        vm.prank(stranger);
        token.approve(address(channels), 7e18);
        vm.expectEmit(address(channels));
        emit IInferenceChannels.ChannelToppedUp(id, stranger, 7e18, DEPOSIT + 7e18);
        vm.prank(stranger);
        channels.topUp(id, 7e18);
        assertMoney(id, DEPOSIT + 7e18, 0, 0);
        assertEq(token.balanceOf(address(channels)), DEPOSIT + 7e18, "held");
        finish(id);
        assertEq(token.balanceOf(payer), FUNDS, "what is left is the payer's");
    }

    /// when the channel is open: it should make a voucher above the old deposit good
    function test_MakesALargeVoucherGood() external {
        bytes memory signature = sign(PAYER_KEY, id, DEPOSIT + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_VoucherAboveDeposit.selector, id, DEPOSIT + 1, DEPOSIT
            )
        );
        channels.settle(id, DEPOSIT + 1, signature);
        vm.prank(payer);
        channels.topUp(id, 1);
        channels.settle(id, DEPOSIT + 1, signature);
        assertEq(token.balanceOf(payee), DEPOSIT + 1, "paid");
    }

    /// when there is no such channel, or it is closing or closed: it should revert
    function test_RevertWhen_ThereIsNoSuchChannel() external {
        _expect(0, 1, abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelUnknown.selector, 0));
    }

    /// when there is no such channel, or it is closing or closed: it should revert
    function test_RevertWhen_TheChannelIsClosing() external {
        startClose(id);
        _expect(
            id,
            1,
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_ChannelIsClosing.selector, id, START + LOCK
            )
        );
    }

    /// when there is no such channel, or it is closing or closed: it should revert
    function test_RevertWhen_TheChannelIsClosed() external {
        close(id, 1);
        bytes memory closed =
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelIsClosed.selector, id);
        _expect(id, 1, closed);
        channels.refund(id);
        _expect(id, 1, closed);
    }

    /// when the amount is zero, or the deposit would pass 2^128: it should revert
    function test_RevertWhen_TheAmountIsZero() external {
        _expect(id, 0, abi.encodeWithSelector(IInferenceChannels.InferenceChannels_AmountZero.selector));
    }

    /// when the amount is zero, or the deposit would pass 2^128: it should revert
    function test_RevertWhen_TheDepositWouldOverflow() external {
        _expect(
            id,
            type(uint128).max,
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_DepositTooLarge.selector,
                id,
                uint256(type(uint128).max) + DEPOSIT
            )
        );
    }

    /// when the token moves less than the amount: it should revert
    function test_RevertWhen_TheTokenTakesAFee() external {
        HookedToken hooked = useHookedToken();
        id = open();
        hooked.takeFee(2);
        _expect(
            id, 5, abi.encodeWithSelector(IInferenceChannels.InferenceChannels_FundingMismatch.selector, 5, 3)
        );
    }

    /// when the token calls back: it should refuse the inner call
    function test_RefusesToBeReentered() external {
        HookedToken hooked = useHookedToken();
        id = open();
        hooked.callOnTransfer(address(channels), abi.encodeCall(IInferenceChannels.topUp, (id, 1)));
        vm.prank(payer);
        channels.topUp(id, 5);
        assertTrue(hooked.calls() == 1 && !hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertMoney(id, DEPOSIT + 5, 0, 0);
    }

    function _expect(bytes32 channel, uint128 amount, bytes memory reason) private {
        vm.prank(payer);
        vm.expectRevert(reason);
        channels.topUp(channel, amount);
    }
}
