// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {Enrolled, Launch, RosterStatus} from "../../../src/types/Study.sol";
import {SmartWallet} from "../../mocks/SmartWallet.sol";
import {StudyFixture} from "../../utils/StudyFixture.sol";

/// Enrolment after the first committee: lost machines, newcomers and those who come back.
contract EnrolAgainTest is StudyFixture {
    bytes32 private constant FRESH = keccak256("a new machine's identity");

    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = start();
    }

    /// enrol, when the owner is on the roster with another identity
    /// - it should replace the identity, also in a full study that takes nobody late
    /// - it should keep the owner's vote and claims
    /// - it should emit OwnerEnrolled
    function test_ReplacesAnIdentityInAFullStudyThatTakesNobodyLate() external {
        bytes memory signature = signEnrol(id, 1, FRESH, 1);
        vm.warp(terms().settleBy);
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.OwnerEnrolled(id, owners[1], FRESH, 1);
        vm.prank(stranger);
        escrow.enrol(id, owners[1], FRESH, 1, new bytes32[](0), signature);

        _assertEnrolled(owners[1], FRESH, 2, 0);
        assertEq(escrow.study(id).ownerCount, 4, "count");
        assertTrue(escrow.study(id).roster == RosterStatus.Changed, "changed");
    }

    /// enrol, when the owner is on the roster with another identity
    /// - it should replace the identity, also in a full study that takes nobody late
    function test_ReplacesAnIdentityBeforeTheFirstCommittee() external {
        id = _another(terms());
        enrol(id, 0);
        enrol(id, 0, FRESH);
        _assertEnrolled(owners[0], FRESH, 2, 0);
        assertEq(escrow.study(id).ownerCount, 1, "one owner still");
    }

    /// enrol, when the owner is a wallet contract, when it accepts the signature
    /// - it should enrol the wallet, or replace its identity
    function test_ReplacesTheIdentityOfAWalletContract() external {
        id = _another(terms());
        address wallet = address(new SmartWallet(owners[0]));
        bytes memory signature = ecdsa(ownerKeys[0], escrow.enrolDigest(id, wallet, "first", 0));
        escrow.enrol(id, wallet, "first", 0, new bytes32[](0), signature);
        signature = ecdsa(ownerKeys[0], escrow.enrolDigest(id, wallet, FRESH, 1));
        escrow.enrol(id, wallet, FRESH, 1, new bytes32[](0), signature);
        _assertEnrolled(wallet, FRESH, 2, 0);
    }

    /// enrol, when the signature is the owner's
    /// - it should store the identity, the next sequence and the registered epoch
    /// enrol, when the owner is on the roster with another identity
    /// - it should keep the owner's vote and claims
    /// enrolment, when it is on the roster: it should show its identity, its next sequence and the epoch it came in
    /// isVoter, when it came or came back since: it should say no
    function test_ALateOwnerIsMarkedWithTheRegisteredEpoch() external {
        id = _late();
        _assertEnrolled(owners[3], identityFor(owners[3]), 1, 1);
        assertTrue(!escrow.isVoter(id, owners[3]), "no vote yet");
        assertEq(escrow.study(id).voterCount, 3, "voters");
        // Another machine does not make it an older owner.
        enrol(id, 3, FRESH);
        _assertEnrolled(owners[3], FRESH, 2, 1);
        assertTrue(!escrow.isVoter(id, owners[3]), "still no vote");
        register(id, 2, committeeKey());
        assertTrue(escrow.isVoter(id, owners[3]), "a vote now");
    }

    /// enrol, when the signature is the owner's
    /// - it should store the identity, the next sequence and the registered epoch
    /// isVoter, when it came or came back since: it should say no
    function test_WhoComesBackIsNew() external {
        id = _late();
        leaveStudy(id, 0);
        assertEq(escrow.study(id).voterCount, 2, "a voter less");
        enrol(id, 0);
        _assertEnrolled(owners[0], identityFor(owners[0]), 3, 1);
        assertTrue(!escrow.isVoter(id, owners[0]), "no vote");
        assertEq(escrow.study(id).voterCount, 2, "no voter more");
        assertEq(escrow.study(id).ownerCount, 4, "on the roster");
    }

    /// enrol, when the owner is not on the roster, when a committee is registered and the study takes nobody late
    /// - it should revert
    function test_RevertWhen_TheStudyTakesNobodyLate() external {
        leaveStudy(id, 0);
        bytes memory signature = signEnrol(id, 0, FRESH, 2);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_LateEnrolmentExcluded.selector, id, owners[0])
        );
        escrow.enrol(id, owners[0], FRESH, 2, new bytes32[](0), signature);
    }

    /// enrol, when the owner is not on the roster, when the study is full: it should revert
    function test_RevertWhen_TheStudyIsFullLate() external {
        Launch memory plan = terms();
        plan.lateEnrolment = true;
        id = _another(plan);
        enrolAll(id);
        register(id, 1, committeeKey());
        uint256 key = uint256(keccak256("stranger"));
        bytes memory signature = ecdsa(key, escrow.enrolDigest(id, stranger, FRESH, 0));
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_StudyFull.selector, id, 4));
        escrow.enrol(id, stranger, FRESH, 0, new bytes32[](0), signature);
    }

    /// enrol, when settleBy has passed: it should revert
    function test_RevertWhen_SettleByHasPassed() external {
        bytes memory signature = signEnrol(id, 0, FRESH, 1);
        uint64 settleBy = terms().settleBy;
        vm.warp(settleBy + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_EnrolmentOver.selector, id, settleBy, settleBy + 1
            )
        );
        escrow.enrol(id, owners[0], FRESH, 1, new bytes32[](0), signature);
    }

    /// enrol, when enrolBy has passed and no committee is registered: it should revert
    function test_RevertWhen_EnrolByHasPassedBeforeTheFirstCommittee() external {
        id = _another(terms());
        enrolAll(id);
        bytes memory signature = signEnrol(id, 0, FRESH, 1);
        uint64 enrolBy = terms().enrolBy;
        vm.warp(enrolBy + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_EnrolmentOver.selector, id, enrolBy, enrolBy + 1)
        );
        escrow.enrol(id, owners[0], FRESH, 1, new bytes32[](0), signature);
    }

    /// enrol, when the roster is sealed: it should revert
    function test_RevertWhen_TheRosterIsSealed() external {
        leaveStudy(id, 3);
        escrow.sealRoster(id);
        bytes memory signature = signEnrol(id, 0, FRESH, 1);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_RosterIsSealed.selector, id));
        escrow.enrol(id, owners[0], FRESH, 1, new bytes32[](0), signature);
    }

    function _another(Launch memory plan) private returns (bytes32) {
        plan.salt = bytes32(uint256(1));
        return launch(plan);
    }

    /// A study that began with owners 0 to 2 and took owner 3 late.
    function _late() private returns (bytes32 study) {
        Launch memory plan = terms();
        plan.lateEnrolment = true;
        study = _another(plan);
        for (uint256 i = 0; i < 3; ++i) {
            enrol(study, i);
        }
        vm.warp(plan.enrolBy + 1);
        register(study, 1, committeeKey());
        enrol(study, 3);
    }

    function _assertEnrolled(address owner, bytes32 identity, uint64 sequence, uint64 since) private view {
        assertEq(
            abi.encode(escrow.enrolment(id, owner)),
            abi.encode(Enrolled(owner, identity, sequence, since)),
            "enrolment"
        );
        assertTrue(escrow.isEnrolled(id, owner), "on the roster");
    }
}
