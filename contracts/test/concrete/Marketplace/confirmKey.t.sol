// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IMarketDelivery} from "../../../src/interfaces/IMarketDelivery.sol";
import {IMarketLots} from "../../../src/interfaces/IMarketLots.sol";
import {LotStatus} from "../../../src/types/Market.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract ConfirmKeyTest is MarketFixture {
    /// when no sale is under way: it should revert
    function test_RevertWhen_NoSaleIsUnderWay() external {
        uint256 id = list();
        _expectNone(id);
        buy(id);
        _expectNone(id);
        _expectNone(99);
    }

    /// when neither the buyer calls nor its signature is good: it should revert
    function test_RevertWhen_TheBuyerNeitherCallsNorSigned() external {
        uint256 id = sell(withArbiter());
        deliver(id);
        bytes32 digest = market.confirmDigest(id);
        vm.prank(seller);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketLots.Marketplace_SignatureInvalid.selector, buyer, digest)
        );
        market.confirmKey(id, ecdsa(sellerKey, digest));
    }

    /// when the key that was signed for is not the one delivered: it should revert
    function test_RevertWhen_AnotherKeyWasSignedFor() external {
        uint256 id = sell(withArbiter());
        // Signed before the delivery: for no key on chain.
        bytes memory signature = ecdsa(buyerSecret, market.confirmDigest(id));
        deliver(id);
        bytes32 digest = market.confirmDigest(id);
        vm.prank(seller);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketLots.Marketplace_SignatureInvalid.selector, buyer, digest)
        );
        market.confirmKey(id, signature);
    }

    /// when the buyer confirms: before a delivery, after it, or in a dispute
    /// - it should give the asset to the buyer
    /// - it should credit proceeds, royalty and fee
    function test_ItIsFinalBeforeADelivery() external {
        uint256 id = sell(withArbiter());
        // Even late: the buyer got the key by another way.
        vm.warp(START + 5 days);
        _confirm(id);
    }

    /// when the buyer confirms: before a delivery, after it, or in a dispute
    /// - it should give the asset to the buyer
    /// - it should credit proceeds, royalty and fee
    function test_ItIsFinalAfterADelivery() external {
        uint256 id = sell(withArbiter());
        deliver(id);
        _confirm(id);
    }

    /// when the buyer confirms: before a delivery, after it, or in a dispute
    /// - it should give the asset to the buyer
    /// - it should credit proceeds, royalty and fee
    function test_ItIsFinalInADispute() external {
        uint256 id = sell(withArbiter());
        deliver(id);
        reject(id);
        _confirm(id);
    }

    /// when the buyer confirms: before a delivery, after it, or in a dispute: it should give the asset to the buyer
    function test_AnybodyRelaysTheBuyersWord() external {
        uint256 id = sell(withArbiter());
        deliver(id);
        bytes memory signature = ecdsa(buyerSecret, market.confirmDigest(id));
        vm.prank(seller);
        market.confirmKey(id, signature);
        assertStatus(id, LotStatus.Sold);
    }

    function _confirm(uint256 id) private {
        vm.prank(buyer);
        market.confirmKey(id, "");
        assertStatus(id, LotStatus.Sold);
        assertEq(ownerOfPiece(), buyer, "sold");
        assertShared(PRICE);
        assertHeld(0);
    }

    function _expectNone(uint256 id) private {
        vm.prank(buyer);
        vm.expectRevert(abi.encodeWithSelector(IMarketDelivery.Marketplace_NoSaleUnderWay.selector, id));
        market.confirmKey(id, "");
    }
}
