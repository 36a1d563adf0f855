// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {InferenceChannels} from "../../../src/InferenceChannels.sol";
import {IInferenceChannels} from "../../../src/interfaces/IInferenceChannels.sol";
import {ChannelFixture} from "../../utils/ChannelFixture.sol";

contract InferenceChannelsConstructorTest is ChannelFixture {
    /// when the token is no contract: it should revert
    function test_RevertWhen_TheTokenIsNoContract() external {
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_TokenInvalid.selector, stranger)
        );
        new InferenceChannels(IERC20(stranger));
    }

    /// when the token is a contract: it should keep it
    function test_KeepsTheToken() external view {
        assertEq(address(channels.token()), address(token), "token");
    }
}
