// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {BLSHarness} from "../utils/BLSHarness.sol";
import {BLSSigner} from "../utils/BLSSigner.sol";
import {Base} from "../utils/Base.sol";

contract BLS12381FuzzTest is Base {
    BLSHarness private bls = new BLSHarness();

    function testFuzz_AGenuineSignatureVerifies(uint256 secret, bytes calldata message, bytes32 domain)
        external
        view
    {
        secret = bound(secret, 1, BLSSigner.ORDER - 1);
        bytes memory signature = BLSSigner.sign(secret, message, bytes.concat(domain));
        assertTrue(
            bls.verify(BLSSigner.publicKey(secret), message, bytes.concat(domain), signature), "genuine"
        );
    }

    function testFuzz_AnotherKeyDoesNotVerify(uint256 secret, uint256 other, bytes32 message) external view {
        secret = bound(secret, 1, BLSSigner.ORDER - 1);
        other = bound(other, 1, BLSSigner.ORDER - 1);
        vm.assume(secret != other);
        bytes memory signature = BLSSigner.sign(other, bytes.concat(message), "DOMAIN");
        assertTrue(
            !bls.verify(BLSSigner.publicKey(secret), bytes.concat(message), "DOMAIN", signature),
            "another key"
        );
    }

    /// Whatever bit of a signature is flipped: refused, by an error or by false.
    function testFuzz_AFlippedBitDoesNotVerify(uint256 position) external view {
        position = bound(position, 0, 256 * 8 - 1);
        bytes memory signature = BLSSigner.sign(42, "message", "DOMAIN");
        signature[position / 8] ^= bytes1(uint8(1 << (position % 8)));
        bytes memory key = BLSSigner.publicKey(42);
        try bls.verify(key, "message", "DOMAIN", signature) returns (bool verified) {
            assertTrue(!verified, "flipped");
        } catch {}
    }
}
