// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInferenceChannels} from "../../../src/interfaces/IInferenceChannels.sol";
import {ChannelStatus} from "../../../src/types/Channel.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ChannelFixture} from "../../utils/ChannelFixture.sol";

contract ChannelRefundTest is ChannelFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = open();
    }

    /// when the payee has closed
    /// - it should send the payer what is left, whoever calls
    /// - it should emit PayerRefunded
    function test_SendsThePayerWhatIsLeftWhoeverCalls() external {
        close(id, 60e18);
        vm.expectEmit(address(channels));
        emit IInferenceChannels.PayerRefunded(id, payer, 40e18);
        vm.prank(stranger);
        channels.refund(id);
        assertStatus(id, ChannelStatus.Done);
        assertMoney(id, DEPOSIT, 60e18, 40e18);
        assertEq(token.balanceOf(payer), FUNDS - 60e18, "back");
        assertEq(token.balanceOf(address(channels)), 0, "nothing stays behind");
    }

    /// when there is no such channel: it should revert
    function test_RevertWhen_ThereIsNoSuchChannel() external {
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelUnknown.selector, 0)
        );
        channels.refund(0);
    }

    /// when the channel is open or closing: it should revert
    function test_RevertWhen_ThePayeeHasNotClosed() external {
        bytes memory notClosed =
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_NotClosed.selector, id);
        vm.expectRevert(notClosed);
        channels.refund(id);
        startClose(id);
        vm.expectRevert(notClosed);
        channels.refund(id);
    }

    /// when nothing is left: it should revert
    function test_RevertWhen_NothingIsLeft() external {
        bytes memory nothingLeft =
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_NothingLeft.selector, id);
        close(id, 60e18);
        channels.refund(id);
        vm.expectRevert(nothingLeft);
        channels.refund(id);
    }

    /// when the token calls back: it should refuse the inner call and pay once
    function test_RefusesToBeReentered() external {
        HookedToken hooked = useHookedToken();
        id = open();
        openSalted(1);
        close(id, 60e18);
        hooked.callOnTransfer(address(channels), abi.encodeCall(IInferenceChannels.refund, (id)));
        channels.refund(id);
        assertTrue(!hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertEq(hooked.balanceOf(address(channels)), DEPOSIT, "the other channel's money");
    }
}
