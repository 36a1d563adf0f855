// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ArtGallery} from "../../../src/ArtGallery.sol";
import {IArtGallery} from "../../../src/interfaces/IArtGallery.sol";
import {PieceStatus} from "../../../src/types/Art.sol";
import {ArtFixture} from "../../utils/ArtFixture.sol";

contract BuyPieceTest is ArtFixture {
    /// setPrice, when there is no such piece, or it has left its artist: it should revert
    /// when there is no such piece, or it has left its artist: it should revert
    function test_RevertWhenThereIsNoSuchPiece() external {
        _expectNotPrimary(1, PieceStatus.None);
        gallery.setPrice(1, PRICE);
        _expectNotPrimary(1, PieceStatus.None);
        buyPiece(1);
    }

    /// setPrice, when there is no such piece, or it has left its artist: it should revert
    /// when there is no such piece, or it has left its artist: it should revert
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

    /// when the artist has passed it to itself: it should sell it all the same
    function test_ATransferToOneselfChangesNothing() external {
        uint256 id = offered();
        vm.prank(artist);
        gallery.transferFrom(artist, artist, id);
        buyPiece(id);
        assertEq(gallery.ownerOf(id), buyer, "sold");
    }

    /// when the price is above the maximum: it should revert
    function test_RevertsAboveTheMaximum() external {
        uint256 id = offered();
        vm.prank(artist);
        gallery.setPrice(id, PRICE + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IArtGallery.ArtGallery_PriceAboveMaximum.selector, id, PRICE + 1, PRICE)
        );
        buyPiece(id);
    }

    /// when the token moves less than the price: it should revert
    function test_RevertsWhenTheTokenTakesAFee() external {
        uint256 id = offered();
        token.takeFee(1);
        vm.expectRevert(
            abi.encodeWithSelector(IArtGallery.ArtGallery_FundingMismatch.selector, PRICE, PRICE - 1)
        );
        buyPiece(id);
    }

    /// when the token calls back: it should refuse the inner call
    function test_RefusesToBeReentered() external {
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

    /// when it is for sale
    /// - it should hand it over
    /// - it should pay the treasury the fee, if there is one, and the splitter the rest
    /// - it should emit PieceSold
    function test_HandsItOverAndPays() external {
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

    /// when it is for sale: it should pay the treasury the fee, if there is one, and the splitter the rest
    function test_PaysNoFeeWhereThereIsNone() external {
        vm.prank(governor);
        parameters.setSaleFee(0);
        uint256 id = offered();
        buyPiece(id);
        assertEq(balance(gallery.splitterOf(id)), PRICE, "all of it");
    }

    function _expectNotPrimary(uint256 id, PieceStatus status) private {
        vm.expectRevert(abi.encodeWithSelector(IArtGallery.ArtGallery_NotPrimary.selector, id, status));
    }
}
