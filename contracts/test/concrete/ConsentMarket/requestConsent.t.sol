// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ConsentMarket} from "../../../src/ConsentMarket.sol";
import {IConsentMarket} from "../../../src/interfaces/IConsentMarket.sol";
import {IMarketFunds} from "../../../src/interfaces/IMarketFunds.sol";
import {ConsentRequest, ConsentTerms, RequestStatus} from "../../../src/types/Consent.sol";
import {Purpose} from "../../../src/types/Dataset.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ConsentMarketFixture} from "../../utils/ConsentMarketFixture.sol";

contract RequestConsentTest is ConsentMarketFixture {
    /// when the escrow is the zero address: it should revert
    function test_RevertWhen_TheEscrowIsZero() external {
        ConsentTerms memory it = terms();
        it.escrow = address(0);
        _expect(abi.encodeWithSelector(IMarketFunds.Market_AddressZero.selector), it);
    }

    /// when the times make no sense: it should revert
    function test_RevertWhen_TheTimesMakeNoSense() external {
        ConsentTerms memory it = terms();
        it.answerBy = uint64(START);
        _expectTimes(it);
        it.answerBy = uint64(START + 90 days + 1);
        _expectTimes(it);
        it = terms();
        it.minUntil = ANSWER_BY - 1;
        _expectTimes(it);
        it.minUntil = uint64(1) << 40;
        _expectTimes(it);
        it = heldTerms();
        it.minUntil = ANSWER_BY + HOLD - 1;
        _expectTimes(it);
        it.holdFor = 90 days + 1;
        it.minUntil = ANSWER_BY + 91 days;
        _expectTimes(it);
        it.holdFor = type(uint32).max;
        it.answerBy = type(uint64).max;
        _expectTimes(it);
    }

    /// when there is no such dataset, or it is erased: it should revert
    function test_RevertWhen_ThereIsNoSuchDataset() external {
        ConsentTerms memory it = terms();
        it.dataset = dataset + 1;
        _expect(abi.encodeWithSelector(IConsentMarket.ConsentMarket_DatasetUnknown.selector, dataset + 1), it);
        vm.prank(owner);
        datasets.erase(dataset, keccak256("salted receipt"), new Purpose[](0));
        _expect(
            abi.encodeWithSelector(IConsentMarket.ConsentMarket_DatasetUnknown.selector, dataset), terms()
        );
    }

    /// when the requester owns the dataset: it should revert
    function test_RevertWhen_TheRequesterOwnsTheDataset() external {
        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(IConsentMarket.ConsentMarket_OwnDataset.selector, dataset));
        market.requestConsent(terms());
    }

    /// when the owner asks nothing: it should revert
    function test_RevertWhen_TheOwnerAsksNothing() external {
        ConsentTerms memory it = terms();
        it.dataset = listDataset(0);
        _expect(abi.encodeWithSelector(IMarketFunds.Market_AmountZero.selector), it);
    }

    /// when the owner asks more than the requester is ready to pay: it should revert
    function test_RevertWhen_TheOwnerAsksMoreThanTheRequesterPays() external {
        ConsentTerms memory it = terms();
        it.maxPrice = PRICE - 1;
        _expect(
            abi.encodeWithSelector(
                IConsentMarket.ConsentMarket_AskingAboveMaximum.selector, dataset, PRICE, PRICE - 1
            ),
            it
        );
    }

    /// when the requester's earlier request for the same is open: it should revert
    function test_RevertWhen_AnEarlierRequestIsOpen() external {
        uint256 id = ask();
        _expect(abi.encodeWithSelector(IConsentMarket.ConsentMarket_RequestOpen.selector, id), terms());
        // Another study is another thing, and another requester pays for itself.
        ConsentTerms memory it = terms();
        it.study = keccak256("another study");
        ask(it);
        vm.prank(other);
        market.requestConsent(terms());
        assertHeld(3 * PRICE);
    }

    /// when what is asked for is granted already: it should revert
    function test_RevertWhen_ItIsGrantedAlready() external {
        grant();
        _expect(
            abi.encodeWithSelector(IConsentMarket.ConsentMarket_ConsentThere.selector, dataset, STUDY, owner),
            terms()
        );
        // Longer than what is granted may be asked for.
        ConsentTerms memory it = terms();
        it.minUntil = GRANT_UNTIL + 1;
        ask(it);
    }

    /// when everything fits
    /// - it should take the price
    /// - it should emit ConsentRequested
    /// request, when there is: it should show what was asked, and how it stands
    /// openRequest, when the requester's request for this is open: it should be its number
    function test_ItTakesThePrice() external {
        vm.expectEmit(address(market));
        emit IConsentMarket.ConsentRequested(
            1, dataset, owner, STUDY, escrow, requester, PRICE, GRANT_UNTIL, ANSWER_BY, HOLD
        );
        uint256 id = ask(heldTerms());
        assertEq(id, 1, "from 1");
        assertEq(market.requestCount(), 1, "count");
        assertEq(market.openRequest(requester, dataset, escrow, STUDY), id, "open");
        ConsentRequest memory it = market.request(id);
        assertStatus(id, RequestStatus.Asked);
        assertEq(it.owner, owner, "owner");
        assertEq(it.price, PRICE, "price");
        assertEq(token.balanceOf(requester), 19 * PRICE, "paid in");
        assertHeld(PRICE);
    }

    /// when everything fits: it should fix price, owner and fee rate
    function test_ItFixesPriceAndFee() external {
        uint256 id = ask();
        vm.prank(owner);
        datasets.update(dataset, keccak256("another"), "ipfs://other", 5 * PRICE);
        parameters.setSaleFee(1_000);
        grant();
        market.answerRequest(id);
        assertPaid(id);
    }

    /// when the token moves less than the price: it should revert
    function test_RevertWhen_TheTokenTakesAFee() external {
        HookedToken hooked = _hooked();
        hooked.takeFee(1);
        _expect(
            abi.encodeWithSelector(IMarketFunds.Market_FundingMismatch.selector, PRICE, PRICE - 1), terms()
        );
    }

    /// when the token calls back: it should refuse the inner call
    function test_RefusesToBeReentered() external {
        HookedToken hooked = _hooked();
        ConsentTerms memory inner = terms();
        inner.study = keccak256("another study");
        hooked.callOnTransfer(address(market), abi.encodeCall(IConsentMarket.requestConsent, (inner)));
        ask();
        assertTrue(hooked.calls() == 1 && !hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertEq(market.requestCount(), 1, "one request");
    }

    /// request, when there is no such request: it should be empty
    /// openRequest, when there is none, or it is paid or refunded: it should be zero
    function test_ThereIsNoRequestAtFirst() external view {
        ConsentRequest memory nothing;
        assertEq(abi.encode(market.request(1)), abi.encode(nothing), "request");
        assertEq(market.openRequest(requester, dataset, escrow, STUDY), 0, "open");
    }

    function _hooked() private returns (HookedToken hooked) {
        hooked = new HookedToken();
        market = new ConsentMarket(hooked, datasets, parameters);
        hooked.mint(requester, PRICE);
        hooked.approveFor(requester, address(market), PRICE);
    }

    function _expectTimes(ConsentTerms memory it) private {
        _expect(
            abi.encodeWithSelector(
                IConsentMarket.ConsentMarket_TermsInvalid.selector,
                START,
                it.answerBy,
                it.holdFor,
                it.minUntil
            ),
            it
        );
    }

    function _expect(bytes memory revertData, ConsentTerms memory it) private {
        vm.prank(requester);
        vm.expectRevert(revertData);
        market.requestConsent(it);
    }
}
