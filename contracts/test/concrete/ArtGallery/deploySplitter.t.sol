// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {RoyaltySplitter} from "../../../src/RoyaltySplitter.sol";
import {IArtGallery} from "../../../src/interfaces/IArtGallery.sol";
import {Generation} from "../../../src/types/Art.sol";
import {Split} from "../../../src/types/Split.sol";
import {ArtFixture} from "../../utils/ArtFixture.sol";

contract DeployPieceSplitterTest is ArtFixture {
    /// when the splitter is not there yet
    /// - it should deploy one for all pieces of an artist, a model and a part
    /// - it should emit SplitterDeployed
    /// when it is there: it should return it
    /// splitterOf, when there is: it should be where its splitter is or will be
    function test_OneSplitterForAnArtistAModelAndAPart() external {
        uint256 first = mintPiece();
        Generation memory made = generation();
        made.seed = keccak256("another seed");
        uint256 second = mintPiece(made);
        assertEq(gallery.splitterOf(first), gallery.splitterOf(second), "the same");
        (made.output, made.modelBps) = (keccak256("another output"), MODEL_BPS + 1);
        assertTrue(gallery.splitterOf(mintPiece(made)) != gallery.splitterOf(first), "another part");
        vm.expectEmit(address(gallery));
        emit IArtGallery.SplitterDeployed(first, gallery.splitterOf(first));
        RoyaltySplitter splitter = splitterFor(first);
        Split memory split = splitter.split();
        assertEq(split.root, singleRoot(registry.splitterOf(MODEL)), "one payee, the model's splitter");
        assertEq(split.total, 1, "total");
        assertEq(split.payeesBps, MODEL_BPS, "its part");
        assertEq(split.creator, artist, "the rest is the artist's");
        assertEq(gallery.deploySplitter(second), address(splitter), "deployed once");
    }

    /// when the splitter is not there yet
    /// - it should have it pay the artist, and the model's splitter, and by that the owners
    function test_PaysArtistModelAndOwners() external {
        uint256 id = offered();
        buyPiece(id);
        RoyaltySplitter ofPiece = splitterFor(id);
        RoyaltySplitter ofModel = RoyaltySplitter(registry.deploySplitter(MODEL));
        assertEq(ofPiece.releaseCreator(), TO_ARTIST, "artist");
        assertEq(releaseToModel(ofPiece), TO_MODEL, "model");
        assertEq(ofModel.releaseCreator(), 117, "researcher: 30 % of the model's");
        uint256 toOwners = 0;
        for (uint256 i = 0; i < owners.length; ++i) {
            toOwners += release(ofModel, i);
        }
        assertEq(toOwners, 27 + 54 + 81 + 109, "owners: 273 by shares of tenths, rounded down");
        assertEq(balance(address(ofModel)), 2, "what the floors leave");
        assertEq(
            FEE + TO_ARTIST + 117 + toOwners + balance(address(ofModel)) + balance(address(ofPiece)),
            PRICE,
            "to the last unit"
        );
    }
}
