// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ConsentMarket} from "../../../src/ConsentMarket.sol";
import {IConsentMarket} from "../../../src/interfaces/IConsentMarket.sol";
import {IDatasetRegistry} from "../../../src/interfaces/IDatasetRegistry.sol";
import {IMarketFunds} from "../../../src/interfaces/IMarketFunds.sol";
import {IProtocolParameters} from "../../../src/interfaces/IProtocolParameters.sol";
import {ConsentRequest, ConsentTerms, RequestStatus} from "../../../src/types/Consent.sol";
import {Purpose} from "../../../src/types/Dataset.sol";
import {ConsentMarketFixture} from "../../utils/ConsentMarketFixture.sol";

contract RequestConsentTest is ConsentMarketFixture {
    function test_RevertWhen_TheConstructorsAddressesAreRefused() external {
        vm.expectRevert(abi.encodeWithSelector(IMarketFunds.Market_TokenInvalid.selector, stranger));
        new ConsentMarket(IERC20(stranger), datasets, parameters);
        vm.expectRevert(IMarketFunds.Market_AddressZero.selector);
        new ConsentMarket(token, datasets, IProtocolParameters(address(0)));
        vm.expectRevert(IMarketFunds.Market_AddressZero.selector);
        new ConsentMarket(token, IDatasetRegistry(address(0)), parameters);
    }

    function test_ItKeepsTheAddresses() external view {
        assertEq(address(market.token()), address(token), "token");
        assertEq(address(market.datasets()), address(datasets), "datasets");
        assertEq(address(market.parameters()), address(parameters), "parameters");
    }

    function test_RevertWhen_TheEscrowIsZero() external {
        ConsentTerms memory it = terms();
        it.escrow = address(0);
        _expect(abi.encodeWithSelector(IMarketFunds.Market_AddressZero.selector), it);
    }

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

    function test_RevertWhen_TheRequesterOwnsTheDataset() external {
        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(IConsentMarket.ConsentMarket_OwnDataset.selector, dataset));
        market.requestConsent(terms());
    }

    function test_RevertWhen_TheOwnerAsksNothing() external {
        ConsentTerms memory it = terms();
        it.dataset = listDataset(0);
        _expect(abi.encodeWithSelector(IMarketFunds.Market_AmountZero.selector), it);
    }

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

    function test_ItFixesPriceAndFee() external {
        uint256 id = ask();
        vm.prank(owner);
        datasets.update(dataset, keccak256("another"), "ipfs://other", 5 * PRICE);
        parameters.setSaleFee(1_000);
        grant();
        market.answerRequest(id);
        assertPaid(id);
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
