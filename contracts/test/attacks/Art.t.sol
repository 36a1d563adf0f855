// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ArtGallery} from "../../src/ArtGallery.sol";
import {RoyaltySplitter} from "../../src/RoyaltySplitter.sol";
import {IArtGallery} from "../../src/interfaces/IArtGallery.sol";
import {IRoyaltySplitter} from "../../src/interfaces/IRoyaltySplitter.sol";
import {Generation, PieceStatus} from "../../src/types/Art.sol";
import {Status} from "../../src/types/Study.sol";
import {FalseToken} from "../mocks/FalseToken.sol";
import {ArtFixture} from "../utils/ArtFixture.sol";

/// What artists, buyers and owners of models would do to each other, step by step, and where it ends.
contract ArtAttacksTest is ArtFixture {
    /// Somebody sees the artist's transaction and mints the piece as its own.
    function test_AnAttestationTakenFromAnothersTransaction() external {
        Generation memory made = generation();
        bytes memory signature = attest(made);
        vm.expectRevert(
            abi.encodeWithSelector(IArtGallery.ArtGallery_NotArtist.selector, idOf(made), stranger, artist)
        );
        vm.prank(stranger);
        gallery.mint(made, signature);
        made.artist = stranger;
        _expectInvalid(gallery, made, researcher);
        vm.prank(stranger);
        gallery.mint(made, signature);
    }

    /// An attestation is for one gallery, on one chain, and one model, though another has the same digest.
    function test_AnAttestationReplayedElsewhere() external {
        Generation memory made = generation();
        bytes memory signature = attest(made);
        ArtGallery other = new ArtGallery(token, registry, parameters, address(implementation));
        _expectInvalid(other, made, researcher);
        vm.prank(artist);
        other.mint(made, signature);

        bytes32 twin = keccak256("another study");
        _settle(twin, Status.Closed);
        mintModel(twin);
        Generation memory ofTwin = generation();
        ofTwin.model = uint256(twin);
        assertEq(registry.digestOf(ofTwin.model), registry.digestOf(MODEL), "the same digest");
        _expectInvalid(gallery, ofTwin, researcher);
        vm.prank(artist);
        gallery.mint(ofTwin, signature);

        vm.chainId(99);
        _expectInvalid(gallery, made, researcher);
        vm.prank(artist);
        gallery.mint(made, signature);
    }

    /// An attestation of who no longer owns the model, or is no longer named.
    function test_AnAttestationThatWasWithdrawn() external {
        Generation memory made = generation();
        bytes memory signature = attest(made);
        vm.prank(researcher);
        registry.transferFrom(researcher, stranger, MODEL);
        _expectInvalid(gallery, made, stranger);
        vm.prank(artist);
        gallery.mint(made, signature);
    }

    /// A piece that was minted under one attester says so for ever; junk in the proof's place does not verify.
    function test_ProofEmittedButNeverVerified() external {
        Generation memory made = generation();
        bytes memory junk = new bytes(65);
        assertTrue(!gallery.verify(promptBytes(made), dataBytes(made), proofBytes(made, junk)), "junk");
        _expectInvalid(gallery, made, researcher);
        vm.prank(artist);
        gallery.mint(made, junk);
        bytes memory signature = attest(made);
        mintPiece();
        assertTrue(gallery.verify(promptBytes(made), dataBytes(made), proofBytes(made, signature)), "true");
        assertTrue(!gallery.verify(promptBytes(made), dataBytes(made), proofBytes(made, junk)), "junk still");
    }

    /// The artist raises the price, or gives the piece away, while a purchase is on its way.
    function test_AFrontRunSale() external {
        uint256 id = offered();
        vm.prank(artist);
        gallery.setPrice(id, 10 * PRICE);
        vm.expectRevert(
            abi.encodeWithSelector(IArtGallery.ArtGallery_PriceAboveMaximum.selector, id, 10 * PRICE, PRICE)
        );
        buyPiece(id);
        vm.prank(artist);
        gallery.transferFrom(artist, stranger, id);
        vm.expectRevert(
            abi.encodeWithSelector(IArtGallery.ArtGallery_NotPrimary.selector, id, PieceStatus.Sold)
        );
        buyPiece(id);
        assertEq(balance(buyer), 1_000_000, "nothing paid");
    }

    /// Who was approved for the artist's pieces sells one on; the gallery does not sell it a second time.
    function test_TheArtistsPieceMovedByAnOperator() external {
        uint256 id = offered();
        vm.prank(artist);
        gallery.approve(stranger, id);
        buyPiece(id);
        vm.expectRevert(
            abi.encodeWithSelector(IERC721Errors.ERC721InsufficientApproval.selector, stranger, id)
        );
        vm.prank(stranger);
        gallery.transferFrom(buyer, stranger, id);
        assertEq(gallery.ownerOf(id), buyer, "the buyer's");
    }

    /// The artist tells the splitter that it is the model.
    function test_TheModelsPartTakenByAnother() external {
        uint256 id = offered();
        buyPiece(id);
        RoyaltySplitter splitter = splitterFor(id);
        vm.expectRevert(
            abi.encodeWithSelector(IRoyaltySplitter.RoyaltySplitter_ProofInvalid.selector, artist, 1)
        );
        splitter.release(artist, 1, new bytes32[](0));
        address model = registry.splitterOf(MODEL);
        vm.expectRevert(
            abi.encodeWithSelector(IRoyaltySplitter.RoyaltySplitter_ProofInvalid.selector, model, 2)
        );
        splitter.release(model, 2, new bytes32[](0));
        assertEq(releaseToModel(splitter), TO_MODEL, "the model's");
    }

    /// Royalties paid elsewhere, in another token, are not lost and cascade as well.
    function test_RoyaltiesInAnotherToken() external {
        uint256 id = mintPiece();
        FalseToken other = new FalseToken();
        RoyaltySplitter ofPiece = splitterFor(id);
        RoyaltySplitter ofModel = RoyaltySplitter(registry.deploySplitter(MODEL));
        other.mint(address(ofPiece), 1000);
        assertEq(ofPiece.releaseOf(other, address(ofModel), 1, new bytes32[](0)), 400, "model");
        assertEq(ofPiece.releaseCreatorOf(other), 600, "artist");
        bytes32[] memory proof = ownerProof(STUDY, 3);
        assertEq(ofModel.releaseOf(other, owners[3], payouts[3], proof), 112, "4/10 of 280");
        assertEq(ofModel.releaseCreatorOf(other), 120, "researcher");
    }

    function _expectInvalid(ArtGallery at_, Generation memory made, address attester) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IArtGallery.ArtGallery_AttestationInvalid.selector, attester, at_.generationDigest(made)
            )
        );
    }
}
