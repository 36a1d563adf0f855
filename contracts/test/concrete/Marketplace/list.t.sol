// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IMarketFunds} from "../../../src/interfaces/IMarketFunds.sol";
import {IMarketListings} from "../../../src/interfaces/IMarketListings.sol";
import {IMarketLots} from "../../../src/interfaces/IMarketLots.sol";
import {AssetKind, KeyTerms, Lot, LotStatus, Offer} from "../../../src/types/Market.sol";
import {PlainPieces} from "../../mocks/Collections.sol";
import {TwoFaced} from "../../mocks/HostileCollections.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract ListTest is MarketFixture {
    /// when the last second is past or more than 180 days ahead: it should revert
    function test_RevertWhen_TheLastSecondIsOutOfRange() external {
        Offer memory it = offer();
        uint64[2] memory wrong = [uint64(START - 1), uint64(START + 180 days + 1)];
        for (uint256 i = 0; i < 2; ++i) {
            it.until = wrong[i];
            _expect(
                abi.encodeWithSelector(IMarketListings.Marketplace_UntilInvalid.selector, wrong[i], START), it
            );
        }
    }

    /// when the price is zero: it should revert
    function test_RevertWhen_ThePriceIsZero() external {
        Offer memory it = offer();
        it.price = 0;
        _expect(abi.encodeWithSelector(IMarketFunds.Market_AmountZero.selector), it);
    }

    /// when the terms of the key make no sense: it should revert
    function test_RevertWhen_TheKeyTermsMakeNoSense() external {
        KeyTerms[8] memory wrong = [
            KeyTerms(0, 1 hours, address(0)),
            KeyTerms(0, 0, arbiter),
            KeyTerms(1 hours - 1, 0, address(0)),
            KeyTerms(30 days + 1, 0, address(0)),
            KeyTerms(1 days, 1 hours, address(0)),
            KeyTerms(1 days, 0, arbiter),
            KeyTerms(1 days, 30 days + 1, arbiter),
            KeyTerms(1 days, 1 days, seller)
        ];
        Offer memory it = offer();
        for (uint256 i = 0; i < wrong.length; ++i) {
            it.key = wrong[i];
            _expect(
                abi.encodeWithSelector(
                    IMarketLots.Marketplace_KeyTermsInvalid.selector,
                    wrong[i].deliverWithin,
                    wrong[i].reviewWithin,
                    wrong[i].arbiter
                ),
                it
            );
        }
    }

    /// when the fee or the royalty is above what the seller accepts: it should revert
    function test_RevertWhen_TheFeeIsAboveWhatTheSellerAccepts() external {
        Offer memory it = offer();
        it.maxFeeBps = FEE_BPS - 1;
        _expect(
            abi.encodeWithSelector(IMarketLots.Marketplace_FeeAboveMaximum.selector, FEE_BPS, FEE_BPS - 1), it
        );
    }

    /// when the fee or the royalty is above what the seller accepts: it should revert
    function test_RevertWhen_TheRoyaltyIsAboveWhatTheSellerAccepts() external {
        Offer memory it = offer();
        it.maxRoyaltyBps = ROYALTY_BPS - 1;
        _expect(
            abi.encodeWithSelector(
                IMarketLots.Marketplace_RoyaltyAboveMaximum.selector, ROYALTY_BPS, ROYALTY_BPS - 1
            ),
            it
        );
    }

    /// when the collection is not of exactly one kind, or is the token that is paid with: it should revert
    function test_RevertWhen_TheCollectionIsNotOfOneKind() external {
        address[5] memory wrong = [
            address(new TwoFaced(true)),
            address(new TwoFaced(false)),
            address(token),
            address(parameters),
            stranger
        ];
        Offer memory it = offer();
        for (uint256 i = 0; i < wrong.length; ++i) {
            it.asset.collection = wrong[i];
            _expect(
                abi.encodeWithSelector(IMarketLots.Marketplace_CollectionUnsupported.selector, wrong[i]), it
            );
        }
    }

    /// when the units don't fit the kind: it should revert
    function test_RevertWhen_TheUnitsDontFitTheKind() external {
        Offer memory it = offer();
        it.asset.units = 2;
        _expect(
            abi.encodeWithSelector(IMarketLots.Marketplace_UnitsInvalid.selector, AssetKind.ERC721, 2), it
        );
        _expect(
            abi.encodeWithSelector(IMarketLots.Marketplace_UnitsInvalid.selector, AssetKind.ERC1155, 0),
            editionOffer(0)
        );
    }

    /// when the caller does not own the asset: it should revert
    function test_RevertWhen_TheCallerDoesNotOwnTheAsset() external {
        pieces.mint(stranger, 8);
        Offer memory it = offer();
        it.asset.tokenId = 8;
        _expect(_notOwner(address(pieces), 8), it);
        it.asset.tokenId = 9; // not minted
        _expect(_notOwner(address(pieces), 9), it);
        _expect(_notOwner(address(editions), EDITION), editionOffer(11));
    }

    /// when the market is not approved, for ERC-721 for that very token: it should revert
    function test_RevertWhen_TheMarketIsNotApproved() external {
        pieces.mint(seller, 8);
        Offer memory it = offer();
        it.asset.tokenId = 8;
        // An approval for all is not enough: it would outlive a sale elsewhere.
        vm.prank(seller);
        pieces.setApprovalForAll(address(market), true);
        _expect(
            abi.encodeWithSelector(IMarketLots.Marketplace_NotApproved.selector, address(pieces), 8, seller),
            it
        );
        vm.prank(seller);
        editions.setApprovalForAll(address(market), false);
        _expect(
            abi.encodeWithSelector(
                IMarketLots.Marketplace_NotApproved.selector, address(editions), EDITION, seller
            ),
            editionOffer(1)
        );
    }

    /// when the token is listed already: it should replace the earlier listing
    /// isBuyable, when it is over or replaced, or there is none: it should say no
    function test_ItReplacesAnEarlierListing() external {
        uint256 first = list();
        uint256 second = list();
        assertTrue(!market.isBuyable(first), "the first is over");
        assertTrue(market.isBuyable(second), "the second stands");
        // Another seller's units are another thing.
        uint256 mine = list(editionOffer(1));
        editions.mint(rival, EDITION, 1);
        vm.prank(rival);
        editions.setApprovalForAll(address(market), true);
        vm.prank(rival);
        market.list(editionOffer(1));
        assertTrue(market.isBuyable(mine), "mine stands");
    }

    /// when everything fits
    /// - it should leave the asset with its seller
    /// - it should emit LotListed
    /// lot, when there is: it should show its terms, and how it stands
    function test_ItListsAndLeavesTheAssetWithItsSeller() external {
        Offer memory it = offer();
        it.key = withArbiter();
        vm.expectEmit(address(market));
        emit IMarketListings.LotListed(
            1,
            seller,
            address(pieces),
            PIECE,
            AssetKind.ERC721,
            1,
            PRICE,
            it.until,
            FEE_BPS,
            ROYALTY_BPS,
            1 days,
            3 days,
            arbiter
        );
        uint256 id = list(it);
        assertEq(id, 1, "from 1");
        assertEq(market.lotCount(), 1, "count");
        Lot memory lot = market.lot(id);
        assertStatus(id, LotStatus.Listed);
        assertEq(lot.seller, seller, "seller");
        assertEq(lot.buyer, address(0), "no buyer");
        assertEq(lot.arbiter, arbiter, "arbiter");
        assertEq(ownerOfPiece(), seller, "owner");
        assertEq(token.balanceOf(address(market)), 0, "no money");
    }

    /// when everything fits: it should fix fee and royalty rate
    /// shares, when the royalty is above its rate when it was listed: it should be that rate's
    function test_ItFixesFeeAndRoyaltyRate() external {
        uint256 id = list();
        parameters.setSaleFee(1_000);
        pieces.setRoyalty(creator, 9_000);
        assertEq(market.lot(id).feeBps, FEE_BPS, "fee");
        buy(id);
        assertShared(PRICE);
    }

    /// when everything fits: it should leave the asset with its seller
    function test_ItListsWhatHasNoRoyalty() external {
        PlainPieces plain = new PlainPieces();
        plain.mint(seller, 1);
        vm.prank(seller);
        plain.approve(address(market), 1);
        Offer memory it = offer();
        (it.asset.collection, it.asset.tokenId, it.maxRoyaltyBps) = (address(plain), 1, 0);
        uint256 id = list(it);
        buy(id);
        assertEq(plain.ownerOf(1), buyer, "sold");
        assertEq(market.credit(seller), PRICE - PRICE * FEE_BPS / 10_000, "all but the fee");
    }

    /// isBuyable, when the listing stands: it should say yes, up to the last second
    /// isBuyable, when it is over or replaced, or there is none: it should say no
    function test_ALastSecondOfNowIsGood() external {
        Offer memory it = offer();
        it.until = uint64(START);
        uint256 id = list(it);
        assertTrue(market.isBuyable(id), "for this second");
        vm.warp(START + 1);
        assertTrue(!market.isBuyable(id), "and no longer");
    }

    function _notOwner(address collection, uint256 tokenId) private view returns (bytes memory) {
        return abi.encodeWithSelector(IMarketLots.Marketplace_NotOwner.selector, collection, tokenId, seller);
    }

    function _expect(bytes memory revertData, Offer memory it) private {
        vm.prank(seller);
        vm.expectRevert(revertData);
        market.list(it);
    }
}
