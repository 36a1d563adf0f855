// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ILicense} from "../../../src/interfaces/ILicense.sol";
import {OfferTerms} from "../../../src/types/Licence.sol";
import {LicenseFixture} from "../../utils/LicenseFixture.sol";

contract LicenseOffersTest is LicenseFixture {
    /// setPrice, when there is no such offer: it should revert
    /// closeOffer, when there is no such offer: it should revert
    /// setServingKey, when there is no such offer: it should revert
    function test_ChangesRevertWhenThereIsNoSuchOffer() external {
        bytes memory reason = abi.encodeWithSelector(ILicense.License_OfferUnknown.selector, 9);
        vm.expectRevert(reason);
        license.setPrice(9, 1);
        vm.expectRevert(reason);
        license.closeOffer(9);
        vm.expectRevert(reason);
        license.setServingKey(9, stranger);
    }

    /// setPrice, when the caller does not own the model now: it should revert
    /// closeOffer, when the caller does not own the model now: it should revert
    /// setServingKey, when the caller does not own the model now: it should revert
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

    /// setPrice, when the price is zero: it should revert
    function test_SetPriceRevertsWhenItIsZero() external {
        vm.expectRevert(ILicense.License_PriceZero.selector);
        vm.prank(researcher);
        license.setPrice(timed, 0);
    }

    /// setPrice, when the model's owner calls
    /// - it should set the price and open the offer in the caller's name, also a closed one or a former owner's
    /// - it should emit OfferPriced
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

    /// closeOffer, when it is closed: it should revert
    function test_CloseOfferRevertsWhenItIsClosed() external {
        vm.prank(researcher);
        license.closeOffer(timed);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_OfferClosed.selector, timed));
        vm.prank(researcher);
        license.closeOffer(timed);
    }

    /// closeOffer, when the model's owner calls
    /// - it should end the offer and leave licences
    /// - it should emit OfferClosed
    /// buy, when there is no such offer, or it is closed: it should revert
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

    /// setServingKey, when there is none, or there would be none: it should revert
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

    /// setServingKey, when the model's owner calls
    /// - it should replace the key, also for licences sold
    /// - it should emit ServingKeySet
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

    function _expectNotOwner(address caller, address owner) private {
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_NotModelOwner.selector, MODEL, caller, owner));
    }
}
