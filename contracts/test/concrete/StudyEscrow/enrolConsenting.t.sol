// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {Launch} from "../../../src/types/Study.sol";
import {AllowList} from "../../utils/AllowList.sol";
import {ConsentFixture} from "../../utils/ConsentFixture.sol";

/// Enrolling in a study that requires consent.
contract EnrolConsentingTest is ConsentFixture {
    bytes32 private id;
    uint64 private settleBy;

    function setUp() public override {
        super.setUp();
        settleBy = terms().settleBy;
        id = launch(consentedTerms());
    }

    /// enrol, when the signature is the owner's: it should put the owner on the roster, whoever relays
    function test_EnrolsWhoConsentsToTheStudysEnd() external {
        grant(id, 0, settleBy);
        enrol(id, 0);
        grant(id, 1, settleBy + 100);
        enrol(id, 1);
        assertEq(escrow.study(id).ownerCount, 2, "both");
    }

    /// enrol, when the owner is not on the roster, when the study requires consent,
    /// when the owner does not consent, or its consent ends before settleBy
    /// - it should revert
    function test_AConsentThatWasTooShortMayBeProlonged() external {
        grant(id, 0, settleBy - 1);
        _expectRefused(
            0,
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_ConsentTooShort.selector, id, owners[0], settleBy - 1, settleBy
            )
        );
        grant(id, 0, settleBy);
        enrol(id, 0);
        assertTrue(escrow.isEnrolled(id, owners[0]), "enrolled");
    }

    /// enrol, when the owner is on the roster with another identity
    /// - it should replace the identity, also in a full study that takes nobody late
    function test_AReplacedIdentityNeedsNoSecondLook() external {
        grant(id, 0);
        enrol(id, 0);
        enrol(id, 0, "a new machine");
        assertEq(identityOf(id, owners[0]), "a new machine", "replaced");
    }

    /// enrol, when the signature is the owner's: it should put the owner on the roster, whoever relays
    function test_OnTheListAndConsenting() external {
        Launch memory plan = consentedTerms();
        (plan.salt, plan.allowed) = ("listed", AllowList.root(owners));
        id = launch(plan);
        grant(id, 2);
        bytes32[] memory proof = AllowList.proof(owners, owners[2]);
        bytes memory signature = signEnrol(id, 2, "identity", 0);
        escrow.enrol(id, owners[2], "identity", 0, proof, signature);
        assertTrue(escrow.isEnrolled(id, owners[2]), "enrolled");
    }

    /// enrol, when the owner is not on the roster, when the study requires consent,
    /// when the owner does not consent, or its consent ends before settleBy
    /// - it should revert
    function test_RevertWhen_TheOwnerDoesNotConsent() external {
        bytes memory missing =
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_ConsentMissing.selector, id, owners[0]);
        _expectRefused(0, missing);
        grant(id, 0);
        revoke(id, 0);
        _expectRefused(0, missing);
        // For another study, and by another owner.
        Launch memory plan = consentedTerms();
        plan.salt = "other";
        grant(launch(plan), 0);
        grant(id, 1);
        _expectRefused(0, missing);
    }

    /// enrol, when the owner is not on the roster, when the study requires consent,
    /// when the owner does not consent, or its consent ends before settleBy
    /// - it should revert
    function test_RevertWhen_TheConsentHasRunOut() external {
        grant(id, 0, uint64(START));
        vm.warp(START + 1);
        _expectRefused(
            0, abi.encodeWithSelector(IStudyEscrow.StudyEscrow_ConsentMissing.selector, id, owners[0])
        );
    }

    function _expectRefused(uint256 index, bytes memory reason) private {
        bytes memory signature = signEnrol(id, index, "identity", 0);
        vm.expectRevert(reason);
        escrow.enrol(id, owners[index], "identity", 0, new bytes32[](0), signature);
    }
}
