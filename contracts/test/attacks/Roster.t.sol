// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IStudyEscrow} from "../../src/interfaces/IStudyEscrow.sol";
import {Launch, Settlement} from "../../src/types/Study.sol";
import {AllowList} from "../utils/AllowList.sol";
import {BLSSigner} from "../utils/BLSSigner.sol";
import {PayoutTree} from "../utils/PayoutTree.sol";
import {StudyFixture} from "../utils/StudyFixture.sol";

/// What an attacker would do to a roster, step by step, and where it ends.
contract RosterAttacksTest is StudyFixture {
    bytes32 private constant FRESH = keccak256("a new machine's identity");

    bytes32 private id;

    // ------------------------------------------------------------------------------------- signatures once more

    /// An owner lost its machine and enrolled with another. Whoever kept the first signature can't bring the lost
    /// identity back.
    function test_AnOldEnrolmentSignatureReplayed() external {
        id = launch();
        bytes memory first = signEnrol(id, 0, identityFor(owners[0]), 0);
        enrol(id, 0);
        enrol(id, 0, FRESH);
        _expectSequenceInvalid(0, 2, first);
        // Nor under the number that would fit now: that is not what was signed.
        bytes32 digest = escrow.enrolDigest(id, owners[0], identityFor(owners[0]), 2);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_SignatureInvalid.selector, owners[0], digest)
        );
        escrow.enrol(id, owners[0], identityFor(owners[0]), 2, new bytes32[](0), first);
        assertEq(identityOf(id, owners[0]), FRESH, "the new identity stays");
    }

    /// An owner left. Its enrolment does not put it back.
    function test_AnEnrolmentReplayedAfterItsOwnerLeft() external {
        id = launch();
        bytes memory first = signEnrol(id, 0, identityFor(owners[0]), 0);
        enrol(id, 0);
        leaveStudy(id, 0);
        _expectSequenceInvalid(0, 2, first);
    }

    /// An owner left and came back. Its leave does not throw it out again.
    function test_AReplayedLeave() external {
        id = launch();
        enrol(id, 0);
        bytes memory signature = signLeave(id, 0, 1);
        escrow.leaveStudy(id, owners[0], signature);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NotEnrolled.selector, id, owners[0]));
        escrow.leaveStudy(id, owners[0], signature);

        enrol(id, 0);
        bytes32 digest = escrow.leaveDigest(id, owners[0], 3);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_SignatureInvalid.selector, owners[0], digest)
        );
        escrow.leaveStudy(id, owners[0], signature);
    }

    /// An owner was removed, came back, and was a voter again. The quorum's old signatures don't remove it twice.
    function test_AReplayedRemoval() external {
        id = _startedOpen(4, 4);
        (address[] memory signers, bytes[] memory signatures) = removals(id, owners[3], 3);
        escrow.removeOwner(id, owners[3], signers, signatures);
        enrol(id, 3);
        register(id, 2, committeeKey());
        bytes32 digest = escrow.removeDigest(id, owners[3], 3);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_SignatureInvalid.selector, signers[0], digest)
        );
        escrow.removeOwner(id, owners[3], signers, signatures);
    }

    /// An owner wants to leave; its signature is no vote that it be removed, and no vote of its own for another.
    function test_ALeavePassedOffAsAVote() external {
        id = start();
        (address[] memory signers, bytes[] memory signatures) = removals(id, owners[3], 3);
        signatures[2] = signLeave(id, 2, 1);
        bytes32 digest = escrow.removeDigest(id, owners[3], 1);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_SignatureInvalid.selector, owners[2], digest)
        );
        escrow.removeOwner(id, owners[3], signers, signatures);
    }

    // -------------------------------------------------------------------------------------------------- Sybils

    /// Four owners run a study; one attacker enrols twelve wallets late, seals the roster with its own transaction
    /// and has its twelve sign a key of its own. They don't count before the four have registered a committee.
    function test_SybilsThatEnrolLateRegisterACommitteeOfTheirOwn() external {
        id = _startedOpen(4, 16);
        address[] memory honest = owners;
        _makeOwners(16);
        for (uint256 i = 0; i < 16; ++i) {
            if (!escrow.isEnrolled(id, owners[i])) enrol(id, i);
        }
        assertEq(escrow.study(id).ownerCount, 16, "they are on the roster");
        assertEq(escrow.quorum(id), 3, "and don't count");
        escrow.sealRoster(id);
        (address[] memory sybils, bytes[] memory signatures) = _sybils(honest);
        bytes memory key = BLSSigner.publicKey(666);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NotVoter.selector, id, sybils[0]));
        escrow.registerCommittee(id, 2, key, sybils, signatures);
        // The committee that was there goes on settling.
        (uint64 epoch, bytes32 keyHash) = escrow.committee(id);
        assertEq(epoch, 1, "epoch");
        assertEq(keyHash, keccak256(committeeKey()), "key");
    }

    /// The same wallets vote the four out, one after the other.
    function test_SybilsThatEnrolLateRemoveTheOthers() external {
        id = _startedOpen(4, 16);
        address[] memory honest = owners;
        _makeOwners(16);
        for (uint256 i = 0; i < 16; ++i) {
            if (!escrow.isEnrolled(id, owners[i])) enrol(id, i);
        }
        bytes32 digest = escrow.removeDigest(id, honest[0], 1);
        (address[] memory sybils, bytes[] memory signatures) = _sybils(honest);
        for (uint256 i = 0; i < signatures.length; ++i) {
            signatures[i] = ecdsa(_keyOf(sybils[i]), digest);
        }
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NotVoter.selector, id, sybils[0]));
        escrow.removeOwner(id, honest[0], sybils, signatures);
    }

    /// A study that takes nobody late has no room for Sybils, though it has room.
    function test_SybilsThatEnrolLateWhereNobodyMay() external {
        Launch memory plan = terms();
        plan.maxOwners = 16;
        id = launch(plan);
        enrolAll(id);
        vm.warp(plan.enrolBy + 1);
        register(id, 1, committeeKey());
        bytes memory signature =
            ecdsa(uint256(keccak256("stranger")), escrow.enrolDigest(id, stranger, FRESH, 0));
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_LateEnrolmentExcluded.selector, id, stranger)
        );
        escrow.enrol(id, stranger, FRESH, 0, new bytes32[](0), signature);
    }

    /// Three early owners of a study for sixteen remove whoever comes, so that they alone are there in the end.
    function test_EarlyOwnersKeepTheOthersOut() external {
        _makeOwners(16);
        id = launch();
        for (uint256 i = 0; i < 4; ++i) {
            enrol(id, i);
        }
        (address[] memory signers, bytes[] memory signatures) = removals(id, owners[3], 3);
        uint64 enrolBy = terms().enrolBy;
        vm.warp(enrolBy);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_EnrolmentStillOpen.selector, id, enrolBy, 4, 16)
        );
        escrow.removeOwner(id, owners[3], signers, signatures);
        // By the time they may, the others have come, and three are no quorum.
        for (uint256 i = 4; i < 16; ++i) {
            enrol(id, i);
        }
        vm.warp(enrolBy + 1);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_QuorumMissed.selector, 3, 11));
        escrow.removeOwner(id, owners[3], signers, signatures);
    }

    /// A stranger brings a proof of somebody on the list, and one of a tree of its own.
    function test_AStrangerOutsideTheAllowList() external {
        Launch memory plan = terms();
        plan.allowed = AllowList.root(owners);
        id = launch(plan);
        bytes memory signature =
            ecdsa(uint256(keccak256("stranger")), escrow.enrolDigest(id, stranger, FRESH, 0));
        address[] memory own = new address[](2);
        (own[0], own[1]) = (stranger, owners[0]);
        bytes32[][3] memory proofs =
            [AllowList.proof(owners, owners[0]), AllowList.proof(own, stranger), new bytes32[](0)];
        for (uint256 i = 0; i < proofs.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NotAllowed.selector, id, stranger)
            );
            escrow.enrol(id, stranger, FRESH, 0, proofs[i], signature);
        }
    }

    // ---------------------------------------------------------------------------------------- votes and seals

    /// Two of four want a rival out.
    function test_ARemovalSignedByAMinority() external {
        id = start();
        (address[] memory signers, bytes[] memory signatures) = removals(id, owners[3], 2);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_QuorumMissed.selector, 2, 3));
        escrow.removeOwner(id, owners[3], signers, signatures);
        // One of them twice, and a stranger, don't make it three.
        (signers, signatures) = removals(id, owners[3], 3);
        (signers[2], signatures[2]) = (signers[1], signatures[1]);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_SignersNotAscending.selector, owners[1], owners[1]
            )
        );
        escrow.removeOwner(id, owners[3], signers, signatures);
        assertTrue(escrow.isEnrolled(id, owners[3]), "still there");
    }

    /// While a committee is made for a sealed roster, nobody can slip in, out, or change the key it is reached by.
    function test_TheRosterChangedWhileSealed() external {
        id = _startedOpen(4, 6);
        leaveStudy(id, 3);
        escrow.sealRoster(id);
        bytes memory entry = abi.encode(rosterOf(id));
        bytes memory refused = abi.encodeWithSelector(IStudyEscrow.StudyEscrow_RosterIsSealed.selector, id);

        bytes memory signature =
            ecdsa(uint256(keccak256("stranger")), escrow.enrolDigest(id, stranger, FRESH, 0));
        vm.expectRevert(refused);
        escrow.enrol(id, stranger, FRESH, 0, new bytes32[](0), signature);
        signature = signEnrol(id, 0, FRESH, 1);
        vm.expectRevert(refused);
        escrow.enrol(id, owners[0], FRESH, 1, new bytes32[](0), signature);
        signature = signLeave(id, 0, 1);
        vm.expectRevert(refused);
        escrow.leaveStudy(id, owners[0], signature);
        (address[] memory signers, bytes[] memory signatures) = removals(id, owners[2], 3);
        vm.expectRevert(refused);
        escrow.removeOwner(id, owners[2], signers, signatures);
        vm.expectRevert(refused);
        escrow.sealRoster(id);

        assertEq(abi.encode(rosterOf(id)), entry, "as it was sealed");
        register(id, 2, committeeKey());
        enrol(id, 0, FRESH);
        assertEq(identityOf(id, owners[0]), FRESH, "changes are let in again");
    }

    /// Owners who are gone sign a committee for those who stayed.
    function test_OwnersThatLeftRegisterACommittee() external {
        id = start();
        leaveStudy(id, 0);
        leaveStudy(id, 1);
        escrow.sealRoster(id);
        bytes memory key = BLSSigner.publicKey(666);
        (address[] memory signers, bytes[] memory signatures) = approvals(id, 2, key, 2);
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NotVoter.selector, id, owners[0]));
        escrow.registerCommittee(id, 2, key, signers, signatures);
    }

    // -------------------------------------------------------------------------------------------------- money

    /// Whoever leaves, or is made to, keeps what it was granted, before and after; but is granted no more.
    function test_LeavingDoesNotLoseMoney() external {
        id = start();
        settle(id, 1);
        claim(id, 1, 3);
        settle(id, 2);
        leaveStudy(id, 3);
        removeOwner(id, 2);
        assertEq(escrow.claimed(id, owners[3]), 4e18, "claimed is remembered");
        claim(id, 2, 3);
        claim(id, 2, 2);
        assertEq(token.balanceOf(owners[3]), 8e18, "both rounds");
        assertEq(token.balanceOf(owners[2]), 6e18, "both rounds");
    }

    /// Leaving and coming back does not make what was paid payable again.
    function test_ClaimAfterLeaving() external {
        id = _startedOpen(4, 4);
        settle(id, 1);
        claim(id, 1, 3);
        leaveStudy(id, 3);
        _expectNothingToClaim(3);
        enrol(id, 3);
        _expectNothingToClaim(3);
        register(id, 2, committeeKey());
        _expectNothingToClaim(3);
        assertEq(token.balanceOf(owners[3]), 4e18, "once");
    }

    /// A claim of what an owner earned in the new committee's tree, after it left under the old one.
    function test_ALaterTreeStillPaysWhoLeft() external {
        id = start();
        settle(id, 1);
        leaveStudy(id, 3);
        register(id, 2, committeeKey());
        Settlement memory s = settlement(id, 2);
        s.epoch = 2;
        uint128[] memory payouts = payoutsAfter(2);
        s.cumulativePayout -= payouts[3] - 4e18;
        payouts[3] = 4e18;
        s.payoutsRoot = PayoutTree.root(owners, payouts);
        escrow.settleRound(s, signSettlement(s), committeeKey());
        escrow.claimFor(id, owners[3], 4e18, PayoutTree.proof(owners, payouts, 3));
        assertEq(token.balanceOf(owners[3]), 4e18, "the first round's");
    }

    // ----------------------------------------------------------------------------------------------- internals

    /// A study that takes owners late: `count` are there and have a committee, `most` may come.
    function _startedOpen(uint256 count, uint16 most) private returns (bytes32 study) {
        _makeOwners(count);
        Launch memory plan = terms();
        (plan.maxOwners, plan.lateEnrolment) = (most, true);
        study = launch(plan);
        enrolAll(study);
        vm.warp(plan.enrolBy + 1);
        register(study, 1, committeeKey());
    }

    /// All owners but the honest, and what they sign for a committee of their own.
    function _sybils(address[] memory honest)
        private
        view
        returns (address[] memory who, bytes[] memory signatures)
    {
        uint256 count = owners.length - honest.length;
        (who, signatures) = (new address[](count), new bytes[](count));
        bytes32 digest = escrow.committeeKeyDigest(id, 2, keccak256(BLSSigner.publicKey(666)));
        uint256 found = 0;
        for (uint256 i = 0; i < owners.length; ++i) {
            if (escrow.isVoter(id, owners[i])) continue;
            (who[found], signatures[found]) = (owners[i], ecdsa(ownerKeys[i], digest));
            ++found;
        }
        assertEq(found, count, "Sybils");
    }

    function _keyOf(address owner) private view returns (uint256) {
        uint256 i = 0;
        while (owners[i] != owner) {
            ++i;
        }
        return ownerKeys[i];
    }

    function _expectSequenceInvalid(uint64 sequence, uint64 expected, bytes memory signature) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_SequenceInvalid.selector, id, owners[0], sequence, expected
            )
        );
        escrow.enrol(id, owners[0], identityFor(owners[0]), sequence, new bytes32[](0), signature);
    }

    function _expectNothingToClaim(uint256 index) private {
        bytes32[] memory proof = proofAfter(1, index);
        uint128 cumulative = payoutsAfter(1)[index];
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_NothingToClaim.selector, id, owners[index], cumulative, cumulative
            )
        );
        escrow.claimFor(id, owners[index], cumulative, proof);
    }
}
