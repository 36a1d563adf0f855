// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {RoyaltySplitter} from "../../src/RoyaltySplitter.sol";
import {Generation} from "../../src/types/Art.sol";
import {Status} from "../../src/types/Study.sol";
import {ArtFixture} from "../utils/ArtFixture.sol";
import {ModelTree} from "../utils/ModelTree.sol";

/// Models and the pieces made with them.
contract ModelsFuzzTest is ArtFixture {
    /// Only the digest, study and round that were certified are minted.
    function testFuzz_NothingElseIsCertified(bytes32 study, bytes32 digest, uint64 round) external {
        bytes32 leaf = ModelTree.leaf(study, digest, round);
        escrow.set(study, Status.Closed, researcher, round, ModelTree.root(owners, payouts, leaf), TOTAL);
        bytes32[] memory proof = ModelTree.proof(owners, payouts, leaf, owners.length);
        vm.assume(study != STUDY);
        _mints(study, keccak256(abi.encode(digest)), proof, false);
        _mints(STUDY, digest, proof, false);
        escrow.set(study, Status.Closed, researcher, round ^ 1, ModelTree.root(owners, payouts, leaf), TOTAL);
        _mints(study, digest, proof, false);
        escrow.set(study, Status.Closed, researcher, round, ModelTree.root(owners, payouts, leaf), TOTAL);
        _mints(study, digest, proof, true);
        _mints(study, digest, proof, false);
    }

    /// A royalty is never above its price.
    function testFuzz_RoyaltyAtMostPrice(uint256 price, uint16 royaltyBps) external {
        bytes32 study = keccak256("another study");
        _settle(study, Status.Closed);
        royaltyBps = uint16(bound(royaltyBps, 0, registry.MAX_ROYALTY_BPS()));
        bytes32[] memory proof = modelProof(study);
        vm.prank(researcher);
        registry.mint(study, DIGEST, proof, WEIGHTS, PROVENANCE, METADATA, OWNERS_BPS, royaltyBps);
        (, uint256 ofModel) = registry.royaltyInfo(uint256(study), price);
        Generation memory made = generation();
        made.royaltyBps = royaltyBps;
        (, uint256 ofPiece) = gallery.royaltyInfo(mintPiece(made), price);
        assertTrue(ofModel <= price && ofPiece <= price, "above the price");
        assertEq(ofModel, ofPiece, "the same rate");
        assertTrue(price < 10_000 || (price / 10_000) * royaltyBps <= ofModel, "nor below the rate");
    }

    /// A sale's money ends with treasury, artist, researcher and owners, to the last unit.
    function testFuzz_ASaleCascadesToTheLastUnit(uint128 price, uint16 feeBps, uint16 modelBps) external {
        if (price == 0) price = 1;
        vm.prank(governor);
        parameters.setSaleFee(uint16(bound(feeBps, 0, 1000)));
        Generation memory made = generation();
        made.modelBps = uint16(bound(modelBps, 1, 10_000));
        uint256 id = mintPiece(made);
        vm.prank(artist);
        gallery.setPrice(id, price);
        fund(buyer, address(gallery), price);
        vm.prank(buyer);
        gallery.buy(id, price);

        RoyaltySplitter ofPiece = splitterFor(id);
        RoyaltySplitter ofModel = RoyaltySplitter(registry.deploySplitter(MODEL));
        try ofPiece.releaseCreator() {} catch {}
        try this.toModel(ofPiece) {} catch {}
        try ofModel.releaseCreator() {} catch {}
        for (uint256 i = 0; i < owners.length; ++i) {
            try ofModel.release(owners[i], payouts[i], ownerProof(STUDY, i)) {} catch {}
        }
        uint256 proceeds = price - balance(treasury);
        uint256 toModel_ = proceeds * made.modelBps / 10_000;
        uint256 toOwners = toModel_ * OWNERS_BPS / 10_000;
        assertEq(balance(artist), proceeds - toModel_, "artist");
        assertEq(balance(researcher), toModel_ - toOwners, "researcher");
        uint256 left = toOwners;
        for (uint256 i = 0; i < owners.length; ++i) {
            assertEq(balance(owners[i]), toOwners * payouts[i] / TOTAL, "an owner's floor");
            left -= balance(owners[i]);
        }
        assertEq(balance(address(ofModel)), left, "what the floors leave");
        assertTrue(left < owners.length, "less than one for each");
        assertEq(balance(address(ofPiece)) + balance(address(gallery)), 0, "nothing stays behind");
    }

    function toModel(RoyaltySplitter splitter) external {
        releaseToModel(splitter);
    }

    /// One bit changed anywhere in ERC-7007's bytes: not verified.
    function testFuzz_AChangedBitDoesNotVerify(uint256 where, uint8 bit, bool minted) external {
        Generation memory made = generation();
        bytes[3] memory parts = [promptBytes(made), dataBytes(made), proofBytes(made, attest(made))];
        if (minted) mintPiece();
        assertTrue(gallery.verify(parts[0], parts[1], parts[2]), "as it was");
        where = bound(where, 0, parts[0].length + parts[1].length + parts[2].length - 1);
        uint256 part = 0;
        while (where >= parts[part].length) {
            where -= parts[part].length;
            ++part;
        }
        parts[part][where] ^= bytes1(uint8(1 << (bit % 8)));
        assertTrue(!gallery.verify(parts[0], parts[1], parts[2]), "a changed bit");
    }

    function _mints(bytes32 study, bytes32 digest, bytes32[] memory proof, bool may) private {
        vm.prank(researcher);
        try registry.mint(study, digest, proof, WEIGHTS, PROVENANCE, METADATA, OWNERS_BPS, ROYALTY_BPS) {
            assertTrue(may, "minted without a certificate, or twice");
        } catch {
            assertTrue(!may, "an honest mint failed");
        }
    }
}
