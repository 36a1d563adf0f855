// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IConsentMarket} from "../../../src/interfaces/IConsentMarket.sol";
import {ConsentMarketFixture} from "../../utils/ConsentMarketFixture.sol";

contract AnswerWithGrantTest is ConsentMarketFixture {
    /// when the signature is not the owner's: it should revert
    function test_RevertWhen_TheSignatureIsNotTheOwners() external {
        uint256 id = ask();
        (uint64 nonce,) = signGrant(GRANT_UNTIL);
        expectMissing(id);
        market.answerWithGrant(id, GRANT_UNTIL, nonce, new bytes(65));
    }

    /// when somebody submitted the grant before: it should answer all the same
    function test_ItAnswersWhatWasSubmittedBefore() external {
        uint256 id = ask();
        (uint64 nonce, bytes memory signature) = signGrant(GRANT_UNTIL);
        datasets.grant(dataset, escrow, STUDY, GRANT_UNTIL, nonce, signature);
        market.answerWithGrant(id, GRANT_UNTIL, nonce, signature);
        assertPaid(id);
    }

    /// when the signature is good: it should grant and answer in one transaction
    function test_ItGrantsAndAnswersInOne() external {
        uint256 id = ask();
        (uint64 nonce, bytes memory signature) = signGrant(GRANT_UNTIL);
        vm.prank(stranger);
        market.answerWithGrant(id, GRANT_UNTIL, nonce, signature);
        assertTrue(datasets.isGranted(escrow, STUDY, owner), "granted");
        assertPaid(id);
    }

    /// when answerRequest would revert: it should revert
    function test_RevertWhen_TheRequestCannotBeAnswered() external {
        uint256 id = ask();
        (uint64 nonce, bytes memory signature) = signGrant(GRANT_UNTIL);
        vm.warp(ANSWER_BY + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IConsentMarket.ConsentMarket_AnswerLate.selector, id, ANSWER_BY, ANSWER_BY + 1
            )
        );
        market.answerWithGrant(id, GRANT_UNTIL, nonce, signature);
        assertTrue(!datasets.isGranted(escrow, STUDY, owner), "nor is it granted");
    }
}
