// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IArtGallery} from "../../../src/interfaces/IArtGallery.sol";
import {ArtFixture} from "../../utils/ArtFixture.sol";

contract SetPriceTest is ArtFixture {
    /// when the caller is not the artist: it should revert
    function test_RevertsForOthers() external {
        uint256 id = mintPiece();
        vm.expectRevert(
            abi.encodeWithSelector(IArtGallery.ArtGallery_NotArtist.selector, id, stranger, artist)
        );
        vm.prank(stranger);
        gallery.setPrice(id, 1);
    }

    /// when the artist calls
    /// - it should set the price, or withdraw the offer with a price of zero
    /// - it should emit PiecePriced
    /// buy, when it is not for sale: it should revert
    function test_SetsOrWithdrawsIt() external {
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
}
