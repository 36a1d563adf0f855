// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ArtGallery} from "../../../src/ArtGallery.sol";
import {RoyaltySplitter} from "../../../src/RoyaltySplitter.sol";
import {IArtGallery} from "../../../src/interfaces/IArtGallery.sol";
import {Generation, PieceStatus} from "../../../src/types/Art.sol";
import {Split} from "../../../src/types/Split.sol";
import {ArtFixture} from "../../utils/ArtFixture.sol";

contract PieceSaleTest is ArtFixture {
    function test_RevertWhenThereIsNoSuchPiece() external {
        _expectNotPrimary(1, PieceStatus.None);
        gallery.setPrice(1, PRICE);
        _expectNotPrimary(1, PieceStatus.None);
        buyPiece(1);
    }

    function test_RevertWhenItHasLeftItsArtist() external {
        uint256 id = offered();
        vm.prank(artist);
        gallery.transferFrom(artist, stranger, id);
        assertEq(gallery.piece(id).price, 0, "the price goes with it");
        _expectNotPrimary(id, PieceStatus.Sold);
        buyPiece(id);
        _expectNotPrimary(id, PieceStatus.Sold);
        vm.prank(stranger);
        gallery.setPrice(id, PRICE);
        // Nor does it come back as new.
        vm.prank(stranger);
        gallery.transferFrom(stranger, artist, id);
        _expectNotPrimary(id, PieceStatus.Sold);
        vm.prank(artist);
        gallery.setPrice(id, PRICE);
    }

    function test_ATransferToOneselfChangesNothing() external {
        uint256 id = offered();
        vm.prank(artist);
        gallery.transferFrom(artist, artist, id);
        buyPiece(id);
        assertEq(gallery.ownerOf(id), buyer, "sold");
    }

    function test_SetPriceRevertsForOthers() external {
        uint256 id = mintPiece();
        vm.expectRevert(
            abi.encodeWithSelector(IArtGallery.ArtGallery_NotArtist.selector, id, stranger, artist)
        );
        vm.prank(stranger);
        gallery.setPrice(id, 1);
    }

    function test_SetPriceSetsOrWithdrawsIt() external {
        uint256 id = mintPiece();
        vm.expectEmit(address(gallery));
        emit IArtGallery.PiecePriced(id, PRICE);
        vm.prank(artist);
        gallery.setPrice(id, PRICE);
        assertEq(gallery.piece(id).price, PRICE, "price");
        vm.prank(artist);
        gallery.setPrice(id, 0);
        vm.expectRevert(abi.encodeWithSelector(IArtGallery.ArtGallery_NotForSale.selector, id));
        buyPiece(id);
    }

    function test_BuyRevertsAboveTheMaximum() external {
        uint256 id = offered();
        vm.prank(artist);
        gallery.setPrice(id, PRICE + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IArtGallery.ArtGallery_PriceAboveMaximum.selector, id, PRICE + 1, PRICE)
        );
        buyPiece(id);
    }

    function test_BuyRevertsWhenTheTokenTakesAFee() external {
        uint256 id = offered();
        token.takeFee(1);
        vm.expectRevert(
            abi.encodeWithSelector(IArtGallery.ArtGallery_FundingMismatch.selector, PRICE, PRICE - 1)
        );
        buyPiece(id);
    }

    function test_BuyRefusesToBeReentered() external {
        uint256 id = offered();
        token.callOnTransfer(address(gallery), abi.encodeCall(ArtGallery.buy, (id, PRICE)));
        buyPiece(id);
        assertTrue(token.calls() == 3 && !token.succeeded(), "three transfers, all refused");
        assertEq(
            token.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
    }

    function test_BuyHandsItOverAndPays() external {
        uint256 id = offered();
        vm.expectEmit(address(gallery));
        emit IArtGallery.PieceSold(id, buyer, PRICE, FEE, PRICE - FEE);
        buyPiece(id);
        assertEq(gallery.ownerOf(id), buyer, "the buyer's");
        assertTrue(gallery.piece(id).status == PieceStatus.Sold, "status");
        assertEq(balance(buyer), 1_000_000 - PRICE, "price");
        assertEq(balance(treasury), FEE, "fee");
        assertEq(balance(gallery.splitterOf(id)), PRICE - FEE, "the rest");
        assertEq(balance(address(gallery)), 0, "the gallery keeps nothing");
    }

    function test_BuyPaysNoFeeWhereThereIsNone() external {
        vm.prank(governor);
        parameters.setSaleFee(0);
        uint256 id = offered();
        buyPiece(id);
        assertEq(balance(gallery.splitterOf(id)), PRICE, "all of it");
    }

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

    function _expectNotPrimary(uint256 id, PieceStatus status) private {
        vm.expectRevert(abi.encodeWithSelector(IArtGallery.ArtGallery_NotPrimary.selector, id, status));
    }
}
