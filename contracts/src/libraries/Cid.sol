// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Content identifiers
library Cid {
    /// RFC 4648, lower case, without padding: multibase "b".
    bytes32 private constant ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
    /// CIDv1 (0x01), codec raw (0x55), multihash sha2-256 (0x12) of 32 bytes (0x20).
    bytes4 private constant PREFIX = 0x01551220;

    /// @notice "ipfs://" and the CIDv1 of the bytes whose SHA-256 digest this is.
    function uri(bytes32 digest) internal pure returns (string memory) {
        bytes memory cid = bytes.concat(PREFIX, digest);
        // 36 bytes are 288 bits: 58 characters of 5 bits, the last of them padded with two zero bits.
        bytes memory text = new bytes(58);
        uint256 buffer = 0;
        uint256 bits = 0;
        uint256 next = 0;
        for (uint256 i = 0; i < cid.length; ++i) {
            buffer = (buffer << 8) | uint8(cid[i]);
            for (bits += 8; bits >= 5; bits -= 5) {
                text[next++] = ALPHABET[(buffer >> (bits - 5)) & 31];
            }
        }
        text[next] = ALPHABET[(buffer << (5 - bits)) & 31];
        return string.concat("ipfs://b", string(text));
    }
}
