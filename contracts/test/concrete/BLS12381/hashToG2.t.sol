// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {BLS12381} from "../../../src/libraries/BLS12381.sol";
import {BLSHarness} from "../../utils/BLSHarness.sol";
import {Base} from "../../utils/Base.sol";
import {RFC9380Vectors} from "../../vectors/RFC9380Vectors.sol";

contract HashToG2Test is Base {
    BLSHarness private bls = new BLSHarness();

    /// when the domain is acceptable: it should give the points of RFC 9380 appendix J.10.1
    function test_GivesThePointsOfRFC9380() external view {
        for (uint256 i = 0; i < RFC9380Vectors.count(); ++i) {
            (bytes memory message, bytes memory point) = RFC9380Vectors.vector(i);
            assertEq(bls.hashToG2(message, RFC9380Vectors.DOMAIN), point, string(message));
        }
    }

    /// when the domain is acceptable: it should give the points of RFC 9380 appendix J.10.1
    function test_AcceptsTheLongestDomain() external view {
        assertEq(bls.hashToG2("message", new bytes(255)).length, 256, "length");
    }

    /// when the domain is empty or over 255 bytes: it should revert
    function test_RevertWhen_DomainIsEmpty() external {
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_DomainLengthInvalid.selector, 0, 255));
        bls.hashToG2("message", "");
    }

    /// when the domain is empty or over 255 bytes: it should revert
    function test_RevertWhen_DomainIsOver255Bytes() external {
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_DomainLengthInvalid.selector, 256, 255));
        bls.hashToG2("message", new bytes(256));
    }
}
