// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {BLS12381} from "../../../src/libraries/BLS12381.sol";
import {Launch, Status} from "../../../src/types/Study.sol";
import {SmartWallet} from "../../mocks/SmartWallet.sol";
import {BLSSigner} from "../../utils/BLSSigner.sol";
import {StudyFixture} from "../../utils/StudyFixture.sol";
import {OddPoints} from "../../vectors/OddPoints.sol";

contract RegisterCommitteeTest is StudyFixture {
    bytes32 private id;
    bytes private key;

    function setUp() public override {
        super.setUp();
        id = launch();
        key = committeeKey();
    }

    /// when a quorum signed
    /// - it should store the epoch and the key's hash
    /// - it should emit CommitteeRegistered
    /// committee, when one is: it should be its epoch and its key's hash
    function test_RegistersOnAQuorum() external {
        _sealed();
        assertEq(escrow.quorum(id), 3, "quorum of 4");
        (address[] memory signers, bytes[] memory signatures) = approvals(id, 1, key, 3);
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.CommitteeRegistered(id, 1, key, signers);
        vm.prank(stranger);
        escrow.registerCommittee(id, 1, key, signers, signatures);
        _assertCommittee(1, key);
    }

    /// when a quorum signed: it should store the epoch and the key's hash
    function test_RegistersOnAllOwners() external {
        _sealed();
        (address[] memory signers, bytes[] memory signatures) = approvals(id, 7, key, 4);
        escrow.registerCommittee(id, 7, key, signers, signatures);
        _assertCommittee(7, key);
    }

    /// when a quorum signed
    /// - it should store the epoch and the key's hash
    /// - it should let the roster change again
    function test_ALaterEpochReplacesTheCommittee() external {
        enrolAll(id);
        register(id, 1, key);
        leaveStudy(id, 3);
        bytes memory next = BLSSigner.publicKey(99);
        register(id, 2, next);
        _assertCommittee(2, next);
    }

    /// when a quorum signed: it should store the epoch and the key's hash
    function test_RegistersBeforeTheStudyIsFullOnceEnrolmentIsOver() external {
        enrol(id, 0);
        enrol(id, 1);
        vm.warp(terms().enrolBy + 1);
        register(id, 1, key);
        _assertCommittee(1, key);
    }

    /// when a quorum signed: it should store the epoch and the key's hash
    function test_AWalletContractMaySign() external {
        address wallet = address(new SmartWallet(owners[0]));
        bytes32 digest = escrow.enrolDigest(id, wallet, keccak256("wallet"), 0);
        escrow.enrol(id, wallet, keccak256("wallet"), 0, new bytes32[](0), ecdsa(ownerKeys[0], digest));
        vm.warp(terms().enrolBy);
        enrol(id, 1);
        vm.warp(terms().enrolBy + 1);
        escrow.sealRoster(id);
        digest = escrow.committeeKeyDigest(id, 1, keccak256(key));
        (address[] memory signers, bytes[] memory signatures) = (new address[](2), new bytes[](2));
        uint256 walletAt = wallet < owners[1] ? 0 : 1;
        (signers[walletAt], signatures[walletAt]) = (wallet, ecdsa(ownerKeys[0], digest));
        (signers[1 - walletAt], signatures[1 - walletAt]) = (owners[1], ecdsa(ownerKeys[1], digest));
        escrow.registerCommittee(id, 1, key, signers, signatures);
        _assertCommittee(1, key);
    }

    /// committeeKeyDigest: it should be the EIP-712 digest of what voters sign
    function test_DigestIsTheEip712One() external view {
        bytes32 typehash = keccak256("CommitteeKey(bytes32 study,uint64 epoch,bytes32 keyHash)");
        bytes32 message = keccak256(abi.encode(typehash, id, 5, keccak256(key)));
        assertEq(
            escrow.committeeKeyDigest(id, 5, keccak256(key)),
            keccak256(abi.encodePacked(hex"1901", escrow.domainSeparator(), message)),
            "digest"
        );
    }

    /// when the study is unknown or closed: it should revert
    function test_RevertWhen_StudyIsUnknown() external {
        bytes32 unknown = keccak256("unknown");
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_StudyNotOpen.selector, unknown, Status.None)
        );
        escrow.registerCommittee(unknown, 1, key, new address[](0), new bytes[](0));
    }

    /// when the study is unknown or closed: it should revert
    function test_RevertWhen_StudyIsClosed() external {
        _sealed();
        (address[] memory signers, bytes[] memory signatures) = approvals(id, 1, key, 3);
        vm.warp(terms().settleBy + 1);
        escrow.refund(id);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_StudyNotOpen.selector, id, Status.Closed)
        );
        escrow.registerCommittee(id, 1, key, signers, signatures);
    }

    /// when settleBy has passed: it should revert
    function test_RevertWhen_SettleByHasPassed() external {
        _sealed();
        (address[] memory signers, bytes[] memory signatures) = approvals(id, 1, key, 3);
        uint64 settleBy = terms().settleBy;
        vm.warp(settleBy + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_SettlementOver.selector, id, settleBy, settleBy + 1
            )
        );
        escrow.registerCommittee(id, 1, key, signers, signatures);
    }

    /// when the roster is not sealed: it should revert
    function test_RevertWhen_TheRosterIsNotSealed() external {
        enrolAll(id);
        _expectNotSealed(1);
        register(id, 1, key);
        // Sealing is for one registration, whether or not the roster has changed since.
        _expectNotSealed(2);
        leaveStudy(id, 3);
        _expectNotSealed(2);
    }

    /// when a quorum signed: it should make voters of all on the roster
    /// isVoter, when the owner was there at the last registration: it should say yes
    /// quorum, when owners came since the last registration: it should not count them
    function test_EverybodyOnTheRosterVotesAfterwards() external {
        Launch memory plan = terms();
        (plan.salt, plan.lateEnrolment, plan.maxOwners) = (bytes32(uint256(1)), true, 6);
        id = launch(plan);
        enrolAll(id);
        vm.warp(plan.enrolBy + 1);
        register(id, 1, key);
        _makeOwners(6);
        for (uint256 i = 0; i < 6; ++i) {
            if (!escrow.isEnrolled(id, owners[i])) enrol(id, i);
        }
        assertEq(escrow.study(id).voterCount, 4, "voters before");
        assertEq(escrow.quorum(id), 3, "quorum before");
        _registerByVoters(2);
        assertEq(escrow.study(id).voterCount, 6, "voters after");
        assertEq(escrow.quorum(id), 4, "quorum after");
        for (uint256 i = 0; i < 6; ++i) {
            assertTrue(escrow.isVoter(id, owners[i]), "votes");
        }
    }

    /// when the epoch is not higher than the last, or is 2^32 or more: it should revert
    function test_RevertWhen_EpochIsZero() external {
        _sealed();
        _expectEpochNotNewer(0, 0);
    }

    /// when the epoch is not higher than the last, or is 2^32 or more: it should revert
    function test_RevertWhen_EpochIsNotNewer() external {
        enrolAll(id);
        register(id, 5, key);
        leaveStudy(id, 3);
        escrow.sealRoster(id);
        _expectEpochNotNewer(5, 5);
        _expectEpochNotNewer(4, 5);
    }

    /// when the epoch is not higher than the last, or is 2^32 or more: it should revert
    function test_RevertWhen_EpochIsTooLarge() external {
        _sealed();
        uint64 most = type(uint32).max;
        (address[] memory signers, bytes[] memory signatures) = approvals(id, most + 1, key, 3);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_EpochTooLarge.selector, id, most + 1, most)
        );
        escrow.registerCommittee(id, most + 1, key, signers, signatures);
        (signers, signatures) = approvals(id, most, key, 3);
        escrow.registerCommittee(id, most, key, signers, signatures);
    }

    /// when signers and signatures differ in number: it should revert
    function test_RevertWhen_SignersAndSignaturesDifferInNumber() external {
        _sealed();
        (address[] memory signers,) = approvals(id, 1, key, 4);
        (, bytes[] memory signatures) = approvals(id, 1, key, 3);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_SignerCountMismatch.selector, 4, 3));
        escrow.registerCommittee(id, 1, key, signers, signatures);
    }

    /// when the signers are fewer than the quorum of the voters: it should revert
    function test_RevertWhen_QuorumIsMissed() external {
        _sealed();
        (address[] memory signers, bytes[] memory signatures) = approvals(id, 1, key, 2);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_QuorumMissed.selector, 2, 3));
        escrow.registerCommittee(id, 1, key, signers, signatures);
    }

    /// when a signer is repeated or out of order: it should revert
    function test_RevertWhen_ASignerIsRepeated() external {
        _sealed();
        (address[] memory signers, bytes[] memory signatures) = approvals(id, 1, key, 3);
        (signers[2], signatures[2]) = (signers[1], signatures[1]);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_SignersNotAscending.selector, owners[1], owners[1]
            )
        );
        escrow.registerCommittee(id, 1, key, signers, signatures);
    }

    /// when a signer is repeated or out of order: it should revert
    function test_RevertWhen_SignersAreOutOfOrder() external {
        _sealed();
        (address[] memory signers, bytes[] memory signatures) = approvals(id, 1, key, 3);
        (signers[0], signers[1]) = (signers[1], signers[0]);
        (signatures[0], signatures[1]) = (signatures[1], signatures[0]);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_SignersNotAscending.selector, owners[1], owners[0]
            )
        );
        escrow.registerCommittee(id, 1, key, signers, signatures);
    }

    /// when a signer is not on the roster, has left it, or came after the last registration: it should revert
    function test_RevertWhen_ASignerIsNotEnrolled() external {
        for (uint256 i = 0; i < 3; ++i) {
            enrol(id, i);
        }
        vm.warp(terms().enrolBy + 1);
        escrow.sealRoster(id);
        // Quorum of 3 owners is 2: the two who did enrol are not enough to carry a third who did not.
        (address[] memory signers, bytes[] memory signatures) = approvals(id, 1, key, 4);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NotVoter.selector, id, owners[3]));
        escrow.registerCommittee(id, 1, key, signers, signatures);
    }

    /// when a signer is not on the roster, has left it, or came after the last registration: it should revert
    function test_RevertWhen_ASignerHasLeft() external {
        enrolAll(id);
        register(id, 1, key);
        leaveStudy(id, 0);
        escrow.sealRoster(id);
        (address[] memory signers, bytes[] memory signatures) = approvals(id, 2, key, 3);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NotVoter.selector, id, owners[0]));
        escrow.registerCommittee(id, 2, key, signers, signatures);
    }

    /// when a signer is not on the roster, has left it, or came after the last registration: it should revert
    function test_RevertWhen_ASignerCameAfterTheLastRegistration() external {
        Launch memory plan = terms();
        (plan.salt, plan.lateEnrolment) = (bytes32(uint256(1)), true);
        id = start(plan);
        leaveStudy(id, 0);
        enrol(id, 0);
        escrow.sealRoster(id);
        (address[] memory signers, bytes[] memory signatures) = approvals(id, 2, key, 2);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NotVoter.selector, id, owners[0]));
        escrow.registerCommittee(id, 2, key, signers, signatures);
    }

    /// enrol, when the owner is on the roster with another identity
    /// - it should keep the owner's vote and claims
    function test_AReplacedIdentityKeepsItsVote() external {
        enrolAll(id);
        register(id, 1, key);
        enrol(id, 0, keccak256("a new machine"));
        assertTrue(escrow.isVoter(id, owners[0]), "votes");
        assertEq(escrow.study(id).voterCount, 4, "voters");
        register(id, 2, key);
        _assertCommittee(2, key);
    }

    /// when a signature is not its signer's, or covers another key, epoch or study: it should revert
    function test_RevertWhen_ASignatureIsAnothers() external {
        _sealed();
        (address[] memory signers, bytes[] memory signatures) = approvals(id, 1, key, 3);
        signatures[2] = signatures[0];
        _expectRefused(id, 1, key, signers, signatures, owners[2]);
    }

    /// when a signature is not its signer's, or covers another key, epoch or study: it should revert
    function test_RevertWhen_AnotherKeyEpochOrStudyWasSigned() external {
        _sealed();
        (address[] memory signers, bytes[] memory signatures) = approvals(id, 1, key, 3);
        _expectRefused(id, 1, BLSSigner.publicKey(99), signers, signatures, owners[0]);
        _expectRefused(id, 2, key, signers, signatures, owners[0]);
        Launch memory plan = terms();
        plan.salt = bytes32(uint256(1));
        bytes32 other = launch(plan);
        enrolAll(other);
        escrow.sealRoster(other);
        _expectRefused(other, 1, key, signers, signatures, owners[0]);
    }

    /// when the key is malformed, infinity, off the curve or outside the subgroup: it should revert
    function test_RevertWhen_TheKeyIsNoPointOfG1() external {
        _sealed();
        _expectKeyRefused(
            new bytes(96), abi.encodeWithSelector(BLS12381.BLS12381_KeyLengthInvalid.selector, 96, 128)
        );
        _expectKeyRefused(new bytes(128), abi.encodeWithSelector(BLS12381.BLS12381_PointAtInfinity.selector));
        _expectKeyRefused(
            bytes.concat(OddPoints.MODULUS, new bytes(64)),
            abi.encodeWithSelector(BLS12381.BLS12381_FieldElementNotCanonical.selector, 0)
        );
        bytes memory failed =
            abi.encodeWithSelector(BLS12381.BLS12381_PrecompileFailed.selector, address(0x0c));
        _expectKeyRefused(OddPoints.offCurve(2), failed);
        _expectKeyRefused(OddPoints.G1_OUTSIDE_SUBGROUP, failed);
    }

    /// All enrolled, and the roster sealed.
    function _sealed() private {
        enrolAll(id);
        escrow.sealRoster(id);
    }

    function _registerByVoters(uint64 epoch) private {
        escrow.sealRoster(id);
        bytes32 digest = escrow.committeeKeyDigest(id, epoch, keccak256(key));
        uint256 needed = escrow.quorum(id);
        (address[] memory signers, bytes[] memory signatures) = (new address[](needed), new bytes[](needed));
        uint256 count = 0;
        for (uint256 i = 0; count < needed; ++i) {
            if (!escrow.isVoter(id, owners[i])) continue;
            (signers[count], signatures[count]) = (owners[i], ecdsa(ownerKeys[i], digest));
            ++count;
        }
        escrow.registerCommittee(id, epoch, key, signers, signatures);
    }

    function _expectNotSealed(uint64 epoch) private {
        (address[] memory signers, bytes[] memory signatures) = approvals(id, epoch, key, 3);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_RosterNotSealed.selector, id));
        escrow.registerCommittee(id, epoch, key, signers, signatures);
    }

    function _expectEpochNotNewer(uint64 epoch, uint64 last) private {
        (address[] memory signers, bytes[] memory signatures) = approvals(id, epoch, key, 3);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_EpochNotNewer.selector, id, epoch, last)
        );
        escrow.registerCommittee(id, epoch, key, signers, signatures);
    }

    function _expectKeyRefused(bytes memory odd, bytes memory reason) private {
        (address[] memory signers, bytes[] memory signatures) = approvals(id, 1, odd, 3);
        vm.expectRevert(reason);
        escrow.registerCommittee(id, 1, odd, signers, signatures);
    }

    function _expectRefused(
        bytes32 study,
        uint64 epoch,
        bytes memory key_,
        address[] memory signers,
        bytes[] memory signatures,
        address culprit
    ) private {
        bytes32 digest = escrow.committeeKeyDigest(study, epoch, keccak256(key_));
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_SignatureInvalid.selector, culprit, digest)
        );
        escrow.registerCommittee(study, epoch, key_, signers, signatures);
    }

    function _assertCommittee(uint64 epoch, bytes memory expectedKey) private view {
        (uint64 registered, bytes32 keyHash) = escrow.committee(id);
        assertEq(registered, epoch, "epoch");
        assertEq(keyHash, keccak256(expectedKey), "key");
    }
}
