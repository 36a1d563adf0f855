// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {RoyaltySplitter} from "../../src/RoyaltySplitter.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IRoyaltySplitter} from "../../src/interfaces/IRoyaltySplitter.sol";
import {IStudyEscrow} from "../../src/interfaces/IStudyEscrow.sol";
import {Split} from "../../src/types/Split.sol";
import {Launch, Status} from "../../src/types/Study.sol";
import {CertifiedFixture} from "../utils/CertifiedFixture.sol";
import {ModelTree} from "../utils/ModelTree.sol";
import {PayoutTree} from "../utils/PayoutTree.sol";

/// What an attacker would do to models and their splitters, over the real escrow and with the committee's signatures.
contract ModelAttacksTest is CertifiedFixture {
    // ------------------------------------------------------------------------------------- proofs used elsewhere

    /// The same plan, digest, round and payouts, launched twice: each model needs the certificate of its own study,
    /// and each splitter the tree of its own model.
    function test_ProofsNotBoundToTheirPoolAndSoReplayable() external {
        (bytes32 one, bytes32[] memory first) = closedStudy("one", 0);
        (bytes32 two, bytes32[] memory second) = closedStudy("two", 0);
        _expectUncertified(two, ROUNDS);
        mintModel(two, modelProof(one, first));
        mintModel(one, modelProof(one, first));
        mintModel(two, modelProof(two, second));

        RoyaltySplitter ofTwo = RoyaltySplitter(registry.deploySplitter(uint256(two)));
        token.transfer(address(ofTwo), 1e18);
        bytes32[] memory foreign = ownerProof(0, first);
        uint128 cumulative = payoutsAfter(ROUNDS)[0];
        vm.expectRevert(
            abi.encodeWithSelector(
                IRoyaltySplitter.RoyaltySplitter_ProofInvalid.selector, owners[0], cumulative
            )
        );
        ofTwo.release(owners[0], cumulative, foreign);
        ofTwo.release(owners[0], cumulative, ownerProof(0, second));
    }

    /// A chain that split off has the same contracts, keys and plans; its studies have other ids, so what a committee
    /// certified on one chain certifies nothing on the other.
    function test_ACertificateOfAnotherChain() external {
        vm.chainId(99);
        bytes32 there = escrow.studyId(researcher, terms().planDigest, "one");
        vm.chainId(31_337);
        bytes32[] memory tree = treeOf(there, 0);
        Launch memory plan = terms();
        plan.salt = "one";
        bytes32 here = start(plan);
        assertTrue(here != there, "another id");
        settleModel(here, tree);
        vm.prank(researcher);
        escrow.close(here);
        _expectUncertified(here, ROUNDS);
        mintModel(here, modelProof(there, tree));
    }

    /// A settlement's certificate is for its round. When a later round has settled, the model of the earlier one
    /// can't be minted as the study's.
    function test_ACertificateOfAnEarlierRound() external {
        Launch memory plan = terms();
        bytes32 id = start(plan);
        bytes32[] memory leaves = new bytes32[](2);
        leaves[0] = PayoutTree.leaf(owners[0], 1);
        leaves[1] = ModelTree.leaf(id, DIGEST, 2);
        bytes32 pair = leaves[0] < leaves[1]
            ? keccak256(bytes.concat(leaves[0], leaves[1]))
            : keccak256(bytes.concat(leaves[1], leaves[0]));
        bytes32[] memory tree = new bytes32[](1);
        tree[0] = pair;
        settleModel(id, tree);
        vm.prank(researcher);
        escrow.close(id);
        bytes32[] memory proof = proofWith(leaves[0]);
        assertTrue(MerkleProof.verify(proof, pair, leaves[1]), "a good proof, of round 2");
        _expectUncertified(id, ROUNDS);
        mintModel(id, proof);
    }

    // -------------------------------------------------------------------------------------------- forged leaves

    /// Inner nodes hash 64 bytes, a payout's leaf hashes the hash of 64, a model's the hash of 128. Whatever is taken
    /// for another, hashes to something that is not in the tree.
    function test_ALeafOf64BytesPassedAsAModelLeafAndBack() external {
        (bytes32 id, bytes32[] memory tree) = closedStudy("one", 0);
        // A payout's leaf as the model's.
        _expectUncertified(id, ROUNDS);
        mintModel(id, ownerProof(0, tree));
        // An inner node as the model's leaf: the proof of its children, without the lowest step.
        bytes32[] memory proof = modelProof(id, tree);
        bytes32[] memory shorter = new bytes32[](proof.length - 1);
        for (uint256 i = 0; i < shorter.length; ++i) {
            shorter[i] = proof[i + 1];
        }
        _expectUncertified(id, ROUNDS);
        mintModel(id, shorter);

        mintModel(id, proof);
        RoyaltySplitter splitter = RoyaltySplitter(registry.deploySplitter(uint256(id)));
        token.transfer(address(splitter), 1e18);
        // The first two words of the model's leaf as a payee and its payout.
        _expectNoPayee(splitter, address(uint160(uint256(ModelTree.TAG))), uint128(uint256(id)), proof);
        // The children of an inner node as a payee and its payout.
        bytes32 leaf = ModelTree.leaf(id, DIGEST, ROUNDS);
        _expectNoPayee(splitter, address(uint160(uint256(leaf))), uint128(uint256(proof[0])), shorter);
        // And the escrow pays no model.
        bytes memory reason = abi.encodeWithSelector(
            IStudyEscrow.StudyEscrow_NotEnrolled.selector, id, address(uint160(uint256(ModelTree.TAG)))
        );
        vm.expectRevert(reason);
        escrow.claimFor(id, address(uint160(uint256(ModelTree.TAG))), uint128(uint256(id)), proof);
    }

    /// A tree of the researcher's own making, with a model nobody trained, proves nothing without the committee.
    function test_AForgedTree() external {
        (bytes32 id,) = closedStudy("one", 0);
        bytes32 forged = keccak256("not the model");
        vm.expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.ModelRegistry_CertificateInvalid.selector, id, forged, ROUNDS
            )
        );
        vm.prank(researcher);
        registry.mint(id, forged, new bytes32[](0), "w", "p", "m", OWNERS_BPS, 0);
    }

    /// A proof that nobody looks at proves nothing: any other bytes in its place are refused.
    function test_ProofEmittedButNeverVerified() external {
        (bytes32 id, bytes32[] memory tree) = closedStudy("one", 0);
        bytes32[] memory proof = modelProof(id, tree);
        for (uint256 i = 0; i < proof.length; ++i) {
            bytes32[] memory changed = modelProof(id, tree);
            changed[i] ^= bytes32(uint256(1));
            _expectUncertified(id, ROUNDS);
            mintModel(id, changed);
        }
        mintModel(id, proof);
    }

    // ----------------------------------------------------------------------------------------------- front runs

    /// Somebody deploys the splitter first: that is what it is for. With other terms it lies elsewhere.
    function test_AFrontRunDeployment() external {
        (bytes32 id, bytes32[] memory tree) = closedStudy("one", 0);
        mintModel(id, modelProof(id, tree));
        address splitter = registry.splitterOf(uint256(id));
        token.transfer(splitter, 1e18);
        vm.prank(stranger);
        assertEq(registry.deploySplitter(uint256(id)), splitter, "where it was paid");
        Split memory split = RoyaltySplitter(splitter).split();
        assertEq(split.root, tree[0], "the settled tree");
        assertEq(split.creator, researcher, "the researcher");
        // The attacker's own clone, with itself as the creator.
        split.creator = stranger;
        address other =
            Clones.cloneDeterministicWithImmutableArgs(address(implementation), abi.encode(split), id);
        assertTrue(other != splitter, "another address");
        assertEq(registry.deploySplitter(uint256(id)), splitter, "nothing changed");
        assertEq(RoyaltySplitter(splitter).releaseCreator(), 3e17, "money where it belongs");
        assertEq(token.balanceOf(stranger), 0, "none with the attacker");
    }

    /// Who is not the researcher can't take the mint, even with the proof from the researcher's transaction.
    function test_AFrontRunMint() external {
        (bytes32 id, bytes32[] memory tree) = closedStudy("one", 0);
        bytes32[] memory proof = modelProof(id, tree);
        vm.expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.ModelRegistry_NotResearcher.selector, id, stranger, researcher
            )
        );
        vm.prank(stranger);
        registry.mint(id, DIGEST, proof, "w", "p", "m", 10_000, 0);
    }

    // ----------------------------------------------------------------------------------------------------- time

    /// Nothing lapses: ten years later the researcher mints, and the owners are paid.
    function test_ClaimsCancelledSilentlyWhenLate() external {
        (bytes32 id, bytes32[] memory tree) = closedStudy("one", 0);
        vm.warp(START + 3650 days);
        mintModel(id, modelProof(id, tree));
        RoyaltySplitter splitter = RoyaltySplitter(registry.deploySplitter(uint256(id)));
        token.transfer(address(splitter), 1e18);
        vm.warp(START + 7300 days);
        assertEq(splitter.release(owners[0], payoutsAfter(ROUNDS)[0], ownerProof(0, tree)), 7e16, "1/10");
    }

    /// A study that ran out of time without a settled round has no model; one that had settled has its last round's.
    function test_AStudyThatWasRefunded() external {
        bytes32 id = start(terms());
        _expectNotClosed(id);
        mintModel(id, new bytes32[](0));
        Launch memory plan = terms();
        plan.salt = "settled";
        bytes32 settled = start(plan);
        bytes32[] memory tree = treeOf(settled, 0);
        settleModel(settled, tree);
        vm.warp(terms().settleBy + 1);
        escrow.refund(id);
        escrow.refund(settled);
        _expectUncertified(id, 0);
        mintModel(id, new bytes32[](0));
        mintModel(settled, modelProof(settled, tree));
    }

    function _expectUncertified(bytes32 id, uint64 round) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.ModelRegistry_CertificateInvalid.selector, id, DIGEST, round
            )
        );
    }

    function _expectNotClosed(bytes32 id) private {
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_StudyNotClosed.selector, id, Status.Open)
        );
    }

    function _expectNoPayee(
        RoyaltySplitter splitter,
        address payee,
        uint128 cumulative,
        bytes32[] memory proof
    ) private {
        vm.expectRevert(
            abi.encodeWithSelector(IRoyaltySplitter.RoyaltySplitter_ProofInvalid.selector, payee, cumulative)
        );
        splitter.release(payee, cumulative, proof);
    }
}
