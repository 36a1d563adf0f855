// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Asset, AuctionOffer, Lot, LotStatus, Offer} from "../../src/types/Market.sol";
import {MarketBooks} from "./MarketBooks.sol";

/// Plays sellers, buyers, bidders, arbiters and idle people at random, honest and not.
contract MarketHandler is MarketBooks {
    // ----------------------------------------------------------------------------------------- outside of it

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1 minutes, 1 days));
    }

    /// An owner gives a piece away; approvals for all stay.
    function giveAway(uint256 piece, uint256 toPick) external {
        piece %= PIECES;
        (address from, address to) = (ownerOf[piece], _actor(toPick));
        if (from == address(market)) return;
        vm.prank(from);
        pieces.setApprovalForAll(address(market), true);
        vm.prank(from);
        pieces.transferFrom(from, to, piece);
        ownerOf[piece] = to;
    }

    function refuse(uint256 pick) external {
        wallet.refuse(pick % 2 == 0);
    }

    function change(uint256 fee, uint256 royalty) external {
        parameters.setSaleFee(uint16(fee % 1_001));
        pieces.setRoyalty(creator, uint96(royalty % 10_001));
    }

    // ------------------------------------------------------------------------------------------ fixed prices

    function list(uint256 actorPick, uint256 assetPick, uint256 units, uint128 price, uint256 key) external {
        if (market.lotCount() >= MAX_LOTS) return;
        Asset memory asset = _asset(assetPick, units);
        address actor = _offerer(asset, actorPick);
        bool may = _owns(actor, asset);
        Offer memory it = Offer(
            asset,
            uint128(bound(price, 1, 1e24)),
            uint64(block.timestamp + 3 days),
            1_000,
            10_000,
            _terms(key)
        );
        _approve(actor, asset, may);
        vm.prank(actor);
        try market.list(it) {
            assertTrue(may, "listed another's");
        } catch {
            assertTrue(!may, "an honest listing failed");
        }
    }

    function unlist(uint256 actorPick, uint256 pick) external {
        (uint256 id, Lot memory lot) = _lotIn(pick, LotStatus.Listed, LotStatus.Listed);
        if (id == 0) return;
        address actor = _actor(actorPick);
        bool may = lot.status == LotStatus.Listed && (actor == lot.seller || !market.isBuyable(id));
        vm.prank(actor);
        try market.unlist(id) {
            assertTrue(may, "ended another's");
        } catch {
            assertTrue(!may, "an honest end failed");
        }
    }

    function buy(uint256 actorPick, uint256 pick) external {
        (uint256 id, Lot memory lot) = _lotIn(pick, LotStatus.Listed, LotStatus.Listed);
        if (id == 0) return;
        address actor = _actor(actorPick);
        bool stale = !_owns(lot.seller, Asset(lot.collection, lot.tokenId, lot.units));
        bool refused = lot.deliverWithin == 0 && actor == address(wallet) && wallet.refusing()
            && lot.collection == address(editions);
        bool may = market.isBuyable(id) && actor != lot.seller && !refused;
        uint256 before = credits();
        vm.prank(actor);
        try market.buy(id, lot.price, lot.deliverWithin == 0 ? bytes32(0) : KEY) {
            assertTrue(may && !stale, "bought what is not for sale");
            assertTrue(block.timestamp <= lot.until, "bought what is over");
            paidIn += lot.price;
            bool final_ = lot.deliverWithin == 0;
            _move(lot, lot.seller, final_ ? actor : address(market));
            assertEq(credits() - before, final_ ? lot.price : 0, "credited");
            if (final_) ++sales;
        } catch {
            assertTrue(!may, "an honest purchase failed");
        }
    }

    // ---------------------------------------------------------------------------------------------- auctions

    function startAuction(uint256 actorPick, uint256 assetPick, uint256 units, uint128 reserve, uint256 key)
        external
    {
        if (market.lotCount() >= MAX_LOTS) return;
        Asset memory asset = _asset(assetPick, units);
        address actor = _offerer(asset, actorPick);
        bool may = _owns(actor, asset);
        AuctionOffer memory it = AuctionOffer(
            asset, uint128(bound(reserve, 1, 1e24)), 1 days, uint16(key % 5_001), 1_000, 10_000, _terms(key)
        );
        _approve(actor, asset, may);
        vm.prank(actor);
        try market.startAuction(it) returns (uint256 id) {
            assertTrue(may, "another's went under the hammer");
            _move(market.lot(id), actor, address(market));
        } catch {
            assertTrue(!may, "an honest auction failed");
        }
    }

    function bid(uint256 actorPick, uint256 pick, uint128 more) external {
        (uint256 id, Lot memory lot) = _lotIn(pick, LotStatus.Auctioned, LotStatus.Auctioned);
        if (id == 0) return;
        address actor = _actor(actorPick);
        // Half of the bids are too low by one.
        uint256 least = market.leastBid(id);
        uint128 amount = uint128(more % 2 == 0 ? least + more % 1e20 : least - 1);
        bool may = lot.status == LotStatus.Auctioned && block.timestamp <= lot.until && actor != lot.seller
            && amount >= least;
        uint256 before = credits();
        vm.prank(actor);
        try market.bid(id, amount, lot.deliverWithin == 0 ? bytes32(0) : KEY) {
            assertTrue(may, "a bid that is none");
            paidIn += amount;
            if (lot.buyer != address(0)) ++outbids;
            assertEq(credits() - before, lot.buyer == address(0) ? 0 : lot.price, "outbid is credited");
            assertTrue(market.lot(id).until <= lot.lastUntil, "extended without end");
        } catch {
            assertTrue(!may, "an honest bid failed");
        }
    }

    function cancel(uint256 actorPick, uint256 pick) external {
        (uint256 id, Lot memory lot) = _lotIn(pick, LotStatus.Auctioned, LotStatus.Auctioned);
        if (id == 0) return;
        address actor = _mostly(lot.seller, actorPick);
        bool may = lot.status == LotStatus.Auctioned && actor == lot.seller && lot.buyer == address(0);
        _try(actor, id, lot, abi.encodeCall(market.cancelAuction, (id)), may);
    }

    function settle(uint256 actorPick, uint256 pick) external {
        (uint256 id, Lot memory lot) = _lotIn(pick, LotStatus.Auctioned, LotStatus.Auctioned);
        if (id == 0) return;
        bool may = lot.status == LotStatus.Auctioned && block.timestamp > lot.until;
        _try(_actor(actorPick), id, lot, abi.encodeCall(market.settleAuction, (id)), may);
    }

    // -------------------------------------------------------------------------------------------------- keys

    function deliver(uint256 actorPick, uint256 pick) external {
        (uint256 id, Lot memory lot) = _lotIn(pick, LotStatus.AwaitingKey, LotStatus.AwaitingKey);
        if (id == 0) return;
        address actor = _mostly(lot.seller, actorPick);
        bool may = lot.status == LotStatus.AwaitingKey && actor == lot.seller && block.timestamp <= lot.dueBy;
        _try(actor, id, lot, abi.encodeCall(market.deliverKey, (id, "sealed", "")), may);
    }

    function confirm(uint256 actorPick, uint256 pick) external {
        (uint256 id, Lot memory lot) = _lotIn(pick, LotStatus.AwaitingKey, LotStatus.Disputed);
        if (id == 0) return;
        address actor = _mostly(lot.buyer, actorPick);
        bool may = _underWay(lot) && actor == lot.buyer;
        _try(actor, id, lot, abi.encodeCall(market.confirmKey, (id, "")), may);
    }

    function reject(uint256 actorPick, uint256 pick) external {
        (uint256 id, Lot memory lot) = _lotIn(pick, LotStatus.Delivered, LotStatus.Delivered);
        if (id == 0) return;
        address actor = _mostly(lot.buyer, actorPick);
        bool may = lot.status == LotStatus.Delivered && actor == lot.buyer && block.timestamp <= lot.dueBy;
        _try(actor, id, lot, abi.encodeCall(market.rejectKey, (id, "")), may);
    }

    function rule(uint256 actorPick, uint256 pick, bool delivered) external {
        (uint256 id, Lot memory lot) = _lotIn(pick, LotStatus.Disputed, LotStatus.Disputed);
        if (id == 0) return;
        address actor = _mostly(arbiter, actorPick);
        bool may = lot.status == LotStatus.Disputed && actor == arbiter && block.timestamp <= lot.dueBy;
        _try(actor, id, lot, abi.encodeCall(market.rule, (id, delivered)), may);
    }

    function finish(uint256 actorPick, uint256 pick) external {
        (uint256 id, Lot memory lot) = _lotIn(pick, LotStatus.Delivered, LotStatus.Delivered);
        if (id == 0) return;
        bool may = lot.status == LotStatus.Delivered && block.timestamp > lot.dueBy;
        _try(_actor(actorPick), id, lot, abi.encodeCall(market.finishSale, (id)), may);
    }

    function refund(uint256 actorPick, uint256 pick) external {
        (uint256 id, Lot memory lot) = _lotIn(pick, LotStatus.AwaitingKey, LotStatus.Disputed);
        if (id == 0) return;
        address actor = _actor(actorPick);
        bool late = block.timestamp > lot.dueBy && lot.status != LotStatus.Delivered;
        bool may = _underWay(lot) && (late || actor == lot.seller);
        _try(actor, id, lot, abi.encodeCall(market.refundSale, (id)), may);
    }

    // ---------------------------------------------------------------------------------------------- the rest

    function collect(uint256 actorPick, uint256 pick, uint256 toPick) external {
        (uint256 id, Lot memory lot) = _lotIn(pick, LotStatus.Sold, LotStatus.Withdrawn);
        if (id == 0) return;
        (address actor, address to) = (_mostly(market.uncollected(id), actorPick), _actor(toPick));
        bool refused = to == address(wallet) && wallet.refusing() && lot.collection == address(editions);
        bool may = actor != address(0) && market.uncollected(id) == actor && !refused;
        vm.prank(actor);
        try market.collect(id, to) {
            assertTrue(may, "collected another's");
            _move(lot, address(market), to);
        } catch {
            assertTrue(!may, "an honest collection failed");
        }
    }

    function withdraw(uint256 pick) external {
        address account = pick % 6 == 4 ? creator : pick % 6 == 5 ? treasury : _actor(pick);
        uint256 due = market.credit(account);
        uint256 before = token.balanceOf(account);
        try market.withdraw(account) {
            assertEq(token.balanceOf(account) - before, due, "exactly its credit");
            paidOut += due;
        } catch {
            assertEq(due, 0, "an honest withdrawal failed");
        }
    }

    // --------------------------------------------------------------------------------------------- internals

    function _underWay(Lot memory lot) private pure returns (bool) {
        return lot.status == LotStatus.AwaitingKey || lot.status == LotStatus.Delivered
            || lot.status == LotStatus.Disputed;
    }

    function _approve(address actor, Asset memory asset, bool may) private {
        if (!may || asset.collection != address(pieces)) return;
        vm.prank(actor);
        pieces.approve(address(market), asset.tokenId);
    }

    /// A call that succeeds if and only if it may; if it ended the lot, the books follow.
    function _try(address actor, uint256 id, Lot memory lot, bytes memory data, bool may) private {
        uint256 before = credits();
        vm.prank(actor);
        (bool done,) = address(market).call(data);
        assertTrue(done == may, may ? "an honest call failed" : "a call that must fail succeeded");
        if (!done) return;
        LotStatus status = market.lot(id).status;
        if (status >= LotStatus.Sold) _ended(id, lot, before);
        else assertEq(credits(), before, "nothing is credited on the way");
    }
}
