// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ILicense} from "../../../src/interfaces/ILicense.sol";
import {LicenceKind, LicenceStatus, OfferTerms} from "../../../src/types/Licence.sol";
import {LicenseFixture} from "../../utils/LicenseFixture.sol";

contract LicenceHoldingTest is LicenseFixture {
    /// setKey, when the caller holds no unit: it should revert
    /// setKey, when the key is missing: it should revert
    function test_SetKeyRevertsForOthersAndWithoutAKey() external {
        uint256 id = buy(timed);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_NotHolder.selector, id, stranger));
        vm.prank(stranger);
        license.setKey(id, KEY);
        vm.expectRevert(ILicense.License_KeyZero.selector);
        vm.prank(buyer);
        license.setKey(id, 0);
    }

    /// setKey, when the caller holds one
    /// - it should replace the caller's key, and no other holder's
    /// - it should emit LicenceKeySet
    function test_SetKeyReplacesTheCallersKey() external {
        uint256 id = buy(timed);
        bytes32 key = keccak256("another machine");
        vm.expectEmit(address(license));
        emit ILicense.LicenceKeySet(id, buyer, key);
        vm.prank(buyer);
        license.setKey(id, key);
        assertEq(license.keyOf(id, buyer), key, "key");
        send(id, stranger, 1);
        assertEq(license.keyOf(id, stranger), 0, "a receiver names its own");
        vm.prank(stranger);
        license.setKey(id, KEY);
        assertEq(license.keyOf(id, stranger), KEY, "its own");
    }

    /// select, when the caller holds no unit: it should revert
    function test_SelectRevertsForOthers() external {
        uint256 id = buy(timed);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_NotHolder.selector, id, stranger));
        vm.prank(stranger);
        license.select(id);
    }

    /// select, when the caller holds one
    /// - it should be the one isLicensed looks at
    /// - it should emit LicenceSelected
    function test_SelectIsWhatIsLicensedLooksAt() external {
        uint256 shorter = buy(timed);
        vm.warp(START + 1 days);
        uint256 longer = buy(timed);
        assertEq(license.licenceOf(MODEL, buyer), longer, "the one that lasts longer");
        vm.expectEmit(address(license));
        emit ILicense.LicenceSelected(MODEL, buyer, shorter);
        vm.prank(buyer);
        license.select(shorter);
        assertEq(license.licenceOf(MODEL, buyer), shorter, "the one selected");
        vm.warp(START + DURATION);
        assertTrue(!license.isLicensed(MODEL, buyer), "it has ended");
        vm.prank(buyer);
        license.select(longer);
        assertTrue(license.isLicensed(MODEL, buyer), "the other has not");
    }

    /// safeTransferFrom, when it is one by the call, awaits its key or has expired: it should revert
    /// safeBatchTransferFrom, when one of them may not move: it should revert
    function test_TransfersRevertForWhatMayNotMove() external {
        uint256 credits = buy(counted);
        _expectFixed(credits, LicenceKind.Credits, LicenceStatus.Live);
        send(credits, stranger, 1);
        uint256 awaiting = buy(sealedFor);
        _expectFixed(awaiting, LicenceKind.Time, LicenceStatus.AwaitingKey);
        send(awaiting, stranger, 1);
        uint256 id = buy(timed);
        (uint256[] memory ids, uint256[] memory units) = _pair(id, credits);
        _expectFixed(credits, LicenceKind.Credits, LicenceStatus.Live);
        vm.prank(buyer);
        license.safeBatchTransferFrom(buyer, stranger, ids, units, "");
        vm.warp(START + DURATION);
        expectExpired(id);
        send(id, stranger, 1);
    }

    /// safeTransferFrom, when it is one by time and in force: it should move the licence, and the right with it
    /// safeBatchTransferFrom, when all may: it should move them, and the right with them
    /// isLive, when the account holds no unit: it should say no
    function test_TransfersMoveTheRight() external {
        uint256 id = buy(timed);
        send(id, stranger, 1);
        assertTrue(license.isLicensed(MODEL, stranger), "the receiver");
        assertTrue(!license.isLicensed(MODEL, buyer), "no longer the sender");
        assertTrue(!license.isLive(id, buyer), "not by its number either");
        (uint256 first, uint256 second) = (buy(timed), buy(timed));
        (uint256[] memory ids, uint256[] memory units) = _pair(first, second);
        vm.prank(buyer);
        license.safeBatchTransferFrom(buyer, researcher, ids, units, "");
        assertTrue(license.isLicensed(MODEL, researcher), "in a batch");
        assertTrue(!license.isLicensed(MODEL, buyer), "both gone");
    }

    /// safeTransferFrom, when it is one by time and in force: it should not displace what serves the receiver better
    function test_TransfersDontDisplaceWhatServesTheReceiverBetter() external {
        uint256 shorter = buy(timed);
        vm.warp(START + 1 days);
        uint256 longer = buy(timed);
        send(longer, stranger, 1);
        send(shorter, stranger, 1);
        assertEq(license.licenceOf(MODEL, stranger), longer, "the one that lasts longer");
        assertEq(license.balanceOf(stranger, shorter), 1, "though it has both");
    }

    /// isLicensed, when the account holds a licence in force: it should say yes, up to the last second paid for
    /// isLive, when the account holds one: it should say yes, up to the last second paid for
    function test_IsLicensedEndsWithTheLastSecondPaidFor() external {
        uint256 id = buy(timed);
        vm.warp(START + DURATION - 1);
        assertTrue(license.isLicensed(MODEL, buyer) && license.isLive(id, buyer), "the last second");
        vm.warp(START + DURATION);
        assertTrue(!license.isLicensed(MODEL, buyer) && !license.isLive(id, buyer), "the first without");
    }

    /// isLicensed, when the account holds a licence in force: it should prefer the licence that lasts longer
    /// isLicensed, when it holds none for this model, or has used it up: it should say no
    function test_IsLicensedPrefersWhatLastsLonger() external {
        OfferTerms memory terms = creditTerms();
        terms.duration = 0;
        uint64 endless = makeOffer(terms);
        uint256 first = buy(timed);
        uint256 last = buy(endless);
        assertEq(license.licenceOf(MODEL, buyer), last, "without an end");
        buy(timed);
        assertEq(license.licenceOf(MODEL, buyer), last, "still");
        license.spend(last, CREDITS, signSpend(last, CREDITS));
        assertTrue(!license.isLicensed(MODEL, buyer), "used up");
        vm.prank(buyer);
        license.select(first);
        assertTrue(license.isLicensed(MODEL, buyer), "another");
    }

    function _expectFixed(uint256 id, LicenceKind kind, LicenceStatus status) private {
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_NotTransferable.selector, id, kind, status));
    }

    function _pair(uint256 a, uint256 b) private pure returns (uint256[] memory ids, uint256[] memory units) {
        (ids, units) = (new uint256[](2), new uint256[](2));
        (ids[0], ids[1], units[0], units[1]) = (a, b, 1, 1);
    }
}
