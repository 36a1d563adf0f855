// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Marketplace} from "../../src/Marketplace.sol";
import {IMarketDelivery} from "../../src/interfaces/IMarketDelivery.sol";
import {IMarketLots} from "../../src/interfaces/IMarketLots.sol";
import {AuctionOffer, LotStatus, Offer} from "../../src/types/Market.sol";
import {SmartWallet} from "../mocks/SmartWallet.sol";
import {MarketFixture} from "../utils/MarketFixture.sol";

/// The traps that other systems fell into, on the marketplace.
contract MarketTrapsTest is MarketFixture {
    uint64 private constant UNTIL = uint64(START + 10 days);

    /// "Proof emitted but never verified": a key counts as delivered by the seller's word only, for this buyer's key,
    /// and where there is an arbiter the buyer can have it looked at before anybody is paid.
    function test_Trap_AProofThatIsNeverVerified() external {
        uint256 id = sell(withArbiter());
        bytes32 digest = market.deliverDigest(id, keccak256(SEALED));
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketLots.Marketplace_SignatureInvalid.selector, seller, digest)
        );
        market.deliverKey(id, SEALED, ecdsa(buyerSecret, digest));

        deliver(id);
        assertEq(market.credit(seller), 0, "not paid for a claim");
        reject(id);
        vm.prank(arbiter);
        market.rule(id, false);
        assertEq(market.credit(buyer), PRICE, "what does not open is not paid for");
    }

    /// "Claims cancelled silently when late": credits and assets wait for ever, and what is late says so.
    function test_Trap_AClaimThatIsLate() external {
        uint256 sold = list();
        buy(sold);
        vm.warp(START + 3_650 days);
        uint256 proceeds = market.credit(seller);
        assertTrue(proceeds > 0, "still there");
        market.withdraw(seller);
        assertEq(token.balanceOf(seller), proceeds, "after ten years");

        vm.prank(buyer);
        pieces.transferFrom(buyer, seller, PIECE);
        vm.prank(seller);
        pieces.approve(address(market), PIECE);
        Offer memory it = offer();
        (it.until, it.key) = (uint64(block.timestamp), withKey());
        uint256 id = list(it);
        buy(id);
        uint64 due = market.lot(id).dueBy;
        vm.warp(due + 1);
        vm.prank(seller);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketDelivery.Marketplace_DeadlinePassed.selector, id, due, due + 1)
        );
        market.deliverKey(id, SEALED, "");
    }

    /// "Locks that stick": whatever state a lot is left in by everybody, somebody else gets it out.
    function test_Trap_ALockThatSticks() external {
        for (uint256 i = 0; i < 5; ++i) {
            pieces.mint(seller, 100 + i);
            vm.prank(seller);
            pieces.approve(address(market), 100 + i);
            AuctionOffer memory it = auctionOffer();
            it.asset.tokenId = 100 + i;
            if (i > 1) it.key = withArbiter();
            uint256 id = startAuction(it);
            if (i > 0) bid(id, buyer, PRICE);
            vm.warp(market.lot(id).until + 1);
            vm.prank(stranger);
            market.settleAuction(id); // i = 0: nobody bid; 1: sold
            if (i > 1) {
                if (i > 2) deliver(id);
                if (i > 3) reject(id);
                vm.warp(market.lot(id).dueBy + 1);
                vm.prank(stranger);
                if (i == 3) market.finishSale(id); // nobody confirmed
                else market.refundSale(id); // no key; no ruling
            }
            address owner = i == 1 || i == 3 ? buyer : seller;
            assertEq(pieces.ownerOf(100 + i), owner, "out");
        }
        assertHeld(0);
    }

    /// "Parallel calls needing extra nonces": a buyer signs for two lots; they are bought in any order, or one only.
    function test_Trap_ParallelPurchasesNeedNoOrder() external {
        uint256 first = list();
        uint256 second = list(editionOffer(1));
        bytes memory one = ecdsa(buyerSecret, market.buyDigest(first, buyer, 0, UNTIL));
        bytes memory two = ecdsa(buyerSecret, market.buyDigest(second, buyer, 0, UNTIL));
        market.buyFor(second, buyer, 0, UNTIL, two);
        market.buyFor(first, buyer, 0, UNTIL, one);
        assertEq(ownerOfPiece(), buyer, "both");
        assertEq(unitsOf(buyer), 1, "bought");
    }

    /// "Leases that run on unpaid": nothing leaves its owner before all of the price is in.
    function test_Trap_NothingMovesUnpaid() external {
        uint256 id = listWith(withKey());
        vm.prank(rival);
        token.approve(address(market), PRICE - 1);
        vm.prank(rival);
        (bool bought,) = address(market).call(abi.encodeCall(market.buy, (id, PRICE, BUYER_KEY)));
        assertTrue(!bought, "not bought");
        assertEq(ownerOfPiece(), seller, "not moved");
        assertStatus(id, LotStatus.Listed);
    }

    /// "An invoice nobody accepts": what nobody wants is over by itself, and goes back.
    function test_Trap_AnOfferThatNobodyAccepts() external {
        uint256 listing = list(editionOffer(1));
        uint256 auction = startAuction();
        vm.warp(offer().until + 1);
        assertTrue(!market.isBuyable(listing), "over");
        vm.prank(stranger);
        market.unlist(listing);
        vm.prank(stranger);
        market.settleAuction(auction);
        assertEq(ownerOfPiece(), seller, "back");
    }

    /// "Double payment when a timeout is answered by a fresh request": the refund for a late key and the delivery race.
    /// Whichever comes first, the other finds nothing; and the lot can't be paid a second time.
    function test_Trap_ATimeoutAndADeliveryRace() external {
        uint256 late = sell(withKey());
        vm.warp(START + 1 days + 1);
        market.refundSale(late);
        vm.prank(seller);
        expectNotIn(late, LotStatus.AwaitingKey);
        market.deliverKey(late, SEALED, "");
        vm.expectRevert(abi.encodeWithSelector(IMarketDelivery.Marketplace_NoSaleUnderWay.selector, late));
        market.refundSale(late);
        vm.prank(buyer);
        expectNotIn(late, LotStatus.Listed);
        market.buy(late, PRICE, BUYER_KEY);
        assertEq(market.credit(buyer), PRICE, "once");

        vm.prank(seller);
        pieces.approve(address(market), PIECE);
        uint256 intime = sell(withKey());
        vm.warp(market.lot(intime).dueBy);
        deliver(intime);
        vm.warp(market.lot(intime).dueBy + 2 days);
        vm.expectRevert(abi.encodeWithSelector(IMarketDelivery.Marketplace_NoSaleUnderWay.selector, intime));
        market.refundSale(intime);
        assertShared(PRICE);
        assertHeld(0);
    }

    /// "Proofs not bound to their pool": signatures of a buyer and a seller, taken elsewhere: another lot, another market
    /// on the same chain, the same market's address on another chain, another wallet of the same key.
    function test_Trap_SignaturesReplayedElsewhere() external {
        uint256 first = listWith(withKey());
        bytes memory bought = ecdsa(buyerSecret, market.buyDigest(first, buyer, BUYER_KEY, UNTIL));
        // Another lot of the same seller, at the same price.
        Offer memory it = editionOffer(1);
        it.key = withKey();
        uint256 second = list(it);
        _expectInvalid(market, second, buyer, bought);
        // Another wallet that obeys the same key.
        _expectInvalid(market, first, address(new SmartWallet(buyer)), bought);
        vm.chainId(4_242);
        _expectInvalid(market, first, buyer, bought);
        vm.chainId(31_337);
        market.buyFor(first, buyer, BUYER_KEY, UNTIL, bought);

        // Another market, where a lot of the same number is sold on the same terms for the same key.
        Marketplace twin = new Marketplace(token, parameters);
        editions.mint(seller, EDITION, 1);
        vm.prank(seller);
        editions.setApprovalForAll(address(twin), true);
        vm.prank(seller);
        assertEq(twin.list(it), first, "the same number");
        _expectInvalid(twin, first, buyer, bought);
        vm.prank(buyer);
        token.approve(address(twin), PRICE);
        vm.prank(buyer);
        twin.buy(first, PRICE, BUYER_KEY);

        bytes memory delivered = ecdsa(sellerKey, market.deliverDigest(first, keccak256(SEALED)));
        buy(second);
        _expectDeliveryInvalid(market, second, delivered);
        _expectDeliveryInvalid(twin, first, delivered);
        vm.chainId(4_242);
        _expectDeliveryInvalid(market, first, delivered);
        vm.chainId(31_337);
        market.deliverKey(first, SEALED, delivered);
        assertStatus(first, LotStatus.Sold);
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _expectInvalid(Marketplace where, uint256 id, address who, bytes memory signature) private {
        bytes32 digest = where.buyDigest(id, who, BUYER_KEY, UNTIL);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketLots.Marketplace_SignatureInvalid.selector, who, digest)
        );
        where.buyFor(id, who, BUYER_KEY, UNTIL, signature);
    }

    function _expectDeliveryInvalid(Marketplace where, uint256 id, bytes memory signature) private {
        bytes32 digest = where.deliverDigest(id, keccak256(SEALED));
        vm.expectRevert(
            abi.encodeWithSelector(IMarketLots.Marketplace_SignatureInvalid.selector, seller, digest)
        );
        where.deliverKey(id, SEALED, signature);
    }
}
