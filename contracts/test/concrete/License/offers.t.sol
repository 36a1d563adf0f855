// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {License} from "../../../src/License.sol";
import {ILicense} from "../../../src/interfaces/ILicense.sol";
import {IModelRegistry} from "../../../src/interfaces/IModelRegistry.sol";
import {IProtocolParameters} from "../../../src/interfaces/IProtocolParameters.sol";
import {LicenceKind, Offer, OfferTerms} from "../../../src/types/Licence.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {LicenseFixture} from "../../utils/LicenseFixture.sol";

contract LicenseOffersTest is LicenseFixture {
    // -------------------------------------------------------------------------------------------- constructor

    function test_ConstructorRefusesWhatDoesNotFit() external {
        HookedToken other = new HookedToken();
        _expectSetupInvalid(address(other), address(registry), address(parameters));
        new License(other, registry, parameters);
        _expectSetupInvalid(address(token), stranger, address(parameters));
        new License(token, IModelRegistry(stranger), parameters);
        _expectSetupInvalid(address(token), address(registry), stranger);
        new License(token, registry, IProtocolParameters(stranger));
    }

    function test_ConstructorKeepsWhatFits() external view {
        assertEq(address(license.token()), address(token), "token");
        assertEq(address(license.models()), address(registry), "models");
        assertEq(address(license.parameters()), address(parameters), "parameters");
    }

    // ---------------------------------------------------------------------------------------------- makeOffer

    function test_MakeOfferRevertsWhenTheCallerDoesNotOwnTheModel() external {
        OfferTerms memory terms = timeTerms();
        _expectNotOwner(stranger, researcher);
        vm.prank(stranger);
        license.makeOffer(terms);
        terms.model = 1;
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 1));
        license.makeOffer(terms);
    }

    function test_MakeOfferRevertsWhenTheTermsAreWrong() external {
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

    function test_MakeOfferNumbersAndKeepsTheTerms() external {
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

    // ------------------------------------------------------------------------------------------------ changes

    function test_ChangesRevertWhenThereIsNoSuchOffer() external {
        bytes memory reason = abi.encodeWithSelector(ILicense.License_OfferUnknown.selector, 9);
        vm.expectRevert(reason);
        license.setPrice(9, 1);
        vm.expectRevert(reason);
        license.closeOffer(9);
        vm.expectRevert(reason);
        license.setServingKey(9, stranger);
    }

    function test_ChangesRevertWhenTheCallerDoesNotOwnTheModelNow() external {
        sellModel(stranger);
        _expectNotOwner(researcher, stranger);
        vm.prank(researcher);
        license.setPrice(timed, 1);
        _expectNotOwner(researcher, stranger);
        vm.prank(researcher);
        license.closeOffer(timed);
        _expectNotOwner(researcher, stranger);
        vm.prank(researcher);
        license.setServingKey(timed, researcher);
    }

    function test_SetPriceRevertsWhenItIsZero() external {
        vm.expectRevert(ILicense.License_PriceZero.selector);
        vm.prank(researcher);
        license.setPrice(timed, 0);
    }

    function test_SetPriceOpensInTheCallersName() external {
        vm.expectEmit(address(license));
        emit ILicense.OfferPriced(timed, researcher, 7);
        vm.prank(researcher);
        license.setPrice(timed, 7);
        assertEq(license.offer(timed).terms.price, 7, "price");

        vm.prank(researcher);
        license.closeOffer(timed);
        vm.prank(researcher);
        license.setPrice(timed, 8);
        assertEq(license.offer(timed).seller, researcher, "open again");

        sellModel(stranger);
        expectStale(timed);
        buy(timed);
        vm.prank(stranger);
        license.setPrice(timed, 9);
        uint256 id = buy(timed);
        assertEq(license.licence(id).seller, stranger, "the new owner sells");
        assertEq(license.owed(researcher), 0, "and the old one does not");
    }

    function test_CloseOfferRevertsWhenItIsClosed() external {
        vm.prank(researcher);
        license.closeOffer(timed);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_OfferClosed.selector, timed));
        vm.prank(researcher);
        license.closeOffer(timed);
    }

    function test_CloseOfferEndsTheOfferAndLeavesLicences() external {
        uint256 id = buy(timed);
        vm.expectEmit(address(license));
        emit ILicense.OfferClosed(timed);
        vm.prank(researcher);
        license.closeOffer(timed);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_OfferClosed.selector, timed));
        buy(timed);
        assertTrue(license.isLive(id, buyer), "the licence stays");
    }

    function test_SetServingKeyRevertsFromAndToNone() external {
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_ServingKeyFixed.selector, timed, servingKey));
        vm.prank(researcher);
        license.setServingKey(timed, address(0));
        OfferTerms memory terms = creditTerms();
        terms.servingKey = address(0);
        uint64 id = makeOffer(terms);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_ServingKeyFixed.selector, id, address(0)));
        vm.prank(researcher);
        license.setServingKey(id, servingKey);
    }

    function test_SetServingKeyReplacesItAlsoForLicencesSold() external {
        uint256 id = buy(counted);
        vm.expectEmit(address(license));
        emit ILicense.ServingKeySet(counted, stranger);
        vm.prank(researcher);
        license.setServingKey(counted, stranger);
        vm.expectRevert(
            abi.encodeWithSelector(ILicense.License_NotServingKey.selector, id, servingKey, stranger)
        );
        vm.prank(servingKey);
        license.serve(id, 1);
        vm.prank(stranger);
        license.serve(id, 1);
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

    function _expectSetupInvalid(address token_, address models, address parameters_) private {
        vm.expectRevert(
            abi.encodeWithSelector(ILicense.License_SetupInvalid.selector, token_, models, parameters_)
        );
    }
}
