// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {License} from "../../../src/License.sol";
import {ILicense} from "../../../src/interfaces/ILicense.sol";
import {LicenceKind, LicenceStatus, OfferTerms} from "../../../src/types/Licence.sol";
import {Holder} from "../../mocks/Holder.sol";
import {LicenseFixture} from "../../utils/LicenseFixture.sol";

contract CreditsTest is LicenseFixture {
    uint256 private id;

    function setUp() public override {
        super.setUp();
        id = buy(counted);
    }

    /// spend, when the licence is not in force: it should revert
    /// serve, when the licence is not in force: it should revert
    function test_RevertWhenTheLicenceIsNotInForce() external {
        expectStatusInvalid(99, LicenceStatus.None);
        license.spend(99, 1, "");
        expectStatusInvalid(99, LicenceStatus.None);
        license.serve(99, 1);
        OfferTerms memory terms = creditTerms();
        terms.deliverWithin = DELIVERY;
        uint64 offer = makeOffer(terms);
        uint256 awaiting = buy(offer);
        bytes memory signature = signSpend(awaiting, 1);
        expectStatusInvalid(awaiting, LicenceStatus.AwaitingKey);
        license.spend(awaiting, 1, signature);
        expectStatusInvalid(awaiting, LicenceStatus.AwaitingKey);
        vm.prank(servingKey);
        license.serve(awaiting, 1);
    }

    /// spend, when it is one by time: it should revert
    /// serve, when it is one by time: it should revert
    /// spent, when the licence is not in force, or is one by time: it should be zero
    function test_RevertForALicenceByTime() external {
        uint256 other = buy(timed);
        bytes memory reason =
            abi.encodeWithSelector(ILicense.License_KindMismatch.selector, other, LicenceKind.Time);
        bytes memory signature = signSpend(other, 1);
        vm.expectRevert(reason);
        license.spend(other, 1, signature);
        vm.expectRevert(reason);
        vm.prank(servingKey);
        license.serve(other, 1);
        assertEq(license.spent(other), 0, "nothing to spend");
    }

    /// spend, when it has expired: it should revert
    /// serve, when it has expired: it should revert
    function test_RevertAfterItHasExpired() external {
        bytes memory signature = signSpend(id, 1);
        vm.warp(START + DURATION);
        expectExpired(id);
        license.spend(id, 1, signature);
        expectExpired(id);
        vm.prank(servingKey);
        license.serve(id, 1);
    }

    /// spend, when the count is not above what was counted, or above the credits: it should revert
    /// serve, when the count is not above what was counted: it should revert
    function test_RevertForACountOutOfRange() external {
        bytes memory ten = signSpend(id, 10);
        license.spend(id, 10, ten);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_CreditsBelowSpent.selector, id, 10, 10));
        license.spend(id, 10, ten);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_CreditsBelowSpent.selector, id, 9, 10));
        vm.prank(servingKey);
        license.serve(id, 9);
        bytes memory tooMany = signSpend(id, CREDITS + 1);
        vm.expectRevert(
            abi.encodeWithSelector(ILicense.License_CreditsExceeded.selector, id, CREDITS + 1, CREDITS)
        );
        license.spend(id, CREDITS + 1, tooMany);
    }

    /// spend, when another than the buyer signed, or another licence, count, contract or chain: it should revert
    function test_SpendRevertsForAnotherSignature() external {
        uint256 other = buy(counted);
        _refused(ecdsa(researcherKey, license.spendDigest(id, 10)));
        _refused(signSpend(other, 10));
        _refused(signSpend(id, 11));
        _refused(ecdsa(buyerKey, new License(token, registry, parameters).spendDigest(id, 10)));
        _refused("");
        bytes memory elsewhere = signSpend(id, 10);
        vm.chainId(5);
        _refused(elsewhere);
    }

    /// spend, when the buyer signed
    /// - it should burn the difference, whoever relays
    /// - it should emit CreditsSpent
    /// spent, when it is one by the call: it should be how many calls were counted
    /// isLicensed, when it holds none for this model, or has used it up: it should say no
    function test_SpendBurnsTheDifference() external {
        bytes memory signature = signSpend(id, 10);
        vm.expectEmit(address(license));
        emit ILicense.CreditsSpent(id, 10, 10);
        vm.prank(stranger);
        license.spend(id, 10, signature);
        assertEq(license.balanceOf(buyer, id), CREDITS - 10, "left");
        assertEq(license.spent(id), 10, "spent");
        license.spend(id, CREDITS, signSpend(id, CREDITS));
        assertEq(license.spent(id), CREDITS, "all");
        assertTrue(!license.isLive(id, buyer), "used up");
        assertTrue(!license.isLicensed(MODEL, buyer), "not licensed any more");
    }

    /// spend, when the buyer is a wallet contract (ERC-1271) that accepts the signature
    /// - it should burn the difference
    function test_SpendTakesAnERC1271WalletsWord() external {
        Holder wallet = new Holder(buyer);
        fund(address(wallet), address(license), PRICE);
        vm.prank(address(wallet));
        uint256 its = license.buy(counted, KEY, PRICE);
        license.spend(its, 3, signSpend(its, 3));
        assertEq(license.spent(its), 3, "spent");
        bytes memory foreign = ecdsa(researcherKey, license.spendDigest(its, 4));
        vm.expectRevert(
            abi.encodeWithSelector(
                ILicense.License_SignatureInvalid.selector, address(wallet), license.spendDigest(its, 4)
            )
        );
        license.spend(its, 4, foreign);
    }

    /// serve, when the caller is not the serving key, or there is none: it should revert
    function test_ServeRevertsForOthers() external {
        vm.expectRevert(
            abi.encodeWithSelector(ILicense.License_NotServingKey.selector, id, researcher, servingKey)
        );
        vm.prank(researcher);
        license.serve(id, 1);
        OfferTerms memory terms = creditTerms();
        terms.servingKey = address(0);
        uint64 offer = makeOffer(terms);
        uint256 alone = buy(offer);
        vm.expectRevert(
            abi.encodeWithSelector(ILicense.License_NotServingKey.selector, alone, researcher, address(0))
        );
        vm.prank(researcher);
        license.serve(alone, 1);
    }

    /// serve, when the serving key calls: it should burn the difference, and count together with receipts
    function test_ServeCountsTogetherWithReceipts() external {
        vm.prank(servingKey);
        license.serve(id, 7);
        bytes memory five = signSpend(id, 5);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_CreditsBelowSpent.selector, id, 5, 7));
        license.spend(id, 5, five);
        license.spend(id, 8, signSpend(id, 8));
        assertEq(license.balanceOf(buyer, id), CREDITS - 8, "8 calls in all");
    }

    function _refused(bytes memory signature) private {
        bytes32 digest = license.spendDigest(id, 10);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_SignatureInvalid.selector, buyer, digest));
        license.spend(id, 10, signature);
    }
}
