// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {DatasetRegistry} from "../../../src/DatasetRegistry.sol";
import {License} from "../../../src/License.sol";
import {Marketplace} from "../../../src/Marketplace.sol";
import {RoyaltySplitter} from "../../../src/RoyaltySplitter.sol";
import {LicenceKind, OfferTerms} from "../../../src/types/Licence.sol";
import {Asset, AuctionOffer, KeyTerms, Offer} from "../../../src/types/Market.sol";
import {ArtFixture} from "../../utils/ArtFixture.sol";

contract ResaleTest is ArtFixture {
    uint128 private constant ASKED = 1_000_003; // divides by nothing
    uint256 private constant MARKET_FEE = uint256(ASKED) * FEE_BPS / 10_000;
    bytes32 private constant KEY = keccak256("X25519 public key");

    Marketplace private market;
    address private collector = vm.addr(uint256(keccak256("collector")));

    function setUp() public override {
        super.setUp();
        market = new Marketplace(token, parameters);
        fund(collector, address(market), ASKED);
    }

    /// deliverKey, when the lot is a model, sold at auction
    /// - it should pay the model's royalty through its splitter to the owners, to the last unit
    function test_AModelAtAuctionWithItsKey() external {
        vm.prank(researcher);
        registry.approve(address(market), MODEL);
        AuctionOffer memory it = AuctionOffer(
            Asset(address(registry), MODEL, 1),
            1,
            1 days,
            0,
            FEE_BPS,
            ROYALTY_BPS,
            KeyTerms(1 days, 0, address(0))
        );
        vm.prank(researcher);
        uint256 id = market.startAuction(it);
        vm.prank(collector);
        market.bid(id, ASKED, KEY);
        vm.warp(START + 1 days + 1);
        market.settleAuction(id);
        vm.prank(researcher);
        market.deliverKey(id, "sealed", "");
        assertEq(registry.ownerOf(MODEL), collector, "sold");

        uint256 royalty = uint256(ASKED) * ROYALTY_BPS / 10_000;
        address splitter = registry.splitterOf(MODEL);
        assertEq(market.credit(splitter), royalty, "credited to a splitter that has no code yet");
        _withdrawAll(researcher, splitter);
        assertEq(balance(researcher), ASKED - MARKET_FEE - royalty, "proceeds");
        registry.deploySplitter(MODEL);
        uint256 before = balance(researcher);
        uint256 toOwners = _releaseOwners(RoyaltySplitter(splitter));
        RoyaltySplitter(splitter).releaseCreator();
        uint256 toCreator = balance(researcher) - before;
        assertEq(toOwners + toCreator + balance(splitter), royalty, "to the last unit");
        assertTrue(toOwners >= royalty * OWNERS_BPS / 10_000 - 4, "the owners' part");
    }

    /// buy, when the lot is one of Tributary's own tokens
    /// - it should pay a piece's royalty through three levels: artist, model, owners
    function test_APieceThroughThreeLevels() external {
        uint256 piece = offered();
        buyPiece(piece);
        RoyaltySplitter pieces = splitterFor(piece);
        uint256 modelBefore = balance(registry.splitterOf(MODEL));
        uint256 primary = balance(address(pieces));

        vm.prank(buyer);
        gallery.approve(address(market), piece);
        uint256 id = _list(buyer, Asset(address(gallery), piece, 1), PIECE_ROYALTY_BPS);
        vm.prank(collector);
        market.buy(id, ASKED, 0);
        assertEq(gallery.ownerOf(piece), collector, "sold");

        uint256 royalty = uint256(ASKED) * PIECE_ROYALTY_BPS / 10_000;
        assertEq(market.credit(address(pieces)), royalty, "to the piece's splitter");
        uint256 sellerBefore = balance(buyer);
        _withdrawAll(buyer, address(pieces));
        assertEq(balance(buyer) - sellerBefore, ASKED - MARKET_FEE - royalty, "proceeds");

        uint256 toModel = releaseToModel(pieces);
        uint256 artistBefore = balance(artist);
        pieces.releaseCreator();
        uint256 toArtist = balance(artist) - artistBefore;
        assertEq(toModel + toArtist + balance(address(pieces)), primary + royalty, "artist and model");
        registry.deploySplitter(MODEL);
        RoyaltySplitter models = RoyaltySplitter(registry.splitterOf(MODEL));
        assertEq(balance(address(models)), modelBefore + toModel, "at the model's");
        uint256 researcherBefore = balance(researcher);
        uint256 toOwners = _releaseOwners(models);
        models.releaseCreator();
        uint256 toCreator = balance(researcher) - researcherBefore;
        assertEq(
            toOwners + toCreator + balance(address(models)), modelBefore + toModel, "owners and researcher"
        );
        assertTrue(toOwners > 0, "owners are paid");
    }

    /// buy, when the lot is one of Tributary's own tokens
    /// - it should pay a licence's to the model's splitter, and license the buyer instead of the seller
    function test_ALicence() external {
        License license = new License(token, registry, parameters);
        vm.prank(researcher);
        uint64 terms = license.makeOffer(OfferTerms(MODEL, LicenceKind.Time, 1_000, 30 days, 0, 0, stranger));
        fund(buyer, address(license), 1_000);
        vm.prank(buyer);
        uint256 licence = license.buy(terms, KEY, 1_000);
        vm.prank(buyer);
        license.setApprovalForAll(address(market), true);
        uint256 id = _list(buyer, Asset(address(license), licence, 1), ROYALTY_BPS);
        vm.prank(collector);
        market.buy(id, ASKED, 0);
        assertEq(license.balanceOf(collector, licence), 1, "bought");
        assertTrue(!license.isLive(licence, buyer), "no longer good for the seller");
        assertTrue(license.isLive(licence, collector), "good for the collector");
        uint256 royalty = uint256(ASKED) * ROYALTY_BPS / 10_000;
        assertEq(market.credit(registry.splitterOf(MODEL)), royalty, "royalty");
    }

    /// buy, when the lot is one of Tributary's own tokens: it should pay none for a dataset
    function test_ADatasetsToken() external {
        DatasetRegistry datasets = new DatasetRegistry();
        vm.prank(buyer);
        uint256 dataset = datasets.list(keccak256("salted"), "ipfs://sealed", 5);
        vm.prank(buyer);
        datasets.approve(address(market), dataset);
        uint256 id = _list(buyer, Asset(address(datasets), dataset, 1), 0);
        vm.prank(collector);
        market.buy(id, ASKED, 0);
        assertEq(datasets.ownerOf(dataset), collector, "sold");
        assertEq(market.credit(buyer), ASKED - MARKET_FEE, "all but the fee");
    }

    function _list(address seller, Asset memory asset, uint16 royaltyBps) private returns (uint256) {
        Offer memory it = Offer(
            asset, ASKED, uint64(block.timestamp + 1 days), FEE_BPS, royaltyBps, KeyTerms(0, 0, address(0))
        );
        vm.prank(seller);
        return market.list(it);
    }

    /// Empties the till into three accounts.
    function _withdrawAll(address seller, address splitter) private {
        uint256 before = balance(treasury);
        market.withdraw(seller);
        market.withdraw(splitter);
        market.withdraw(treasury);
        assertEq(balance(treasury) - before, MARKET_FEE, "fee");
        assertEq(balance(address(market)), 0, "nothing is left");
    }

    function _releaseOwners(RoyaltySplitter splitter) private returns (uint256 sum) {
        for (uint256 i = 0; i < owners.length; ++i) {
            sum += release(splitter, i);
        }
    }
}
