// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {License} from "../../../src/License.sol";
import {ModelRegistry} from "../../../src/ModelRegistry.sol";
import {RoyaltySplitter} from "../../../src/RoyaltySplitter.sol";
import {ILicense} from "../../../src/interfaces/ILicense.sol";
import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {Licence, LicenceStatus, OfferTerms} from "../../../src/types/Licence.sol";
import {Status} from "../../../src/types/Study.sol";
import {FalseToken} from "../../mocks/FalseToken.sol";
import {Holder} from "../../mocks/Holder.sol";
import {MockEscrow} from "../../mocks/MockEscrow.sol";
import {LicenseFixture} from "../../utils/LicenseFixture.sol";

contract BuyLicenceTest is LicenseFixture {
    /// when there is no such offer, or it is closed: it should revert
    function test_RevertsWhenThereIsNoSuchOffer() external {
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_OfferUnknown.selector, 9));
        buy(9);
    }

    /// when the model has another owner than the seller: it should revert
    function test_RevertsWhenTheModelHasAnotherOwner() external {
        sellModel(stranger);
        expectStale(timed);
        buy(timed);
    }

    /// when the price is above the buyer's maximum: it should revert
    function test_RevertsWhenThePriceIsAboveTheMaximum() external {
        vm.prank(researcher);
        license.setPrice(timed, PRICE + 1);
        vm.expectRevert(
            abi.encodeWithSelector(ILicense.License_PriceAboveMaximum.selector, timed, PRICE + 1, PRICE)
        );
        buy(timed);
    }

    /// when the key is missing: it should revert
    function test_RevertsWhenTheKeyIsMissing() external {
        vm.expectRevert(ILicense.License_KeyZero.selector);
        vm.prank(buyer);
        license.buy(timed, 0, PRICE);
    }

    /// when the caller has bought a licence with this key: it should revert
    function test_RevertsWhenTheKeyHasBoughtALicence() external {
        uint256 id = buy(timed);
        assertEq(license.licenceByKey(buyer, KEY), id, "which it is");
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_KeyUsed.selector, KEY, id));
        vm.prank(buyer);
        license.buy(counted, KEY, PRICE);
        fund(stranger, address(license), PRICE);
        vm.prank(stranger);
        license.buy(timed, KEY, PRICE);
    }

    /// when the token takes a fee, lies, or was not approved: it should revert
    function test_RevertsWhenTheTokenTakesAFee() external {
        token.takeFee(1);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_FundingMismatch.selector, PRICE, PRICE - 1));
        buy(timed);
    }

    /// when the token takes a fee, lies, or was not approved: it should revert
    function test_RevertsWhenTheTokenLies() external {
        FalseToken lying = new FalseToken();
        MockEscrow beside = new MockEscrow(lying);
        beside.set(STUDY, Status.Closed, researcher, ROUND, rootOf(STUDY), TOTAL);
        registry = new ModelRegistry(IStudyEscrow(address(beside)), address(new RoyaltySplitter(lying)));
        license = new License(lying, registry, parameters);
        mintModel();
        uint64 offer = makeOffer(timeTerms());
        lying.lie(true);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(lying)));
        buy(offer);
    }

    /// when the token takes a fee, lies, or was not approved: it should revert
    function test_RevertsWithoutAnApproval() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(license), 0, PRICE
            )
        );
        license.buy(timed, KEY, PRICE);
    }

    /// when the buyer is a contract that refuses units: it should revert
    function test_RevertsWhenAContractRefusesTheUnits() external {
        Holder wallet = _wallet();
        wallet.refuse();
        vm.expectRevert(bytes("not wanted"));
        vm.prank(address(wallet));
        license.buy(timed, KEY, PRICE);
        assertEq(balance(address(wallet)), PRICE, "it keeps its money");
    }

    /// when a buyer's contract or the token calls back: it should refuse the inner call
    function test_RefusesToBeReenteredByTheBuyer() external {
        bytes[5] memory inner = [
            abi.encodeCall(License.buy, (timed, KEY, PRICE)),
            abi.encodeCall(License.withdraw, (researcher)),
            abi.encodeCall(License.payOwners, (MODEL)),
            abi.encodeCall(License.refund, (1)),
            abi.encodeCall(License.renew, (1, PRICE))
        ];
        for (uint256 i = 0; i < inner.length; ++i) {
            Holder wallet = _wallet();
            wallet.callOnReceipt(address(license), inner[i]);
            vm.prank(address(wallet));
            uint256 id = license.buy(timed, KEY, PRICE);
            assertEq(wallet.calls(), 1, "called back");
            assertEq(
                wallet.returned(),
                abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
                "refused"
            );
            assertTrue(license.isLive(id, address(wallet)), "bought all the same");
        }
        assertHeld(0);
    }

    /// when no key is to be delivered
    /// - it should begin the licence
    /// - it should emit LicenceBought, LicenceKeySet, PriceEarned and LicenceBegun
    /// licence, when there is: it should show what was bought, and how it stands
    /// isLicensed, when the account holds a licence in force: it should say yes, up to the last second paid for
    /// isLicensed, when it holds none for this model, or has used it up: it should say no
    function test_BeginsALicenceThatWaitsForNoKey() external {
        vm.expectEmit(address(license));
        emit ILicense.LicenceBought(1, MODEL, buyer, timed, PRICE, 0);
        vm.expectEmit(address(license));
        emit ILicense.LicenceKeySet(1, buyer, KEY);
        vm.expectEmit(address(license));
        emit ILicense.LicenceBegun(1, uint64(START) + DURATION);
        vm.expectEmit(address(license));
        emit ILicense.PriceEarned(1, MODEL, researcher, FEE, TO_OWNERS, TO_SELLER);
        uint256 id = buy(timed);
        assertEq(id, 1, "id");
        Licence memory bought = license.licence(id);
        Licence memory expected = Licence(
            timed, LicenceStatus.Live, uint64(START) + DURATION, 0, FEE_BPS, PRICE, buyer, researcher
        );
        assertEq(abi.encode(bought), abi.encode(expected), "licence");
        assertEq(license.keyOf(id, buyer), KEY, "key");
        assertEq(license.balanceOf(buyer, id), 1, "one unit");
        assertTrue(license.isLicensed(MODEL, buyer), "licensed");
        assertTrue(!license.isLicensed(MODEL, stranger), "nobody else");
        assertTrue(!license.isLicensed(MODEL + 1, buyer), "for nothing else");
    }

    /// when no key is to be delivered: it should pay the fee to the treasury and divide the rest
    function test_PaysTheFeeAndDividesTheRest() external {
        buy(timed);
        assertEq(balance(treasury), FEE, "fee");
        assertEq(license.ownersDue(MODEL), TO_OWNERS, "owners");
        assertEq(license.owed(researcher), TO_SELLER, "seller");
        assertEq(balance(buyer), 1_000_000 - PRICE, "buyer");
        assertHeld(0);
    }

    /// when no key is to be delivered: it should pay the fee to the treasury and divide the rest
    function test_PaysNoFeeWhereThereIsNone() external {
        vm.prank(governor);
        parameters.setSaleFee(0);
        buy(timed);
        assertEq(balance(treasury), 0, "fee");
        assertEq(license.ownersDue(MODEL), 700, "owners");
        assertEq(license.owed(researcher), 300, "seller");
    }

    /// when no key is to be delivered: it should begin the licence
    function test_GivesCreditsByTheUnit() external {
        uint256 id = buy(counted);
        assertEq(license.balanceOf(buyer, id), CREDITS, "units");
        assertEq(license.spent(id), 0, "none spent");
        assertTrue(license.isLicensed(MODEL, buyer), "licensed");
    }

    /// when no key is to be delivered: it should begin the licence
    function test_CreditsMayNeverExpire() external {
        OfferTerms memory terms = creditTerms();
        terms.duration = 0;
        uint64 offer = makeOffer(terms);
        uint256 id = buy(offer);
        assertEq(license.licence(id).expires, 0, "never");
        vm.warp(START + 10_000 days);
        assertTrue(license.isLive(id, buyer), "in force");
    }

    /// when a key is to be delivered
    /// - it should hold the price and keep today's fee
    /// - it should not license anybody yet
    function test_HoldsThePriceUntilTheKeyIsThere() external {
        vm.expectEmit(address(license));
        emit ILicense.LicenceBought(1, MODEL, buyer, sealedFor, PRICE, uint64(START) + DELIVERY);
        uint256 id = buy(sealedFor);
        assertTrue(license.licence(id).status == LicenceStatus.AwaitingKey, "awaiting");
        assertEq(license.licence(id).expires, 0, "not begun");
        assertTrue(!license.isLicensed(MODEL, buyer), "not licensed yet");
        assertEq(balance(treasury) + license.owed(researcher) + license.ownersDue(MODEL), 0, "not earned");
        assertHeld(PRICE);
    }

    function _wallet() private returns (Holder wallet) {
        wallet = new Holder(buyer);
        fund(address(wallet), address(license), PRICE);
    }
}
