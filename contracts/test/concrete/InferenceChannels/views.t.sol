// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ChannelView} from "../../../src/types/Channel.sol";
import {ChannelFixture} from "../../utils/ChannelFixture.sol";

/// What can be asked about channels and what is signed about them.
contract ChannelViewsTest is ChannelFixture {
    /// constructor, when the token is a contract: it should state its EIP-712 domain
    /// voucherDigest: it should be the EIP-712 digest of what the payer or the session key signs
    /// startCloseDigest: it should be the EIP-712 digest of what the payer signs
    /// revokeSessionKeyDigest: it should be the EIP-712 digest of what the payer signs
    /// domainSeparator: it should be EIP-712's for this contract and chain
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

    /// channel, when there is no such channel: it should be empty
    function test_AChannelThatIsNotThere() external view {
        ChannelView memory nothing;
        assertEq(abi.encode(channels.channel(keccak256("nothing"))), abi.encode(nothing), "nothing");
    }
}
