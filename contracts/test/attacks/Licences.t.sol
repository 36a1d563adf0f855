// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {License} from "../../src/License.sol";
import {ILicense} from "../../src/interfaces/ILicense.sol";
import {LicenceKind, LicenceStatus, OfferTerms} from "../../src/types/Licence.sol";
import {Holder} from "../mocks/Holder.sol";
import {LicenseFixture} from "../utils/LicenseFixture.sol";

/// What buyers, sellers and servers would do to each other, step by step, and where it ends.
contract LicenceAttacksTest is LicenseFixture {
    // ----------------------------------------------------------------------------------------------------- time

    /// A licence ends by itself, at the second it was paid for; nobody has to stop it, and nothing is charged.
    function test_LeasesThatRunOnUnpaid() external {
        uint256 id = buy(timed);
        uint256 before = balance(buyer);
        vm.warp(START + DURATION);
        assertTrue(!license.isLicensed(MODEL, buyer), "over");
        vm.warp(START + 100 * uint256(DURATION));
        assertTrue(!license.isLive(id, buyer), "still over");
        assertEq(balance(buyer), before, "nothing charged");
        // It goes on from when it is paid for again, not for the time between.
        vm.prank(buyer);
        license.renew(id, PRICE);
        assertEq(license.licence(id).expires, START + 101 * uint256(DURATION), "one duration for one price");
    }

    /// After the end nothing works: not by its number, not after a sale, not by a receipt.
    function test_ALicenceUsedAfterItExpired() external {
        (uint256 id, uint256 credits) = (buy(timed), buy(counted));
        bytes memory signature = signSpend(credits, 1);
        vm.warp(START + DURATION);
        vm.prank(buyer);
        license.select(id);
        assertTrue(!license.isLicensed(MODEL, buyer), "selecting does not revive it");
        expectExpired(id);
        send(id, stranger, 1);
        expectExpired(credits);
        license.spend(credits, 1, signature);
        expectExpired(credits);
        vm.prank(servingKey);
        license.serve(credits, 1);
    }

    /// A key delivered too late is refused by name, the refund is there for anybody to trigger, and what sellers and
    /// owners earned waits for ever.
    function test_ClaimsCancelledSilentlyWhenLate() external {
        buy(timed);
        uint256 id = buy(sealedFor);
        uint256 last = START + DELIVERY;
        vm.warp(last + 1);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_DeliveryOver.selector, id, last, last + 1));
        deliver(id);
        assertTrue(license.licence(id).status == LicenceStatus.AwaitingKey, "nothing happened silently");
        vm.warp(START + 3650 days);
        vm.prank(stranger);
        license.refund(id);
        assertEq(license.withdraw(researcher), TO_SELLER, "the seller's");
        assertEq(license.payOwners(MODEL), TO_OWNERS, "the owners'");
        assertHeld(0);
    }

    // -------------------------------------------------------------------------------------------------- refunds

    /// A contract that takes the key but will not be told so, to have its money back as well.
    function test_RefundGriefingByABuyerThatRefusesToBeCalled() external {
        Holder wallet = new Holder(buyer);
        fund(address(wallet), address(license), PRICE);
        vm.prank(address(wallet));
        uint256 id = license.buy(sealedFor, KEY, PRICE);
        wallet.refuse();
        deliver(id);
        assertTrue(license.isLive(id, address(wallet)), "delivered");
        vm.warp(START + DELIVERY + 1);
        expectStatusInvalid(id, LicenceStatus.Live);
        license.refund(id);
        assertEq(license.owed(researcher), TO_SELLER, "the seller has earned it");
    }

    /// The money goes back once, and a seller who comes after it finds the licence ended.
    function test_RefundTwiceOrRefundAndDelivery() external {
        (uint256 id,) = (buy(sealedFor), buy(sealedFor));
        vm.warp(START + DELIVERY + 1);
        license.refund(id);
        expectStatusInvalid(id, LicenceStatus.Refunded);
        license.refund(id);
        expectStatusInvalid(id, LicenceStatus.Refunded);
        deliver(id);
        expectStatusInvalid(id, LicenceStatus.Refunded);
        vm.prank(buyer);
        license.confirm(id);
        assertHeld(PRICE);
    }

    /// Sold on before the key is there, so that the buyer is refunded for what another holds.
    function test_ARefundForALicenceSoldOn() external {
        uint256 id = buy(sealedFor);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILicense.License_NotTransferable.selector, id, LicenceKind.Time, LicenceStatus.AwaitingKey
            )
        );
        send(id, stranger, 1);
    }

    // -------------------------------------------------------------------------------------------------- credits

    /// A receipt counts once; the same calls can't be charged again, nor credits be used here and sold there.
    function test_CreditsUsedTwice() external {
        uint256 id = buy(counted);
        bytes memory forty = signSpend(id, 40);
        bytes memory thirty = signSpend(id, 30);
        license.spend(id, 40, forty);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_CreditsBelowSpent.selector, id, 40, 40));
        license.spend(id, 40, forty);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_CreditsBelowSpent.selector, id, 30, 40));
        license.spend(id, 30, thirty);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILicense.License_NotTransferable.selector, id, LicenceKind.Credits, LicenceStatus.Live
            )
        );
        send(id, stranger, 60);
        assertEq(license.balanceOf(buyer, id), CREDITS - 40, "40 calls in all");
    }

    /// A receipt is for one licence of one contract on one chain.
    function test_AReceiptReplayedElsewhere() external {
        (uint256 one, uint256 two) = (buy(counted), buy(counted));
        bytes memory signature = signSpend(one, 5);
        _expectSignatureInvalid(license, two);
        license.spend(two, 5, signature);

        License other = new License(token, registry, parameters);
        token.approveFor(buyer, address(other), PRICE);
        vm.prank(researcher);
        other.makeOffer(creditTerms());
        vm.prank(buyer);
        other.buy(1, KEY, PRICE);
        _expectSignatureInvalid(other, 1);
        other.spend(1, 5, signature);

        vm.chainId(99);
        _expectSignatureInvalid(license, one);
        license.spend(one, 5, signature);
    }

    /// A server charges what the buyer did not agree to: only one whom the buyer accepted by buying may, within what
    /// was bought.
    function test_AnInvoiceNobodyAccepts() external {
        OfferTerms memory terms = creditTerms();
        terms.servingKey = address(0);
        uint64 offer = makeOffer(terms);
        uint256 id = buy(offer);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_ServingKeyFixed.selector, offer, address(0)));
        vm.prank(researcher);
        license.setServingKey(offer, servingKey);
        vm.expectRevert(
            abi.encodeWithSelector(ILicense.License_NotServingKey.selector, id, servingKey, address(0))
        );
        vm.prank(servingKey);
        license.serve(id, 1);
        uint256 accepted = buy(counted);
        vm.expectRevert(
            abi.encodeWithSelector(ILicense.License_CreditsExceeded.selector, accepted, CREDITS + 1, CREDITS)
        );
        vm.prank(servingKey);
        license.serve(accepted, CREDITS + 1);
    }

    // ------------------------------------------------------------------------------------------------ purchases

    /// The answer was lost; the client buys again with the key it made, and does not pay twice.
    function test_DoublePaymentWhenAPurchaseIsRepeated() external {
        vm.prank(buyer);
        uint256 id = license.buy(timed, KEY, PRICE);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_KeyUsed.selector, KEY, id));
        vm.prank(buyer);
        license.buy(timed, KEY, PRICE);
        assertEq(license.licenceByKey(buyer, KEY), id, "which it was");
        assertEq(balance(buyer), 1_000_000 - PRICE, "paid once");
    }

    /// The price is raised while the purchase is on its way.
    function test_AFrontRunPrice() external {
        vm.prank(researcher);
        license.setPrice(timed, 2 * PRICE);
        vm.expectRevert(
            abi.encodeWithSelector(ILicense.License_PriceAboveMaximum.selector, timed, 2 * PRICE, PRICE)
        );
        buy(timed);
    }

    /// Who sells a model leaves an offer behind, and buys by it for next to nothing.
    function test_AFormerOwnersOffer() external {
        OfferTerms memory terms = timeTerms();
        (terms.price, terms.duration) = (1, license.MAX_DURATION());
        uint64 cheap = makeOffer(terms);
        uint256 before = buy(cheap);
        sellModel(stranger);
        expectStale(cheap);
        buy(cheap);
        expectStale(cheap);
        vm.prank(buyer);
        license.renew(before, PRICE);
    }

    /// Units that displace the receiver's own licence: none at all, or one that ends sooner.
    function test_APoisonedGift() external {
        uint256 own = _boughtBy(stranger, timed);
        vm.warp(START + 1);
        uint256 other = buy(timed); // ends a second later
        send(other, stranger, 0);
        assertEq(license.licenceOf(MODEL, stranger), own, "nothing came");
        vm.prank(stranger);
        license.renew(own, PRICE);
        send(other, stranger, 1);
        assertEq(license.licenceOf(MODEL, stranger), own, "its own lasts longer");
        vm.warp(START + DURATION + 10);
        assertTrue(license.isLicensed(MODEL, stranger), "and serves on");
    }

    function _boughtBy(address account, uint64 offer) private returns (uint256) {
        fund(account, address(license), 2 * PRICE);
        vm.prank(account);
        return license.buy(offer, KEY, PRICE);
    }

    function _expectSignatureInvalid(License of_, uint256 id) private {
        vm.expectRevert(
            abi.encodeWithSelector(ILicense.License_SignatureInvalid.selector, buyer, of_.spendDigest(id, 5))
        );
    }
}
