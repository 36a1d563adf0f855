// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ILicense} from "../../../src/interfaces/ILicense.sol";
import {LicenceStatus, OfferTerms} from "../../../src/types/Licence.sol";
import {LicenseFixture} from "../../utils/LicenseFixture.sol";

contract LicenceDeliveryTest is LicenseFixture {
    uint256 private id;

    function setUp() public override {
        super.setUp();
        id = buy(sealedFor);
    }

    /// deliver, when the licence awaits no key: it should revert
    /// confirm, when the licence awaits no key: it should revert
    /// refund, when the licence awaits no key: it should revert
    function test_RevertWhenNoKeyIsAwaited() external {
        uint256 other = buy(timed);
        LicenceStatus[2] memory statuses = [LicenceStatus.Live, LicenceStatus.None];
        uint256[2] memory ids = [other, 99];
        for (uint256 i = 0; i < 2; ++i) {
            expectStatusInvalid(ids[i], statuses[i]);
            deliver(ids[i]);
            expectStatusInvalid(ids[i], statuses[i]);
            license.confirm(ids[i]);
            expectStatusInvalid(ids[i], statuses[i]);
            license.refund(ids[i]);
        }
    }

    /// deliver, when the caller is neither the seller nor the serving key
    /// - it should revert, also for the model's next owner
    function test_DeliverRevertsForOthers() external {
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_NotSeller.selector, id, buyer));
        vm.prank(buyer);
        license.deliver(id, RECEIPT);
        sellModel(stranger);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_NotSeller.selector, id, stranger));
        vm.prank(stranger);
        license.deliver(id, RECEIPT);
    }

    /// deliver, when the receipt is missing: it should revert
    function test_DeliverRevertsWhenTheReceiptIsMissing() external {
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_ReceiptZero.selector, id));
        vm.prank(researcher);
        license.deliver(id, 0);
    }

    /// deliver, when it is too late: it should revert
    function test_DeliverRevertsWhenItIsTooLate() external {
        uint256 last = START + DELIVERY;
        vm.warp(last + 1);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_DeliveryOver.selector, id, last, last + 1));
        deliver(id);
    }

    /// deliver, when the seller or the serving key delivers
    /// - it should begin the licence now, at the fee agreed, for the seller it was bought from
    /// - it should emit KeyDelivered and LicenceBegun
    function test_DeliverBeginsTheLicenceNow() external {
        vm.prank(governor);
        parameters.setSaleFee(1000);
        sellModel(stranger);
        uint256 last = START + DELIVERY;
        vm.warp(last);
        vm.expectEmit(address(license));
        emit ILicense.KeyDelivered(id, researcher, RECEIPT);
        vm.expectEmit(address(license));
        emit ILicense.LicenceBegun(id, uint64(last) + DURATION);
        deliver(id);
        assertEq(license.licence(id).expires, last + DURATION, "no time was lost waiting");
        assertTrue(license.isLicensed(MODEL, buyer), "licensed");
        assertEq(balance(treasury), FEE, "the fee agreed");
        assertEq(license.owed(researcher), TO_SELLER, "who sold it");
        assertEq(license.ownersDue(MODEL), TO_OWNERS, "owners");
        assertHeld(0);
        expectStatusInvalid(id, LicenceStatus.Live);
        deliver(id);
    }

    /// deliver, when the seller or the serving key delivers
    /// - it should begin the licence now, at the fee agreed, for the seller it was bought from
    function test_DeliverTakesTheServingKeysWord() external {
        vm.prank(servingKey);
        license.deliver(id, RECEIPT);
        assertTrue(license.isLive(id, buyer), "in force");
    }

    /// confirm, when the caller is not the buyer: it should revert
    function test_ConfirmRevertsForOthers() external {
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_NotBuyer.selector, id, researcher, buyer));
        vm.prank(researcher);
        license.confirm(id);
    }

    /// confirm, when the buyer confirms
    /// - it should begin the licence, also late
    /// - it should emit KeyDelivered
    function test_ConfirmBeginsTheLicenceAlsoLate() external {
        vm.warp(START + 2 * uint256(DELIVERY));
        vm.expectEmit(address(license));
        emit ILicense.KeyDelivered(id, buyer, 0);
        vm.prank(buyer);
        license.confirm(id);
        assertTrue(license.isLicensed(MODEL, buyer), "licensed");
        assertEq(license.owed(researcher), TO_SELLER, "earned");
        assertHeld(0);
    }

    /// refund, when there is still time: it should revert
    function test_RefundRevertsWhileThereIsTime() external {
        uint256 last = START + DELIVERY;
        vm.warp(last);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_DeliveryStillOpen.selector, id, last, last));
        license.refund(id);
    }

    /// refund, when the time is over
    /// - it should give the buyer its money back and burn the units, whoever calls
    /// - it should emit LicenceRefunded
    /// spent, when the licence is not in force, or is one by time: it should be zero
    function test_RefundGivesTheMoneyBack() external {
        vm.warp(START + DELIVERY + 1);
        vm.expectEmit(address(license));
        emit ILicense.LicenceRefunded(id, buyer, PRICE);
        vm.prank(stranger);
        license.refund(id);
        assertEq(balance(buyer), 1_000_000, "all of it");
        assertEq(license.balanceOf(buyer, id), 0, "no units");
        assertTrue(!license.isLicensed(MODEL, buyer), "not licensed");
        assertEq(license.spent(id), 0, "nothing spent");
        assertHeld(0);
        expectStatusInvalid(id, LicenceStatus.Refunded);
        license.refund(id);
    }

    /// refund, when the time is over: it should give the buyer its money back and burn the units, whoever calls
    function test_RefundBurnsCreditsToo() external {
        uint64 offer = makeOffer(_sealedCredits());
        uint256 other = buy(offer);
        assertEq(license.balanceOf(buyer, other), CREDITS, "units");
        vm.warp(START + DELIVERY + 1);
        license.refund(other);
        assertEq(license.balanceOf(buyer, other), 0, "no units");
    }

    function _sealedCredits() private view returns (OfferTerms memory terms) {
        terms = creditTerms();
        terms.deliverWithin = DELIVERY;
    }
}
