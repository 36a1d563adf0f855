// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ConsentMarket} from "../../src/ConsentMarket.sol";
import {IConsentMarket} from "../../src/interfaces/IConsentMarket.sol";
import {IMarketFunds} from "../../src/interfaces/IMarketFunds.sol";
import {ConsentTerms, RequestStatus} from "../../src/types/Consent.sol";
import {HookedToken} from "../mocks/HookedToken.sol";
import {ConsentMarketFixture} from "../utils/ConsentMarketFixture.sol";

/// What owners, requesters and relayers would try, and the traps that other systems fell into.
contract ConsentMarketAttacksTest is ConsentMarketFixture {
    /// "Proof emitted but never verified": whoever says that consent was given, the registry is asked.
    function test_Trap_AnAnswerThatIsNeverVerified() external {
        uint256 id = ask();
        vm.prank(owner);
        expectMissing(id);
        market.answerRequest(id);
        // Another escrow's grant for the same study, and the same escrow's for another.
        _grantFor(stranger, STUDY);
        _grantFor(escrow, keccak256("another study"));
        expectMissing(id);
        market.answerRequest(id);
    }

    /// "Claims cancelled silently when late": a late answer says so; what was earned in time waits for ever.
    function test_Trap_AnAnswerThatIsLate() external {
        uint256 earned = answered();
        vm.warp(GRANT_UNTIL + 3_650 days);
        market.payRequest(earned);
        assertTrue(market.credit(owner) > 0, "after ten years");

        ConsentTerms memory it = terms();
        it.study = keccak256("another study");
        (it.answerBy, it.minUntil) = (uint64(block.timestamp + 1), uint64(block.timestamp + 1 days));
        uint256 id = ask(it);
        vm.warp(it.answerBy + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IConsentMarket.ConsentMarket_AnswerLate.selector, id, it.answerBy, it.answerBy + 1
            )
        );
        market.answerRequest(id);
    }

    /// "An invoice nobody accepts": the payment of a request that nobody answers comes back, and can be made anew.
    function test_Trap_ARequestThatNobodyAnswers() external {
        uint256 id = ask();
        vm.warp(ANSWER_BY + 1);
        vm.prank(stranger);
        market.refundRequest(id);
        assertRefunded(id);
        ConsentTerms memory it = terms();
        it.answerBy = uint64(block.timestamp + 1 days);
        assertEq(ask(it), id + 1, "asked anew");
    }

    /// "Double payment when a timeout is answered by a fresh request": a requester whose client lost the answer tries
    /// again: refused while the first is open, and when the grant is there. The deadline's refund and an answer race:
    /// one of them finds nothing.
    function test_Trap_ASecondPaymentForOneRequest() external {
        uint256 id = ask();
        vm.prank(requester);
        vm.expectRevert(abi.encodeWithSelector(IConsentMarket.ConsentMarket_RequestOpen.selector, id));
        market.requestConsent(terms());
        grant();
        market.answerRequest(id);
        vm.prank(requester);
        vm.expectRevert(
            abi.encodeWithSelector(IConsentMarket.ConsentMarket_ConsentThere.selector, dataset, STUDY, owner)
        );
        market.requestConsent(terms());
        assertPaid(id);
        assertEq(token.balanceOf(requester), 19 * PRICE, "paid once");
    }

    function test_Trap_ATimeoutAndAnAnswerRace() external {
        uint256 id = ask();
        (uint64 nonce, bytes memory signature) = signGrant(GRANT_UNTIL);
        vm.warp(ANSWER_BY + 1);
        market.refundRequest(id);
        expectNotIn(id, RequestStatus.Asked);
        market.answerWithGrant(id, GRANT_UNTIL, nonce, signature);
        assertRefunded(id);
        assertTrue(!datasets.isGranted(escrow, STUDY, owner), "and no consent was given unpaid");
    }

    /// "Leases that run on unpaid", the other way round: the owner takes the money for a consent and revokes it. Where the
    /// requester asked that it stand for a time, it is not paid.
    function test_Trap_AGrantRevokedAsSoonAsItIsAnswered() external {
        uint256 id = ask(heldTerms());
        (uint64 nonce, bytes memory signature) = signGrant(GRANT_UNTIL);
        market.answerWithGrant(id, GRANT_UNTIL, nonce, signature);
        revoke();
        vm.warp(START + HOLD);
        vm.prank(owner);
        expectMissing(id);
        market.payRequest(id);
        market.refundRequest(id);
        assertRefunded(id);
    }

    /// The owner takes its consent back, which strikes it off the study's roster, and gives it anew in the same transaction:
    /// nobody has the time to ask for the refund in between. That consent is not the one that was paid for.
    function test_Trap_AGrantRevokedAndGivenAgain() external {
        uint256 id = answered();
        revoke();
        grant();
        vm.warp(START + HOLD);
        expectMissing(id);
        market.payRequest(id);
        market.refundRequest(id);
        assertRefunded(id);
        // The new one answers a new request.
        ConsentTerms memory it = heldTerms();
        (it.answerBy, it.minUntil) = (uint64(block.timestamp + 1 days), GRANT_UNTIL + 1);
        id = ask(it);
        grant(GRANT_UNTIL + 1);
        market.answerRequest(id);
        vm.warp(block.timestamp + HOLD);
        market.payRequest(id);
        assertStatus(id, RequestStatus.Paid);
    }

    /// "Proofs not bound to their pool": an owner's signed grant is for one study; it answers no request for another,
    /// nor twice after a revocation.
    function test_Trap_AGrantReplayed() external {
        (uint64 nonce, bytes memory signature) = signGrant(GRANT_UNTIL);
        uint256 first = ask();
        ConsentTerms memory it = terms();
        it.study = keccak256("another study");
        uint256 second = ask(it);
        expectMissing(second);
        market.answerWithGrant(second, GRANT_UNTIL, nonce, signature);
        market.answerWithGrant(first, GRANT_UNTIL, nonce, signature);
        assertEq(market.credit(owner), PRICE - uint256(PRICE) * FEE_BPS / 10_000, "once");

        revoke();
        uint256 third = ask();
        expectMissing(third);
        market.answerWithGrant(third, GRANT_UNTIL, nonce, signature);
    }

    /// The dataset changes hands after it was paid for: its new owner's grant is another's word, and is not paid.
    function test_ADatasetSoldWhileARequestIsOpen() external {
        uint256 id = ask();
        uint256 heirKey = uint256(keccak256("heir"));
        address heir = vm.addr(heirKey);
        vm.prank(owner);
        datasets.transferFrom(owner, heir, dataset);
        bytes32 digest = datasets.consentDigest(heir, dataset, escrow, STUDY, GRANT_UNTIL, 0);
        bytes memory signature = ecdsa(heirKey, digest);
        expectMissing(id);
        market.answerWithGrant(id, GRANT_UNTIL, 0, signature);
        vm.warp(ANSWER_BY + 1);
        market.refundRequest(id);
        assertRefunded(id);
    }

    /// The owner raises its price when it sees the request coming.
    function test_APriceRaisedAheadOfTheRequest() external {
        vm.prank(owner);
        datasets.update(dataset, keccak256("salted description"), "ipfs://sealed", PRICE + 1);
        vm.prank(requester);
        vm.expectRevert(
            abi.encodeWithSelector(
                IConsentMarket.ConsentMarket_AskingAboveMaximum.selector, dataset, PRICE + 1, PRICE
            )
        );
        market.requestConsent(terms());
    }

    /// Somebody opens a request on impossible terms to keep others from asking: they are not in each other's way.
    function test_ARequestThatNobodyCanAnswerBlocksNobody() external {
        ConsentTerms memory it = terms();
        it.minUntil = type(uint40).max;
        vm.prank(other);
        market.requestConsent(it);
        uint256 id = ask();
        grant();
        market.answerRequest(id);
        assertStatus(id, RequestStatus.Paid);
    }

    function test_ATokenThatTakesFees() external {
        HookedToken cheat = _cheatMarket();
        cheat.takeFee(1);
        vm.prank(requester);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketFunds.Market_FundingMismatch.selector, PRICE, PRICE - 1)
        );
        market.requestConsent(terms());
    }

    function test_ATokenThatCallsBack() external {
        HookedToken cheat = _cheatMarket();
        bytes[5] memory calls = [
            abi.encodeCall(market.withdraw, (requester)),
            abi.encodeCall(market.requestConsent, (terms())),
            abi.encodeCall(market.answerRequest, (1)),
            abi.encodeCall(market.payRequest, (1)),
            abi.encodeCall(market.refundRequest, (1))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            cheat.callOnTransfer(address(market), calls[i]);
            ConsentTerms memory it = terms();
            it.study = bytes32(i + 1);
            ask(it);
            assertTrue(!cheat.succeeded(), "in vain");
            assertEq(
                cheat.returned(),
                abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
                "guarded"
            );
        }
        assertEq(market.requestCount(), calls.length, "one for each payment");
    }

    function _cheatMarket() private returns (HookedToken cheat) {
        cheat = new HookedToken();
        cheat.mint(requester, 10 * PRICE);
        market = new ConsentMarket(cheat, datasets, parameters);
        vm.prank(requester);
        cheat.approve(address(market), type(uint256).max);
    }

    function _grantFor(address escrow_, bytes32 study) private {
        bytes32 digest = datasets.consentDigest(owner, dataset, escrow_, study, GRANT_UNTIL, 0);
        datasets.grant(dataset, escrow_, study, GRANT_UNTIL, 0, ecdsa(ownerKey, digest));
    }
}
