// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// The Merkle tree over (owner, cumulative payout), laid out as OpenZeppelin's StandardMerkleTree: leaves sorted by
/// hash, at the end of an array of 2n - 1 nodes in reverse; the children of node i are nodes 2i + 1 and 2i + 2.
library PayoutTree {
    function leaf(address owner, uint128 cumulative) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(owner, cumulative))));
    }

    function root(address[] memory owners, uint128[] memory cumulative) internal pure returns (bytes32) {
        return _build(owners, cumulative)[0];
    }

    function proof(address[] memory owners, uint128[] memory cumulative, uint256 index)
        internal
        pure
        returns (bytes32[] memory path)
    {
        bytes32[] memory tree = _build(owners, cumulative);
        bytes32 wanted = leaf(owners[index], cumulative[index]);
        uint256 node = tree.length;
        do {
            --node;
        } while (tree[node] != wanted);
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

    function _build(address[] memory owners, uint128[] memory cumulative)
        private
        pure
        returns (bytes32[] memory tree)
    {
        uint256 n = owners.length;
        bytes32[] memory leaves = new bytes32[](n);
        for (uint256 i = 0; i < n; ++i) {
            bytes32 next = leaf(owners[i], cumulative[i]);
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
}
