// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInferenceChannels} from "../../../src/interfaces/IInferenceChannels.sol";
import {ChannelTerms} from "../../../src/types/Channel.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {SmartWallet} from "../../mocks/SmartWallet.sol";
import {ChannelFixture} from "../../utils/ChannelFixture.sol";

contract SettleTest is ChannelFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = open();
    }

    /// when the payer or the session key signed it
    /// - it should pay the payee the difference, whoever calls
    /// - it should emit VoucherSettled
    function test_PaysTheDifferenceWhoeverCalls() external {
        bytes memory signature = sign(SESSION_KEY, id, 30e18);
        vm.expectEmit(address(channels));
        emit IInferenceChannels.VoucherSettled(id, payee, 30e18, 30e18);
        vm.prank(stranger);
        assertEq(channels.settle(id, 30e18, signature), 30e18, "amount");
        assertEq(token.balanceOf(payee), 30e18, "first");

        signature = sign(PAYER_KEY, id, 31e18);
        vm.expectEmit(address(channels));
        emit IInferenceChannels.VoucherSettled(id, payee, 1e18, 31e18);
        assertEq(channels.settle(id, 31e18, signature), 1e18, "amount");
        assertEq(token.balanceOf(payee), 31e18, "both");
        assertMoney(id, DEPOSIT, 31e18, 0);
    }

    /// when the payer or the session key signed it: it should pay the payee the difference, whoever calls
    function test_PaysTheWholeDeposit() external {
        settle(id, DEPOSIT);
        assertEq(token.balanceOf(payee), DEPOSIT, "paid");
        assertEq(token.balanceOf(address(channels)), 0, "nothing stays behind");
    }

    /// when the payer or the session key signed it
    /// - it should pay while the channel is closing, and later as long as nobody has finished it
    function test_PaysAsLongAsNobodyHasFinished() external {
        startClose(id);
        settle(id, 1e18);
        vm.warp(START + 365 days);
        settle(id, 2e18);
        assertEq(token.balanceOf(payee), 2e18, "paid");
    }

    /// when the payer or the session key signed it: it should pay the payee the difference, whoever calls
    /// when neither the payer nor the session key signed it: it should revert
    function test_PaysWithoutASessionKey() external {
        ChannelTerms memory t = terms();
        t.sessionKey = address(0);
        id = open(t);
        channels.settle(id, 5, sign(PAYER_KEY, id, 5));
        _expectSignatureInvalid(id, 6, sign(SESSION_KEY, id, 6));
        // What recovers to the zero address is no session key's either.
        _expectSignatureInvalid(id, 6, new bytes(65));
    }

    /// when the payer is a wallet contract (ERC-1271) that accepts the signature: it should pay
    function test_PaysOnAWalletsSignature() external {
        address wallet = address(new SmartWallet(payer));
        vm.prank(payer);
        token.transfer(wallet, DEPOSIT);
        vm.prank(wallet);
        token.approve(address(channels), DEPOSIT);
        ChannelTerms memory t = terms();
        vm.prank(wallet);
        id = channels.open(t);
        _expectSignatureInvalid(id, 5, sign(STRANGER_KEY, id, 5));
        channels.settle(id, 5, sign(PAYER_KEY, id, 5));
        assertEq(token.balanceOf(payee), 5, "paid");
    }

    /// when there is no such channel, or it is closed: it should revert
    function test_RevertWhen_ThereIsNoSuchChannel() external {
        bytes memory signature = sign(PAYER_KEY, 0, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelUnknown.selector, 0)
        );
        channels.settle(0, 1, signature);
    }

    /// when there is no such channel, or it is closed: it should revert
    function test_RevertWhen_TheChannelIsClosed() external {
        bytes memory signature = sign(PAYER_KEY, id, 2);
        bytes memory closed =
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelIsClosed.selector, id);
        close(id, 1);
        vm.expectRevert(closed);
        channels.settle(id, 2, signature);
        channels.refund(id);
        vm.expectRevert(closed);
        channels.settle(id, 2, signature);
    }

    /// when the voucher pays no more than was paid: it should revert
    function test_RevertWhen_TheVoucherIsSpent() external {
        settle(id, 10);
        for (uint128 cumulative = 9; cumulative <= 10; ++cumulative) {
            bytes memory signature = sign(SESSION_KEY, id, cumulative);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IInferenceChannels.InferenceChannels_VoucherSpent.selector, id, cumulative, 10
                )
            );
            channels.settle(id, cumulative, signature);
        }
    }

    /// when the voucher is above the deposit: it should revert
    function test_RevertWhen_TheVoucherIsAboveTheDeposit() external {
        bytes memory signature = sign(SESSION_KEY, id, DEPOSIT + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_VoucherAboveDeposit.selector, id, DEPOSIT + 1, DEPOSIT
            )
        );
        channels.settle(id, DEPOSIT + 1, signature);
    }

    /// when neither the payer nor the session key signed it: it should revert
    function test_RevertWhen_TheSignatureIsForeign() external {
        _expectSignatureInvalid(id, 5, sign(STRANGER_KEY, id, 5));
        _expectSignatureInvalid(id, 5, sign(PAYER_KEY, id, 6));
        _expectSignatureInvalid(id, 5, "");
        _expectSignatureInvalid(id, 5, bytes.concat(sign(PAYER_KEY, id, 5), hex"00"));
    }

    /// when the session key was revoked and its notice is over: it should revert
    function test_RevertWhen_TheSessionKeysNoticeIsOver() external {
        vm.prank(payer);
        channels.revokeSessionKey(id);
        vm.warp(START + LOCK);
        settle(id, 1);
        vm.warp(START + LOCK + 1);
        bytes memory signature = sign(SESSION_KEY, id, 2);
        vm.expectRevert(
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_SessionKeyIsRevoked.selector,
                id,
                sessionKey,
                START + LOCK
            )
        );
        channels.settle(id, 2, signature);
        // The payer's own word is good still.
        channels.settle(id, 2, sign(PAYER_KEY, id, 2));
    }

    /// when the token calls back: it should refuse the inner call and pay once
    function test_RefusesToBeReentered() external {
        HookedToken hooked = useHookedToken();
        id = open();
        bytes memory inner = sign(PAYER_KEY, id, 2);
        hooked.callOnTransfer(address(channels), abi.encodeCall(IInferenceChannels.settle, (id, 2, inner)));
        settle(id, 1);
        assertTrue(!hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertEq(hooked.balanceOf(payee), 1, "paid once");
    }

    function _expectSignatureInvalid(bytes32 channel, uint128 cumulative, bytes memory signature) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_VoucherSignatureInvalid.selector, channel, cumulative
            )
        );
        channels.settle(channel, cumulative, signature);
    }
}
