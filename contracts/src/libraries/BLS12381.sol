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

    address private constant SHA256 = address(0x02);
    address private constant MODEXP = address(0x05);
    address private constant G1_MSM = address(0x0c);
    address private constant G2_ADD = address(0x0d);
    address private constant PAIRING_CHECK = address(0x0f);
    address private constant MAP_FP2_TO_G2 = address(0x11);

    // Prices: 60 + 12 a word, at most 10 words; by EIP-7883 and EIP-2537: 500 (minimum), 12000 (one pair), 600, 102900 (two pairs), 23800.
    uint256 private constant SHA256_GAS = 2_000;
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
        bytes memory term = bytes.concat(key, bytes32(uint256(1)));
        uint256 pointer = _contents(term);
        _call(G1_MSM, G1_MSM_GAS, pointer, term.length, pointer, G1_LENGTH);
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
        bytes memory pairs = bytes.concat(NEGATED_GENERATOR, signature, key, hashToG2(message, domain));
        uint256 pointer = _contents(pairs);
        _call(PAIRING_CHECK, PAIRING_CHECK_GAS, pointer, pairs.length, pointer, 32);
        return uint256(_word(pointer)) == 1;
    }

    /// @notice RFC 9380 hash_to_curve for the suite BLS12381G2_XMD:SHA-256_SSWU_RO_.
    /// @param domain Domain separation tag, 1 to 255 bytes.
    function hashToG2(bytes memory message, bytes memory domain) internal view returns (bytes memory) {
        bytes memory elements = expandMessage(message, domain);
        _reduce(elements);
        uint256 from = _contents(elements);
        // The map precompile clears the cofactor too. That is linear, so clearing before the addition is the same.
        bytes memory points = new bytes(2 * G2_LENGTH);
        uint256 pointer = _contents(points);
        _call(MAP_FP2_TO_G2, MAP_FP2_TO_G2_GAS, from, 128, pointer, G2_LENGTH);
        _call(MAP_FP2_TO_G2, MAP_FP2_TO_G2_GAS, from + 128, 128, pointer + G2_LENGTH, G2_LENGTH);
        bytes memory sum = new bytes(G2_LENGTH);
        _call(G2_ADD, G2_ADD_GAS, pointer, points.length, _contents(sum), G2_LENGTH);
        return sum;
    }

    /// @notice RFC 9380 expand_message_xmd with SHA-256 for 256 bytes: two elements of Fp2, 64 bytes a coordinate.
    function expandMessage(bytes memory message, bytes memory domain)
        internal
        view
        returns (bytes memory uniform)
    {
        // RFC 9380 section 3.1: a tag must not be empty. One over 255 bytes would need hashing first; nobody needs one.
        if (domain.length == 0 || domain.length > 255) {
            revert BLS12381_DomainLengthInvalid(domain.length, 255);
        }
        bytes memory suffix = abi.encodePacked(domain, uint8(domain.length));
        // b_0 of the RFC, after a block of zeros.
        bytes32 seed =
            sha256(abi.encodePacked(bytes32(0), bytes32(0), message, uint16(256), uint8(0), suffix));
        // b_i = H((b_0 xor b_{i-1}) | i | suffix), where b_1 takes b_0 alone.
        bytes memory preimage = abi.encodePacked(bytes32(0), uint8(0), suffix);
        bytes32 previous = 0;
        uniform = new bytes(256);
        uint256 pointer = _contents(preimage);
        uint256 output = _contents(uniform);
        for (uint256 i = 1; i <= 8; ++i) {
            assembly ("memory-safe") {
                mstore(pointer, xor(seed, previous))
                mstore8(add(pointer, 32), i)
            }
            _call(SHA256, SHA256_GAS, pointer, preimage.length, output, 32);
            previous = _word(output);
            output += 32;
        }
    }

    /// Replaces each of four 512-bit big-endian integers by its residue modulo p.
    function _reduce(bytes memory elements) private view {
        // MODEXP's input: lengths of base, exponent and modulus, then those three. The exponent is 1.
        bytes memory input =
            abi.encodePacked(uint256(64), uint256(1), uint256(64), new bytes(64), uint8(1), P_HIGH, P_LOW);
        uint256 pointer = _contents(input);
        uint256 from = _contents(elements);
        for (uint256 element = from; element < from + 256; element += 64) {
            assembly ("memory-safe") {
                mcopy(add(pointer, 96), element, 64)
            }
            _call(MODEXP, MODEXP_GAS, pointer, input.length, element, 64);
        }
    }

    function _requireKeyForm(bytes calldata key) private pure {
        if (key.length != G1_LENGTH) revert BLS12381_KeyLengthInvalid(key.length, G1_LENGTH);
        _requirePointForm(key);
    }

    /// Every field element below p, and not all of them zero (EIP-2537's encoding of infinity). The length must be
    /// a multiple of 64.
    function _requirePointForm(bytes calldata point) private pure {
        uint256 seen = 0;
        for (uint256 start = 0; start < point.length; start += 64) {
            uint256 high;
            uint256 low;
            assembly ("memory-safe") {
                high := calldataload(add(point.offset, start))
                low := calldataload(add(add(point.offset, start), 32))
            }
            if (high > P_HIGH || (high == P_HIGH && low >= P_LOW)) {
                revert BLS12381_FieldElementNotCanonical(start / 64);
            }
            seen |= high | low;
        }
        if (seen == 0) revert BLS12381_PointAtInfinity();
    }

    /// Where a byte string's contents lie in memory.
    function _contents(bytes memory data) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := add(data, 32)
        }
    }

    function _word(uint256 pointer) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(pointer)
        }
    }

    /// Calls a precompile on memory the caller owns; the output may overwrite the input.
    function _call(
        address precompile,
        uint256 gasCap,
        uint256 input,
        uint256 inputLength,
        uint256 output,
        uint256 outputLength
    ) private view {
        bool success;
        assembly ("memory-safe") {
            success := staticcall(gasCap, precompile, input, inputLength, output, outputLength)
            // An address without a precompile succeeds and returns nothing.
            success := and(success, eq(returndatasize(), outputLength))
        }
        if (!success) revert BLS12381_PrecompileFailed(precompile);
    }
}
