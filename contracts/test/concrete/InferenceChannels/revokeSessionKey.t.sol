// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IInferenceChannels} from "../../../src/interfaces/IInferenceChannels.sol";
import {ChannelTerms} from "../../../src/types/Channel.sol";
import {ChannelFixture} from "../../utils/ChannelFixture.sol";

contract RevokeSessionKeyTest is ChannelFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = open();
    }

    /// when the payer calls
    /// - it should end the key's power after the notice
    /// - it should emit SessionKeyRevoked
    function test_EndsItsPowerAfterTheNotice() external {
        vm.expectEmit(address(channels));
        emit IInferenceChannels.SessionKeyRevoked(id, sessionKey, uint64(START + LOCK));
        vm.prank(payer);
        channels.revokeSessionKey(id);
        assertEq(channels.channel(id).sessionKeyUntil, START + LOCK, "until");
    }

    /// when the payer calls: it should do so while the channel is closing
    function test_WorksWhileTheChannelIsClosing() external {
        startClose(id);
        vm.warp(START + 1);
        vm.prank(payer);
        channels.revokeSessionKey(id);
        assertEq(channels.channel(id).sessionKeyUntil, START + 1 + LOCK, "until");
        assertEq(channels.channel(id).closesAt, START + LOCK, "the close goes on");
    }

    /// when the caller is not the payer: it should revert
    /// revokeSessionKeyFor, when the payer did not sign exactly this: it should revert, also for the session key
    function test_RevertWhen_ThePayerDoesNotAsk() external {
        address[3] memory callers = [payee, sessionKey, stranger];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IInferenceChannels.InferenceChannels_NotPayer.selector, id, callers[i], payer
                )
            );
            channels.revokeSessionKey(id);
        }
        bytes[3] memory signatures =
            [signRevoke(SESSION_KEY, id), signStartClose(PAYER_KEY, id), signRevoke(PAYER_KEY, 0)];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IInferenceChannels.InferenceChannels_SignatureInvalid.selector, id, payer
                )
            );
            channels.revokeSessionKeyFor(id, signatures[i]);
        }
    }

    /// when the channel has no session key: it should revert
    function test_RevertWhen_ThereIsNoSuchKey() external {
        ChannelTerms memory t = terms();
        t.sessionKey = address(0);
        bytes32 without = open(t);
        vm.prank(payer);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_SessionKeyInvalid.selector, 0)
        );
        channels.revokeSessionKey(without);
    }

    /// when there is no such channel, or it is closed: it should revert
    function test_RevertWhen_ThePayerCallsForAChannelThatIsNotLive() external {
        vm.prank(payer);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelUnknown.selector, 0)
        );
        channels.revokeSessionKey(0);
        close(id, 1);
        vm.prank(payer);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelIsClosed.selector, id)
        );
        channels.revokeSessionKey(id);
    }

    /// when the key is revoked already: it should revert
    function test_RevertWhen_ThePayerRevokesTwice() external {
        vm.prank(payer);
        channels.revokeSessionKey(id);
        vm.prank(payer);
        vm.expectRevert(
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_SessionKeyIsRevoked.selector,
                id,
                sessionKey,
                START + LOCK
            )
        );
        channels.revokeSessionKey(id);
    }
}
