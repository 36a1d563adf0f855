// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IInferenceChannels} from "../../../src/interfaces/IInferenceChannels.sol";
import {ChannelStatus, ChannelTerms} from "../../../src/types/Channel.sol";
import {SmartWallet} from "../../mocks/SmartWallet.sol";
import {ChannelFixture} from "../../utils/ChannelFixture.sol";

contract StartCloseForTest is ChannelFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = open();
    }

    /// when the payer signed: it should start the payee's notice, whoever relays it
    function test_StartsThePayeesNoticeWhoeverRelaysIt() external {
        bytes memory signature = signStartClose(PAYER_KEY, id);
        vm.expectEmit(address(channels));
        emit IInferenceChannels.CloseStarted(id, payee, uint64(START + LOCK));
        vm.prank(stranger);
        channels.startCloseFor(id, signature);
        assertStatus(id, ChannelStatus.Closing);
    }

    /// when the payer signed: it should take an ERC-1271 wallet's signature
    function test_TakesAWalletsSignature() external {
        SmartWallet wallet = new SmartWallet(payer);
        vm.prank(payer);
        token.transfer(address(wallet), DEPOSIT);
        ChannelTerms memory t = terms();
        vm.prank(address(wallet));
        token.approve(address(channels), DEPOSIT);
        vm.prank(address(wallet));
        id = channels.open(t);
        channels.startCloseFor(id, signStartClose(PAYER_KEY, id));
        assertStatus(id, ChannelStatus.Closing);
    }

    /// when the payer did not sign: it should revert, also for the session key
    function test_RevertWhen_ThePayerDidNotSign() external {
        bytes32 other = openSalted(1);
        _expectSignatureInvalid(signStartClose(SESSION_KEY, id));
        _expectSignatureInvalid(signStartClose(STRANGER_KEY, id));
        _expectSignatureInvalid(signStartClose(PAYER_KEY, other));
        _expectSignatureInvalid(signRevoke(PAYER_KEY, id));
        _expectSignatureInvalid("");
    }

    /// when there is no such channel, or it is closing or closed: it should revert
    function test_RevertWhen_TheChannelIsNotOpen() external {
        bytes memory signature = signStartClose(PAYER_KEY, id);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelUnknown.selector, 0)
        );
        channels.startCloseFor(0, signature);
        startClose(id);
        vm.warp(START + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_ChannelIsClosing.selector, id, START + LOCK
            )
        );
        channels.startCloseFor(id, signature);
        close(id, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelIsClosed.selector, id)
        );
        channels.startCloseFor(id, signature);
    }

    function _expectSignatureInvalid(bytes memory signature) private {
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_SignatureInvalid.selector, id, payer)
        );
        channels.startCloseFor(id, signature);
    }
}
