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
    /// setPrice, when there is no such piece, or it has left its artist: it should revert
    /// buy, when there is no such piece, or it has left its artist: it should revert
    function test_RevertWhenThereIsNoSuchPiece() external {
        _expectNotPrimary(1, PieceStatus.None);
        gallery.setPrice(1, PRICE);
        _expectNotPrimary(1, PieceStatus.None);
        buyPiece(1);
    }

    /// setPrice, when there is no such piece, or it has left its artist: it should revert
    /// buy, when there is no such piece, or it has left its artist: it should revert
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

    /// buy, when the artist has passed it to itself: it should sell it all the same
    function test_ATransferToOneselfChangesNothing() external {
        uint256 id = offered();
        vm.prank(artist);
        gallery.transferFrom(artist, artist, id);
        buyPiece(id);
        assertEq(gallery.ownerOf(id), buyer, "sold");
    }

    /// setPrice, when the caller is not the artist: it should revert
    function test_SetPriceRevertsForOthers() external {
        uint256 id = mintPiece();
        vm.expectRevert(
            abi.encodeWithSelector(IArtGallery.ArtGallery_NotArtist.selector, id, stranger, artist)
        );
        vm.prank(stranger);
        gallery.setPrice(id, 1);
    }

    /// setPrice, when the artist calls
    /// - it should set the price, or withdraw the offer with a price of zero
    /// - it should emit PiecePriced
    /// buy, when it is not for sale: it should revert
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

    /// buy, when the price is above the maximum: it should revert
    function test_BuyRevertsAboveTheMaximum() external {
        uint256 id = offered();
        vm.prank(artist);
        gallery.setPrice(id, PRICE + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IArtGallery.ArtGallery_PriceAboveMaximum.selector, id, PRICE + 1, PRICE)
        );
        buyPiece(id);
    }

    /// buy, when the token moves less than the price: it should revert
    function test_BuyRevertsWhenTheTokenTakesAFee() external {
        uint256 id = offered();
        token.takeFee(1);
        vm.expectRevert(
            abi.encodeWithSelector(IArtGallery.ArtGallery_FundingMismatch.selector, PRICE, PRICE - 1)
        );
        buyPiece(id);
    }

    /// buy, when the token calls back: it should refuse the inner call
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

    /// buy, when it is for sale
    /// - it should hand it over
    /// - it should pay the treasury the fee, if there is one, and the splitter the rest
    /// - it should emit PieceSold
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

    /// buy, when it is for sale: it should pay the treasury the fee, if there is one, and the splitter the rest
    function test_BuyPaysNoFeeWhereThereIsNone() external {
        vm.prank(governor);
        parameters.setSaleFee(0);
        uint256 id = offered();
        buyPiece(id);
        assertEq(balance(gallery.splitterOf(id)), PRICE, "all of it");
    }

    /// deploySplitter, when the splitter is not there yet
    /// - it should deploy one for all pieces of an artist, a model and a part
    /// - it should emit SplitterDeployed
    /// deploySplitter, when it is there: it should return it
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

    /// deploySplitter, when the splitter is not there yet
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

    function _expectNotPrimary(uint256 id, PieceStatus status) private {
        vm.expectRevert(abi.encodeWithSelector(IArtGallery.ArtGallery_NotPrimary.selector, id, status));
    }
}
