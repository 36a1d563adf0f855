// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PayoutTree} from "./PayoutTree.sol";
import {StandardTree} from "./StandardTree.sol";

/// The payouts tree of a settlement: (owner, cumulative payout) for every owner, and one leaf for the model.
library ModelTree {
    bytes32 internal constant TAG = keccak256("Tributary model");

    function leaf(bytes32 study, bytes32 digest, uint64 round) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(TAG, study, digest, round))));
    }

    function root(address[] memory owners, uint128[] memory cumulative, bytes32 model)
        internal
        pure
        returns (bytes32)
    {
        return build(owners, cumulative, model)[0];
    }

    /// The proof of the model, or of one owner if `index` is below their number.
    function proof(address[] memory owners, uint128[] memory cumulative, bytes32 model, uint256 index)
        internal
        pure
        returns (bytes32[] memory)
    {
        bytes32 shown = index < owners.length ? PayoutTree.leaf(owners[index], cumulative[index]) : model;
        return StandardTree.proof(build(owners, cumulative, model), shown);
    }

    function build(address[] memory owners, uint128[] memory cumulative, bytes32 model)
        internal
        pure
        returns (bytes32[] memory)
    {
        bytes32[] memory leaves = new bytes32[](owners.length + 1);
        for (uint256 i = 0; i < owners.length; ++i) {
            leaves[i] = PayoutTree.leaf(owners[i], cumulative[i]);
        }
        leaves[owners.length] = model;
        return StandardTree.build(leaves);
    }
}
