// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ILicense} from "../../src/interfaces/ILicense.sol";
import {LicenceKind, OfferTerms} from "../../src/types/Licence.sol";
import {LicenseFixture} from "../utils/LicenseFixture.sol";

contract LicenseFuzzTest is LicenseFixture {
    /// Whatever the price and the fee: fee + owners + seller = price.
    function testFuzz_APriceIsDividedToTheLastUnit(uint128 price, uint16 feeBps) external {
        if (price == 0) price = 1;
        feeBps = uint16(bound(feeBps, 0, 1000));
        vm.prank(governor);
        parameters.setSaleFee(feeBps);
        fund(buyer, address(license), price);
        vm.prank(researcher);
        license.setPrice(timed, price);
        vm.prank(buyer);
        license.buy(timed, KEY, price);
        uint256 fee = uint256(price) * feeBps / 10_000;
        uint256 toOwners = (price - fee) * OWNERS_BPS / 10_000;
        assertEq(balance(treasury), fee, "fee");
        assertEq(license.ownersDue(MODEL), toOwners, "owners");
        assertEq(license.owed(researcher), price - fee - toOwners, "seller");
        assertHeld(0);
        if (toOwners != 0) license.payOwners(MODEL);
        if (price - fee - toOwners != 0) license.withdraw(researcher);
        assertEq(balance(address(license)), 0, "all of it went on");
    }

    /// In force for exactly the seconds that were paid for, however often it was renewed.
    function testFuzz_ALicenceEndsWhenItShould(uint64 duration, uint8 renewals, uint256 elapsed) external {
        OfferTerms memory terms = timeTerms();
        terms.duration = uint64(bound(duration, 1, license.MAX_DURATION()));
        uint64 offer = makeOffer(terms);
        uint256 id = buy(offer);
        renewals = renewals % 5;
        for (uint256 i = 0; i < renewals; ++i) {
            vm.prank(buyer);
            license.renew(id, PRICE);
        }
        uint256 paid = uint256(terms.duration) * (1 + renewals);
        elapsed = bound(elapsed, 0, 2 * paid);
        vm.warp(START + elapsed);
        assertTrue(license.isLive(id, buyer) == (elapsed < paid), "in force");
        assertTrue(license.isLicensed(MODEL, buyer) == (elapsed < paid), "licensed");
        try this.move(id) {
            assertTrue(elapsed < paid, "moved though it had ended");
        } catch {
            assertTrue(elapsed >= paid, "not moved though it was in force");
        }
    }

    function move(uint256 id) external {
        send(id, stranger, 1);
    }

    /// Counts in any order, some of them twice: the highest stands, each call is burnt once.
    function testFuzz_CreditsCountOnce(uint64 credits, uint64[8] memory counts) external {
        OfferTerms memory terms = creditTerms();
        terms.credits = uint64(bound(credits, 1, type(uint64).max - 1));
        uint64 offer = makeOffer(terms);
        uint256 id = buy(offer);
        uint64 highest = 0;
        for (uint256 i = 0; i < counts.length; ++i) {
            // Most of them in range, some above it.
            uint64 count = i % 4 == 3 ? counts[i] : uint64(bound(counts[i], 0, terms.credits));
            bool may = count > highest && count <= terms.credits;
            bytes memory signature = signSpend(id, count);
            try license.spend(id, count, signature) {
                assertTrue(may, "counted twice, or above the credits");
                highest = count;
            } catch {
                assertTrue(!may, "an honest count was refused");
            }
            assertEq(license.spent(id), highest, "spent");
            assertEq(license.balanceOf(buyer, id), terms.credits - highest, "left");
        }
    }

    /// A key that is not delivered in time can be refunded from the next second on, and one delivered can't.
    function testFuzz_DeliveredOrRefunded(uint32 within, uint256 elapsed, bool deliverFirst) external {
        OfferTerms memory terms = timeTerms();
        terms.deliverWithin = uint32(bound(within, 1, license.MAX_DELIVERY()));
        uint64 offer = makeOffer(terms);
        uint256 id = buy(offer);
        elapsed = bound(elapsed, 0, 2 * uint256(terms.deliverWithin));
        vm.warp(START + elapsed);
        bool inTime = elapsed <= terms.deliverWithin;
        bool delivered = deliverFirst && inTime;
        if (deliverFirst) {
            vm.prank(researcher);
            try license.deliver(id, RECEIPT) {
                assertTrue(inTime, "delivered late");
            } catch {
                assertTrue(!inTime, "refused in time");
            }
        }
        try license.refund(id) {
            assertTrue(!inTime, "refunded early, or though it was delivered");
        } catch {
            assertTrue(inTime, "not refunded");
        }
        bool refunded = !inTime;
        assertEq(balance(buyer), refunded ? 1_000_000 : 1_000_000 - PRICE, "the buyer's money");
        assertEq(license.owed(researcher), delivered ? TO_SELLER : 0, "the seller's");
        assertHeld(delivered || refunded ? 0 : PRICE);
    }
}
