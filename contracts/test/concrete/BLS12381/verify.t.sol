// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {BLS12381} from "../../../src/libraries/BLS12381.sol";
import {BLSHarness} from "../../utils/BLSHarness.sol";
import {BLSSigner} from "../../utils/BLSSigner.sol";
import {Base} from "../../utils/Base.sol";
import {OddPoints} from "../../vectors/OddPoints.sol";

contract VerifyTest is Base {
    bytes private constant DOMAIN = "TEST_BLS12381G2_XMD:SHA-256_SSWU_RO_";
    uint256 private constant SECRET = 0xc0ffee;

    BLSHarness private bls = new BLSHarness();
    bytes private key = BLSSigner.publicKey(SECRET);
    bytes private signature = BLSSigner.sign(SECRET, "message", DOMAIN);

    /// when everything matches: it should return true
    function test_ReturnsTrueWhenEverythingMatches() external view {
        assertTrue(bls.verify(key, "message", DOMAIN, signature), "genuine");
    }

    /// when key, message or domain is not the one signed with: it should return false
    function test_ReturnsFalseForAnotherKey() external view {
        assertTrue(!bls.verify(BLSSigner.publicKey(SECRET + 1), "message", DOMAIN, signature), "key");
    }

    /// when key, message or domain is not the one signed with: it should return false
    function test_ReturnsFalseForAnotherMessage() external view {
        assertTrue(!bls.verify(key, "Message", DOMAIN, signature), "message");
    }

    /// when key, message or domain is not the one signed with: it should return false
    function test_ReturnsFalseForAnotherDomain() external view {
        assertTrue(!bls.verify(key, "message", "OTHER_BLS12381G2_XMD:SHA-256_SSWU_RO_", signature), "domain");
    }

    /// when the signature is negated: it should return false
    function test_ReturnsFalseForTheNegatedSignature() external view {
        bytes memory negated = BLSSigner.sign(BLSSigner.ORDER - SECRET, "message", DOMAIN);
        assertTrue(!bls.verify(key, "message", DOMAIN, negated), "negated");
    }

    /// when the signature is not 256 bytes, not canonical, infinity, off the curve or outside the subgroup
    /// - it should revert
    function test_RevertWhen_SignatureLengthIsWrong() external {
        bytes[4] memory wrong = [bytes(""), new bytes(128), new bytes(255), bytes.concat(signature, hex"00")];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    BLS12381.BLS12381_SignatureLengthInvalid.selector, wrong[i].length, 256
                )
            );
            bls.verify(key, "message", DOMAIN, wrong[i]);
        }
    }

    /// when the signature is not 256 bytes, not canonical, infinity, off the curve or outside the subgroup
    /// - it should revert
    function test_RevertWhen_SignatureIsInfinity() external {
        vm.expectRevert(BLS12381.BLS12381_PointAtInfinity.selector);
        bls.verify(key, "message", DOMAIN, new bytes(256));
    }

    /// when the key is malformed: it should revert
    function test_RevertWhen_KeyAndSignatureAreInfinity() external {
        // Both pairings would be 1, and every message would verify.
        vm.expectRevert(BLS12381.BLS12381_PointAtInfinity.selector);
        bls.verify(new bytes(128), "message", DOMAIN, new bytes(256));
    }

    /// when the key is malformed: it should revert
    function test_RevertWhen_KeyLengthIsWrong() external {
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_KeyLengthInvalid.selector, 96, 128));
        bls.verify(new bytes(96), "message", DOMAIN, signature);
    }

    /// when the signature is not 256 bytes, not canonical, infinity, off the curve or outside the subgroup
    /// - it should revert
    function test_RevertWhen_SignatureElementIsNotCanonical() external {
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory odd = bytes.concat(new bytes(64 * i), OddPoints.MODULUS, new bytes(64 * (3 - i)));
            vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_FieldElementNotCanonical.selector, i));
            bls.verify(key, "message", DOMAIN, odd);
        }
    }

    /// when the signature is not 256 bytes, not canonical, infinity, off the curve or outside the subgroup
    /// - it should revert
    function test_RevertWhen_SignatureIsOffTheCurve() external {
        bytes memory off = OddPoints.offCurve(4);
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_PrecompileFailed.selector, address(0x0f)));
        bls.verify(key, "message", DOMAIN, off);
    }

    /// when the signature is not 256 bytes, not canonical, infinity, off the curve or outside the subgroup
    /// - it should revert
    function test_RevertWhen_SignatureIsOutsideTheSubgroup() external {
        (bool onCurve,) = address(0x0d).staticcall(bytes.concat(OddPoints.G2_OUTSIDE_SUBGROUP, signature));
        assertTrue(onCurve, "on the curve");
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_PrecompileFailed.selector, address(0x0f)));
        bls.verify(key, "message", DOMAIN, OddPoints.G2_OUTSIDE_SUBGROUP);
    }

    /// when the key is malformed: it should revert
    function test_RevertWhen_KeyIsOutsideTheSubgroup() external {
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_PrecompileFailed.selector, address(0x0f)));
        bls.verify(OddPoints.G1_OUTSIDE_SUBGROUP, "message", DOMAIN, signature);
    }
}
