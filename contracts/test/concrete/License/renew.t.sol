// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ILicense} from "../../../src/interfaces/ILicense.sol";
import {LicenceKind, LicenceStatus} from "../../../src/types/Licence.sol";
import {LicenseFixture} from "../../utils/LicenseFixture.sol";

contract RenewTest is LicenseFixture {
    uint256 private id;
    uint64 private expires;

    function setUp() public override {
        super.setUp();
        id = buy(timed);
        expires = license.licence(id).expires;
    }

    /// when the licence is not in force, nor was: it should revert
    function test_RevertsWhenItWasNeverInForce() external {
        uint256 awaiting = buy(sealedFor);
        expectStatusInvalid(awaiting, LicenceStatus.AwaitingKey);
        _renew(awaiting);
        expectStatusInvalid(99, LicenceStatus.None);
        _renew(99);
    }

    /// when it is one by the call: it should revert
    function test_RevertsForCredits() external {
        uint256 credits = buy(counted);
        vm.expectRevert(
            abi.encodeWithSelector(ILicense.License_KindMismatch.selector, credits, LicenceKind.Credits)
        );
        _renew(credits);
    }

    /// when its offer is closed, stale or above the maximum: it should revert
    function test_RevertsWhenTheOfferDoesNotHold() external {
        vm.prank(researcher);
        license.setPrice(timed, PRICE + 1);
        vm.expectRevert(
            abi.encodeWithSelector(ILicense.License_PriceAboveMaximum.selector, timed, PRICE + 1, PRICE)
        );
        _renew(id);
        vm.prank(researcher);
        license.closeOffer(timed);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_OfferClosed.selector, timed));
        _renew(id);
        vm.prank(researcher);
        license.setPrice(timed, PRICE);
        sellModel(stranger);
        expectStale(timed);
        _renew(id);
    }

    /// when somebody pays
    /// - it should add the duration to its end
    /// - it should emit LicenceRenewed
    function test_AddsTheDurationToItsEnd() external {
        vm.warp(START + 1 days);
        vm.expectEmit(address(license));
        emit ILicense.LicenceRenewed(id, buyer, PRICE, expires + DURATION);
        _renew(id);
        assertEq(license.licence(id).expires, expires + DURATION, "end");
        assertEq(license.owed(researcher), 2 * TO_SELLER, "earned twice");
        assertEq(license.ownersDue(MODEL), 2 * TO_OWNERS, "owners");
        assertHeld(0);
    }

    /// when somebody pays: it should begin again now if it has ended
    function test_BeginsAgainNowIfItHasEnded() external {
        vm.warp(expires + 5 days);
        assertTrue(!license.isLive(id, buyer), "ended");
        _renew(id);
        assertEq(license.licence(id).expires, expires + 5 days + DURATION, "from now");
        assertTrue(license.isLicensed(MODEL, buyer), "licensed again");
    }

    /// when somebody pays: it should divide the price by today's fee
    function test_DividesByTodaysFee() external {
        vm.prank(governor);
        parameters.setSaleFee(1000);
        uint256 before = balance(treasury);
        _renew(id);
        assertEq(balance(treasury) - before, 100, "a tenth");
    }

    /// when somebody pays: it should add the duration to its end
    function test_AnybodyMayPay() external {
        fund(stranger, address(license), PRICE);
        vm.prank(stranger);
        license.renew(id, PRICE);
        assertEq(balance(stranger), 0, "paid by another");
        assertEq(license.balanceOf(stranger, id), 0, "who gets nothing");
        assertEq(license.licence(id).expires, expires + DURATION, "end");
    }

    /// when the token takes a fee: it should revert
    function test_RevertsWhenTheTokenTakesAFee() external {
        token.takeFee(1);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_FundingMismatch.selector, PRICE, PRICE - 1));
        _renew(id);
    }

    function _renew(uint256 licence) private {
        vm.prank(buyer);
        license.renew(licence, PRICE);
    }
}
