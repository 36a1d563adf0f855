// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Marketplace} from "../../src/Marketplace.sol";
import {IMarketDelivery} from "../../src/interfaces/IMarketDelivery.sol";
import {IMarketFunds} from "../../src/interfaces/IMarketFunds.sol";
import {IMarketListings} from "../../src/interfaces/IMarketListings.sol";
import {IMarketLots} from "../../src/interfaces/IMarketLots.sol";
import {AuctionOffer, LotStatus, Offer} from "../../src/types/Market.sol";
import {HookedToken} from "../mocks/HookedToken.sol";
import {SmartWallet} from "../mocks/SmartWallet.sol";
import {MarketFixture} from "../utils/MarketFixture.sol";

/// What sellers, buyers, bidders and relayers would try, and the traps that other systems fell into.
contract MarketplaceAttacksTest is MarketFixture {
    uint64 private constant UNTIL = uint64(START + 10 days);

    // --------------------------------------------------------------------------------- what others fell into

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

    // -------------------------------------------------------------------------------------- tokens that cheat

    function test_ATokenThatTakesFees() external {
        HookedToken cheat = _cheatMarket();
        uint256 id = list();
        cheat.takeFee(1);
        vm.prank(buyer);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketFunds.Market_FundingMismatch.selector, PRICE, PRICE - 1)
        );
        market.buy(id, PRICE, 0);
        assertEq(ownerOfPiece(), seller, "not moved");
    }

    function test_ATokenThatCallsBack() external {
        HookedToken cheat = _cheatMarket();
        uint256 id = list();
        cheat.callOnTransfer(address(market), abi.encodeCall(market.buy, (id, PRICE, bytes32(0))));
        buy(id);
        _assertGuarded(cheat);
        cheat.callOnTransfer(address(market), abi.encodeCall(market.withdraw, (seller)));
        market.withdraw(seller);
        _assertGuarded(cheat);
        assertEq(cheat.balanceOf(seller), PRICE - PRICE * 750 / 10_000, "once");
    }

    // ------------------------------------------------------------------------------------------ stale listings

    /// The seller sells elsewhere and buys back later, dearer. Its old, cheap listing must not come to life.
    function test_AListingAfterTheTokenWentAndCameBack() external {
        uint256 id = list();
        vm.prank(seller);
        pieces.setApprovalForAll(address(market), true); // as careless as can be
        vm.prank(seller);
        pieces.transferFrom(seller, rival, PIECE);
        vm.prank(rival);
        pieces.transferFrom(rival, seller, PIECE);
        assertTrue(!market.isBuyable(id), "not for sale");
        vm.prank(buyer);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketLots.Marketplace_NotApproved.selector, address(pieces), PIECE, seller
            )
        );
        market.buy(id, PRICE, 0);

        // Approved anew for a dearer listing: the cheap one has been replaced.
        vm.prank(seller);
        pieces.approve(address(market), PIECE);
        Offer memory dearer = offer();
        dearer.price = 2 * PRICE;
        uint256 second = list(dearer);
        vm.prank(buyer);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketListings.Marketplace_ListingReplaced.selector, id, second)
        );
        market.buy(id, PRICE, 0);
    }

    /// The token's new owner approves the market for its own listing: the former owner's listing does not use that.
    function test_AFormerOwnersListingOnTheNewOwnersApproval() external {
        uint256 id = list();
        vm.prank(seller);
        pieces.transferFrom(seller, rival, PIECE);
        vm.prank(rival);
        pieces.approve(address(market), PIECE);
        vm.prank(buyer);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketLots.Marketplace_NotOwner.selector, address(pieces), PIECE, seller)
        );
        market.buy(id, PRICE, 0);
        assertEq(ownerOfPiece(), rival, "not moved");
    }

    /// Somebody offers what others have approved to the market.
    function test_OfferingAnothersToken() external {
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketLots.Marketplace_NotOwner.selector, address(pieces), PIECE, stranger
            )
        );
        market.list(offer());
        // Nor what the market holds.
        startAuction();
        vm.prank(seller);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketLots.Marketplace_NotOwner.selector, address(pieces), PIECE, seller)
        );
        market.list(offer());
    }

    /// Units of one kind from two sellers: a lot takes only its own seller's.
    function test_OneSellersLotOnAnothersUnits() external {
        editions.mint(rival, EDITION, 10);
        AuctionOffer memory it = auctionOffer();
        it.asset = editionAsset(10);
        uint256 mine = startAuction(it);
        vm.prank(rival);
        editions.setApprovalForAll(address(market), true);
        vm.prank(rival);
        uint256 other = market.startAuction(it);
        vm.prank(seller);
        market.cancelAuction(mine);
        vm.prank(seller);
        expectNotIn(mine, LotStatus.Auctioned);
        market.cancelAuction(mine);
        assertEq(unitsOf(address(market)), 10, "the rival's stay");
        vm.prank(rival);
        market.cancelAuction(other);
        assertEq(unitsOf(rival), 10, "and come back");
    }

    // ------------------------------------------------------------------------------------------------ auctions

    /// A bid in the last second wins nothing if the other has ten minutes to answer.
    function test_ASniperInTheLastSecond() external {
        uint256 id = startAuction();
        bid(id, buyer, PRICE);
        vm.warp(START + 1 days);
        bid(id, rival, 2 * PRICE);
        vm.warp(START + 1 days + 9 minutes);
        bid(id, buyer, 3 * PRICE);
        vm.warp(market.lot(id).until + 1);
        market.settleAuction(id);
        assertEq(ownerOfPiece(), buyer, "answered");
        assertEq(market.credit(rival), 2 * PRICE, "the sniper has its money back");
    }

    /// Bids by one unit to keep the auction open: the increment makes them dear, and six hours end them.
    function test_AnAuctionKeptOpen() external {
        uint256 id = startAuction();
        uint64 last = market.lot(id).lastUntil;
        vm.warp(START + 1 days);
        bid(id, rival, PRICE);
        bid(id, buyer, uint128(market.leastBid(id)));
        vm.warp(last + 1);
        market.settleAuction(id);
        assertEq(ownerOfPiece(), buyer, "over");
    }

    /// A bidder can't take its money back while it is the highest, nor the outbid take it twice.
    function test_ARefundTakenTwice() external {
        uint256 id = startAuction();
        bid(id, rival, PRICE);
        vm.expectRevert(abi.encodeWithSelector(IMarketFunds.Market_NothingToWithdraw.selector, rival));
        market.withdraw(rival);
        bid(id, buyer, 2 * PRICE);
        market.withdraw(rival);
        vm.expectRevert(abi.encodeWithSelector(IMarketFunds.Market_NothingToWithdraw.selector, rival));
        market.withdraw(rival);
        assertHeld(2 * PRICE);
    }

    // ---------------------------------------------------------------------------------------------- key sales

    /// The buyer has the key and stays silent: the seller is paid after the review.
    function test_ABuyerThatNeverConfirms() external {
        uint256 id = sell(withArbiter());
        deliver(id);
        vm.warp(START + 3 days + 1);
        vm.prank(seller);
        market.finishSale(id);
        assertShared(PRICE);
    }

    /// The buyer has the key and rejects it at the last second to get its money back too: the arbiter looks.
    function test_ABuyerThatRejectsAGoodKey() external {
        uint256 id = sell(withArbiter());
        deliver(id);
        vm.warp(START + 3 days);
        reject(id);
        vm.prank(buyer);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketDelivery.Marketplace_DeadlineAhead.selector, id, START + 17 days, START + 3 days
            )
        );
        market.refundSale(id);
        vm.prank(arbiter);
        market.rule(id, true);
        assertShared(PRICE);
    }

    /// The seller never delivers, and then the arbiter that it chose keeps silent: the buyer has its money both times.
    function test_ASellerOrItsArbiterThatKeepsSilent() external {
        uint256 id = sell(withArbiter());
        vm.warp(market.lot(id).dueBy + 1);
        market.refundSale(id);
        vm.prank(seller);
        pieces.approve(address(market), PIECE);
        id = sell(withArbiter());
        deliver(id);
        reject(id);
        vm.warp(market.lot(id).dueBy + 1);
        market.refundSale(id);
        assertEq(market.credit(buyer), 2 * PRICE, "both");
        assertEq(market.credit(seller), 0, "nothing");
        assertEq(ownerOfPiece(), seller, "the piece goes back");
    }

    /// Governance raises the fee between offer and sale: the seller agreed to the old one.
    function test_AFeeRaisedAfterTheOffer() external {
        uint256 id = startAuction();
        bid(id, buyer, PRICE);
        parameters.setSaleFee(1_000);
        vm.warp(START + 2 days);
        market.settleAuction(id);
        assertShared(PRICE);
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _cheatMarket() private returns (HookedToken cheat) {
        cheat = new HookedToken();
        cheat.mint(buyer, 10 * PRICE);
        market = new Marketplace(cheat, parameters);
        vm.prank(buyer);
        cheat.approve(address(market), type(uint256).max);
        vm.prank(seller);
        pieces.approve(address(market), PIECE);
    }

    function _assertGuarded(HookedToken cheat) private view {
        assertTrue(cheat.calls() > 0 && !cheat.succeeded(), "called in vain");
        assertEq(
            cheat.returned(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "guarded"
        );
    }

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
