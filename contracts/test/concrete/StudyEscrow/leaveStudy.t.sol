// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {StudyEscrow} from "../../../src/StudyEscrow.sol";
import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {Enrolled, Launch, RosterStatus, Status} from "../../../src/types/Study.sol";
import {SmartWallet} from "../../mocks/SmartWallet.sol";
import {StudyFixture} from "../../utils/StudyFixture.sol";

contract LeaveStudyTest is StudyFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = start();
    }

    /// when the signature is the owner's
    /// - it should take the owner off the roster, whoever relays
    /// - it should leave the others as they are
    /// - it should take its vote
    /// - it should emit OwnerLeft
    /// enrolment, when it has left: it should keep its next sequence alone
    /// isEnrolled, when it never was, or has left: it should say no
    /// isVoter, when the owner is not on the roster: it should say no
    function test_LeavesWhoeverRelays() external {
        bytes memory signature = signLeave(id, 1, 1);
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.OwnerLeft(id, owners[1], 1);
        vm.prank(stranger);
        escrow.leaveStudy(id, owners[1], signature);

        assertTrue(!escrow.isEnrolled(id, owners[1]), "off the roster");
        assertTrue(!escrow.isVoter(id, owners[1]), "no vote");
        assertEq(
            abi.encode(escrow.enrolment(id, owners[1])), abi.encode(Enrolled(owners[1], 0, 2, 0)), "enrolment"
        );
        assertEq(escrow.study(id).ownerCount, 3, "count");
        assertEq(escrow.study(id).voterCount, 3, "voters");
        assertEq(escrow.quorum(id), 2, "quorum");
        assertTrue(escrow.study(id).roster == RosterStatus.Changed, "changed");
        _assertRoster([owners[0], owners[2], owners[3]]);
    }

    /// when the signature is the owner's: it should take the owner off the roster, whoever relays
    function test_TheLastToComeMayLeave() external {
        leaveStudy(id, 3);
        _assertRoster([owners[0], owners[1], owners[2]]);
    }

    /// when the signature is the owner's
    /// - it should take the owner off the roster, whoever relays
    /// - it should take its vote
    /// quorum, when there are no voters: it should be one
    function test_EverybodyMayLeave() external {
        for (uint256 i = 0; i < 4; ++i) {
            leaveStudy(id, i);
        }
        assertEq(escrow.study(id).ownerCount, 0, "count");
        assertEq(escrow.study(id).voterCount, 0, "voters");
        assertEq(rosterOf(id).length, 0, "roster");
        // Nobody can be a quorum of nobody: the study can only be refunded.
        escrow.sealRoster(id);
        bytes memory key = committeeKey();
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_QuorumMissed.selector, 0, 1));
        escrow.registerCommittee(id, 2, key, new address[](0), new bytes[](0));
    }

    /// when the signature is the owner's: it should take the owner off the roster, whoever relays
    function test_LeavesBeforeTheFirstCommittee() external {
        Launch memory plan = terms();
        plan.salt = bytes32(uint256(1));
        id = launch(plan);
        enrol(id, 0);
        leaveStudy(id, 0);
        assertEq(escrow.study(id).ownerCount, 0, "count");
        assertEq(escrow.study(id).voterCount, 0, "voters");
        enrol(id, 0);
        assertEq(escrow.enrolment(id, owners[0]).sequence, 3, "sequence");
    }

    /// when the signature is the owner's: it should keep what it has earned and been paid
    /// claimFor, when the proof is right: it should pay after the owner has left or the study has closed
    function test_KeepsWhatItEarned() external {
        settle(id, 1);
        claim(id, 1, 0);
        settle(id, 2);
        leaveStudy(id, 0);
        assertEq(escrow.claimed(id, owners[0]), 1e18, "paid before");
        claim(id, 2, 0);
        assertEq(token.balanceOf(owners[0]), 2e18, "and after");
    }

    /// when the owner is a wallet contract that accepts the signature: it should take the wallet off the roster
    function test_AWalletContractLeaves() external {
        Launch memory plan = terms();
        plan.salt = bytes32(uint256(1));
        id = launch(plan);
        address wallet = address(new SmartWallet(owners[0]));
        bytes memory signature = ecdsa(ownerKeys[0], escrow.enrolDigest(id, wallet, "wallet", 0));
        escrow.enrol(id, wallet, "wallet", 0, new bytes32[](0), signature);
        bytes32 digest = escrow.leaveDigest(id, wallet, 1);
        _expectRefused(wallet, digest, ecdsa(ownerKeys[1], digest));
        escrow.leaveStudy(id, wallet, ecdsa(ownerKeys[0], digest));
        assertTrue(!escrow.isEnrolled(id, wallet), "off the roster");
    }

    /// leaveDigest: it should be the EIP-712 digest of what the owner signs
    function test_DigestIsTheEip712One() external view {
        bytes32 typehash = keccak256("Leave(bytes32 study,address owner,uint64 sequence)");
        bytes32 message = keccak256(abi.encode(typehash, id, owners[0], uint64(7)));
        assertEq(
            escrow.leaveDigest(id, owners[0], 7),
            keccak256(abi.encodePacked(hex"1901", escrow.domainSeparator(), message)),
            "digest"
        );
    }

    /// when the study is unknown or closed: it should revert
    function test_RevertWhen_StudyIsUnknownOrClosed() external {
        bytes32 unknown = keccak256("unknown");
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_StudyNotOpen.selector, unknown, Status.None)
        );
        escrow.leaveStudy(unknown, owners[0], "");
        bytes memory signature = signLeave(id, 0, 1);
        vm.warp(terms().settleBy + 1);
        escrow.refund(id);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_StudyNotOpen.selector, id, Status.Closed)
        );
        escrow.leaveStudy(id, owners[0], signature);
    }

    /// when the roster is sealed: it should revert
    function test_RevertWhen_TheRosterIsSealed() external {
        leaveStudy(id, 0);
        escrow.sealRoster(id);
        bytes memory signature = signLeave(id, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_RosterIsSealed.selector, id));
        escrow.leaveStudy(id, owners[1], signature);
    }

    /// when the owner is not on the roster: it should revert
    function test_RevertWhen_TheOwnerIsNotOnTheRoster() external {
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NotEnrolled.selector, id, stranger));
        escrow.leaveStudy(id, stranger, "");
    }

    /// when the signature is not the owner's, or covers another sequence, study, contract or chain: it should revert
    function test_RevertWhen_SomebodyElseSigned() external {
        bytes32 digest = escrow.leaveDigest(id, owners[0], 1);
        _expectRefused(owners[0], digest, ecdsa(ownerKeys[1], digest));
        _expectRefused(owners[0], digest, "");
    }

    /// when the signature is not the owner's, or covers another sequence, study, contract or chain: it should revert
    function test_RevertWhen_AnotherSequenceStudyContractOrChainWasSigned() external {
        bytes32 digest = escrow.leaveDigest(id, owners[0], 1);
        _expectRefused(owners[0], digest, signLeave(id, 0, 0));
        _expectRefused(owners[0], digest, signLeave(id, 0, 2));
        Launch memory plan = terms();
        plan.salt = bytes32(uint256(1));
        _expectRefused(owners[0], digest, signLeave(launch(plan), 0, 1));
        StudyEscrow other = new StudyEscrow(token, datasets, parameters);
        _expectRefused(owners[0], digest, ecdsa(ownerKeys[0], other.leaveDigest(id, owners[0], 1)));
        bytes memory signature = signLeave(id, 0, 1);
        vm.chainId(block.chainid + 1);
        _expectRefused(owners[0], escrow.leaveDigest(id, owners[0], 1), signature);
    }

    function _expectRefused(address owner, bytes32 digest, bytes memory signature) private {
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_SignatureInvalid.selector, owner, digest)
        );
        escrow.leaveStudy(id, owner, signature);
    }

    function _assertRoster(address[3] memory expected) private view {
        Enrolled[] memory roster = rosterOf(id);
        assertEq(roster.length, 3, "size");
        for (uint256 i = 0; i < 3; ++i) {
            Enrolled memory stays = Enrolled(expected[i], identityFor(expected[i]), 1, 0);
            assertEq(abi.encode(roster[i]), abi.encode(stays), "as it came");
        }
    }
}
