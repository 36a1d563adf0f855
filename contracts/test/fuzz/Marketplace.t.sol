// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {AuctionOffer, LotStatus, Offer} from "../../src/types/Market.sol";
import {MarketFixture} from "../utils/MarketFixture.sol";

contract MarketplaceFuzzTest is MarketFixture {
    /// Any price, fee and royalty, the latter changed after the offer: the three parts are the price, none is above its
    /// rate, and what is withdrawn leaves nothing behind.
    function testFuzz_ThePriceIsSharedOutToTheLastUnit(uint128 price, uint16 fee, uint16 first, uint16 then_)
        external
    {
        price = uint128(bound(price, 1, 20 * PRICE));
        fee = uint16(bound(fee, 0, 1_000));
        (first, then_) = (uint16(bound(first, 0, 10_000)), uint16(bound(then_, 0, 10_000)));
        parameters.setSaleFee(fee);
        pieces.setRoyalty(creator, first);
        Offer memory it = offer();
        (it.price, it.maxFeeBps, it.maxRoyaltyBps) = (price, 1_000, 10_000);
        uint256 id = list(it);
        pieces.setRoyalty(creator, then_);
        vm.prank(buyer);
        market.buy(id, price, 0);

        uint256 owed = market.credit(treasury);
        assertEq(owed, uint256(price) * fee / 10_000, "fee");
        uint256 rate = first < then_ ? first : then_;
        uint256 royalty = uint256(price) * rate / 10_000;
        if (royalty > price - owed) royalty = price - owed;
        assertEq(market.credit(creator), royalty, "royalty: the lower of the two rates");
        assertEq(market.credit(seller), price - owed - royalty, "proceeds: the rest");
        if (owed > 0) market.withdraw(treasury);
        if (royalty > 0) market.withdraw(creator);
        if (market.credit(seller) > 0) market.withdraw(seller);
        assertEq(token.balanceOf(address(market)), 0, "to the last unit");
    }

    /// Any bids at any times: the highest of those in time wins and pays its bid, all others get theirs back.
    function testFuzz_TheHighestBidWins(uint256 seed, uint16 increment) external {
        AuctionOffer memory it = auctionOffer();
        (it.reserve, it.minIncrementBps) = (1_000, uint16(bound(increment, 0, 5_000)));
        uint256 id = startAuction(it);
        (address winner, uint256 highest) = (address(0), 0);
        for (uint256 i = 0; i < 8; ++i) {
            uint256 chance = uint256(keccak256(abi.encode(seed, i)));
            address who = chance % 2 == 0 ? buyer : rival;
            uint128 amount = uint128(bound(chance >> 8, 900, 900 * 2 ** (i + 1)));
            vm.warp(block.timestamp + (chance >> 128) % 6 hours);
            uint256 least = highest == 0 ? 1_000 : highest + (highest * it.minIncrementBps + 9_999) / 10_000;
            if (highest > 0 && least == highest) ++least;
            bool may = amount >= least && block.timestamp <= market.lot(id).until;
            vm.prank(who);
            try market.bid(id, amount, 0) {
                assertTrue(may, "a bid that is none");
                (winner, highest) = (who, amount);
            } catch {
                assertTrue(!may, "an honest bid failed");
            }
        }
        vm.warp(market.lot(id).until + 1);
        market.settleAuction(id);
        assertEq(ownerOfPiece(), winner == address(0) ? seller : winner, "winner");
        uint256 before = 20 * PRICE;
        _withdraw(buyer);
        _withdraw(rival);
        uint256 spent = 2 * before - token.balanceOf(buyer) - token.balanceOf(rival);
        assertEq(spent, highest, "the highest bid, and no other");
        if (winner != address(0)) assertEq(before - token.balanceOf(winner), highest, "by the winner");
        assertHeld(0);
    }

    /// Any changed value in what a buyer signed is refused.
    function testFuzz_AChangedPurchaseIsRefused(uint8 member, uint256 change) external {
        uint256 id = listWith(withKey());
        uint256 other = list(_keyedUnits());
        uint64 until = uint64(START + 1 hours);
        bytes memory signature = ecdsa(buyerSecret, market.buyDigest(id, buyer, BUYER_KEY, until));
        (uint256 lot, address who, bytes32 key, uint64 time) = (id, buyer, BUYER_KEY, until);
        member %= 4;
        change = bound(change, 1, type(uint64).max - until);
        if (member == 0) lot = other;
        if (member == 1) who = address(uint160(who) ^ uint160(change));
        if (member == 2) key = bytes32(uint256(key) ^ change);
        if (member == 3) time += uint64(change);
        (bool done,) = address(market).call(abi.encodeCall(market.buyFor, (lot, who, key, time, signature)));
        assertTrue(!done, "refused");
        market.buyFor(id, buyer, BUYER_KEY, until, signature);
        assertStatus(id, LotStatus.AwaitingKey);
    }

    /// Whenever the key comes and whenever somebody asks for the refund, exactly one of the two happens.
    function testFuzz_ADeliveryOrARefund(uint256 deliverAt, uint256 refundAt) external {
        uint256 id = sell(withKey());
        deliverAt = START + bound(deliverAt, 0, 2 days);
        refundAt = START + bound(refundAt, 0, 2 days);
        uint256 successes = 0;
        for (uint256 i = 0; i < 2; ++i) {
            bool delivering = (deliverAt < refundAt) == (i == 0);
            vm.warp(delivering ? deliverAt : refundAt);
            bytes memory data = delivering
                ? abi.encodeCall(market.deliverKey, (id, SEALED, ""))
                : abi.encodeCall(market.refundSale, (id));
            vm.prank(delivering ? seller : stranger);
            // One of the two fails: which one is checked below.
            (bool done,) = address(market).call(data);
            successes += done ? 1 : 0;
        }
        bool delivered = deliverAt <= START + 1 days;
        bool refunded = !delivered && refundAt > START + 1 days;
        LotStatus expected =
            delivered ? LotStatus.Sold : refunded ? LotStatus.Refunded : LotStatus.AwaitingKey;
        assertStatus(id, expected);
        assertEq(successes, expected == LotStatus.AwaitingKey ? 0 : 1, "one of them");
        assertEq(market.credit(buyer), refunded ? PRICE : 0, "the buyer's");
        assertTrue((market.credit(seller) > 0) == delivered, "paid if delivered");
        assertHeld(expected == LotStatus.AwaitingKey ? PRICE : 0);
    }

    function _keyedUnits() private view returns (Offer memory it) {
        it = editionOffer(1);
        it.key = withKey();
    }

    function _withdraw(address who) private {
        if (market.credit(who) > 0) market.withdraw(who);
    }
}
