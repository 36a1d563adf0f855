// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {BLS12381} from "../../../src/libraries/BLS12381.sol";
import {Base} from "../../utils/Base.sol";

contract ExpandMessageTest is Base {
    /// RFC 9380 appendix K.1's tag. Its vectors are 32 and 128 bytes long: these are the digests of 256 bytes that a
    /// program gives which gives those too.
    bytes private constant DOMAIN = "QUUX-V01-CS02-with-expander-SHA256-128";

    function expand(bytes memory message, bytes memory domain) public view returns (bytes memory) {
        return BLS12381.expandMessage(message, domain);
    }

    /// when the domain is acceptable: it should give the 256 bytes of RFC 9380 section 5.3.1 with SHA-256
    function test_GivesTheBytesOfRFC9380() external view {
        _assertDigest("", 0x9530c916a602056eca907e691736022030a9f883f692745e470e611c0d3ad595);
        _assertDigest("abc", 0x3c40d9410159bf1e3f361d0f214b3824353dd0cd56c496d05a4f676fddaeae34);
    }

    /// when the domain is acceptable: it should give the 256 bytes of RFC 9380 section 5.3.1 with SHA-256
    function test_AcceptsTheLongestDomain() external view {
        assertEq(expand("message", new bytes(255)).length, 256, "length");
    }

    /// when the domain is empty or over 255 bytes: it should revert
    function test_RevertWhen_DomainIsEmptyOrOver255Bytes() external {
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_DomainLengthInvalid.selector, 0, 255));
        this.expand("message", "");
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_DomainLengthInvalid.selector, 256, 255));
        this.expand("message", new bytes(256));
    }

    function _assertDigest(bytes memory message, bytes32 expected) private view {
        bytes memory bytes_ = expand(message, DOMAIN);
        assertEq(bytes_.length, 256, "length");
        assertEq(sha256(bytes_), expected, string(message));
    }
}
