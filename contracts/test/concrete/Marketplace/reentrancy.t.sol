// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Marketplace} from "../../../src/Marketplace.sol";
import {AuctionOffer, KeyTerms, Offer} from "../../../src/types/Market.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {HostilePieces, Transfers} from "../../mocks/HostileCollections.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

/// A collection, or a token, that calls back while it moves, for what is credited to the seller of an earlier lot.
contract MarketReentrancyTest is MarketFixture {
    HostilePieces private hostile;

    function setUp() public override {
        super.setUp();
        hostile = new HostilePieces();
        hostile.mint(seller, PIECE);
        vm.prank(seller);
        hostile.approve(address(market), PIECE);
        buy(list());
    }

    /// buy, when the collection calls back: it should refuse the inner call
    function test_BuyRefusesToBeReentered() external {
        uint256 id = _list(noKey());
        _callBack();
        buy(id);
        _assertRefused(buyer);
    }

    /// buyFor, when the collection calls back: it should refuse the inner call
    function test_BuyForRefusesToBeReentered() external {
        uint256 id = _list(noKey());
        bytes memory signature = ecdsa(buyerSecret, market.buyDigest(id, buyer, 0, uint64(START)));
        _callBack();
        market.buyFor(id, buyer, 0, uint64(START), signature);
        _assertRefused(buyer);
    }

    /// startAuction, when the collection calls back: it should refuse the inner call
    function test_StartAuctionRefusesToBeReentered() external {
        _callBack();
        _auction();
        _assertRefused(address(market));
    }

    /// cancelAuction, when the collection calls back: it should refuse the inner call
    function test_CancelAuctionRefusesToBeReentered() external {
        uint256 id = _auction();
        _callBack();
        vm.prank(seller);
        market.cancelAuction(id);
        _assertRefused(seller);
    }

    /// settleAuction, when the collection calls back: it should refuse the inner call
    function test_SettleAuctionRefusesToBeReentered() external {
        uint256 id = _auction();
        bid(id, buyer, PRICE);
        vm.warp(START + 2 days);
        _callBack();
        market.settleAuction(id);
        _assertRefused(buyer);
    }

    /// collect, when the collection calls back: it should refuse the inner call
    /// handOver, when the receiver or the collection refuses: it should leave the asset to be collected
    function test_CollectRefusesToBeReentered() external {
        uint256 id = _auction();
        bid(id, buyer, PRICE);
        vm.warp(START + 2 days);
        hostile.setTransfers(Transfers.Reverting, address(market));
        market.settleAuction(id);
        assertEq(market.uncollected(id), buyer, "to be collected");
        hostile.setTransfers(Transfers.Honest, address(0));
        _callBack();
        vm.prank(buyer);
        market.collect(id, rival);
        _assertRefused(rival);
    }

    /// deliverKey, when the collection calls back: it should refuse the inner call
    function test_DeliverKeyRefusesToBeReentered() external {
        uint256 id = _sold(withKey());
        _callBack();
        deliver(id);
        _assertRefused(buyer);
    }

    /// confirmKey, when the collection calls back: it should refuse the inner call
    function test_ConfirmKeyRefusesToBeReentered() external {
        uint256 id = _sold(withArbiter());
        _callBack();
        vm.prank(buyer);
        market.confirmKey(id, "");
        _assertRefused(buyer);
    }

    /// rule, when the collection calls back: it should refuse the inner call
    function test_RuleRefusesToBeReentered() external {
        uint256 id = _sold(withArbiter());
        deliver(id);
        reject(id);
        _callBack();
        vm.prank(arbiter);
        market.rule(id, true);
        _assertRefused(buyer);
    }

    /// finishSale, when the collection calls back: it should refuse the inner call
    function test_FinishSaleRefusesToBeReentered() external {
        uint256 id = _sold(withArbiter());
        deliver(id);
        vm.warp(START + 3 days + 1);
        _callBack();
        market.finishSale(id);
        _assertRefused(buyer);
    }

    /// refundSale, when the collection calls back: it should refuse the inner call
    function test_RefundSaleRefusesToBeReentered() external {
        uint256 id = _sold(withKey());
        _callBack();
        vm.prank(seller);
        market.refundSale(id);
        _assertRefused(seller);
    }

    /// bid, when the token calls back: it should refuse the inner call
    function test_BidRefusesToBeReentered() external {
        (HookedToken hooked, uint256 id) = _hooked();
        hooked.callOnTransfer(address(market), abi.encodeCall(market.withdraw, (rival)));
        bid(id, buyer, 2 * PRICE);
        _assertRefused(hooked);
        assertEq(hooked.balanceOf(address(market)), 3 * uint256(PRICE), "the bid, and what is credited");
    }

    /// withdraw, when the token calls back: it should refuse the inner call and pay once
    function test_WithdrawRefusesToBeReentered() external {
        (HookedToken hooked, uint256 id) = _hooked();
        bid(id, buyer, 2 * PRICE);
        hooked.callOnTransfer(address(market), abi.encodeCall(market.withdraw, (rival)));
        market.withdraw(rival);
        _assertRefused(hooked);
        assertEq(hooked.balanceOf(rival), PRICE, "paid once");
    }

    // ----------------------------------------------------------------------------------------------- internals

    function _list(KeyTerms memory key) private returns (uint256) {
        Offer memory it = offer();
        (it.asset.collection, it.maxRoyaltyBps, it.key) = (address(hostile), 10_000, key);
        return list(it);
    }

    function _sold(KeyTerms memory key) private returns (uint256 id) {
        id = _list(key);
        buy(id);
    }

    function _auction() private returns (uint256) {
        AuctionOffer memory it = auctionOffer();
        (it.asset.collection, it.maxRoyaltyBps) = (address(hostile), 10_000);
        return startAuction(it);
    }

    /// A market for another token, where the rival has bid.
    function _hooked() private returns (HookedToken hooked, uint256 id) {
        hooked = new HookedToken();
        market = new Marketplace(hooked, parameters);
        address[2] memory bidders = [buyer, rival];
        for (uint256 i = 0; i < 2; ++i) {
            hooked.mint(bidders[i], (2 - i) * PRICE);
            hooked.approveFor(bidders[i], address(market), 2 * PRICE);
        }
        vm.prank(seller);
        hostile.approve(address(market), PIECE);
        id = _auction();
        bid(id, rival, PRICE);
    }

    function _callBack() private {
        hostile.callOnTransfer(address(market), abi.encodeCall(market.withdraw, (seller)));
    }

    function _assertRefused(address owner) private view {
        assertTrue(hostile.calls() == 1 && !hostile.succeeded(), "refused");
        assertEq(
            hostile.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertEq(token.balanceOf(seller), 0, "nothing through the back door");
        assertEq(hostile.ownerOf(PIECE), owner, "where it belongs");
    }

    function _assertRefused(HookedToken hooked) private view {
        assertTrue(hooked.calls() == 1 && !hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
    }
}
