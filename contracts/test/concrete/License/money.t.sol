// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {License} from "../../../src/License.sol";
import {RoyaltySplitter} from "../../../src/RoyaltySplitter.sol";
import {ILicense} from "../../../src/interfaces/ILicense.sol";
import {LicenseFixture} from "../../utils/LicenseFixture.sol";

contract LicenceMoneyTest is LicenseFixture {
    /// withdraw, when nothing is owed: it should revert
    /// payOwners, when nothing is due: it should revert
    function test_RevertWhenThereIsNothing() external {
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_NothingOwed.selector, researcher));
        license.withdraw(researcher);
        vm.expectRevert(abi.encodeWithSelector(ILicense.License_NothingDue.selector, MODEL));
        license.payOwners(MODEL);
    }

    /// withdraw, when the token calls back: it should refuse the inner call and pay once
    /// payOwners, when the token calls back: it should refuse the inner call and pay once
    function test_RefuseToBeReentered() external {
        buy(timed);
        token.callOnTransfer(address(license), abi.encodeCall(License.withdraw, (researcher)));
        license.withdraw(researcher);
        _assertRefused();
        assertEq(balance(researcher), TO_SELLER, "paid once");
        token.callOnTransfer(address(license), abi.encodeCall(License.payOwners, (MODEL)));
        license.payOwners(MODEL);
        _assertRefused();
        assertEq(balance(registry.splitterOf(MODEL)), TO_OWNERS, "put in once");
    }

    /// withdraw, when something is
    /// - it should pay the account what it is owed, whoever calls
    /// - it should emit Withdrawn
    function test_WithdrawPaysWhatIsOwed() external {
        buy(timed);
        buy(timed);
        vm.expectEmit(address(license));
        emit ILicense.Withdrawn(researcher, 2 * TO_SELLER);
        vm.prank(stranger);
        assertEq(license.withdraw(researcher), 2 * TO_SELLER, "amount");
        assertEq(balance(researcher), 2 * TO_SELLER, "to the seller");
        assertEq(license.owed(researcher), 0, "nothing left");
        assertHeld(0);
    }

    /// payOwners, when something is
    /// - it should deploy the splitter if it is not there
    /// - it should put what is due into it, for the data owners alone
    /// - it should emit OwnersPaid
    function test_PayOwnersPutsItIntoTheSplitterForThemAlone() external {
        buy(timed);
        RoyaltySplitter splitter = RoyaltySplitter(registry.splitterOf(MODEL));
        assertEq(address(splitter).code.length, 0, "not there yet");
        vm.expectEmit(address(license));
        emit ILicense.OwnersPaid(MODEL, address(splitter), TO_OWNERS);
        vm.prank(stranger);
        assertEq(license.payOwners(MODEL), TO_OWNERS, "amount");
        assertEq(splitter.payeesPart(token), TO_OWNERS, "all theirs");
        assertEq(splitter.releasableCreator(token), 0, "not the creator's");
        assertEq(token.allowance(address(license), address(splitter)), 0, "no allowance left");
        assertHeld(0);
        buy(timed);
        license.payOwners(MODEL);
        assertEq(splitter.payeesPart(token), 2 * TO_OWNERS, "again, though it is there");
    }

    function _assertRefused() private view {
        assertTrue(!token.succeeded(), "refused");
        assertEq(
            token.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
    }
}
