// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInferenceChannels} from "../../../src/interfaces/IInferenceChannels.sol";
import {ChannelStatus} from "../../../src/types/Channel.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ChannelFixture} from "../../utils/ChannelFixture.sol";

contract CloseTest is ChannelFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = open();
    }

    /// when the voucher is newer
    /// - it should pay the difference and leave the rest to the payer
    /// - it should emit VoucherSettled and ChannelClosed
    function test_PaysTheDifferenceAndLeavesTheRest() external {
        settle(id, 10e18);
        bytes memory signature = sign(PAYER_KEY, id, 60e18);
        vm.expectEmit(address(channels));
        emit IInferenceChannels.VoucherSettled(id, payee, 50e18, 60e18);
        vm.expectEmit(address(channels));
        emit IInferenceChannels.ChannelClosed(id, payee, 60e18, 40e18);
        vm.prank(payee);
        channels.close(id, 60e18, signature);
        assertStatus(id, ChannelStatus.Closed);
        assertMoney(id, DEPOSIT, 60e18, 0);
        assertEq(token.balanceOf(payee), 60e18, "paid");
        assertEq(token.balanceOf(address(channels)), 40e18, "held for the payer");
    }

    /// when the voucher is newer: it should close also while the payer is closing
    function test_ClosesWhileThePayerIsClosing() external {
        startClose(id);
        vm.warp(START + 10 * LOCK);
        close(id, 60e18);
        assertEq(token.balanceOf(payee), 60e18, "paid");
        assertStatus(id, ChannelStatus.Closed);
    }

    /// when the voucher is no newer than what was paid: it should close, and pay nothing more
    function test_PaysNothingMoreWithoutANewerVoucher() external {
        settle(id, 10e18);
        vm.prank(payee);
        channels.close(id, 10e18, "");
        assertMoney(id, DEPOSIT, 10e18, 0);
        assertStatus(id, ChannelStatus.Closed);
        assertEq(token.balanceOf(payee), 10e18, "as before");
    }

    /// when the whole deposit is vouched for: it should leave nothing to refund
    function test_LeavesNothingIfAllIsVouchedFor() external {
        close(id, DEPOSIT);
        assertStatus(id, ChannelStatus.Done);
        assertMoney(id, DEPOSIT, DEPOSIT, 0);
        vm.expectRevert(abi.encodeWithSelector(IInferenceChannels.InferenceChannels_NothingLeft.selector, id));
        channels.refund(id);
    }

    /// when there is no such channel, or it is closed: it should revert
    function test_RevertWhen_ThereIsNoSuchChannel() external {
        _expect(
            0, 0, "", abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelUnknown.selector, 0)
        );
    }

    /// when there is no such channel, or it is closed: it should revert
    function test_RevertWhen_TheChannelIsClosed() external {
        close(id, 1);
        bytes memory closed =
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelIsClosed.selector, id);
        _expect(id, 2, sign(PAYER_KEY, id, 2), closed);
        channels.refund(id);
        _expect(id, 2, sign(PAYER_KEY, id, 2), closed);
    }

    /// when the caller is not the payee: it should revert
    function test_RevertWhen_TheCallerIsNotThePayee() external {
        bytes memory signature = sign(PAYER_KEY, id, 1);
        address[2] memory callers = [payer, stranger];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IInferenceChannels.InferenceChannels_NotPayee.selector, id, callers[i], payee
                )
            );
            channels.close(id, 1, signature);
        }
    }

    /// when the voucher is wrong or above the deposit: it should revert and leave the channel open
    function test_RevertWhen_TheVoucherIsWrong() external {
        _expect(
            id,
            5,
            sign(STRANGER_KEY, id, 5),
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_VoucherSignatureInvalid.selector, id, 5
            )
        );
        _expect(
            id,
            DEPOSIT + 1,
            sign(PAYER_KEY, id, DEPOSIT + 1),
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_VoucherAboveDeposit.selector, id, DEPOSIT + 1, DEPOSIT
            )
        );
        assertStatus(id, ChannelStatus.Open);
    }

    /// when the token calls back: it should refuse the inner call and pay once
    function test_RefusesToBeReentered() external {
        HookedToken hooked = useHookedToken();
        id = open();
        openSalted(1);
        hooked.callOnTransfer(address(channels), abi.encodeCall(IInferenceChannels.refund, (id)));
        close(id, 60e18);
        assertTrue(!hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertEq(hooked.balanceOf(address(channels)), 40e18 + DEPOSIT, "held");
    }

    function _expect(bytes32 channel, uint128 cumulative, bytes memory signature, bytes memory reason)
        private
    {
        vm.prank(payee);
        vm.expectRevert(reason);
        channels.close(channel, cumulative, signature);
    }
}
