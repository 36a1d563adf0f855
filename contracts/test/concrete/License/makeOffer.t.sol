// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ILicense} from "../../../src/interfaces/ILicense.sol";
import {LicenceKind, Offer, OfferTerms} from "../../../src/types/Licence.sol";
import {LicenseFixture} from "../../utils/LicenseFixture.sol";

contract MakeOfferTest is LicenseFixture {
    /// when the caller does not own the model, or there is no such model: it should revert
    function test_RevertsWhenTheCallerDoesNotOwnTheModel() external {
        OfferTerms memory terms = timeTerms();
        _expectNotOwner(stranger, researcher);
        vm.prank(stranger);
        license.makeOffer(terms);
        terms.model = 1;
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 1));
        license.makeOffer(terms);
    }

    /// when there is no kind, no price, too long a duration or delivery: it should revert
    /// when a licence by time has no duration, or has credits: it should revert
    /// when a licence by the call has no credits: it should revert
    function test_RevertsWhenTheTermsAreWrong() external {
        OfferTerms memory terms = timeTerms();
        terms.kind = LicenceKind.None;
        _refused(terms, abi.encodeWithSelector(ILicense.License_KindInvalid.selector, LicenceKind.None));
        terms = timeTerms();
        terms.price = 0;
        _refused(terms, abi.encodeWithSelector(ILicense.License_PriceZero.selector));
        terms = timeTerms();
        terms.deliverWithin = 90 days + 1;
        _refused(
            terms, abi.encodeWithSelector(ILicense.License_DeliveryTooLong.selector, 90 days + 1, 90 days)
        );
        terms = creditTerms();
        terms.duration = 3650 days + 1;
        _refused(terms, _durationInvalid(LicenceKind.Credits, 3650 days + 1));
        terms = timeTerms();
        terms.duration = 0;
        _refused(terms, _durationInvalid(LicenceKind.Time, 0));
        terms = timeTerms();
        terms.credits = 1;
        _refused(terms, abi.encodeWithSelector(ILicense.License_CreditsInvalid.selector, LicenceKind.Time, 1));
        terms = creditTerms();
        terms.credits = 0;
        _refused(
            terms, abi.encodeWithSelector(ILicense.License_CreditsInvalid.selector, LicenceKind.Credits, 0)
        );
    }

    /// when the terms are right
    /// - it should number it from 1 and keep the terms
    /// - it should emit OfferMade
    /// offer, when there is no such offer: it should be empty
    /// offer, when there is: it should show its terms and its seller
    function test_NumbersAndKeepsTheTerms() external {
        assertEq(timed, 1, "the first");
        OfferTerms memory terms = creditTerms();
        (terms.duration, terms.credits) = (0, type(uint64).max);
        vm.expectEmit(address(license));
        emit ILicense.OfferMade(
            4, MODEL, researcher, LicenceKind.Credits, PRICE, 0, type(uint64).max, 0, servingKey
        );
        uint64 id = makeOffer(terms);
        Offer memory kept = license.offer(id);
        assertEq(abi.encode(kept.terms), abi.encode(terms), "terms");
        assertEq(kept.seller, researcher, "seller");
        assertTrue(license.offer(5).terms.kind == LicenceKind.None, "no other");
    }

    function _refused(OfferTerms memory terms, bytes memory reason) private {
        vm.expectRevert(reason);
        makeOffer(terms);
    }

    function _durationInvalid(LicenceKind kind, uint64 duration) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(
                ILicense.License_DurationInvalid.selector, kind, duration, uint64(3650 days)
            );
    }

    function _expectNotOwner(address caller, address owner) private {
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_NotModelOwner.selector, MODEL, caller, owner));
    }
}
