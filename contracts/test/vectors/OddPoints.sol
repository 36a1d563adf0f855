// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// Points that must be refused, in EIP-2537's encoding.
library OddPoints {
    /// The field's modulus p as a field element: not canonical.
    bytes internal constant MODULUS =
        hex"000000000000000000000000000000001a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";

    /// x = 4: on G1's curve, outside the subgroup of prime order.
    bytes internal constant G1_OUTSIDE_SUBGROUP = hex"00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000004"
        hex"000000000000000000000000000000000a989badd40d6212b33cffc3f3763e9bc760f988c9926b26da9dd85e928483446346b8ed00e1de5d5ea93e354abe706c";

    /// x = 2: on G2's curve, outside the subgroup of prime order.
    bytes internal constant G2_OUTSIDE_SUBGROUP = hex"00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000002"
        hex"00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
        hex"0000000000000000000000000000000018c6b864ae17dc9da64203ffefb966306425a7bc6aeb7c75247438372716284a4173830420cd476ba1a365b95bfcec38"
        hex"00000000000000000000000000000000172e93db764a8400a7d5071b6b6f5de0da2f0f4a063119abca014006b7c40a2cfe291a1924e65db0d6d0fcfbf3bf3d5c";

    /// (1, 1): on neither curve, for any of its coordinates.
    function offCurve(uint256 elements) internal pure returns (bytes memory point) {
        for (uint256 i = 0; i < elements; ++i) {
            point = bytes.concat(point, bytes32(0), bytes32(uint256(1)));
        }
    }
}
