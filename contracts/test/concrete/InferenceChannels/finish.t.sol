// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInferenceChannels} from "../../../src/interfaces/IInferenceChannels.sol";
import {ChannelStatus} from "../../../src/types/Channel.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ChannelFixture} from "../../utils/ChannelFixture.sol";

contract FinishTest is ChannelFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = open();
    }

    /// when the notice is over
    /// - it should send the payer what is left, whoever calls
    /// - it should emit ChannelClosed and PayerRefunded
    function test_SendsThePayerWhatIsLeftWhoeverCalls() external {
        settle(id, 10e18);
        startClose(id);
        vm.warp(START + LOCK + 1);
        vm.expectEmit(address(channels));
        emit IInferenceChannels.ChannelClosed(id, payee, 10e18, 90e18);
        vm.expectEmit(address(channels));
        emit IInferenceChannels.PayerRefunded(id, payer, 90e18);
        vm.prank(stranger);
        channels.finish(id);
        assertStatus(id, ChannelStatus.Done);
        assertMoney(id, DEPOSIT, 10e18, 90e18);
        assertEq(token.balanceOf(payer), FUNDS - 10e18, "back");
    }

    /// when nothing is left: it should end the channel without a transfer
    function test_EndsAChannelWithNothingLeft() external {
        settle(id, DEPOSIT);
        finish(id);
        assertStatus(id, ChannelStatus.Done);
        assertMoney(id, DEPOSIT, DEPOSIT, 0);
    }

    /// when the notice still runs: it should revert
    function test_RevertWhen_TheNoticeStillRuns() external {
        startClose(id);
        vm.warp(START + LOCK);
        vm.expectRevert(
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_NoticeStillRuns.selector, id, START + LOCK, START + LOCK
            )
        );
        channels.finish(id);
    }

    /// when the payer has not started to close: it should revert
    function test_RevertWhen_ThePayerHasNotStartedToClose() external {
        vm.warp(START + 365 days);
        vm.expectRevert(abi.encodeWithSelector(IInferenceChannels.InferenceChannels_NotClosing.selector, id));
        channels.finish(id);
    }

    /// when there is no such channel, or it is closed: it should revert
    function test_RevertWhen_ThereIsNoSuchChannel() external {
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelUnknown.selector, 0)
        );
        channels.finish(0);
    }

    /// when there is no such channel, or it is closed: it should revert
    function test_RevertWhen_TheChannelIsClosed() external {
        bytes memory closed =
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelIsClosed.selector, id);
        startClose(id);
        close(id, 1);
        vm.warp(START + LOCK + 1);
        vm.expectRevert(closed);
        channels.finish(id);
        channels.refund(id);
        vm.expectRevert(closed);
        channels.finish(id);
    }

    /// when the token calls back: it should refuse the inner call
    function test_RefusesToBeReentered() external {
        HookedToken hooked = useHookedToken();
        id = open();
        openSalted(1);
        startClose(id);
        vm.warp(START + LOCK + 1);
        hooked.callOnTransfer(address(channels), abi.encodeCall(IInferenceChannels.finish, (id)));
        channels.finish(id);
        assertTrue(!hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertEq(hooked.balanceOf(address(channels)), DEPOSIT, "the other channel's money");
    }
}
