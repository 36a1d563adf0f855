// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Marketplace} from "../../src/Marketplace.sol";
import {ProtocolParameters} from "../../src/ProtocolParameters.sol";
import {TributaryToken} from "../../src/TributaryToken.sol";
import {IMarketLots} from "../../src/interfaces/IMarketLots.sol";
import {Asset, AuctionOffer, KeyTerms, Lot, LotStatus, Offer} from "../../src/types/Market.sol";
import {Editions, Pieces} from "../mocks/Collections.sol";
import {Base} from "./Base.sol";

/// A token, a market with a fee of 2.5 %, collections with a royalty of 5 %, a seller with one piece and ten units, and
/// people with money.
abstract contract MarketFixture is Base {
    uint256 internal constant START = 1_800_000_000;
    uint128 internal constant PRICE = 1_000e18;
    uint16 internal constant FEE_BPS = 250;
    uint16 internal constant ROYALTY_BPS = 500;
    uint256 internal constant PIECE = 7;
    uint256 internal constant EDITION = 3;
    bytes32 internal constant BUYER_KEY = keccak256("the buyer's X25519 key");
    bytes internal constant SEALED = "eighty bytes: an ephemeral key, the content key, and a tag";

    uint256 internal sellerKey = uint256(keccak256("seller"));
    uint256 internal buyerSecret = uint256(keccak256("buyer"));
    address internal seller = vm.addr(sellerKey);
    address internal buyer = vm.addr(buyerSecret);
    address internal rival = vm.addr(uint256(keccak256("rival")));
    address internal stranger = vm.addr(uint256(keccak256("stranger")));
    address internal creator = vm.addr(uint256(keccak256("creator")));
    address internal arbiter = vm.addr(uint256(keccak256("arbiter")));
    address internal treasury = vm.addr(uint256(keccak256("treasury")));

    TributaryToken internal token;
    ProtocolParameters internal parameters;
    Marketplace internal market;
    Pieces internal pieces;
    Editions internal editions;

    function setUp() public virtual {
        vm.warp(START);
        token = new TributaryToken(address(this), address(this), 1_000_000e18);
        parameters = new ProtocolParameters(address(this), treasury, 100, FEE_BPS, new bytes32[](0));
        market = new Marketplace(token, parameters);
        pieces = new Pieces(creator, ROYALTY_BPS);
        editions = new Editions(creator, ROYALTY_BPS);
        pieces.mint(seller, PIECE);
        editions.mint(seller, EDITION, 10);
        _fund(buyer);
        _fund(rival);
        vm.prank(seller);
        pieces.approve(address(market), PIECE);
        vm.prank(seller);
        editions.setApprovalForAll(address(market), true);
    }

    function _fund(address account) internal {
        token.transfer(account, 20 * PRICE);
        vm.prank(account);
        token.approve(address(market), type(uint256).max);
    }

    // ------------------------------------------------------------------------------------------------ offers

    function pieceAsset() internal view returns (Asset memory) {
        return Asset(address(pieces), PIECE, 1);
    }

    function editionAsset(uint128 units) internal view returns (Asset memory) {
        return Asset(address(editions), EDITION, units);
    }

    function noKey() internal pure returns (KeyTerms memory) {
        return KeyTerms(0, 0, address(0));
    }

    function withKey() internal pure returns (KeyTerms memory) {
        return KeyTerms(1 days, 0, address(0));
    }

    function withArbiter() internal view returns (KeyTerms memory) {
        return KeyTerms(1 days, 3 days, arbiter);
    }

    function offer() internal view returns (Offer memory) {
        return Offer(pieceAsset(), PRICE, uint64(START + 30 days), FEE_BPS, ROYALTY_BPS, noKey());
    }

    function editionOffer(uint128 units) internal view returns (Offer memory it) {
        it = offer();
        it.asset = editionAsset(units);
    }

    function auctionOffer() internal view returns (AuctionOffer memory) {
        return AuctionOffer(pieceAsset(), PRICE, 1 days, 500, FEE_BPS, ROYALTY_BPS, noKey());
    }

    // ----------------------------------------------------------------------------------------------- actions

    function list() internal returns (uint256) {
        return list(offer());
    }

    function list(Offer memory it) internal returns (uint256) {
        vm.prank(seller);
        return market.list(it);
    }

    function listWith(KeyTerms memory key) internal returns (uint256) {
        Offer memory it = offer();
        it.key = key;
        return list(it);
    }

    function buy(uint256 id) internal {
        bytes32 key = market.lot(id).deliverWithin == 0 ? bytes32(0) : BUYER_KEY;
        vm.prank(buyer);
        market.buy(id, PRICE, key);
    }

    /// Sold, and waiting for the key.
    function sell(KeyTerms memory key) internal returns (uint256 id) {
        id = listWith(key);
        buy(id);
    }

    function deliver(uint256 id) internal {
        vm.prank(seller);
        market.deliverKey(id, SEALED, "");
    }

    function reject(uint256 id) internal {
        vm.prank(buyer);
        market.rejectKey(id, "");
    }

    function startAuction() internal returns (uint256) {
        return startAuction(auctionOffer());
    }

    function startAuction(AuctionOffer memory it) internal returns (uint256) {
        vm.prank(seller);
        return market.startAuction(it);
    }

    function bid(uint256 id, address who, uint128 amount) internal {
        bytes32 key = market.lot(id).deliverWithin == 0 ? bytes32(0) : BUYER_KEY;
        vm.prank(who);
        market.bid(id, amount, key);
    }

    // ------------------------------------------------------------------------------------------------ checks

    function expectNotIn(uint256 id, LotStatus expected) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketLots.Marketplace_LotNotIn.selector, id, expected, market.lot(id).status
            )
        );
    }

    function assertStatus(uint256 id, LotStatus expected) internal view {
        assertEq(uint256(market.lot(id).status), uint256(expected), "status");
    }

    /// Fee, royalty and proceeds of a price are credited, and nothing else is held.
    function assertShared(uint256 price) internal view {
        uint256 fee = price * FEE_BPS / 10_000;
        uint256 royalty = price * ROYALTY_BPS / 10_000;
        assertEq(market.credit(treasury), fee, "fee");
        assertEq(market.credit(creator), royalty, "royalty");
        assertEq(market.credit(seller), price - fee - royalty, "proceeds");
    }

    /// What the market holds is what it owes to these people, and `open` in lots.
    function assertHeld(uint256 open) internal view {
        uint256 owed = market.credit(seller) + market.credit(buyer) + market.credit(rival)
            + market.credit(creator) + market.credit(treasury);
        assertEq(token.balanceOf(address(market)), owed + open, "held");
    }

    function ownerOfPiece() internal view returns (address) {
        return IERC721(address(pieces)).ownerOf(PIECE);
    }

    function unitsOf(address account) internal view returns (uint256) {
        return IERC1155(address(editions)).balanceOf(account, EDITION);
    }
}
