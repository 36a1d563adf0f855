// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IConsentMarket} from "../../../src/interfaces/IConsentMarket.sol";
import {RequestStatus} from "../../../src/types/Consent.sol";
import {ConsentMarketFixture} from "../../utils/ConsentMarketFixture.sol";

contract AnswerRequestTest is ConsentMarketFixture {
    /// when the request is not open: it should revert
    function test_RevertWhen_TheRequestIsNotOpen() external {
        expectNotIn(1, RequestStatus.Asked);
        market.answerRequest(1);
        uint256 id = ask();
        grant();
        market.answerRequest(id);
        expectNotIn(id, RequestStatus.Asked);
        market.answerRequest(id);
    }

    /// when the time to answer is over: it should revert
    function test_RevertWhen_TheTimeToAnswerIsOver() external {
        uint256 id = ask();
        grant();
        vm.warp(ANSWER_BY + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IConsentMarket.ConsentMarket_AnswerLate.selector, id, ANSWER_BY, ANSWER_BY + 1
            )
        );
        market.answerRequest(id);
        vm.warp(ANSWER_BY);
        market.answerRequest(id);
        assertPaid(id);
    }

    /// when there is no grant, or it is revoked, too short, or of another dataset: it should revert
    function test_RevertWhen_ThereIsNoGrant() external {
        uint256 id = ask();
        expectMissing(id);
        market.answerRequest(id);
    }

    /// when there is no grant, or it is revoked, too short, or of another dataset: it should revert
    function test_RevertWhen_TheGrantIsRevoked() external {
        uint256 id = ask();
        grant();
        revoke();
        expectMissing(id);
        market.answerRequest(id);
    }

    /// when there is no grant, or it is revoked, too short, or of another dataset: it should revert
    function test_RevertWhen_TheGrantIsTooShort() external {
        uint256 id = ask();
        grant(GRANT_UNTIL - 1);
        expectMissing(id);
        market.answerRequest(id);
        // Prolonged by the owner.
        grant(GRANT_UNTIL);
        market.answerRequest(id);
        assertPaid(id);
    }

    /// when there is no grant, or it is revoked, too short, or of another dataset: it should revert
    function test_RevertWhen_AnotherDatasetIsGranted() external {
        uint256 id = ask();
        uint256 asked = dataset;
        dataset = listDataset(1);
        grant();
        dataset = asked;
        expectMissing(id);
        market.answerRequest(id);
    }

    /// when the grant need not stand for a time
    /// - it should credit proceeds and fee
    /// - it should emit RequestPaid
    /// openRequest, when there is none, or it is paid or refunded: it should be zero
    function test_ItPaysAtOnce() external {
        uint256 id = ask();
        grant();
        uint256 fee = uint256(PRICE) * FEE_BPS / 10_000;
        vm.expectEmit(address(market));
        emit IConsentMarket.RequestPaid(id, owner, PRICE - fee, fee, treasury);
        vm.prank(stranger);
        market.answerRequest(id);
        assertPaid(id);
        market.withdraw(owner);
        assertEq(token.balanceOf(owner), PRICE - fee, "withdrawn");
    }

    /// when the grant must stand for a time
    /// - it should pay nobody yet
    /// - it should emit RequestAnswered
    function test_ItWaitsForTheGrantToStand() external {
        uint256 id = ask(heldTerms());
        grant();
        vm.warp(START + 1 days);
        vm.expectEmit(address(market));
        emit IConsentMarket.RequestAnswered(id, uint64(START + 1 days + HOLD));
        market.answerRequest(id);
        assertStatus(id, RequestStatus.Answered);
        assertEq(market.credit(owner), 0, "not yet");
        assertHeld(PRICE);
    }
}
