// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IMarketFunds} from "../../../src/interfaces/IMarketFunds.sol";
import {IMarketLots} from "../../../src/interfaces/IMarketLots.sol";
import {AuctionOffer, LotStatus} from "../../../src/types/Market.sol";
import {HookedReceiver} from "../../mocks/HookedReceiver.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract CollectTest is MarketFixture {
    HookedReceiver private wallet;

    function setUp() public override {
        super.setUp();
        wallet = new HookedReceiver();
        token.transfer(address(wallet), 2 * PRICE);
        wallet.act(address(token), abi.encodeCall(token.approve, (address(market), 2 * PRICE)));
    }

    /// when the receiver is the zero address: it should revert
    function test_RevertWhen_TheReceiverIsZero() external {
        vm.expectRevert(IMarketFunds.Market_AddressZero.selector);
        market.collect(1, address(0));
    }

    /// when the caller has nothing to collect: it should revert
    function test_RevertWhen_TheCallerHasNothingToCollect() external {
        uint256 id = _wonAndRefused();
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketLots.Marketplace_NothingToCollect.selector, id, stranger)
        );
        market.collect(id, stranger);
        vm.prank(seller);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketLots.Marketplace_NothingToCollect.selector, id + 1, seller)
        );
        market.collect(id + 1, seller);
    }

    /// when the receiver refuses as well: it should revert, and the asset stays to be collected
    function test_RevertWhen_TheReceiverRefusesAsWell() external {
        uint256 id = _wonAndRefused();
        vm.expectRevert(bytes("not wanted"));
        wallet.act(address(market), abi.encodeCall(market.collect, (id, address(wallet))));
        assertEq(market.uncollected(id), address(wallet), "still there");
    }

    /// handOver, when the receiver or the collection refuses
    /// - it should leave the asset to be collected
    /// - it should settle the money all the same
    function test_ItSettlesTheMoneyAndLeavesTheAssetToBeCollected() external {
        uint256 id = _wonAndRefused();
        assertStatus(id, LotStatus.Sold);
        assertEq(market.uncollected(id), address(wallet), "the winner's");
        assertEq(unitsOf(address(market)), 4, "held");
        assertShared(PRICE);
        assertHeld(0);
    }

    /// when the receiver takes it
    /// - it should hand the asset over, once
    /// - it should emit AssetCollected
    function test_ItHandsOverWhereTheOwnerWants() external {
        uint256 id = _wonAndRefused();
        vm.expectEmit(address(market));
        emit IMarketLots.AssetCollected(id, address(wallet), stranger);
        wallet.act(address(market), abi.encodeCall(market.collect, (id, stranger)));
        assertEq(unitsOf(stranger), 4, "collected");
        assertEq(market.uncollected(id), address(0), "nothing left");
        vm.expectRevert(
            abi.encodeWithSelector(IMarketLots.Marketplace_NothingToCollect.selector, id, address(wallet))
        );
        wallet.act(address(market), abi.encodeCall(market.collect, (id, stranger)));
    }

    /// Units that a wallet won and then refused.
    function _wonAndRefused() private returns (uint256 id) {
        AuctionOffer memory it = auctionOffer();
        it.asset = editionAsset(4);
        id = startAuction(it);
        wallet.act(address(market), abi.encodeCall(market.bid, (id, PRICE, bytes32(0))));
        wallet.refuse(true);
        vm.warp(START + 2 days);
        vm.expectEmit(address(market));
        emit IMarketLots.AssetUncollected(id, address(wallet));
        market.settleAuction(id);
    }
}
