// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IMarketDelivery} from "../../../src/interfaces/IMarketDelivery.sol";
import {IMarketLots} from "../../../src/interfaces/IMarketLots.sol";
import {LotStatus} from "../../../src/types/Market.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract DeliverKeyTest is MarketFixture {
    /// when the lot does not await a key: it should revert
    function test_RevertWhen_TheLotDoesNotAwaitAKey() external {
        uint256 id = listWith(withKey());
        vm.prank(seller);
        expectNotIn(id, LotStatus.AwaitingKey);
        market.deliverKey(id, SEALED, "");
        buy(id);
        deliver(id);
        vm.prank(seller);
        expectNotIn(id, LotStatus.AwaitingKey);
        market.deliverKey(id, SEALED, "");
    }

    /// when the deadline has passed: it should revert
    function test_RevertWhen_TheDeadlineHasPassed() external {
        uint256 id = sell(withKey());
        vm.warp(START + 1 days + 1);
        vm.prank(seller);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketDelivery.Marketplace_DeadlinePassed.selector, id, START + 1 days, START + 1 days + 1
            )
        );
        market.deliverKey(id, SEALED, "");
        vm.warp(START + 1 days);
        deliver(id);
        assertStatus(id, LotStatus.Sold);
    }

    /// when the sealed key is empty or above 1,024 bytes: it should revert
    function test_RevertWhen_TheSealedKeyIsEmptyOrTooLong() external {
        uint256 id = sell(withKey());
        bytes[2] memory wrong = [bytes(""), new bytes(1_025)];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(seller);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IMarketDelivery.Marketplace_SealedKeyInvalid.selector, id, wrong[i].length
                )
            );
            market.deliverKey(id, wrong[i], "");
        }
        vm.prank(seller);
        market.deliverKey(id, new bytes(1_024), "");
    }

    /// when neither the seller calls nor its signature is good: it should revert
    function test_RevertWhen_TheSellerNeitherCallsNorSigned() external {
        uint256 id = sell(withKey());
        bytes32 digest = market.deliverDigest(id, keccak256(SEALED));
        bytes[3] memory wrong = [
            bytes(""),
            ecdsa(buyerSecret, digest),
            ecdsa(sellerKey, market.deliverDigest(id, keccak256("another")))
        ];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.prank(stranger);
            vm.expectRevert(
                abi.encodeWithSelector(IMarketLots.Marketplace_SignatureInvalid.selector, seller, digest)
            );
            market.deliverKey(id, SEALED, wrong[i]);
        }
    }

    /// when there is no arbiter
    /// - it should give the asset to the buyer
    /// - it should credit proceeds, royalty and fee
    function test_ItIsFinalWithoutAnArbiter() external {
        uint256 id = sell(withKey());
        vm.expectEmit(address(market));
        emit IMarketDelivery.KeyDelivered(id, buyer, SEALED, 0);
        deliver(id);
        assertStatus(id, LotStatus.Sold);
        assertEq(ownerOfPiece(), buyer, "sold");
        assertEq(market.lot(id).sealedKeyHash, keccak256(SEALED), "on record");
        assertShared(PRICE);
        assertHeld(0);
    }

    /// when there is an arbiter
    /// - it should wait for the review to end
    /// - it should emit KeyDelivered
    function test_ItIsReviewedWithAnArbiter() external {
        uint256 id = sell(withArbiter());
        vm.expectEmit(address(market));
        emit IMarketDelivery.KeyDelivered(id, buyer, SEALED, uint64(START + 3 days));
        deliver(id);
        assertStatus(id, LotStatus.Delivered);
        assertEq(ownerOfPiece(), address(market), "held");
        assertHeld(PRICE);
    }

    /// when there is no arbiter: it should give the asset to the buyer
    function test_AnybodyRelaysTheSellersWord() external {
        uint256 id = sell(withKey());
        bytes memory signature = ecdsa(sellerKey, market.deliverDigest(id, keccak256(SEALED)));
        vm.prank(stranger);
        market.deliverKey(id, SEALED, signature);
        assertStatus(id, LotStatus.Sold);
    }
}
