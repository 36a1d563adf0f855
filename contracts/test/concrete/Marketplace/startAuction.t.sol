// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IMarketAuctions} from "../../../src/interfaces/IMarketAuctions.sol";
import {IMarketFunds} from "../../../src/interfaces/IMarketFunds.sol";
import {IMarketLots} from "../../../src/interfaces/IMarketLots.sol";
import {AssetKind, AuctionOffer, KeyTerms, LotStatus} from "../../../src/types/Market.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract StartAuctionTest is MarketFixture {
    /// when the duration or the increment is out of range: it should revert
    function test_RevertWhen_TheDurationIsOutOfRange() external {
        AuctionOffer memory it = auctionOffer();
        uint32[2] memory wrong = [uint32(1 hours - 1), uint32(30 days + 1)];
        for (uint256 i = 0; i < 2; ++i) {
            it.duration = wrong[i];
            _expect(
                abi.encodeWithSelector(IMarketAuctions.Marketplace_DurationInvalid.selector, wrong[i]), it
            );
        }
    }

    /// when the duration or the increment is out of range: it should revert
    function test_RevertWhen_TheIncrementIsOutOfRange() external {
        AuctionOffer memory it = auctionOffer();
        it.minIncrementBps = 5_001;
        _expect(abi.encodeWithSelector(IMarketAuctions.Marketplace_IncrementInvalid.selector, 5_001), it);
    }

    /// when the terms are refused as those of a listing are: it should revert
    function test_RevertWhen_TheTermsAreRefusedAsAListingsAre() external {
        AuctionOffer memory it = auctionOffer();
        it.reserve = 0;
        _expect(abi.encodeWithSelector(IMarketFunds.Market_AmountZero.selector), it);
        it = auctionOffer();
        it.key = KeyTerms(1, 0, address(0));
        _expect(
            abi.encodeWithSelector(IMarketLots.Marketplace_KeyTermsInvalid.selector, 1, 0, address(0)), it
        );
        it = auctionOffer();
        it.maxFeeBps = 0;
        _expect(abi.encodeWithSelector(IMarketLots.Marketplace_FeeAboveMaximum.selector, FEE_BPS, 0), it);
        it = auctionOffer();
        it.maxRoyaltyBps = 0;
        _expect(
            abi.encodeWithSelector(IMarketLots.Marketplace_RoyaltyAboveMaximum.selector, ROYALTY_BPS, 0), it
        );
        it = auctionOffer();
        it.asset.collection = address(token);
        _expect(
            abi.encodeWithSelector(IMarketLots.Marketplace_CollectionUnsupported.selector, address(token)), it
        );
    }

    /// when the caller does not own the asset: it should revert
    function test_RevertWhen_TheCallerDoesNotOwnTheAsset() external {
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketLots.Marketplace_NotOwner.selector, address(pieces), PIECE, stranger
            )
        );
        market.startAuction(auctionOffer());
    }

    /// when the market may not move the asset: it should revert
    function test_RevertWhen_TheMarketMayNotMoveTheAsset() external {
        vm.prank(seller);
        pieces.approve(address(0), PIECE);
        _expect(
            abi.encodeWithSelector(IERC721Errors.ERC721InsufficientApproval.selector, address(market), PIECE),
            auctionOffer()
        );
    }

    /// when everything fits
    /// - it should take the asset into the market's hands
    /// - it should end the caller's listing of the token
    /// - it should emit AuctionStarted
    /// leastBid, when nobody has bid: it should be the reserve
    function test_ItTakesTheAsset() external {
        uint256 listing = list();
        AuctionOffer memory it = auctionOffer();
        it.key = withKey();
        vm.expectEmit(address(market));
        emit IMarketAuctions.AuctionStarted(
            2,
            seller,
            address(pieces),
            PIECE,
            AssetKind.ERC721,
            1,
            PRICE,
            uint64(START + 1 days),
            500,
            FEE_BPS,
            ROYALTY_BPS,
            1 days,
            0,
            address(0)
        );
        uint256 id = startAuction(it);
        assertStatus(id, LotStatus.Auctioned);
        assertEq(ownerOfPiece(), address(market), "held");
        assertTrue(!market.isBuyable(listing), "no longer for sale");
        market.unlist(listing);
        assertStatus(listing, LotStatus.Withdrawn);
        assertEq(market.leastBid(id), PRICE, "the reserve");
    }

    /// when everything fits: it should end the caller's listing of the token
    function test_ItEndsTheCallersListingOfUnits() external {
        uint256 listing = list(editionOffer(2));
        AuctionOffer memory it = auctionOffer();
        it.asset = editionAsset(2);
        uint256 id = startAuction(it);
        assertTrue(!market.isBuyable(listing), "though there are units left");
        vm.prank(seller);
        market.cancelAuction(id);
        assertTrue(!market.isBuyable(listing), "nor when they are back");
    }

    /// when everything fits: it should take the asset into the market's hands
    function test_ItTakesWhatIsApprovedAsAWhole() external {
        pieces.mint(seller, 8);
        vm.prank(seller);
        pieces.setApprovalForAll(address(market), true);
        AuctionOffer memory it = auctionOffer();
        it.asset.tokenId = 8;
        startAuction(it);
        assertEq(pieces.ownerOf(8), address(market), "held");
    }

    function _expect(bytes memory revertData, AuctionOffer memory it) private {
        vm.prank(seller);
        vm.expectRevert(revertData);
        market.startAuction(it);
    }
}
