// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {ArtGallery} from "../../src/ArtGallery.sol";
import {RoyaltySplitter} from "../../src/RoyaltySplitter.sol";
import {IArtGallery} from "../../src/interfaces/IArtGallery.sol";
import {IERC7007} from "../../src/interfaces/IERC7007.sol";
import {Generation} from "../../src/types/Art.sol";
import {Split} from "../../src/types/Split.sol";
import {ModelFixture} from "./ModelFixture.sol";
import {PayoutTree} from "./PayoutTree.sol";

/// A minted model, a gallery, an artist with the model's attestation, and a buyer with tokens.
abstract contract ArtFixture is ModelFixture {
    uint16 internal constant MODEL_BPS = 4000;
    uint16 internal constant PIECE_ROYALTY_BPS = 500;
    uint128 internal constant PRICE = 1000;
    uint256 internal constant FEE = 25;
    // Of the 975 that are left: 40 % to the model, of that 70 % to the owners.
    uint256 internal constant TO_MODEL = 390;
    uint256 internal constant TO_ARTIST = 585;

    ArtGallery internal gallery;
    uint256 internal artistKey = uint256(keccak256("artist"));
    address internal artist = vm.addr(artistKey);
    address internal buyer = vm.addr(uint256(keccak256("buyer")));

    function setUp() public virtual override {
        super.setUp();
        mintModel();
        gallery = new ArtGallery(token, registry, parameters, address(implementation));
        fund(buyer, address(gallery), 1_000_000);
    }

    function generation() internal view returns (Generation memory) {
        return Generation({
            model: MODEL,
            prompt: keccak256("salted prompt"),
            seed: keccak256("seed"),
            output: keccak256("output"),
            metadata: keccak256("piece metadata"),
            artist: artist,
            modelBps: MODEL_BPS,
            royaltyBps: PIECE_ROYALTY_BPS
        });
    }

    /// By the researcher, who owns the model.
    function attest(Generation memory made) internal view returns (bytes memory) {
        return ecdsa(researcherKey, gallery.generationDigest(made));
    }

    function mintPiece() internal returns (uint256) {
        return mintPiece(generation());
    }

    function mintPiece(Generation memory made) internal returns (uint256) {
        bytes memory signature = attest(made);
        vm.prank(made.artist);
        return gallery.mint(made, signature);
    }

    function idOf(Generation memory made) internal view returns (uint256) {
        return gallery.pieceId(made.model, made.seed, made.output);
    }

    function offered() internal returns (uint256 id) {
        id = mintPiece();
        vm.prank(artist);
        gallery.setPrice(id, PRICE);
    }

    function buyPiece(uint256 id) internal {
        vm.prank(buyer);
        gallery.buy(id, PRICE);
    }

    function splitterFor(uint256 id) internal returns (RoyaltySplitter) {
        return RoyaltySplitter(gallery.deploySplitter(id));
    }

    /// Moves the model's part of a piece's splitter into the model's.
    function releaseToModel(RoyaltySplitter splitter) internal returns (uint256) {
        return splitter.release(registry.splitterOf(MODEL), 1, new bytes32[](0));
    }

    // ERC-7007's bytes.

    function promptBytes(Generation memory made) internal pure returns (bytes memory) {
        return abi.encode(made.prompt);
    }

    function dataBytes(Generation memory made) internal pure returns (bytes memory) {
        return abi.encode(made.model, DIGEST, made.seed, made.output, made.metadata);
    }

    function proofBytes(Generation memory made, bytes memory signature) internal pure returns (bytes memory) {
        return abi.encodePacked(made.artist, made.modelBps, made.royaltyBps, signature);
    }

    function singleRoot(address payee) internal pure returns (bytes32) {
        return PayoutTree.leaf(payee, 1);
    }

    /// Where the splitter of a piece with these terms will be.
    function pieceSplitter() internal view returns (address) {
        return Clones.predictDeterministicAddressWithImmutableArgs(
            address(implementation),
            abi.encode(Split(singleRoot(registry.splitterOf(MODEL)), 1, MODEL_BPS, artist)),
            0,
            address(gallery)
        );
    }

    /// The events of a mint.
    function expectMinted(Generation memory made, bytes memory signature) internal {
        uint256 id = idOf(made);
        address splitter = pieceSplitter();
        vm.expectEmit(address(gallery));
        emit IArtGallery.PieceMinted(
            id,
            MODEL,
            artist,
            DIGEST,
            made.prompt,
            made.seed,
            made.output,
            made.metadata,
            MODEL_BPS,
            PIECE_ROYALTY_BPS,
            researcher,
            splitter
        );
        vm.expectEmit(address(gallery));
        emit IERC7007.AigcData(id, promptBytes(made), dataBytes(made), proofBytes(made, signature));
    }
}
