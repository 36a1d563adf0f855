// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IConsentMarket} from "../../../src/interfaces/IConsentMarket.sol";
import {RequestStatus} from "../../../src/types/Consent.sol";
import {ConsentMarketFixture} from "../../utils/ConsentMarketFixture.sol";

contract RefundRequestTest is ConsentMarketFixture {
    /// when the owner may still answer: it should revert
    function test_RevertWhen_TheOwnerMayStillAnswer() external {
        uint256 id = ask();
        vm.warp(ANSWER_BY);
        vm.prank(requester);
        vm.expectRevert(
            abi.encodeWithSelector(
                IConsentMarket.ConsentMarket_AnswerStillOpen.selector, id, ANSWER_BY, ANSWER_BY
            )
        );
        market.refundRequest(id);
    }

    /// when it is answered and the grant stands: it should revert
    function test_RevertWhen_TheGrantStands() external {
        uint256 id = answered();
        vm.expectRevert(abi.encodeWithSelector(IConsentMarket.ConsentMarket_ConsentStands.selector, id));
        market.refundRequest(id);
    }

    /// when the request is unknown, paid or refunded: it should revert
    function test_RevertWhen_ThereIsNothingToRefund() external {
        expectNotIn(1, RequestStatus.Asked);
        market.refundRequest(1);
        uint256 id = ask();
        vm.warp(ANSWER_BY + 1);
        market.refundRequest(id);
        expectNotIn(id, RequestStatus.Asked);
        market.refundRequest(id);
    }

    /// when the request is unknown, paid or refunded: it should revert
    function test_RevertWhen_ItWasPaid() external {
        uint256 id = ask();
        grant();
        market.answerRequest(id);
        revoke();
        expectNotIn(id, RequestStatus.Asked);
        market.refundRequest(id);
    }

    /// when nobody answered in time
    /// - it should credit the price to the requester, whoever calls
    /// - it should emit RequestRefunded
    /// openRequest, when there is none, or it is paid or refunded: it should be zero
    function test_ItRefundsWhatNobodyAnswered() external {
        uint256 id = ask();
        vm.warp(ANSWER_BY + 1);
        vm.expectEmit(address(market));
        emit IConsentMarket.RequestRefunded(id, requester, PRICE);
        vm.prank(stranger);
        market.refundRequest(id);
        assertRefunded(id);
        market.withdraw(requester);
        assertEq(token.balanceOf(requester), 20 * PRICE, "all back");
    }

    /// when the grant was revoked, given again or not: it should do so at once
    function test_ItRefundsAtOnceWhenTheGrantWasRevoked() external {
        uint256 id = answered();
        revoke();
        market.refundRequest(id);
        assertRefunded(id);
    }

    /// when the grant was revoked, given again or not: it should do so at once
    function test_ItRefundsWhenTheGrantWasGivenAgain() external {
        uint256 id = answered();
        revoke();
        grant();
        market.refundRequest(id);
        assertRefunded(id);
    }
}
