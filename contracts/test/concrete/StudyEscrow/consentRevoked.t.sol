// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ConsentState, Launch} from "../../../src/types/Study.sol";
import {ConsentFixture} from "../../utils/ConsentFixture.sol";

contract ConsentRevokedTest is ConsentFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = startConsented();
    }

    /// when the study is unknown, closed, or does not require consent: it should do nothing
    /// when the owner is neither on the roster nor counted by the committee: it should do nothing
    /// when the owner consents: it should do nothing
    function test_DoesNothingIfNothingIsToBeDone() external {
        bytes memory before = abi.encode(escrow.study(id), rosterOf(id));
        escrow.consentRevoked(id, owners[0]);
        escrow.consentRevoked(id, stranger);
        escrow.consentRevoked(keccak256("unknown"), owners[0]);
        assertEq(abi.encode(escrow.study(id), rosterOf(id)), before, "as before");

        vm.warp(START);
        Launch memory plan = terms();
        plan.salt = "other";
        bytes32 other = launch(plan);
        enrol(other, 0);
        escrow.consentRevoked(other, owners[0]);
        assertTrue(escrow.isEnrolled(other, owners[0]), "it does not require consent");
        vm.warp(terms().settleBy + 1);
        escrow.refund(id);
        revoke(id, 0);
        assertTrue(escrow.isEnrolled(id, owners[0]), "the study is closed");
    }

    /// when the owner's withdrawal is remembered: it should do nothing
    function test_DoesNothingIfItIsRemembered() external {
        leaveStudy(id, 3);
        escrow.sealRoster(id);
        revoke(id, 2);
        grant(id, 2);
        revoke(id, 2);
        assertEq(escrow.study(id).withdrawals, 1, "once");
        registerNext(id);
        escrow.consentRevoked(id, owners[2]);
        assertTrue(escrow.isEnrolled(id, owners[2]), "goes by withdrawConsent");
    }

    /// when the owner does not consent: it should do what withdrawConsent does, within the registry's gas
    function test_DoesWhatWithdrawConsentDoesWhoeverCalls() external {
        revokeUnheard(id, 1);
        vm.prank(stranger);
        escrow.consentRevoked(id, owners[1]);
        assertTrue(!escrow.isEnrolled(id, owners[1]), "off the roster");
        assertTrue(consents(id) == ConsentState.OneMore, "one more");
    }

    /// when the owner does not consent: it should do what withdrawConsent does, within the registry's gas
    function test_NeedsLessThanTheRegistryGives() external {
        revokeUnheard(id, 0);
        (bool done,) = address(escrow).call{gas: datasets.NOTICE_GAS() / 2}(
            abi.encodeCall(escrow.consentRevoked, (id, owners[0]))
        );
        assertTrue(done && !escrow.isEnrolled(id, owners[0]), "with half of it");
    }
}
