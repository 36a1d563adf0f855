// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {StandardTree} from "./StandardTree.sol";

/// The Merkle tree over (owner, cumulative payout).
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
        returns (bytes32[] memory)
    {
        return StandardTree.proof(_build(owners, cumulative), leaf(owners[index], cumulative[index]));
    }

    function _build(address[] memory owners, uint128[] memory cumulative)
        private
        pure
        returns (bytes32[] memory)
    {
        bytes32[] memory leaves = new bytes32[](owners.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            leaves[i] = leaf(owners[i], cumulative[i]);
        }
        return StandardTree.build(leaves);
    }
}
