// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IInferenceChannels} from "../../../src/interfaces/IInferenceChannels.sol";
import {ChannelFixture} from "../../utils/ChannelFixture.sol";

contract RevokeSessionKeyForTest is ChannelFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = open();
    }

    /// when the payer signed: it should end the key's power after the notice, whoever relays it
    function test_WorksBySignature() external {
        bytes memory signature = signRevoke(PAYER_KEY, id);
        vm.prank(stranger);
        channels.revokeSessionKeyFor(id, signature);
        assertEq(channels.channel(id).sessionKeyUntil, START + LOCK, "until");
    }

    /// when the key is revoked already: it should revert
    function test_RevertWhen_TheKeyIsRevoked() external {
        vm.prank(payer);
        channels.revokeSessionKey(id);
        vm.warp(START + 5);
        bytes memory signature = signRevoke(PAYER_KEY, id);
        vm.expectRevert(
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_SessionKeyIsRevoked.selector,
                id,
                sessionKey,
                START + LOCK
            )
        );
        channels.revokeSessionKeyFor(id, signature);
    }

    /// when there is no such channel, or it is closed: it should revert
    function test_RevertWhen_TheChannelIsNotLive() external {
        bytes memory signature = signRevoke(PAYER_KEY, id);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelUnknown.selector, 0)
        );
        channels.revokeSessionKeyFor(0, signature);
        close(id, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelIsClosed.selector, id)
        );
        channels.revokeSessionKeyFor(id, signature);
    }
}
