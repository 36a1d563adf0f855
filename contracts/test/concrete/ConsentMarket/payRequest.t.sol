// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IConsentMarket} from "../../../src/interfaces/IConsentMarket.sol";
import {RequestStatus} from "../../../src/types/Consent.sol";
import {ConsentMarketFixture} from "../../utils/ConsentMarketFixture.sol";

contract PayRequestTest is ConsentMarketFixture {
    /// when the request is not answered: it should revert
    function test_RevertWhen_TheRequestIsNotAnswered() external {
        uint256 id = ask(heldTerms());
        grant();
        expectNotIn(id, RequestStatus.Answered);
        market.payRequest(id);
    }

    /// when the grant has not stood long enough: it should revert
    function test_RevertWhen_TheGrantHasNotStoodLongEnough() external {
        uint256 id = answered();
        uint256 from = START + HOLD;
        vm.warp(from - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IConsentMarket.ConsentMarket_NotPayableYet.selector, id, from, from - 1)
        );
        market.payRequest(id);
    }

    /// when the grant does not stand any more, or was revoked and given again: it should revert
    function test_RevertWhen_TheGrantDoesNotStand() external {
        uint256 id = answered();
        revoke();
        vm.warp(START + HOLD);
        expectMissing(id);
        market.payRequest(id);
    }

    /// when the grant does not stand any more, or was revoked and given again: it should revert
    function test_RevertWhen_TheGrantWasRevokedAndGivenAgain() external {
        uint256 id = answered();
        revoke();
        grant(GRANT_UNTIL + 1);
        vm.warp(START + HOLD);
        expectMissing(id);
        market.payRequest(id);
    }

    /// when the grant has stood
    /// - it should credit proceeds and fee
    /// - it should emit RequestPaid
    /// when the request is not answered: it should revert
    function test_ItPaysWhenTheGrantHasStood() external {
        uint256 id = answered();
        vm.warp(START + HOLD);
        uint256 fee = uint256(PRICE) * FEE_BPS / 10_000;
        vm.expectEmit(address(market));
        emit IConsentMarket.RequestPaid(id, owner, PRICE - fee, fee, treasury);
        vm.prank(stranger);
        market.payRequest(id);
        assertPaid(id);
        expectNotIn(id, RequestStatus.Answered);
        market.payRequest(id);
    }

    /// when the grant has run out meanwhile, as agreed: it should pay all the same
    /// refundRequest, when it is answered and the grant stands: it should revert
    function test_ItPaysWhenTheGrantHasRunOut() external {
        uint256 id = answered();
        vm.warp(GRANT_UNTIL + 1_000 days);
        assertTrue(!datasets.isGranted(escrow, STUDY, owner), "run out");
        vm.expectRevert(abi.encodeWithSelector(IConsentMarket.ConsentMarket_ConsentStands.selector, id));
        market.refundRequest(id);
        market.payRequest(id);
        assertPaid(id);
    }

    /// when the grant has stood: it should credit proceeds and fee
    function test_AProlongedGrantStands() external {
        uint256 id = answered();
        grant(GRANT_UNTIL + 1);
        vm.warp(START + HOLD);
        market.payRequest(id);
        assertPaid(id);
    }
}
