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

    function test_PassesForPointsOfG1() external view {
        bls.requireKey(key);
        bls.requireKey(BLSSigner.GENERATOR);
        bls.requireKey(BLSSigner.publicKey(BLSSigner.ORDER - 1));
    }

    function test_RevertWhen_LengthIsWrong() external {
        bytes[3] memory wrong = [bytes(""), new bytes(127), bytes.concat(key, hex"00")];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(BLS12381.BLS12381_KeyLengthInvalid.selector, wrong[i].length, 128)
            );
            bls.requireKey(wrong[i]);
        }
    }

    function test_RevertWhen_FieldElementIsTheModulus() external {
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_FieldElementNotCanonical.selector, 0));
        bls.requireKey(bytes.concat(OddPoints.MODULUS, new bytes(64)));
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_FieldElementNotCanonical.selector, 1));
        bls.requireKey(bytes.concat(new bytes(64), OddPoints.MODULUS));
    }

    function test_RevertWhen_UpperBytesAreNotZero() external {
        bytes memory padded = key;
        padded[64] = 0x01;
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_FieldElementNotCanonical.selector, 1));
        bls.requireKey(padded);
    }

    function test_RevertWhen_Infinity() external {
        vm.expectRevert(BLS12381.BLS12381_PointAtInfinity.selector);
        bls.requireKey(new bytes(128));
    }

    function test_RevertWhen_OffTheCurve() external {
        bytes memory off = OddPoints.offCurve(2);
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_PrecompileFailed.selector, address(0x0c)));
        bls.requireKey(off);
    }

    function test_RevertWhen_OutsideTheSubgroup() external {
        // The point is on the curve: adding it to another is fine with the precompile that checks only that.
        (bool onCurve,) = address(0x0b).staticcall(bytes.concat(OddPoints.G1_OUTSIDE_SUBGROUP, key));
        assertTrue(onCurve, "on the curve");
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_PrecompileFailed.selector, address(0x0c)));
        bls.requireKey(OddPoints.G1_OUTSIDE_SUBGROUP);
    }

    /// forge-config: default.evm_version = "cancun"
    function test_RevertWhen_TheChainHasNoSuchPrecompile() external {
        // The call to an empty address succeeds; only its missing answer tells.
        vm.expectRevert(abi.encodeWithSelector(BLS12381.BLS12381_PrecompileFailed.selector, address(0x0c)));
        bls.requireKey(key);
    }
}
