// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {RoyaltySplitter} from "../../src/RoyaltySplitter.sol";
import {Launch, Settlement} from "../../src/types/Study.sol";
import {ModelTree} from "./ModelTree.sol";
import {PayoutTree} from "./PayoutTree.sol";
import {StandardTree} from "./StandardTree.sol";
import {StudyFixture} from "./StudyFixture.sol";

/// The real escrow, whose committee certifies a model with the payouts of the last round.
abstract contract CertifiedFixture is StudyFixture {
    bytes32 internal constant DIGEST = keccak256("model");
    uint64 internal constant ROUNDS = 3;
    uint16 internal constant OWNERS_BPS = 7000;
    uint16 internal constant ROYALTY_BPS = 1000;

    RoyaltySplitter internal implementation;
    ModelRegistry internal registry;

    function setUp() public virtual override {
        super.setUp();
        implementation = new RoyaltySplitter(token);
        registry = new ModelRegistry(escrow, address(implementation));
    }

    /// A study, run to its end and closed: its tree has the owners' payouts, as many others', and the model.
    function closedStudy(bytes32 salt, uint256 others) internal returns (bytes32 id, bytes32[] memory tree) {
        Launch memory plan = terms();
        plan.salt = salt;
        id = start(plan);
        tree = treeOf(id, others);
        settleModel(id, tree);
        vm.prank(researcher);
        escrow.close(id);
    }

    function settleModel(bytes32 id, bytes32[] memory tree) internal {
        Settlement memory s = settlement(id, ROUNDS);
        s.payoutsRoot = tree[0];
        escrow.settleRound(s, signSettlement(s), committeeKey());
    }

    function treeOf(bytes32 id, uint256 others) internal view returns (bytes32[] memory) {
        uint128[] memory payouts = payoutsAfter(ROUNDS);
        bytes32[] memory leaves = new bytes32[](owners.length + others + 1);
        for (uint256 i = 0; i < owners.length; ++i) {
            leaves[i] = PayoutTree.leaf(owners[i], payouts[i]);
        }
        for (uint256 i = 0; i < others; ++i) {
            leaves[owners.length + i] = PayoutTree.leaf(address(uint160(i + 1)), 1);
        }
        leaves[leaves.length - 1] = ModelTree.leaf(id, DIGEST, ROUNDS);
        return StandardTree.build(leaves);
    }

    function modelProof(bytes32 id, bytes32[] memory tree) internal pure returns (bytes32[] memory) {
        return StandardTree.proof(tree, ModelTree.leaf(id, DIGEST, ROUNDS));
    }

    function ownerProof(uint256 index, bytes32[] memory tree) internal view returns (bytes32[] memory) {
        return StandardTree.proof(tree, PayoutTree.leaf(owners[index], payoutsAfter(ROUNDS)[index]));
    }

    function mintModel(bytes32 id, bytes32[] memory proof) internal {
        vm.prank(researcher);
        registry.mint(
            id,
            DIGEST,
            proof,
            keccak256("weights"),
            keccak256("provenance"),
            keccak256("metadata"),
            OWNERS_BPS,
            ROYALTY_BPS
        );
    }
}
