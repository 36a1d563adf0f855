// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {Enrolled, Launch, RosterStatus, Status} from "../../../src/types/Study.sol";
import {SmartWallet} from "../../mocks/SmartWallet.sol";
import {StudyFixture} from "../../utils/StudyFixture.sol";

contract RemoveOwnerTest is StudyFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = start();
    }

    /// when a quorum signed
    /// - it should take the owner off the roster, whoever relays
    /// - it should take its vote
    /// - it should emit OwnerRemoved
    function test_RemovesOnAQuorum() external {
        (address[] memory signers, bytes[] memory signatures) = removals(id, owners[3], 3);
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.OwnerRemoved(id, owners[3], 1, signers);
        vm.prank(stranger);
        escrow.removeOwner(id, owners[3], signers, signatures);

        assertEq(
            abi.encode(escrow.enrolment(id, owners[3])), abi.encode(Enrolled(owners[3], 0, 2, 0)), "enrolment"
        );
        assertTrue(!escrow.isEnrolled(id, owners[3]), "off the roster");
        assertEq(escrow.study(id).ownerCount, 3, "count");
        assertEq(escrow.study(id).voterCount, 3, "voters");
        assertTrue(escrow.study(id).roster == RosterStatus.Changed, "changed");
    }

    /// when a quorum signed: it should take the owner off the roster, whoever relays
    function test_ALateOwnerIsRemovedWithoutItsVote() external {
        Launch memory plan = terms();
        (plan.salt, plan.lateEnrolment) = (bytes32(uint256(1)), true);
        id = launch(plan);
        for (uint256 i = 0; i < 3; ++i) {
            enrol(id, i);
        }
        vm.warp(plan.enrolBy + 1);
        register(id, 1, committeeKey());
        enrol(id, 3);
        removeOwner(id, 3);
        assertEq(escrow.study(id).ownerCount, 3, "count");
        assertEq(escrow.study(id).voterCount, 3, "the voters are who they were");
    }

    /// when a quorum signed
    /// - it should take the owner off the roster, whoever relays
    /// - it should take its vote
    function test_WhoVanishedBeforeTheFirstCommitteeIsRemoved() external {
        id = _another();
        enrolAll(id);
        // The study is full: nobody can come any more.
        removeOwner(id, 3);
        assertEq(escrow.study(id).ownerCount, 3, "count");
        vm.warp(terms().enrolBy + 1);
        removeOwner(id, 2);
        register(id, 1, committeeKey());
        assertEq(escrow.study(id).voterCount, 2, "voters");
    }

    /// when a quorum signed: it should take the owner off the roster, whoever relays
    function test_AWalletContractSigns() external {
        id = _another();
        address wallet = address(new SmartWallet(owners[0]));
        bytes memory signature = ecdsa(ownerKeys[0], escrow.enrolDigest(id, wallet, "wallet", 0));
        escrow.enrol(id, wallet, "wallet", 0, new bytes32[](0), signature);
        enrol(id, 1);
        enrol(id, 2);
        vm.warp(terms().enrolBy + 1);
        bytes32 digest = escrow.removeDigest(id, owners[2], 1);
        (address[] memory signers, bytes[] memory signatures) = (new address[](2), new bytes[](2));
        uint256 walletAt = wallet < owners[1] ? 0 : 1;
        (signers[walletAt], signatures[walletAt]) = (wallet, ecdsa(ownerKeys[1], digest));
        (signers[1 - walletAt], signatures[1 - walletAt]) = (owners[1], ecdsa(ownerKeys[1], digest));
        _expectRefused(owners[2], signers, signatures, wallet, digest);
        signatures[walletAt] = ecdsa(ownerKeys[0], digest);
        escrow.removeOwner(id, owners[2], signers, signatures);
        assertTrue(!escrow.isEnrolled(id, owners[2]), "off the roster");
    }

    /// removeDigest: it should be the EIP-712 digest of what voters sign
    function test_DigestIsTheEip712One() external view {
        bytes32 typehash = keccak256("Remove(bytes32 study,address owner,uint64 sequence)");
        bytes32 message = keccak256(abi.encode(typehash, id, owners[0], uint64(7)));
        assertEq(
            escrow.removeDigest(id, owners[0], 7),
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
        escrow.removeOwner(unknown, owners[0], new address[](0), new bytes[](0));
        (address[] memory signers, bytes[] memory signatures) = removals(id, owners[3], 3);
        vm.warp(terms().settleBy + 1);
        escrow.refund(id);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_StudyNotOpen.selector, id, Status.Closed)
        );
        escrow.removeOwner(id, owners[3], signers, signatures);
    }

    /// when the roster is sealed: it should revert
    function test_RevertWhen_TheRosterIsSealed() external {
        leaveStudy(id, 0);
        escrow.sealRoster(id);
        (address[] memory signers, bytes[] memory signatures) = removals(id, owners[3], 4);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_RosterIsSealed.selector, id));
        escrow.removeOwner(id, owners[3], signers, signatures);
    }

    /// when no committee is registered and owners may still enrol: it should revert
    function test_RevertWhen_OwnersMayStillEnrol() external {
        id = _another();
        for (uint256 i = 0; i < 3; ++i) {
            enrol(id, i);
        }
        uint64 enrolBy = terms().enrolBy;
        vm.warp(enrolBy);
        (address[] memory signers, bytes[] memory signatures) = removals(id, owners[2], 2);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_EnrolmentStillOpen.selector, id, enrolBy, 3, 4)
        );
        escrow.removeOwner(id, owners[2], signers, signatures);
    }

    /// when the owner is not on the roster: it should revert
    function test_RevertWhen_TheOwnerIsNotOnTheRoster() external {
        (address[] memory signers, bytes[] memory signatures) = removals(id, stranger, 3);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NotEnrolled.selector, id, stranger));
        escrow.removeOwner(id, stranger, signers, signatures);
    }

    /// when signers and signatures differ in number: it should revert
    function test_RevertWhen_SignersAndSignaturesDifferInNumber() external {
        (address[] memory signers,) = removals(id, owners[3], 4);
        (, bytes[] memory signatures) = removals(id, owners[3], 3);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_SignerCountMismatch.selector, 4, 3));
        escrow.removeOwner(id, owners[3], signers, signatures);
    }

    /// when the signers are fewer than the quorum of the voters: it should revert
    function test_RevertWhen_QuorumIsMissed() external {
        (address[] memory signers, bytes[] memory signatures) = removals(id, owners[3], 2);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_QuorumMissed.selector, 2, 3));
        escrow.removeOwner(id, owners[3], signers, signatures);
    }

    /// when a signer is repeated or out of order: it should revert
    function test_RevertWhen_ASignerIsRepeatedOrOutOfOrder() external {
        (address[] memory signers, bytes[] memory signatures) = removals(id, owners[3], 3);
        (signers[2], signatures[2]) = (signers[1], signatures[1]);
        _expectNotAscending(signers, signatures, owners[1], owners[1]);
        (signers, signatures) = removals(id, owners[3], 3);
        (signers[0], signers[1]) = (signers[1], signers[0]);
        (signatures[0], signatures[1]) = (signatures[1], signatures[0]);
        _expectNotAscending(signers, signatures, owners[1], owners[0]);
    }

    /// when a signer is not on the roster, has left it, or came after the last registration: it should revert
    function test_RevertWhen_ASignerHasLeft() external {
        leaveStudy(id, 0);
        (address[] memory signers, bytes[] memory signatures) = removals(id, owners[3], 2);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NotVoter.selector, id, owners[0]));
        escrow.removeOwner(id, owners[3], signers, signatures);
    }

    /// when a signer is not on the roster, has left it, or came after the last registration: it should revert
    function test_RevertWhen_ASignerCameBackAfterTheLastRegistration() external {
        Launch memory plan = terms();
        (plan.salt, plan.lateEnrolment) = (bytes32(uint256(1)), true);
        id = start(plan);
        leaveStudy(id, 0);
        enrol(id, 0);
        (address[] memory signers, bytes[] memory signatures) = removals(id, owners[3], 2);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NotVoter.selector, id, owners[0]));
        escrow.removeOwner(id, owners[3], signers, signatures);
    }

    /// when a signature is not its signer's, or covers another owner, sequence or study: it should revert
    function test_RevertWhen_AnotherOwnerSequenceOrStudyWasSigned() external {
        bytes32 digest = escrow.removeDigest(id, owners[3], 1);
        (address[] memory signers, bytes[] memory signatures) = removals(id, owners[2], 3);
        _expectRefused(owners[3], signers, signatures, owners[0], digest);
        (signers, signatures) = signedByFirst(escrow.removeDigest(id, owners[3], 0), 3);
        _expectRefused(owners[3], signers, signatures, owners[0], digest);
        (signers, signatures) = signedByFirst(escrow.removeDigest(_another(), owners[3], 1), 3);
        _expectRefused(owners[3], signers, signatures, owners[0], digest);
    }

    function _another() private returns (bytes32) {
        Launch memory plan = terms();
        plan.salt = bytes32(uint256(1));
        return launch(plan);
    }

    function _expectNotAscending(
        address[] memory signers,
        bytes[] memory signatures,
        address previous,
        address next
    ) private {
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_SignersNotAscending.selector, previous, next)
        );
        escrow.removeOwner(id, owners[3], signers, signatures);
    }

    function _expectRefused(
        address owner,
        address[] memory signers,
        bytes[] memory signatures,
        address culprit,
        bytes32 digest
    ) private {
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_SignatureInvalid.selector, culprit, digest)
        );
        escrow.removeOwner(id, owner, signers, signatures);
    }
}
