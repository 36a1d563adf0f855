// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// A Merkle tree laid out as OpenZeppelin's StandardMerkleTree: leaves sorted by hash, at the end of an array of
/// 2n - 1 nodes in reverse; the children of node i are nodes 2i + 1 and 2i + 2.
library StandardTree {
    function build(bytes32[] memory leaves) internal pure returns (bytes32[] memory tree) {
        uint256 n = leaves.length;
        for (uint256 i = 1; i < n; ++i) {
            bytes32 next = leaves[i];
            uint256 j = i;
            for (; j > 0 && leaves[j - 1] > next; --j) {
                leaves[j] = leaves[j - 1];
            }
            leaves[j] = next;
        }
        tree = new bytes32[](2 * n - 1);
        for (uint256 i = 0; i < n; ++i) {
            tree[2 * n - 2 - i] = leaves[i];
        }
        for (uint256 i = n - 1; i > 0; --i) {
            (bytes32 a, bytes32 b) = (tree[2 * i - 1], tree[2 * i]);
            tree[i - 1] = a < b ? keccak256(bytes.concat(a, b)) : keccak256(bytes.concat(b, a));
        }
    }

    function proof(bytes32[] memory tree, bytes32 leaf) internal pure returns (bytes32[] memory path) {
        uint256 node = tree.length;
        do {
            --node;
        } while (tree[node] != leaf);
        uint256 depth = 0;
        for (uint256 i = node; i > 0; i = (i - 1) / 2) {
            ++depth;
        }
        path = new bytes32[](depth);
        for (uint256 i = 0; i < depth; ++i) {
            path[i] = tree[node % 2 == 1 ? node + 1 : node - 1];
            node = (node - 1) / 2;
        }
    }
}
