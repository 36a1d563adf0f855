// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {InferenceChannels} from "../../../src/InferenceChannels.sol";
import {IInferenceChannels} from "../../../src/interfaces/IInferenceChannels.sol";
import {ChannelFixture} from "../../utils/ChannelFixture.sol";

contract InferenceChannelsConstructorTest is ChannelFixture {
    function test_RevertWhen_TheTokenIsNoContract() external {
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceChannels.InferenceChannels_TokenInvalid.selector, stranger)
        );
        new InferenceChannels(IERC20(stranger));
    }

    function test_KeepsTheToken() external view {
        assertEq(address(channels.token()), address(token), "token");
    }

    function test_StatesItsDomain() external view {
        (, string memory name, string memory version, uint256 chainId, address verifier,,) =
            channels.eip712Domain();
        assertEq(bytes(name), "Tributary", "name");
        assertEq(bytes(version), "1", "version");
        assertEq(chainId, block.chainid, "chain");
        assertEq(verifier, address(channels), "contract");
        bytes32 id = keccak256("channel");
        bytes32 content =
            keccak256(abi.encode(keccak256("Voucher(bytes32 channel,uint128 cumulative)"), id, 7));
        assertEq(channels.voucherDigest(id, 7), typed(content), "voucher");
        content = keccak256(abi.encode(keccak256("StartClose(bytes32 channel)"), id));
        assertEq(channels.startCloseDigest(id), typed(content), "start of a close");
        content = keccak256(abi.encode(keccak256("RevokeSessionKey(bytes32 channel)"), id));
        assertEq(channels.revokeSessionKeyDigest(id), typed(content), "revocation");
        bytes32 separator = channels.domainSeparator();
        assertEq(keccak256(abi.encodePacked(hex"1901", separator, content)), typed(content), "separator");
    }
}
