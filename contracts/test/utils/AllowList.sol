// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {StandardTree} from "./StandardTree.sol";

/// The Merkle tree over the addresses that may enrol.
library AllowList {
    function leaf(address owner) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(owner))));
    }

    function root(address[] memory allowed) internal pure returns (bytes32) {
        return _build(allowed)[0];
    }

    function proof(address[] memory allowed, address owner) internal pure returns (bytes32[] memory) {
        return StandardTree.proof(_build(allowed), leaf(owner));
    }

    function _build(address[] memory allowed) private pure returns (bytes32[] memory) {
        bytes32[] memory leaves = new bytes32[](allowed.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            leaves[i] = leaf(allowed[i]);
        }
        return StandardTree.build(leaves);
    }
}
