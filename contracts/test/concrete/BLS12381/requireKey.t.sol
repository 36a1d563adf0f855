// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {BLS12381} from "../../../src/libraries/BLS12381.sol";
import {BLSHarness} from "../../utils/BLSHarness.sol";
import {BLSSigner} from "../../utils/BLSSigner.sol";
import {Base} from "../../utils/Base.sol";
import {OddPoints} from "../../vectors/OddPoints.sol";

contract RequireKeyTest is Base {
    BLSHarness private bls = new BLSHarness();
    bytes private key = BLSSigner.publicKey(7);

    /// when the key is a point of G1: it should pass
    function test_PassesForPointsOfG1() external view {
        bls.requireKey(key);
        bls.requireKey(BLSSigner.GENERATOR);
        bls.requireKey(BLSSigner.publicKey(BLSSigner.ORDER - 1));
    }

    /// when the key is not 128 bytes: it should revert
    function test_RevertWhen_LengthIsWrong() external {
        bytes[3] memory wrong = [bytes(""), new bytes(127), bytes.concat(key, hex"00")];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(BLS12381.BLS12381_KeyLengthInvalid.selector, wrong[i].length, 128)
            );
            bls.requireKey(wrong[i]);
        }
    }

    /// when a field element is not below p, or its 16 upper bytes are not zero: it should revert, naming the element
    function test_RevertWhen_FieldElementIsTheModulus() external {
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_FieldElementNotCanonical.selector, 0));
        bls.requireKey(bytes.concat(OddPoints.MODULUS, new bytes(64)));
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_FieldElementNotCanonical.selector, 1));
        bls.requireKey(bytes.concat(new bytes(64), OddPoints.MODULUS));
    }

    /// when a field element is not below p, or its 16 upper bytes are not zero: it should revert, naming the element
    function test_RevertWhen_UpperBytesAreNotZero() external {
        bytes memory padded = key;
        padded[64] = 0x01;
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_FieldElementNotCanonical.selector, 1));
        bls.requireKey(padded);
    }

    /// when the key is the point at infinity: it should revert
    function test_RevertWhen_Infinity() external {
        vm.expectRevert(BLS12381.BLS12381_PointAtInfinity.selector);
        bls.requireKey(new bytes(128));
    }

    /// when the key is not on the curve: it should revert
    function test_RevertWhen_OffTheCurve() external {
        bytes memory off = OddPoints.offCurve(2);
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_PrecompileFailed.selector, address(0x0c)));
        bls.requireKey(off);
    }

    /// when the key is on the curve but outside the subgroup: it should revert
    function test_RevertWhen_OutsideTheSubgroup() external {
        // The point is on the curve: adding it to another is fine with the precompile that checks only that.
        (bool onCurve,) = address(0x0b).staticcall(bytes.concat(OddPoints.G1_OUTSIDE_SUBGROUP, key));
        assertTrue(onCurve, "on the curve");
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_PrecompileFailed.selector, address(0x0c)));
        bls.requireKey(OddPoints.G1_OUTSIDE_SUBGROUP);
    }

    /// forge-config: default.evm_version = "cancun"
    /// when the chain lacks the precompile: it should revert
    function test_RevertWhen_TheChainHasNoSuchPrecompile() external {
        // The call to an empty address succeeds; only its missing answer tells.
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_PrecompileFailed.selector, address(0x0c)));
        bls.requireKey(key);
    }
}
