// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {BLS12381} from "../../src/libraries/BLS12381.sol";

/// The signer's side of BLS, by the same EIP-2537 precompiles: keys, signatures, and a (q, n) threshold of them.
library BLSSigner {
    /// Order of G1 and G2.
    uint256 internal constant ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001;

    bytes internal constant GENERATOR = hex"0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
        hex"0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1";

    /// secret * generator, 128 bytes.
    function publicKey(uint256 secret) internal view returns (bytes memory) {
        return _precompile(address(0x0c), bytes.concat(GENERATOR, bytes32(secret)));
    }

    /// secret * H(message), 256 bytes.
    function sign(uint256 secret, bytes memory message, bytes memory domain)
        internal
        view
        returns (bytes memory)
    {
        return multiply(BLS12381.hashToG2(message, domain), secret);
    }

    /// scalar * point in G2.
    function multiply(bytes memory point, uint256 scalar) internal view returns (bytes memory) {
        return _precompile(address(0x0e), bytes.concat(point, bytes32(scalar)));
    }

    /// Share of member `index` (from 1): the polynomial with these coefficients at `index`. coefficients[0] is the secret.
    function share(uint256[] memory coefficients, uint256 index) internal pure returns (uint256 value) {
        for (uint256 i = coefficients.length; i > 0; --i) {
            value = addmod(mulmod(value, index, ORDER), coefficients[i - 1], ORDER);
        }
    }

    /// Lagrange interpolation at 0, in the exponent: the signature of the secret if there are enough shares.
    function combine(uint256[] memory indices, bytes[] memory signatures)
        internal
        view
        returns (bytes memory)
    {
        bytes memory input;
        for (uint256 i = 0; i < indices.length; ++i) {
            uint256 numerator = 1;
            uint256 denominator = 1;
            for (uint256 j = 0; j < indices.length; ++j) {
                if (i == j) continue;
                numerator = mulmod(numerator, indices[j], ORDER);
                denominator = mulmod(denominator, addmod(indices[j], ORDER - indices[i], ORDER), ORDER);
            }
            uint256 weight = mulmod(numerator, _power(denominator, ORDER - 2), ORDER);
            input = bytes.concat(input, signatures[i], bytes32(weight));
        }
        return _precompile(address(0x0e), input);
    }

    function _power(uint256 base, uint256 exponent) private pure returns (uint256 result) {
        result = 1;
        for (; exponent > 0; exponent >>= 1) {
            if (exponent & 1 == 1) result = mulmod(result, base, ORDER);
            base = mulmod(base, base, ORDER);
        }
    }

    function _precompile(address precompile, bytes memory input) private view returns (bytes memory) {
        (bool success, bytes memory output) = precompile.staticcall(input);
        require(success && output.length > 0, "BLS precompile failed");
        return output;
    }
}
