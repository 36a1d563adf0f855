// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IMarketDelivery} from "../../../src/interfaces/IMarketDelivery.sol";
import {IMarketLots} from "../../../src/interfaces/IMarketLots.sol";
import {LotStatus} from "../../../src/types/Market.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract RejectKeyTest is MarketFixture {
    /// when no key was delivered: it should revert
    function test_RevertWhen_NoKeyWasDelivered() external {
        uint256 id = sell(withArbiter());
        vm.prank(buyer);
        expectNotIn(id, LotStatus.Delivered);
        market.rejectKey(id, "");
    }

    /// when the review is over: it should revert
    function test_RevertWhen_TheReviewIsOver() external {
        uint256 id = _delivered();
        vm.warp(START + 3 days + 1);
        vm.prank(buyer);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketDelivery.Marketplace_DeadlinePassed.selector, id, START + 3 days, START + 3 days + 1
            )
        );
        market.rejectKey(id, "");
    }

    /// when neither the buyer calls nor its signature is good: it should revert
    function test_RevertWhen_TheBuyerNeitherCallsNorSigned() external {
        uint256 id = _delivered();
        bytes32 digest = market.rejectDigest(id);
        // A confirmation is no rejection.
        bytes memory signature = ecdsa(buyerSecret, market.confirmDigest(id));
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketLots.Marketplace_SignatureInvalid.selector, buyer, digest)
        );
        market.rejectKey(id, signature);
    }

    /// when the buyer rejects
    /// - it should give the arbiter 14 days
    /// - it should emit KeyRejected
    function test_TheArbiterGetsTimeToRule() external {
        uint256 id = _delivered();
        vm.warp(START + 3 days);
        vm.expectEmit(address(market));
        emit IMarketDelivery.KeyRejected(id, arbiter, keccak256(SEALED), uint64(START + 17 days));
        bytes memory signature = ecdsa(buyerSecret, market.rejectDigest(id));
        vm.prank(stranger);
        market.rejectKey(id, signature);
        assertStatus(id, LotStatus.Disputed);
        assertEq(market.lot(id).dueBy, START + 17 days, "due");
        assertHeld(PRICE);
    }

    function _delivered() private returns (uint256 id) {
        id = sell(withArbiter());
        deliver(id);
    }
}
