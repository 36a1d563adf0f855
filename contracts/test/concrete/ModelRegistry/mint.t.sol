// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IModelRegistry} from "../../../src/interfaces/IModelRegistry.sol";
import {Model} from "../../../src/types/Model.sol";
import {Split} from "../../../src/types/Split.sol";
import {Status} from "../../../src/types/Study.sol";
import {SmartWallet} from "../../mocks/SmartWallet.sol";
import {ModelFixture} from "../../utils/ModelFixture.sol";

contract MintModelTest is ModelFixture {
    /// when there is no such study, or it is open: it should revert
    function test_RevertsWhenTheStudyIsNotClosed() external {
        _settle(STUDY, Status.Open);
        _expectRefused(
            STUDY,
            DIGEST,
            modelProof(STUDY),
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_StudyNotClosed.selector, STUDY, Status.Open)
        );
        bytes32 none = keccak256("no such study");
        _expectRefused(
            none,
            DIGEST,
            modelProof(none),
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_StudyNotClosed.selector, none, Status.None)
        );
    }

    /// when the caller is not the study's researcher: it should revert
    function test_RevertsWhenTheCallerIsNotTheResearcher() external {
        bytes32[] memory proof = modelProof(STUDY);
        vm.expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.ModelRegistry_NotResearcher.selector, STUDY, stranger, researcher
            )
        );
        vm.prank(stranger);
        registry.mint(STUDY, DIGEST, proof, WEIGHTS, PROVENANCE, METADATA, OWNERS_BPS, ROYALTY_BPS);
    }

    /// when the proof is for another model, study, round or tree: it should revert
    function test_RevertsWhenTheProofIsForAnotherModelStudyRoundOrTree() external {
        bytes32 other = keccak256("another model");
        _expectUncertified(STUDY, other, ROUND, modelProof(STUDY));

        bytes32 twin = keccak256("another study");
        escrow.set(twin, Status.Closed, researcher, ROUND, rootOf(STUDY), TOTAL);
        _expectUncertified(twin, DIGEST, ROUND, modelProof(STUDY));

        escrow.set(STUDY, Status.Closed, researcher, ROUND + 1, rootOf(STUDY), TOTAL);
        _expectUncertified(STUDY, DIGEST, ROUND + 1, modelProof(STUDY));

        _settle(STUDY, Status.Closed);
        _expectUncertified(STUDY, DIGEST, ROUND, ownerProof(STUDY, 0));
    }

    /// when no round has settled: it should revert
    function test_RevertsWhenNoRoundHasSettled() external {
        escrow.set(STUDY, Status.Closed, researcher, 0, 0, 0);
        _expectUncertified(STUDY, DIGEST, 0, new bytes32[](0));
    }

    /// when nothing was granted: it should revert
    function test_RevertsWhenNothingWasGranted() external {
        escrow.set(STUDY, Status.Closed, researcher, ROUND, rootOf(STUDY), 0);
        _expectRefused(
            STUDY,
            DIGEST,
            modelProof(STUDY),
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_NothingGranted.selector, STUDY)
        );
    }

    /// when a digest is missing: it should revert
    function test_RevertsWhenADigestIsMissing() external {
        bytes32[] memory proof = modelProof(STUDY);
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistry_DigestZero.selector, STUDY));
            vm.prank(researcher);
            registry.mint(
                STUDY,
                DIGEST,
                proof,
                i == 0 ? bytes32(0) : WEIGHTS,
                i == 1 ? bytes32(0) : PROVENANCE,
                i == 2 ? bytes32(0) : METADATA,
                OWNERS_BPS,
                ROYALTY_BPS
            );
        }
    }

    /// when the owners' part is below the minimum or above the whole: it should revert
    function test_RevertsWhenTheOwnersPartIsOutOfRange() external {
        bytes32[] memory proof = modelProof(STUDY);
        uint16[3] memory wrong = [uint16(0), 4999, 10_001];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IModelRegistry.ModelRegistry_OwnersPartInvalid.selector, wrong[i], 5000, 10_000
                )
            );
            vm.prank(researcher);
            registry.mint(STUDY, DIGEST, proof, WEIGHTS, PROVENANCE, METADATA, wrong[i], ROYALTY_BPS);
        }
        vm.prank(researcher);
        registry.mint(STUDY, DIGEST, proof, WEIGHTS, PROVENANCE, METADATA, 5000, ROYALTY_BPS);
    }

    /// when the royalty is above the limit: it should revert
    function test_RevertsWhenTheRoyaltyIsAboveTheLimit() external {
        bytes32[] memory proof = modelProof(STUDY);
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_RoyaltyAboveLimit.selector, 2501, 2500)
        );
        vm.prank(researcher);
        registry.mint(STUDY, DIGEST, proof, WEIGHTS, PROVENANCE, METADATA, OWNERS_BPS, 2501);
        vm.prank(researcher);
        registry.mint(STUDY, DIGEST, proof, WEIGHTS, PROVENANCE, METADATA, OWNERS_BPS, 2500);
    }

    /// when the study's model was minted: it should revert
    function test_RevertsWhenTheModelWasMinted() external {
        mintModel();
        bytes memory reason =
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_AlreadyMinted.selector, STUDY);
        _expectRefused(STUDY, DIGEST, modelProof(STUDY), reason);
        // Nor after it has changed hands.
        vm.prank(researcher);
        registry.transferFrom(researcher, stranger, MODEL);
        _expectRefused(STUDY, DIGEST, modelProof(STUDY), reason);
    }

    /// when everything is right
    /// - it should mint the study's id to the researcher, also to a wallet that does not know ERC-721
    function test_MintsTheStudysIdToTheResearcher() external {
        bytes32[] memory proof = modelProof(STUDY);
        vm.prank(researcher);
        uint256 id =
            registry.mint(STUDY, DIGEST, proof, WEIGHTS, PROVENANCE, METADATA, OWNERS_BPS, ROYALTY_BPS);
        assertEq(id, MODEL, "id");
        assertEq(registry.ownerOf(id), researcher, "owner");
        assertEq(registry.balanceOf(researcher), 1, "balance");
    }

    /// when everything is right
    /// - it should mint the study's id to the researcher, also to a wallet that does not know ERC-721
    function test_MintsToAWalletThatDoesNotKnowERC721() external {
        address wallet = address(new SmartWallet(researcher));
        escrow.set(STUDY, Status.Closed, wallet, ROUND, rootOf(STUDY), TOTAL);
        bytes32[] memory proof = modelProof(STUDY);
        vm.prank(wallet);
        registry.mint(STUDY, DIGEST, proof, WEIGHTS, PROVENANCE, METADATA, OWNERS_BPS, ROYALTY_BPS);
        assertEq(registry.ownerOf(MODEL), wallet, "owner");
        assertEq(registry.model(MODEL).creator, wallet, "creator");
    }

    /// when everything is right: it should keep digests, parts and splitter
    /// model, when it was: it should show what the committee signed, who launched its study, and its terms
    /// digestOf, when it was: it should be the digest that the committee signed
    /// ownersBpsOf, when it was: it should be the owners' part
    function test_KeepsDigestsPartsAndSplitter() external {
        mintModel();
        Model memory model = registry.model(MODEL);
        assertEq(model.study, STUDY, "study");
        assertEq(model.creator, researcher, "creator");
        assertEq(model.digest, DIGEST, "digest");
        assertEq(registry.digestOf(MODEL), DIGEST, "digest alone");
        assertEq(registry.ownersBpsOf(MODEL), OWNERS_BPS, "owners' part alone");
        assertEq(model.weights, WEIGHTS, "weights");
        assertEq(model.provenance, PROVENANCE, "provenance");
        assertEq(model.metadata, METADATA, "metadata");
        assertEq(model.splitter, registry.splitterOf(MODEL), "splitter");
        assertEq(model.ownersBps, OWNERS_BPS, "owners' part");
        assertEq(model.royaltyBps, ROYALTY_BPS, "royalty");
        // The creator stays who it is when the token goes.
        vm.prank(researcher);
        registry.transferFrom(researcher, stranger, MODEL);
        assertEq(registry.model(MODEL).creator, researcher, "creator after a sale");
    }

    /// when everything is right: it should emit ModelMinted
    function test_EmitsModelMinted() external {
        bytes32[] memory proof = modelProof(STUDY);
        address splitter = Clones.predictDeterministicAddressWithImmutableArgs(
            address(implementation),
            abi.encode(Split(rootOf(STUDY), TOTAL, OWNERS_BPS, researcher)),
            STUDY,
            address(registry)
        );
        vm.expectEmit(address(registry));
        emit IModelRegistry.ModelMinted(
            MODEL, researcher, ROUND, DIGEST, WEIGHTS, PROVENANCE, METADATA, OWNERS_BPS, ROYALTY_BPS, splitter
        );
        vm.prank(researcher);
        registry.mint(STUDY, DIGEST, proof, WEIGHTS, PROVENANCE, METADATA, OWNERS_BPS, ROYALTY_BPS);
        assertEq(registry.splitterOf(MODEL), splitter, "splitter");
    }

    function _expectUncertified(bytes32 study, bytes32 digest, uint64 round, bytes32[] memory proof) private {
        bytes memory reason = abi.encodeWithSelector(
            IModelRegistry.ModelRegistry_CertificateInvalid.selector, study, digest, round
        );
        _expectRefused(study, digest, proof, reason);
    }

    function _expectRefused(bytes32 study, bytes32 digest, bytes32[] memory proof, bytes memory reason)
        private
    {
        vm.expectRevert(reason);
        vm.prank(researcher);
        registry.mint(study, digest, proof, WEIGHTS, PROVENANCE, METADATA, OWNERS_BPS, ROYALTY_BPS);
    }
}
