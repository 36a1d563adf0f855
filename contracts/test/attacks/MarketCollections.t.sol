// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Marketplace} from "../../src/Marketplace.sol";
import {IMarketLots} from "../../src/interfaces/IMarketLots.sol";
import {AuctionOffer, LotStatus, Offer} from "../../src/types/Market.sol";
import {DoubleToken} from "../mocks/DoubleToken.sol";
import {HookedReceiver} from "../mocks/HookedReceiver.sol";
import {HostileEditions, HostilePieces, Royalties, Transfers} from "../mocks/HostileCollections.sol";
import {MarketFixture} from "../utils/MarketFixture.sol";

/// Collections and receivers that lie, refuse, burn gas and call back; and who would use them.
contract MarketCollectionAttacksTest is MarketFixture {
    address private constant RECEIVER = address(0x0ddba11);

    HostilePieces private hostile;

    function setUp() public override {
        super.setUp();
        hostile = new HostilePieces();
        hostile.mint(seller, PIECE);
        vm.prank(seller);
        hostile.approve(address(market), PIECE);
    }

    // ---------------------------------------------------------------------------------------------- royalties

    /// A royalty of three prices: nobody lists it unknowingly, and who does loses the price at most.
    function test_ARoyaltyAboveThePrice() external {
        hostile.setRoyalties(Royalties.AbovePrice);
        Offer memory it = _offer();
        it.maxRoyaltyBps = 9_999;
        vm.prank(seller);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketLots.Marketplace_RoyaltyAboveMaximum.selector, 10_000, 9_999)
        );
        market.list(it);

        it.maxRoyaltyBps = 10_000;
        buy(list(it));
        uint256 fee = PRICE * FEE_BPS / 10_000;
        assertEq(market.credit(treasury), fee, "the fee comes first");
        assertEq(market.credit(RECEIVER), PRICE - fee, "the rest at most");
        assertEq(market.credit(seller), 0, "as the seller agreed");
    }

    /// 2^256 - 1: no overflow on the way.
    function test_ARoyaltyOfEverythingThereIs() external {
        hostile.setRoyalties(Royalties.Everything);
        Offer memory it = _offer();
        it.maxRoyaltyBps = 10_000;
        buy(list(it));
        assertEq(market.credit(RECEIVER), PRICE - PRICE * FEE_BPS / 10_000, "the rest at most");
    }

    /// The collection raises its royalty when the lot is offered already: the rate is what it was.
    function test_ARoyaltyRaisedAfterTheOffer() external {
        uint256 listing = list(_offer());
        hostile.setRoyalties(Royalties.Everything);
        buy(listing);
        assertEq(market.credit(RECEIVER), PRICE / 10, "ten percent");
    }

    /// The collection stops to answer in the middle of an auction, in every way it can: the auction settles.
    function test_RoyaltiesThatFailDoNotHoldUpASale() external {
        Royalties[6] memory ways = [
            Royalties.Reverting,
            Royalties.BurningGas,
            Royalties.Bomb,
            Royalties.OneWord,
            Royalties.NoAddress,
            Royalties.WideAddress
        ];
        for (uint256 i = 0; i < ways.length; ++i) {
            hostile.setRoyalties(Royalties.Honest);
            hostile.mint(seller, 100 + i);
            vm.prank(seller);
            hostile.approve(address(market), 100 + i);
            AuctionOffer memory it = _auction();
            it.asset.tokenId = 100 + i;
            uint256 id = startAuction(it);
            bid(id, buyer, PRICE);
            vm.warp(market.lot(id).until + 1);
            hostile.setRoyalties(ways[i]);
            uint256 gas = gasleft();
            market.settleAuction(id);
            assertTrue(gas - gasleft() < 600_000, "and does not cost much more");
            assertStatus(id, LotStatus.Sold);
            assertEq(hostile.ownerOf(100 + i), buyer, "sold");
        }
        // A bomb carries two good words; the others carry none.
        assertEq(market.credit(RECEIVER), PRICE / 10, "royalty of the bomb");
        assertEq(token.balanceOf(address(market)), _credits(), "nothing is lost");
    }

    /// The seller calls with so little gas that the call to the collection fails: the sale fails, not the royalty.
    function test_ARoyaltyStarvedOfGas() external {
        uint256 id = list();
        for (uint256 gas = 60_000; gas < 300_000; gas += 10_000) {
            vm.prank(buyer);
            try market.buy{gas: gas}(id, PRICE, 0) {
                break;
            } catch {}
        }
        assertStatus(id, LotStatus.Sold);
        assertEq(market.credit(creator), PRICE * ROYALTY_BPS / 10_000, "the royalty was paid");

        vm.prank(buyer);
        pieces.transferFrom(buyer, seller, PIECE);
        vm.prank(seller);
        pieces.approve(address(market), PIECE);
        id = list();
        vm.prank(buyer);
        vm.expectPartialRevert(IMarketLots.Marketplace_GasTooLow.selector);
        market.buy{gas: 150_000}(id, PRICE, 0);
    }

    /// A low reserve at which five percent round to nothing does not make the royalty nothing.
    function test_ARoyaltyRoundedAwayByALowReserve() external {
        AuctionOffer memory it = auctionOffer();
        it.reserve = 1;
        uint256 id = startAuction(it);
        bid(id, buyer, PRICE);
        vm.warp(START + 2 days);
        market.settleAuction(id);
        assertShared(PRICE);
    }

    // ---------------------------------------------------------------------------------------------- transfers

    /// The collection says that it moved the piece, and did not: the buyer keeps its money.
    function test_ACollectionThatMovesNothing() external {
        uint256 id = list(_offer());
        hostile.setTransfers(Transfers.Lying, address(0));
        vm.prank(buyer);
        vm.expectRevert(_notMoved(buyer));
        market.buy(id, PRICE, 0);
        vm.prank(seller);
        vm.expectRevert(_notMoved(address(market)));
        market.startAuction(_auction());
    }

    /// Ten units are sold, nine arrive.
    function test_ACollectionThatMovesLess() external {
        HostileEditions some = new HostileEditions();
        some.mint(seller, EDITION, 10);
        vm.prank(seller);
        some.setApprovalForAll(address(market), true);
        Offer memory it = editionOffer(10);
        (it.asset.collection, it.maxRoyaltyBps) = (address(some), 10_000);
        uint256 id = list(it);
        bytes memory expected = abi.encodeWithSelector(
            IMarketLots.Marketplace_AssetNotMoved.selector, address(some), EDITION, buyer
        );
        some.setTransfers(Transfers.Honest, 1);
        vm.prank(buyer);
        vm.expectRevert(expected);
        market.buy(id, PRICE, 0);
        some.setTransfers(Transfers.Lying, 0);
        vm.prank(buyer);
        vm.expectRevert(expected);
        market.buy(id, PRICE, 0);
        assertEq(token.balanceOf(buyer), 20 * PRICE, "not paid");
    }

    /// The collection does not give the piece out any more: money is settled, and the piece waits for the buyer.
    function test_ACollectionThatKeepsWhatTheMarketHolds() external {
        Transfers[4] memory ways =
            [Transfers.Lying, Transfers.Reverting, Transfers.BurningGas, Transfers.Bomb];
        for (uint256 i = 0; i < ways.length; ++i) {
            hostile.setTransfers(Transfers.Honest, address(0));
            hostile.mint(seller, 200 + i);
            vm.prank(seller);
            hostile.approve(address(market), 200 + i);
            AuctionOffer memory it = _auction();
            it.asset.tokenId = 200 + i;
            uint256 id = startAuction(it);
            bid(id, buyer, PRICE);
            vm.warp(market.lot(id).until + 1);
            hostile.setTransfers(ways[i], address(market));
            market.settleAuction{gas: 1_500_000}(id);
            assertEq(market.uncollected(id), buyer, "the buyer's");
            vm.prank(buyer);
            (bool collected,) =
                address(market).call{gas: 3_000_000}(abi.encodeCall(market.collect, (id, buyer)));
            assertTrue(!collected, "not now");
            hostile.setTransfers(Transfers.Honest, address(0));
            vm.prank(buyer);
            market.collect(id, buyer);
            assertEq(hostile.ownerOf(200 + i), buyer, "later");
        }
    }

    /// Somebody settles with little gas, so that the handover fails and the winner has the trouble: refused.
    function test_AHandoverStarvedOfGas() external {
        uint256 id = startAuction();
        bid(id, buyer, PRICE);
        vm.warp(START + 2 days);
        vm.expectPartialRevert(IMarketLots.Marketplace_GasTooLow.selector);
        market.settleAuction{gas: 500_000}(id);
        for (uint256 gas = 100_000; gas < 1_000_000; gas += 10_000) {
            try market.settleAuction{gas: gas}(id) {
                break;
            } catch {}
        }
        assertEq(ownerOfPiece(), buyer, "handed over");
        assertEq(market.uncollected(id), address(0), "and not left");
    }

    /// The token that is paid with moves by the same `transferFrom` as a piece: even if it calls itself ERC-721, the
    /// market's money must not be a piece.
    function test_ThePaymentTokenPassedOffAsAPiece() external {
        DoubleToken double = new DoubleToken();
        market = new Marketplace(double, parameters);
        double.mint(address(market), PRICE);
        Offer memory it = offer();
        (it.asset.collection, it.asset.tokenId) = (address(double), PRICE);
        bytes memory expected =
            abi.encodeWithSelector(IMarketLots.Marketplace_CollectionUnsupported.selector, address(double));
        vm.expectRevert(expected);
        market.list(it);
        AuctionOffer memory auction = auctionOffer();
        auction.asset = it.asset;
        vm.expectRevert(expected);
        market.startAuction(auction);
    }

    // --------------------------------------------------------------------------------------------- reentrancy

    /// While it moves, the collection calls every function of the market that changes anything.
    function test_ACollectionThatCallsBack() external {
        uint256 other = list();
        bytes[] memory calls = _everything(other);
        for (uint256 i = 0; i < calls.length; ++i) {
            hostile.mint(seller, 300 + i);
            vm.prank(seller);
            hostile.approve(address(market), 300 + i);
            Offer memory it = _offer();
            it.asset.tokenId = 300 + i;
            uint256 id = list(it);
            hostile.callOnTransfer(address(market), calls[i]);
            buy(id);
            assertEq(hostile.calls(), i + 1, "it called");
            assertTrue(!hostile.succeeded(), "in vain");
            assertEq(
                hostile.returned(),
                abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
                "guarded"
            );
        }
        assertStatus(other, LotStatus.Listed);
    }

    /// A buyer of units is called when it gets them, and calls back; also through `multicall`.
    function test_ABuyerThatCallsBackWhenItReceives() external {
        HookedReceiver wallet = new HookedReceiver();
        token.transfer(address(wallet), 20 * PRICE);
        wallet.act(address(token), abi.encodeCall(token.approve, (address(market), 20 * PRICE)));
        uint256 other = list();
        bytes[] memory calls = _everything(other);
        for (uint256 i = 0; i < calls.length; ++i) {
            bytes memory payload = calls[i];
            if (i % 2 == 0) {
                bytes[] memory batch = new bytes[](1);
                batch[0] = payload;
                payload = abi.encodeCall(market.multicall, (batch));
            }
            editions.mint(seller, EDITION, 1);
            uint256 id = list(editionOffer(1));
            wallet.callOnReceipt(address(market), payload);
            wallet.act(address(market), abi.encodeCall(market.buy, (id, PRICE, bytes32(0))));
            assertEq(wallet.calls(), i + 1, "it called");
            assertTrue(!wallet.succeeded(), "in vain");
            assertEq(
                wallet.returned(),
                abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
                "guarded"
            );
        }
        assertEq(unitsOf(address(wallet)), calls.length, "one unit for each price");
        assertEq(token.balanceOf(address(wallet)), (20 - calls.length) * PRICE, "one price for each unit");
    }

    // ----------------------------------------------------------------------------------------------- griefing

    /// The highest bidder is a contract that refuses everything: who outbids it does not ask it.
    function test_ABidderThatRefusesItsRefund() external {
        HookedReceiver wallet = _wallet();
        uint256 id = startAuction();
        wallet.act(address(market), abi.encodeCall(market.bid, (id, PRICE, bytes32(0))));
        wallet.refuse(true);
        bid(id, buyer, 2 * PRICE);
        assertEq(market.credit(address(wallet)), PRICE, "it waits");
        market.withdraw(address(wallet));
        assertEq(token.balanceOf(address(wallet)), PRICE, "paid, though it refuses");
    }

    /// The winner refuses the units, or burns all gas on their receipt: the seller is paid all the same.
    function test_AWinnerThatRefusesToReceive() external {
        for (uint256 i = 0; i < 2; ++i) {
            HookedReceiver wallet = _wallet();
            AuctionOffer memory it = auctionOffer();
            it.asset = editionAsset(2);
            uint256 id = startAuction(it);
            wallet.act(address(market), abi.encodeCall(market.bid, (id, PRICE, bytes32(0))));
            if (i == 0) wallet.refuse(true);
            else wallet.burnGas(true);
            vm.warp(market.lot(id).until + 1);
            market.settleAuction{gas: 1_500_000}(id);
            assertStatus(id, LotStatus.Sold);
            assertEq(market.uncollected(id), address(wallet), "it may collect");
        }
        assertShared(2 * PRICE);
    }

    /// The seller can't take the asset back by refusing to receive it, nor block the buyer's refund.
    function test_ASellerThatRefusesItsAssetBack() external {
        HookedReceiver wallet = new HookedReceiver();
        editions.mint(address(wallet), EDITION, 2);
        wallet.act(address(editions), abi.encodeCall(editions.setApprovalForAll, (address(market), true)));
        Offer memory it = editionOffer(2);
        it.key = withKey();
        bytes memory result = wallet.act(address(market), abi.encodeCall(market.list, (it)));
        uint256 id = abi.decode(result, (uint256));
        buy(id);
        wallet.refuse(true);
        vm.warp(START + 2 days);
        market.refundSale(id);
        assertEq(market.credit(buyer), PRICE, "the buyer has its money");
        assertEq(market.uncollected(id), address(wallet), "the seller may collect");
    }

    // ---------------------------------------------------------------------------------------------- internals

    function _offer() private view returns (Offer memory it) {
        it = offer();
        (it.asset.collection, it.maxRoyaltyBps) = (address(hostile), 1_000);
    }

    function _auction() private view returns (AuctionOffer memory it) {
        it = auctionOffer();
        (it.asset.collection, it.maxRoyaltyBps) = (address(hostile), 1_000);
    }

    function _wallet() private returns (HookedReceiver wallet) {
        wallet = new HookedReceiver();
        token.transfer(address(wallet), PRICE);
        wallet.act(address(token), abi.encodeCall(token.approve, (address(market), PRICE)));
    }

    function _notMoved(address to) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IMarketLots.Marketplace_AssetNotMoved.selector, address(hostile), PIECE, to
            );
    }

    function _credits() private view returns (uint256) {
        return market.credit(seller) + market.credit(treasury) + market.credit(RECEIVER);
    }

    /// One call of each function that changes anything.
    function _everything(uint256 id) private view returns (bytes[] memory calls) {
        calls = new bytes[](15);
        calls[0] = abi.encodeCall(market.withdraw, (seller));
        calls[1] = abi.encodeCall(market.collect, (id, buyer));
        calls[2] = abi.encodeCall(market.list, (offer()));
        calls[3] = abi.encodeCall(market.unlist, (id));
        calls[4] = abi.encodeCall(market.buy, (id, PRICE, bytes32(0)));
        calls[5] = abi.encodeCall(market.buyFor, (id, buyer, bytes32(0), uint64(START), ""));
        calls[6] = abi.encodeCall(market.startAuction, (auctionOffer()));
        calls[7] = abi.encodeCall(market.bid, (id, PRICE, bytes32(0)));
        calls[8] = abi.encodeCall(market.cancelAuction, (id));
        calls[9] = abi.encodeCall(market.settleAuction, (id));
        calls[10] = abi.encodeCall(market.deliverKey, (id, SEALED, ""));
        calls[11] = abi.encodeCall(market.confirmKey, (id, ""));
        calls[12] = abi.encodeCall(market.rejectKey, (id, ""));
        calls[13] = abi.encodeCall(market.finishSale, (id));
        calls[14] = abi.encodeCall(market.refundSale, (id));
    }
}
