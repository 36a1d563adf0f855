// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IArtGallery} from "../../../src/interfaces/IArtGallery.sol";
import {IERC7007} from "../../../src/interfaces/IERC7007.sol";
import {Generation, Piece, PieceStatus} from "../../../src/types/Art.sol";
import {Split} from "../../../src/types/Split.sol";
import {SmartWallet} from "../../mocks/SmartWallet.sol";
import {ArtFixture} from "../../utils/ArtFixture.sol";

contract MintPieceTest is ArtFixture {
    /// when there is no such model: it should revert
    function test_RevertsWhenThereIsNoSuchModel() external {
        Generation memory made = generation();
        made.model = 1;
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 1));
        vm.prank(artist);
        gallery.mint(made, "");
    }

    /// when the piece exists: it should revert
    function test_RevertsWhenThePieceExists() external {
        uint256 id = mintPiece();
        Generation memory made = generation();
        // Under another prompt and other terms it is still the same output.
        (made.prompt, made.modelBps) = (keccak256("another prompt"), 1);
        _refused(made, abi.encodeWithSelector(IArtGallery.ArtGallery_AlreadyMinted.selector, id));
    }

    /// when the caller is not the artist: it should revert
    function test_RevertsWhenTheCallerIsNotTheArtist() external {
        Generation memory made = generation();
        bytes memory signature = attest(made);
        vm.expectRevert(
            abi.encodeWithSelector(IArtGallery.ArtGallery_NotArtist.selector, idOf(made), stranger, artist)
        );
        vm.prank(stranger);
        gallery.mint(made, signature);
    }

    /// when a digest is missing, or a part or royalty is out of range: it should revert
    function test_RevertsWhenADigestIsMissing() external {
        for (uint256 i = 0; i < 4; ++i) {
            Generation memory made = generation();
            if (i == 0) made.prompt = 0;
            if (i == 1) made.seed = 0;
            if (i == 2) made.output = 0;
            if (i == 3) made.metadata = 0;
            _refused(made, abi.encodeWithSelector(IArtGallery.ArtGallery_DigestZero.selector));
        }
    }

    /// when a digest is missing, or a part or royalty is out of range: it should revert
    function test_RevertsWhenAPartIsOutOfRange() external {
        uint16[2] memory wrong = [uint16(0), 10_001];
        for (uint256 i = 0; i < wrong.length; ++i) {
            Generation memory made = generation();
            made.modelBps = wrong[i];
            _refused(
                made,
                abi.encodeWithSelector(IArtGallery.ArtGallery_ModelPartInvalid.selector, wrong[i], 1, 10_000)
            );
        }
        Generation memory greedy = generation();
        greedy.royaltyBps = 2501;
        _refused(
            greedy, abi.encodeWithSelector(IArtGallery.ArtGallery_RoyaltyAboveLimit.selector, 2501, 2500)
        );
    }

    /// when the attester did not sign exactly this: it should revert
    function test_RevertsWhenTheAttesterDidNotSignThis() external {
        Generation memory made = generation();
        bytes32 digest = gallery.generationDigest(made);
        bytes memory reason =
            abi.encodeWithSelector(IArtGallery.ArtGallery_AttestationInvalid.selector, researcher, digest);
        vm.expectRevert(reason);
        vm.prank(artist);
        gallery.mint(made, ecdsa(artistKey, digest));
        vm.expectRevert(reason);
        vm.prank(artist);
        gallery.mint(made, "");
        Generation memory other = generation();
        other.modelBps = MODEL_BPS - 1;
        bytes memory otherTerms = attest(other);
        vm.expectRevert(reason);
        vm.prank(artist);
        gallery.mint(made, otherTerms);
    }

    /// when everything is right: it should mint model, seed and output's id to the artist
    function test_MintsTheIdToTheArtist() external {
        Generation memory made = generation();
        uint256 id = mintPiece();
        assertEq(id, uint256(keccak256(abi.encode(MODEL, made.seed, made.output))), "id");
        assertEq(gallery.ownerOf(id), artist, "owner");
    }

    /// when everything is right: it should keep the generation, the model's digest, the attester and the splitter
    /// piece, when there is: it should show what was said, and how it stands
    /// splitterOf, when there is: it should be where its splitter is or will be
    function test_KeepsWhatWasSaid() external {
        Generation memory made = generation();
        uint256 id = mintPiece();
        Piece memory piece = gallery.piece(id);
        assertEq(abi.encode(piece.generation), abi.encode(made), "generation");
        assertEq(piece.modelDigest, DIGEST, "the model's digest");
        assertEq(piece.attester, researcher, "attester");
        assertTrue(piece.status == PieceStatus.Primary, "status");
        assertEq(piece.price, 0, "not for sale yet");
        assertEq(piece.splitter, pieceSplitter(), "splitter");
    }

    /// when everything is right: it should emit PieceMinted and AigcData
    function test_EmitsPieceMintedAndAigcData() external {
        Generation memory made = generation();
        bytes memory signature = attest(made);
        expectMinted(made, signature);
        vm.prank(artist);
        gallery.mint(made, signature);
    }

    /// when the attester is a wallet contract (ERC-1271) that accepts the signature: it should mint
    function test_TakesAnERC1271WalletsAttestation() external {
        address wallet = address(new SmartWallet(buyer));
        vm.prank(researcher);
        gallery.nameAttester(MODEL, wallet);
        Generation memory made = generation();
        bytes memory signature = ecdsa(uint256(keccak256("buyer")), gallery.generationDigest(made));
        vm.prank(artist);
        uint256 id = gallery.mint(made, signature);
        assertEq(gallery.piece(id).attester, wallet, "attester");
    }

    function _refused(Generation memory made, bytes memory reason) private {
        bytes memory signature = attest(made);
        vm.expectRevert(reason);
        vm.prank(artist);
        gallery.mint(made, signature);
    }
}
