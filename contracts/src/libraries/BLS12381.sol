// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title BLS signatures over BLS12-381 with keys in G1 and signatures in G2
/// @notice Hashing to G2 is RFC 9380's suite BLS12381G2_XMD:SHA-256_SSWU_RO_ with the caller's domain separation
/// tag; curve arithmetic is done by the precompiles of EIP-2537, and points are encoded as that EIP says: a field
/// element is 64 bytes big-endian (16 of them zero), G1 is x | y (128 bytes), G2 is x.c0 | x.c1 | y.c0 | y.c1 (256).
/// @dev A failing precompile burns all the gas it is given, so each call is capped somewhat above its price.
/// Lengths, canonical field elements and points at infinity are checked here, where the error can name them;
/// curve and subgroup membership are checked by the precompiles (MSM and pairing do so by EIP-2537's rules).
library BLS12381 {
    uint256 internal constant G1_LENGTH = 128;
    uint256 internal constant G2_LENGTH = 256;

    address private constant MODEXP = address(0x05);
    address private constant G1_MSM = address(0x0c);
    address private constant G2_ADD = address(0x0d);
    address private constant PAIRING_CHECK = address(0x0f);
    address private constant MAP_FP2_TO_G2 = address(0x11);

    // Prices by EIP-2537 and EIP-7883: 500 (minimum), 12000 (one pair), 600, 102900 (two pairs), 23800.
    uint256 private constant MODEXP_GAS = 5_000;
    uint256 private constant G1_MSM_GAS = 30_000;
    uint256 private constant G2_ADD_GAS = 5_000;
    uint256 private constant PAIRING_CHECK_GAS = 150_000;
    uint256 private constant MAP_FP2_TO_G2_GAS = 50_000;

    /// The field's modulus p: its upper 128 and lower 256 bits.
    uint256 private constant P_HIGH = 0x1a0111ea397fe69a4b1ba7b6434bacd7;
    uint256 private constant P_LOW = 0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;

    /// The negative of G1's generator.
    bytes private constant NEGATED_GENERATOR = hex"0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
        hex"00000000000000000000000000000000114d1d6855d545a8aa7d76c8cf2e21f267816aef1db507c96655b9d5caac42364e6f38ba0ecb751bad54dcd6b939c2ca";

    error BLS12381_KeyLengthInvalid(uint256 actual, uint256 expected);
    error BLS12381_SignatureLengthInvalid(uint256 actual, uint256 expected);
    /// @param index Which 64-byte field element of the point is not below p, from 0.
    error BLS12381_FieldElementNotCanonical(uint256 index);
    error BLS12381_PointAtInfinity();
    error BLS12381_DomainLengthInvalid(uint256 actual, uint256 maximum);
    /// @notice A precompile refused its input (a point off the curve or outside the subgroup), lacked gas, or does
    /// not exist on this chain.
    error BLS12381_PrecompileFailed(address precompile);

    /// @notice Reverts unless `key` is the encoding of a point of G1 other than infinity.
    function requireKey(bytes calldata key) internal view {
        _requireKeyForm(key);
        // One times the point: EIP-2537 has G1MSM check that the point is on the curve and in the subgroup.
        _call(G1_MSM, G1_MSM_GAS, bytes.concat(key, bytes32(uint256(1))), G1_LENGTH);
    }

    /// @notice Whether e(generator, signature) = e(key, H(message)). Reverts if a point is malformed, at infinity,
    /// off the curve or outside its subgroup.
    function verify(bytes calldata key, bytes memory message, bytes memory domain, bytes calldata signature)
        internal
        view
        returns (bool)
    {
        _requireKeyForm(key);
        if (signature.length != G2_LENGTH) {
            revert BLS12381_SignatureLengthInvalid(signature.length, G2_LENGTH);
        }
        _requirePointForm(signature);
        bytes memory hashed = hashToG2(message, domain);
        bytes memory result = _call(
            PAIRING_CHECK, PAIRING_CHECK_GAS, bytes.concat(NEGATED_GENERATOR, signature, key, hashed), 32
        );
        return abi.decode(result, (uint256)) == 1;
    }

    /// @notice RFC 9380 hash_to_curve for the suite BLS12381G2_XMD:SHA-256_SSWU_RO_.
    /// @param domain Domain separation tag, 1 to 255 bytes.
    function hashToG2(bytes memory message, bytes memory domain) internal view returns (bytes memory) {
        bytes32[8] memory uniform = expandMessage(message, domain);
        bytes memory first = bytes.concat(_reduce(uniform[0], uniform[1]), _reduce(uniform[2], uniform[3]));
        bytes memory second = bytes.concat(_reduce(uniform[4], uniform[5]), _reduce(uniform[6], uniform[7]));
        // The map precompile clears the cofactor too. That is linear, so clearing before the addition is the same.
        return _call(
            G2_ADD,
            G2_ADD_GAS,
            bytes.concat(
                _call(MAP_FP2_TO_G2, MAP_FP2_TO_G2_GAS, first, G2_LENGTH),
                _call(MAP_FP2_TO_G2, MAP_FP2_TO_G2_GAS, second, G2_LENGTH)
            ),
            G2_LENGTH
        );
    }

    /// @notice RFC 9380 expand_message_xmd with SHA-256 for 256 bytes: two elements of Fp2, 64 bytes a coordinate.
    function expandMessage(bytes memory message, bytes memory domain)
        internal
        pure
        returns (bytes32[8] memory uniform)
    {
        // RFC 9380 section 3.1: a tag must not be empty. Tags over 255 bytes would need hashing first; nobody needs one.
        if (domain.length == 0 || domain.length > 255) {
            revert BLS12381_DomainLengthInvalid(domain.length, 255);
        }
        bytes memory suffix = abi.encodePacked(domain, uint8(domain.length));
        bytes32 seed =
            sha256(abi.encodePacked(bytes32(0), bytes32(0), message, uint16(256), uint8(0), suffix));
        uniform[0] = sha256(abi.encodePacked(seed, uint8(1), suffix));
        for (uint8 i = 1; i < 8; ++i) {
            uniform[i] = sha256(abi.encodePacked(seed ^ uniform[i - 1], i + 1, suffix));
        }
    }

    /// A 512-bit big-endian integer modulo p, as 64 bytes.
    function _reduce(bytes32 high, bytes32 low) private view returns (bytes memory) {
        // MODEXP's input: lengths of base, exponent and modulus, then those three. The exponent is 1.
        return _call(
            MODEXP,
            MODEXP_GAS,
            abi.encodePacked(uint256(64), uint256(1), uint256(64), high, low, uint8(1), P_HIGH, P_LOW),
            64
        );
    }

    function _requireKeyForm(bytes calldata key) private pure {
        if (key.length != G1_LENGTH) revert BLS12381_KeyLengthInvalid(key.length, G1_LENGTH);
        _requirePointForm(key);
    }

    /// Every field element below p, and not all of them zero (EIP-2537's encoding of infinity).
    function _requirePointForm(bytes calldata point) private pure {
        uint256 seen = 0;
        for (uint256 start = 0; start < point.length; start += 64) {
            uint256 high = uint256(bytes32(point[start:start + 32]));
            uint256 low = uint256(bytes32(point[start + 32:start + 64]));
            if (high > P_HIGH || (high == P_HIGH && low >= P_LOW)) {
                revert BLS12381_FieldElementNotCanonical(start / 64);
            }
            seen |= high | low;
        }
        if (seen == 0) revert BLS12381_PointAtInfinity();
    }

    function _call(address precompile, uint256 gasCap, bytes memory input, uint256 outputLength)
        private
        view
        returns (bytes memory)
    {
        (bool success, bytes memory output) = precompile.staticcall{gas: gasCap}(input);
        // An address without a precompile succeeds and returns nothing.
        if (!success || output.length != outputLength) revert BLS12381_PrecompileFailed(precompile);
        return output;
    }
}
