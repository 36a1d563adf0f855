// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IInferenceChannels} from "../../../src/interfaces/IInferenceChannels.sol";
import {ChannelTerms} from "../../../src/types/Channel.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ChannelFixture} from "../../utils/ChannelFixture.sol";

contract TopUpTest is ChannelFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = open();
    }

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

    function test_RevertWhen_ThereIsNoSuchChannel() external {
        _expect(0, 1, abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelUnknown.selector, 0));
    }

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

    function test_RevertWhen_TheChannelIsClosed() external {
        close(id, 1);
        bytes memory closed =
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelIsClosed.selector, id);
        _expect(id, 1, closed);
        channels.refund(id);
        _expect(id, 1, closed);
    }

    function test_RevertWhen_TheAmountIsZero() external {
        _expect(id, 0, abi.encodeWithSelector(IInferenceChannels.InferenceChannels_AmountZero.selector));
    }

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

    function test_RevertWhen_TheTokenTakesAFee() external {
        HookedToken hooked = useHookedToken();
        id = open();
        hooked.takeFee(2);
        _expect(
            id, 5, abi.encodeWithSelector(IInferenceChannels.InferenceChannels_FundingMismatch.selector, 5, 3)
        );
    }

    function _expect(bytes32 channel, uint128 amount, bytes memory reason) private {
        vm.prank(payer);
        vm.expectRevert(reason);
        channels.topUp(channel, amount);
    }
}
