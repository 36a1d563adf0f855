// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IMarketDelivery} from "../../../src/interfaces/IMarketDelivery.sol";
import {IMarketLots} from "../../../src/interfaces/IMarketLots.sol";
import {LotStatus} from "../../../src/types/Market.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract RejectKeyTest is MarketFixture {
    function test_RevertWhen_NoKeyWasDelivered() external {
        uint256 id = sell(withArbiter());
        vm.prank(buyer);
        expectNotIn(id, LotStatus.Delivered);
        market.rejectKey(id, "");
    }

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

    function test_RevertWhen_ThereIsNothingToRuleOn() external {
        uint256 id = _delivered();
        vm.prank(arbiter);
        expectNotIn(id, LotStatus.Disputed);
        market.rule(id, true);
    }

    function test_RevertWhen_TheTimeToRuleIsOver() external {
        uint256 id = _disputed();
        vm.warp(START + 14 days + 1);
        vm.prank(arbiter);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketDelivery.Marketplace_DeadlinePassed.selector, id, START + 14 days, START + 14 days + 1
            )
        );
        market.rule(id, true);
    }

    function test_RevertWhen_SomebodyElseRules() external {
        uint256 id = _disputed();
        vm.prank(seller);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketDelivery.Marketplace_NotArbiter.selector, id, seller, arbiter)
        );
        market.rule(id, true);
    }

    function test_TheKeyIsGood() external {
        uint256 id = _disputed();
        vm.expectEmit(address(market));
        emit IMarketDelivery.KeyRuled(id, arbiter, true);
        vm.prank(arbiter);
        market.rule(id, true);
        assertStatus(id, LotStatus.Sold);
        assertEq(ownerOfPiece(), buyer, "sold");
        assertShared(PRICE);
    }

    function test_TheKeyIsNotGood() external {
        uint256 id = _disputed();
        vm.prank(arbiter);
        market.rule(id, false);
        assertStatus(id, LotStatus.Refunded);
        assertEq(ownerOfPiece(), seller, "back");
        assertEq(market.credit(buyer), PRICE, "back");
        assertHeld(0);
    }

    function _delivered() private returns (uint256 id) {
        id = sell(withArbiter());
        deliver(id);
    }

    function _disputed() private returns (uint256 id) {
        id = _delivered();
        reject(id);
    }
}
