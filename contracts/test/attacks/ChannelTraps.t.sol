// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IInferenceChannels} from "../../src/interfaces/IInferenceChannels.sol";
import {ChannelStatus, ChannelTerms, Voucher} from "../../src/types/Channel.sol";
import {ChannelFixture} from "../utils/ChannelFixture.sol";

/// What goes wrong in systems that do this today, and does not here.
contract ChannelTraps is ChannelFixture {
    /// From every state the money comes free: by the payee at once, by the payer after a notice of at most 30 days, and
    /// neither needs the other, nor gas of the payer.
    function test_Trap_ChannelLocksThatStick() external {
        ChannelTerms memory t = terms();
        t.lockSeconds = channels.MAX_LOCK();
        bytes32 id = open(t);
        settle(id, 1e18);
        // The payee is gone; the payer has no gas; a stranger relays and finishes.
        bytes memory signature = signStartClose(PAYER_KEY, id);
        vm.prank(stranger);
        channels.startCloseFor(id, signature);
        vm.warp(START + 30 days + 1);
        vm.prank(stranger);
        channels.finish(id);
        assertStatus(id, ChannelStatus.Done);

        // The payer is gone: the payee waits for nothing.
        id = openSalted(1);
        close(id, 1e18);
        vm.prank(stranger);
        channels.refund(id);
        assertStatus(id, ChannelStatus.Done);
        assertEq(token.balanceOf(address(channels)), 0, "nothing is stuck");
    }

    /// The notice can't be drawn out: not by asking again, nor by a top-up, nor by settling small vouchers.
    function test_Trap_ChannelLocksThatStick_NobodyDrawsTheNoticeOut() external {
        bytes32 id = open();
        startClose(id);
        vm.warp(START + LOCK / 2);
        vm.prank(payer);
        vm.expectPartialRevert(IInferenceChannels.InferenceChannels_ChannelIsClosing.selector);
        channels.startClose(id);
        vm.prank(payer);
        vm.expectPartialRevert(IInferenceChannels.InferenceChannels_ChannelIsClosing.selector);
        channels.topUp(id, 1);
        settle(id, 1);
        assertEq(channels.channel(id).closesAt, START + LOCK, "as it was");
        vm.warp(START + LOCK + 1);
        channels.finish(id);
    }

    /// Openings, vouchers and settlements of many channels go in any order; no counter runs through them.
    function test_Trap_ParallelCallsNeedingExtraNonces() external {
        bytes32[4] memory ids;
        bytes[4] memory signatures;
        // Ids and vouchers are known before anything is sent.
        for (uint256 i = 0; i < 4; ++i) {
            ids[i] = channels.channelId(payer, payee, sessionKey, LOCK, bytes32(i));
            signatures[i] = sign(SESSION_KEY, ids[i], uint128(i + 1));
        }
        uint8[4] memory order = [2, 0, 3, 1];
        for (uint256 i = 0; i < 4; ++i) {
            assertEq(openSalted(order[i]), ids[order[i]], "the id does not depend on the order");
        }
        for (uint256 i = 0; i < 4; ++i) {
            channels.settle(ids[i], uint128(i + 1), signatures[i]);
        }
        assertEq(token.balanceOf(payee), 1 + 2 + 3 + 4, "all paid");
    }

    /// Many calls at once on one channel: only the largest sum matters, whatever order their vouchers arrive in.
    function test_Trap_ParallelCallsNeedingExtraNonces_OnOneChannel() external {
        bytes32 id = open();
        settle(id, 30);
        Voucher[] memory late = new Voucher[](3);
        (late[0], late[1], late[2]) = (voucher(id, 10), voucher(id, 40), voucher(id, 20));
        assertEq(channels.batchSettle(late), 10, "what was missing");
        assertEq(token.balanceOf(payee), 40, "the largest");
    }

    /// A claim that comes late is paid as long as the money is there, and is refused aloud afterwards.
    function test_Trap_ClaimsCancelledSilentlyWhenLate() external {
        bytes32 id = open();
        startClose(id);
        vm.warp(START + 100 * uint256(LOCK));
        settle(id, 10);
        assertEq(token.balanceOf(payee), 10, "long after the notice, but before the end");
        channels.finish(id);
        bytes memory signature = sign(SESSION_KEY, id, 20);
        bytes memory closed =
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelIsClosed.selector, id);
        vm.expectRevert(closed);
        channels.settle(id, 20, signature);
        // In a batch too: the event says which one and why.
        Voucher[] memory vouchers = new Voucher[](2);
        (vouchers[0], vouchers[1]) = (voucher(id, 20), voucher(openSalted(1), 1));
        vm.expectEmit(address(channels));
        emit IInferenceChannels.VoucherRefused(id, 20, closed);
        channels.batchSettle(vouchers);
    }

    /// A payee that never turns up costs the payer its notice and no token.
    function test_Trap_AnInvoiceNobodyAccepts() external {
        ChannelTerms memory t = terms();
        t.payee = address(0xdead);
        bytes32 id = open(t);
        finish(id);
        assertEq(token.balanceOf(payer), FUNDS, "all of it is back");
    }

    /// The server's answer is lost, the client asks again and is asked to pay again: it signs the same sum, or signs it
    /// anew. Both pay once.
    function test_Trap_DoublePaymentWhenATimeoutIsAnsweredByAFresh402() external {
        bytes32 id = open();
        bytes memory first = sign(SESSION_KEY, id, 10);
        bytes memory again = sign(PAYER_KEY, id, 10);
        assertTrue(keccak256(first) != keccak256(again), "two signatures");
        channels.settle(id, 10, first);
        bytes memory spent =
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_VoucherSpent.selector, id, 10, 10);
        vm.expectRevert(spent);
        channels.settle(id, 10, first);
        vm.expectRevert(spent);
        channels.settle(id, 10, again);
        vm.prank(payee);
        channels.close(id, 10, again);
        assertEq(token.balanceOf(payee), 10, "once");
    }

    /// A voucher names its channel, and the channel's id its chain, contract, payer, payee, key, notice and salt.
    function test_Trap_ProofsNotBoundToTheirPool() external {
        bytes32 id = open();
        bytes memory signature = sign(SESSION_KEY, id, 10);
        for (uint256 i = 0; i < 4; ++i) {
            ChannelTerms memory t = terms();
            if (i == 0) t.payee = stranger;
            if (i == 1) t.sessionKey = payer;
            if (i == 2) t.lockSeconds = LOCK + 1;
            if (i == 3) t.salt = bytes32(uint256(1));
            bytes32 other = open(t);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IInferenceChannels.InferenceChannels_VoucherSignatureInvalid.selector, other, 10
                )
            );
            channels.settle(other, 10, signature);
        }
    }
}
