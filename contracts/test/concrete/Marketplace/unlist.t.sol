// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IMarketListings} from "../../../src/interfaces/IMarketListings.sol";
import {IMarketLots} from "../../../src/interfaces/IMarketLots.sol";
import {LotStatus} from "../../../src/types/Market.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract UnlistTest is MarketFixture {
    /// when the lot is not listed: it should revert
    function test_RevertWhen_TheLotIsNotListed() external {
        expectNotIn(1, LotStatus.Listed);
        market.unlist(1);
        uint256 id = list();
        buy(id);
        vm.prank(seller);
        expectNotIn(id, LotStatus.Listed);
        market.unlist(id);
    }

    /// when somebody else calls and the listing can be bought: it should revert
    function test_RevertWhen_AStrangerEndsAListingThatStands() external {
        uint256 id = list();
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IMarketListings.Marketplace_ListingStands.selector, id));
        market.unlist(id);
    }

    /// when somebody else calls and it can't be bought: over, replaced, not owned or not approved any more
    /// - it should end the listing
    function test_AnybodyEndsAListingThatIsOver() external {
        uint256 id = list();
        vm.warp(offer().until + 1);
        _endedBy(stranger, id);
    }

    /// when somebody else calls and it can't be bought: over, replaced, not owned or not approved any more
    /// - it should end the listing
    function test_AnybodyEndsAListingThatWasReplaced() external {
        uint256 first = list();
        uint256 second = list();
        _endedBy(stranger, first);
        assertTrue(market.isBuyable(second), "and not the one in its place");
    }

    /// when somebody else calls and it can't be bought: over, replaced, not owned or not approved any more
    /// - it should end the listing
    function test_AnybodyEndsAListingWhoseSellerHasSoldElsewhere() external {
        uint256 id = list();
        vm.prank(seller);
        pieces.transferFrom(seller, rival, PIECE);
        _endedBy(rival, id);
    }

    /// when somebody else calls and it can't be bought: over, replaced, not owned or not approved any more
    /// - it should end the listing
    function test_AnybodyEndsAListingOfABurntToken() external {
        uint256 id = list();
        pieces.burn(PIECE);
        _endedBy(stranger, id);
    }

    /// when somebody else calls and it can't be bought: over, replaced, not owned or not approved any more
    /// - it should end the listing
    function test_AnybodyEndsAListingThatIsNotApprovedAnyMore() external {
        uint256 id = list();
        vm.prank(seller);
        pieces.approve(address(0), PIECE);
        _endedBy(stranger, id);
        uint256 units = list(editionOffer(2));
        vm.prank(seller);
        editions.setApprovalForAll(address(market), false);
        _endedBy(stranger, units);
    }

    /// when the seller calls
    /// - it should end the listing, for good
    /// - it should emit LotWithdrawn
    function test_TheSellerEndsItForGood() external {
        uint256 id = list();
        vm.expectEmit(address(market));
        emit IMarketLots.LotWithdrawn(id);
        _endedBy(seller, id);
        vm.prank(buyer);
        expectNotIn(id, LotStatus.Listed);
        market.buy(id, PRICE, 0);
    }

    function _endedBy(address who, uint256 id) private {
        vm.prank(who);
        market.unlist(id);
        assertStatus(id, LotStatus.Withdrawn);
    }
}
