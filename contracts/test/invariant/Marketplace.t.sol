// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Marketplace} from "../../src/Marketplace.sol";
import {Lot, LotStatus} from "../../src/types/Market.sol";
import {Base} from "../utils/Base.sol";
import {MarketHandler} from "./MarketHandler.sol";

contract MarketplaceInvariantTest is Base {
    uint256 private constant PIECES = 4;
    uint256 private constant EDITION = 3;

    MarketHandler private handler;
    Marketplace private market;

    function setUp() external {
        handler = new MarketHandler();
        market = handler.market();
        // Runs begin in the middle: a key awaited, a key delivered, two auctions, one of them bid on by the wallet.
        handler.list(1, 0, 0, 1e18, 2);
        handler.buy(1, 1);
        handler.list(1, 1, 0, 1e18, 2);
        handler.buy(2, 1);
        handler.deliver(1, 1);
        handler.startAuction(1, 2, 0, 1e18, 0);
        handler.startAuction(0, PIECES, 3, 1e18, 0);
        handler.bid(3, 3, 2);
        assertTrue(market.lot(1).status == LotStatus.AwaitingKey, "awaited");
        assertTrue(market.lot(2).status == LotStatus.Delivered, "delivered");
        assertEq(market.lot(4).buyer, address(handler.wallet()), "bid on");
    }

    /// What forge calls at random.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// All that came in is out or held, and fee and royalty are never above the price.
    function invariant_TheMoneyIsAccountedFor() external view {
        uint256 held = handler.token().balanceOf(address(market));
        assertEq(handler.paidIn(), handler.paidOut() + held, "by the handler's books");
        uint256 owed = handler.credits();
        for (uint256 id = 1; id <= market.lotCount(); ++id) {
            (, uint256 money) = handler.holds(id);
            owed += money;
            (uint256 proceeds, uint256 royalty,, uint256 fee) = market.shares(id);
            Lot memory lot = market.lot(id);
            assertEq(proceeds + royalty + fee, lot.price, "all of it, and no more");
            assertTrue(royalty <= uint256(lot.price) * lot.royaltyBps / 10_000, "the rate that was fixed");
        }
        assertEq(held, owed, "by the market's books");
    }

    /// Assets are where their owners put them: nobody else's moved. What the market has in its hands belongs to one lot,
    /// and what a lot holds is there.
    function invariant_TheAssetsAreWhereTheBooksSay() external view {
        for (uint256 i = 0; i < PIECES; ++i) {
            assertEq(handler.pieces().ownerOf(i), handler.ownerOf(i), "piece");
        }
        for (uint256 i = 0; i < handler.actorCount(); ++i) {
            address actor = handler.actors(i);
            assertEq(handler.editions().balanceOf(actor, EDITION), handler.unitsOf(actor), "units");
        }
        uint256 units = 0;
        uint256[PIECES] memory lots;
        for (uint256 id = 1; id <= market.lotCount(); ++id) {
            (bool asset,) = handler.holds(id);
            if (!asset) continue;
            Lot memory lot = market.lot(id);
            if (lot.collection == address(handler.pieces())) ++lots[lot.tokenId];
            else units += lot.units;
        }
        for (uint256 i = 0; i < PIECES; ++i) {
            bool held = handler.pieces().ownerOf(i) == address(market);
            assertEq(lots[i], held ? 1 : 0, "one lot for a piece");
        }
        assertEq(handler.editions().balanceOf(address(market), EDITION), units, "units");
    }

    /// From whatever state a run ends in, with nobody's help but time's, all assets and all money get out.
    function afterInvariant() external {
        handler.wallet().refuse(false);
        for (uint256 id = 1; id <= market.lotCount(); ++id) {
            _exit(id);
            (bool asset, uint256 money) = handler.holds(id);
            assertTrue(!asset && money == 0, "still held");
        }
        for (uint256 i = 0; i < PIECES; ++i) {
            assertTrue(handler.pieces().ownerOf(i) != address(market), "a piece is stuck");
        }
        assertEq(handler.editions().balanceOf(address(market), EDITION), 0, "units are stuck");
        for (uint256 i = 0; i < handler.actorCount(); ++i) {
            _withdraw(handler.actors(i));
        }
        _withdraw(handler.creator());
        _withdraw(handler.treasury());
        assertEq(handler.token().balanceOf(address(market)), 0, "money is stuck");
    }

    function _exit(uint256 id) private {
        if (market.lot(id).status == LotStatus.Auctioned) {
            vm.warp(block.timestamp + 3 days);
            market.settleAuction(id);
        }
        vm.warp(block.timestamp + 30 days);
        LotStatus status = market.lot(id).status;
        if (status == LotStatus.AwaitingKey || status == LotStatus.Disputed) market.refundSale(id);
        if (status == LotStatus.Delivered) market.finishSale(id);
        address owner = market.uncollected(id);
        if (owner == address(0)) return;
        vm.prank(owner);
        market.collect(id, owner);
    }

    function _withdraw(address account) private {
        if (market.credit(account) > 0) market.withdraw(account);
    }
}
