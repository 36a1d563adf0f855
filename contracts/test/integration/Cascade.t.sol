// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ArtGallery} from "../../src/ArtGallery.sol";
import {License} from "../../src/License.sol";
import {Marketplace} from "../../src/Marketplace.sol";
import {RoyaltySplitter} from "../../src/RoyaltySplitter.sol";
import {Generation} from "../../src/types/Art.sol";
import {LicenceKind, OfferTerms} from "../../src/types/Licence.sol";
import {Asset, KeyTerms, Offer} from "../../src/types/Market.sol";
import {CertifiedFixture} from "../utils/CertifiedFixture.sol";

/// The whole way over the real contracts: a study runs and closes, its model is minted, licensed, sold and used for
/// art, all of it is sold on in the marketplace, and what comes of it reaches the owners of the data.
contract CascadeTest is CertifiedFixture {
    uint256 private constant PRICE = 1_000_000;

    License private license;
    ArtGallery private gallery;
    Marketplace private market;
    RoyaltySplitter private ofModel;
    RoyaltySplitter private ofPiece;
    bytes32[] private _tree;
    uint256 private model;
    uint256 private artistKey = uint256(keccak256("artist"));
    address private artist = vm.addr(artistKey);
    address private buyer = vm.addr(uint256(keccak256("buyer")));
    address private collector = vm.addr(uint256(keccak256("collector")));
    /// Balances before anything was sold.
    mapping(address => uint256) private _before;
    uint256 private spent;

    function setUp() public override {
        super.setUp();
        parameters.setSaleFee(250);
        license = new License(token, registry, parameters);
        gallery = new ArtGallery(token, registry, parameters, address(implementation));
        market = new Marketplace(token, parameters);
        (bytes32 id, bytes32[] memory tree) = closedStudy("one", 0);
        (_tree, model) = (tree, uint256(id));
        mintModel(id, modelProof(id, tree));
        ofModel = RoyaltySplitter(registry.deploySplitter(model));
        _before[researcher] = token.balanceOf(researcher);
    }

    function test_EverythingReachesWhomItBelongsTo() external {
        uint256 licence = _sellALicence();
        uint256 piece = _sellAPiece();
        _resell(address(license), licence, buyer, collector);
        _resell(address(gallery), piece, buyer, collector);
        _resell(address(registry), model, researcher, buyer);

        _withdraw(treasury);
        _withdraw(researcher);
        _withdraw(buyer);
        _withdraw(address(ofModel));
        _withdraw(address(ofPiece));
        license.withdraw(researcher);
        license.payOwners(model);
        ofPiece.releaseCreator();
        ofPiece.release(address(ofModel), 1, new bytes32[](0));
        ofModel.releaseCreator();
        for (uint256 i = 0; i < owners.length; ++i) {
            ofModel.release(owners[i], payoutsAfter(ROUNDS)[i], ownerProof(i, _tree));
        }
        // First the licence: 2.5 % fee, of the rest 70 % for the owners alone. Then the piece: 40 % of the rest to the
        // model. Then three royalties: 10 % of the licence, 5 % of the piece (40 % of it to the model), 10 % of the model.
        uint256 afterFee = PRICE - PRICE / 40;
        uint256 reserved = afterFee * 7 / 10;
        uint256 received = afterFee * 4 / 10 + PRICE / 10 + (PRICE / 20) * 4 / 10 + PRICE / 10;
        uint256 part = reserved + received * 7 / 10;
        assertEq(ofModel.payeesPart(token), part, "the owners' part");
        for (uint256 i = 0; i < owners.length; ++i) {
            assertEq(token.balanceOf(owners[i]), part * (i + 1) / 10, "an owner's");
        }
        assertEq(token.balanceOf(treasury), 5 * (PRICE / 40), "five fees");
        _assertConserved();
    }

    function _assertConserved() private view {
        uint256 arrived = token.balanceOf(treasury) + token.balanceOf(artist);
        arrived += token.balanceOf(researcher) - _before[researcher];
        arrived += token.balanceOf(buyer) + token.balanceOf(collector);
        for (uint256 i = 0; i < owners.length; ++i) {
            arrived += token.balanceOf(owners[i]);
        }
        arrived += token.balanceOf(address(ofModel)) + token.balanceOf(address(ofPiece));
        assertEq(arrived, spent, "to the last unit");
        assertEq(token.balanceOf(address(license)), 0, "licences");
        assertEq(token.balanceOf(address(gallery)), 0, "gallery");
        assertEq(token.balanceOf(address(market)), 0, "market");
        assertTrue(token.balanceOf(address(ofModel)) < owners.length, "less than a unit for each owner");
    }

    function _sellALicence() private returns (uint256) {
        OfferTerms memory terms =
            OfferTerms(model, LicenceKind.Time, uint128(PRICE), 30 days, 0, 0, address(0));
        vm.prank(researcher);
        uint64 offer = license.makeOffer(terms);
        _fund(buyer, address(license));
        vm.prank(buyer);
        return license.buy(offer, keccak256("key"), uint128(PRICE));
    }

    function _sellAPiece() private returns (uint256 id) {
        Generation memory made = Generation({
            model: model,
            prompt: keccak256("prompt"),
            seed: keccak256("seed"),
            output: keccak256("output"),
            metadata: keccak256("metadata"),
            artist: artist,
            modelBps: 4000,
            royaltyBps: 500
        });
        bytes memory signature = ecdsa(uint256(keccak256("researcher")), gallery.generationDigest(made));
        vm.prank(artist);
        id = gallery.mint(made, signature);
        vm.prank(artist);
        gallery.setPrice(id, uint128(PRICE));
        _fund(buyer, address(gallery));
        vm.prank(buyer);
        gallery.buy(id, uint128(PRICE));
        ofPiece = RoyaltySplitter(gallery.deploySplitter(id));
    }

    function _resell(address collection, uint256 id, address seller, address to) private {
        vm.prank(seller);
        if (collection == address(license)) license.setApprovalForAll(address(market), true);
        else ArtGallery(collection).approve(address(market), id);
        Offer memory offer = Offer({
            asset: Asset(collection, id, 1),
            price: uint128(PRICE),
            until: uint64(block.timestamp + 1 days),
            maxFeeBps: 1000,
            maxRoyaltyBps: 2500,
            key: KeyTerms(0, 0, address(0))
        });
        vm.prank(seller);
        uint256 lot = market.list(offer);
        _fund(to, address(market));
        vm.prank(to);
        market.buy(lot, uint128(PRICE), 0);
    }

    function _withdraw(address account) private {
        market.withdraw(account);
    }

    function _fund(address account, address spender) private {
        token.transfer(account, PRICE);
        spent += PRICE;
        vm.prank(account);
        token.approve(spender, PRICE);
    }
}
