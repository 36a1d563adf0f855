// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {GrantStatus} from "../../src/types/Dataset.sol";
import {DatasetFixture} from "../utils/DatasetFixture.sol";

contract ConsentFuzzTest is DatasetFixture {
    /// Whatever second is consented to and whatever second it is: granted up to it, the second included.
    function testFuzz_AConsentIsLiveExactlyUntilItsLastSecond(uint64 until, uint64 later) external {
        until = uint64(bound(until, START, type(uint64).max));
        grant(STUDY, until);
        vm.warp(bound(later, START, type(uint64).max));
        bool live = block.timestamp <= until;
        assertTrue(granted(STUDY) == live, "granted");
        assertEq(registry.grantedUntil(address(sink), STUDY, alice), live ? until : 0, "until");
    }

    /// A signed consent is good for nothing but what was signed.
    function testFuzz_AChangedConsentIsRefused(uint256 member, uint256 change) external {
        bytes memory signature = signConsent(dataset, STUDY, UNTIL, 0);
        uint256 second = listAs(alice);
        member = bound(member, 0, 3);
        (uint256 which, address escrow, bytes32 study, uint64 until) = (dataset, address(sink), STUDY, UNTIL);
        if (member == 0) which = second;
        if (member == 1) escrow = address(uint160(bound(change, 1, type(uint160).max)));
        if (member == 2) study = bytes32(bound(change, 1, type(uint256).max - 1));
        if (member == 3) until = uint64(bound(change, START, type(uint64).max));
        if (escrow == address(sink) && study == STUDY && until == UNTIL && which == dataset) return;
        try registry.grant(which, escrow, study, until, 0, signature) {
            assertTrue(false, "a changed consent was granted");
        } catch {}
    }

    /// Grants, prolongations and revocations in any order: the counter counts them, and the dataset moves exactly when
    /// nothing is open.
    function testFuzz_TheCounterAndTheOpenConsents(uint256 seed) external {
        (uint64 nonce, uint64 until, uint40 term, bool open) = (1, UNTIL, 1, true);
        grant(STUDY, until);
        for (uint256 i = 0; i < 12; ++i) {
            uint256 act = uint256(keccak256(abi.encode(seed, i))) % 3;
            if (act < 2) {
                until += uint64(act);
                grant(STUDY, until);
                if (!open) ++term;
                open = true;
            } else {
                revoke(STUDY);
                open = false;
            }
            ++nonce;
            assertGrant(until, nonce, term, open ? GrantStatus.Granted : GrantStatus.Revoked);
            assertEq(registry.listing(dataset).openGrants, open ? 1 : 0, "open");
            vm.prank(alice);
            try registry.transferFrom(alice, alice, dataset) {
                assertTrue(!open, "it moved under a consent");
            } catch {
                assertTrue(open, "it did not move though it might");
            }
        }
    }
}
