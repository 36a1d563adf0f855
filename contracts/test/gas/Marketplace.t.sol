// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {AuctionOffer} from "../../src/types/Market.sol";
import {MarketFixture} from "../utils/MarketFixture.sol";

/// What a transaction costs, base fee and calldata included: each call runs as a transaction of its own.
/// forge-config: default.isolate = true
contract MarketplaceGasTest is MarketFixture {
    function test_List() external {
        list();
        _record("list");
    }

    function test_Buy() external {
        buy(list());
        _record("buy (first sale of all)");
        vm.prank(buyer);
        pieces.transferFrom(buyer, seller, PIECE);
        vm.prank(seller);
        pieces.approve(address(market), PIECE);
        buy(list());
        _record("buy");
    }

    function test_BuyUnits() external {
        buy(list(editionOffer(4)));
        _record("buy (ERC-1155, first sale of all)");
    }

    function test_BuyWithKey() external {
        uint256 id = sell(withArbiter());
        _record("buy (with a key)");
        deliver(id);
        _record("deliverKey");
        vm.prank(buyer);
        market.confirmKey(id, "");
        _record("confirmKey");
    }

    function test_Refund() external {
        uint256 id = sell(withKey());
        vm.warp(START + 2 days);
        market.refundSale(id);
        _record("refundSale");
    }

    function test_Auction() external {
        uint256 id = startAuction();
        _record("startAuction");
        bid(id, buyer, PRICE);
        _record("bid (first)");
        bid(id, rival, 2 * PRICE);
        _record("bid (outbids)");
        vm.warp(START + 2 days);
        market.settleAuction(id);
        _record("settleAuction (sold)");
        market.withdraw(seller);
        _record("withdraw");
    }

    function test_AuctionUnsold() external {
        uint256 id = startAuction();
        vm.warp(START + 2 days);
        market.settleAuction(id);
        _record("settleAuction (unsold)");
    }

    function test_AuctionWithKey() external {
        AuctionOffer memory it = auctionOffer();
        it.key = withKey();
        uint256 id = startAuction(it);
        bid(id, buyer, PRICE);
        vm.warp(START + 2 days);
        market.settleAuction(id);
        _record("settleAuction (with a key)");
        deliver(id);
        _record("deliverKey (no arbiter, final)");
    }

    function _record(string memory name) private {
        vm.snapshotGasLastCall("Marketplace", name);
    }
}
