// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IInferenceChannels} from "../../../src/interfaces/IInferenceChannels.sol";
import {ChannelStatus} from "../../../src/types/Channel.sol";
import {ChannelFixture} from "../../utils/ChannelFixture.sol";

contract StartCloseTest is ChannelFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = open();
    }

    /// when the caller is the payer
    /// - it should start the payee's notice
    /// - it should emit CloseStarted
    function test_StartsThePayeesNotice() external {
        vm.expectEmit(address(channels));
        emit IInferenceChannels.CloseStarted(id, payee, uint64(START + LOCK));
        startClose(id);
        assertStatus(id, ChannelStatus.Closing);
        assertEq(channels.channel(id).closesAt, START + LOCK, "notice");
        assertEq(token.balanceOf(address(channels)), DEPOSIT, "nothing has moved");
    }

    /// when there is no such channel, or it is closing or closed: it should revert
    function test_RevertWhen_ThereIsNoSuchChannel() external {
        _expect(
            payer, 0, abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelUnknown.selector, 0)
        );
    }

    /// when there is no such channel, or it is closing or closed: it should revert
    function test_RevertWhen_TheChannelIsClosing() external {
        startClose(id);
        vm.warp(START + 1);
        _expect(
            payer,
            id,
            abi.encodeWithSelector(
                IInferenceChannels.InferenceChannels_ChannelIsClosing.selector, id, START + LOCK
            )
        );
    }

    /// when there is no such channel, or it is closing or closed: it should revert
    function test_RevertWhen_TheChannelIsClosed() external {
        close(id, 1);
        _expect(
            payer,
            id,
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_ChannelIsClosed.selector, id)
        );
    }

    /// when the caller is not the payer: it should revert
    function test_RevertWhen_TheCallerIsNotThePayer() external {
        address[3] memory callers = [payee, sessionKey, stranger];
        for (uint256 i = 0; i < 3; ++i) {
            _expect(
                callers[i],
                id,
                abi.encodeWithSelector(
                    IInferenceChannels.InferenceChannels_NotPayer.selector, id, callers[i], payer
                )
            );
        }
    }

    function _expect(address caller, bytes32 channel, bytes memory reason) private {
        vm.prank(caller);
        vm.expectRevert(reason);
        channels.startClose(channel);
    }
}
