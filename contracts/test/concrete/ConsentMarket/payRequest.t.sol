// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IConsentMarket} from "../../../src/interfaces/IConsentMarket.sol";
import {RequestStatus} from "../../../src/types/Consent.sol";
import {ConsentMarketFixture} from "../../utils/ConsentMarketFixture.sol";

contract PayRequestTest is ConsentMarketFixture {
    function test_RevertWhen_TheRequestIsNotAnswered() external {
        uint256 id = ask(heldTerms());
        grant();
        expectNotIn(id, RequestStatus.Answered);
        market.payRequest(id);
    }

    function test_RevertWhen_TheGrantHasNotStoodLongEnough() external {
        uint256 id = answered();
        uint256 from = START + HOLD;
        vm.warp(from - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IConsentMarket.ConsentMarket_NotPayableYet.selector, id, from, from - 1)
        );
        market.payRequest(id);
    }

    function test_RevertWhen_TheGrantDoesNotStand() external {
        uint256 id = answered();
        revoke();
        vm.warp(START + HOLD);
        expectMissing(id);
        market.payRequest(id);
    }

    function test_RevertWhen_TheGrantWasRevokedAndGivenAgain() external {
        uint256 id = answered();
        revoke();
        grant(GRANT_UNTIL + 1);
        vm.warp(START + HOLD);
        expectMissing(id);
        market.payRequest(id);
    }

    function test_ItPaysWhenTheGrantHasStood() external {
        uint256 id = answered();
        vm.warp(START + HOLD);
        vm.prank(stranger);
        market.payRequest(id);
        assertPaid(id);
        expectNotIn(id, RequestStatus.Answered);
        market.payRequest(id);
    }

    function test_ItPaysWhenTheGrantHasRunOut() external {
        uint256 id = answered();
        vm.warp(GRANT_UNTIL + 1_000 days);
        assertTrue(!datasets.isGranted(escrow, STUDY, owner), "run out");
        vm.expectRevert(abi.encodeWithSelector(IConsentMarket.ConsentMarket_ConsentStands.selector, id));
        market.refundRequest(id);
        market.payRequest(id);
        assertPaid(id);
    }

    function test_AProlongedGrantStands() external {
        uint256 id = answered();
        grant(GRANT_UNTIL + 1);
        vm.warp(START + HOLD);
        market.payRequest(id);
        assertPaid(id);
    }

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

    function test_RevertWhen_TheGrantStands() external {
        uint256 id = answered();
        vm.expectRevert(abi.encodeWithSelector(IConsentMarket.ConsentMarket_ConsentStands.selector, id));
        market.refundRequest(id);
    }

    function test_RevertWhen_ThereIsNothingToRefund() external {
        expectNotIn(1, RequestStatus.Asked);
        market.refundRequest(1);
        uint256 id = ask();
        vm.warp(ANSWER_BY + 1);
        market.refundRequest(id);
        expectNotIn(id, RequestStatus.Asked);
        market.refundRequest(id);
    }

    function test_RevertWhen_ItWasPaid() external {
        uint256 id = ask();
        grant();
        market.answerRequest(id);
        revoke();
        expectNotIn(id, RequestStatus.Asked);
        market.refundRequest(id);
    }

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

    function test_ItRefundsAtOnceWhenTheGrantWasRevoked() external {
        uint256 id = answered();
        revoke();
        market.refundRequest(id);
        assertRefunded(id);
    }

    function test_ItRefundsWhenTheGrantWasGivenAgain() external {
        uint256 id = answered();
        revoke();
        grant();
        market.refundRequest(id);
        assertRefunded(id);
    }
}
