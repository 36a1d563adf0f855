// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {License} from "../../src/License.sol";
import {RoyaltySplitter} from "../../src/RoyaltySplitter.sol";
import {LicenceStatus} from "../../src/types/Licence.sol";
import {ModelFixture} from "../utils/ModelFixture.sol";
import {LicenseHandler} from "./LicenseHandler.sol";

contract LicenseInvariantTest is ModelFixture {
    LicenseHandler private handler;
    License private license;

    function setUp() public override {
        super.setUp();
        mintModel();
        license = new License(token, registry, parameters);
        handler = new LicenseHandler(license, token, registry, parameters, governor, MODEL);
    }

    /// What forge calls at random.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_HeldIsOwedAndUnearned() external view {
        uint256 owed =
            license.owed(handler.sellers(0)) + license.owed(handler.sellers(1)) + license.ownersDue(MODEL);
        assertEq(balance(address(license)), owed + handler.unearned(), "held");
    }

    function invariant_PaidIsFeesOwnersSellersRefundsAndUnearned() external view {
        (address a, address b) = (handler.sellers(0), handler.sellers(1));
        assertEq(
            handler.fees() + handler.toOwners() + handler.toSeller(a) + handler.toSeller(b)
                + handler.refunded() + handler.unearned(),
            handler.paid(),
            "by the handler's books"
        );
        assertEq(balance(treasury), handler.fees(), "fees");
        RoyaltySplitter splitter = RoyaltySplitter(registry.splitterOf(MODEL));
        uint256 there = address(splitter).code.length == 0 ? 0 : splitter.reserved();
        assertEq(license.ownersDue(MODEL) + there, handler.toOwners(), "owners");
        assertEq(balance(address(splitter)), there, "and nothing else in their splitter");
        assertEq(balance(a) + license.owed(a), handler.toSeller(a), "one seller");
        assertEq(balance(b) + license.owed(b), handler.toSeller(b), "the other");
        assertEq(balance(a) + balance(b), handler.withdrawn(), "withdrawn");
    }

    function invariant_ExpiryIsRespected() external view {
        for (uint256 i = 0; i < handler.count(); ++i) {
            LicenseHandler.Book memory book = handler.book(i);
            uint256 id = i + 1;
            bool live = book.begun && (book.ends == 0 || block.timestamp < book.ends)
                && (book.credits == 0 || book.spent < book.credits);
            for (uint256 j = 0; j < 3; ++j) {
                address account = handler.buyer(j);
                assertTrue(license.isLive(id, account) == (live && account == book.holder), "in force");
            }
            assertEq(license.licence(id).expires, book.ends, "its end");
        }
        for (uint256 j = 0; j < 3; ++j) {
            address account = handler.buyer(j);
            uint256 chosen = license.licenceOf(MODEL, account);
            bool live = chosen != 0 && license.isLive(chosen, account);
            assertTrue(license.isLicensed(MODEL, account) == live, "licensed by what is in force");
        }
    }

    function invariant_UnitsAreWhatIsLeft() external view {
        for (uint256 i = 0; i < handler.count(); ++i) {
            LicenseHandler.Book memory book = handler.book(i);
            uint256 id = i + 1;
            uint256 units = book.refunded ? 0 : book.credits == 0 ? 1 : book.credits - book.spent;
            uint256 held = 0;
            for (uint256 j = 0; j < 3; ++j) {
                held += license.balanceOf(handler.buyer(j), id);
            }
            assertEq(held, units, "units");
            if (!book.refunded) assertEq(license.balanceOf(book.holder, id), units, "with their holder");
            assertEq(license.spent(id), book.spent, "spent");
            LicenceStatus status = book.refunded
                ? LicenceStatus.Refunded
                : book.begun ? LicenceStatus.Live : LicenceStatus.AwaitingKey;
            assertTrue(license.licence(id).status == status, "status");
        }
    }
}
