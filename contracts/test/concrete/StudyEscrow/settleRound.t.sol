// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {StudyEscrow} from "../../../src/StudyEscrow.sol";
import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {BLS12381} from "../../../src/libraries/BLS12381.sol";
import {Launch, Settlement, Status, StudyView} from "../../../src/types/Study.sol";
import {BLSSigner} from "../../utils/BLSSigner.sol";
import {StudyFixture} from "../../utils/StudyFixture.sol";
import {OddPoints} from "../../vectors/OddPoints.sol";

contract SettleRoundTest is StudyFixture {
    bytes32 private id;
    bytes private key;

    function setUp() public override {
        super.setUp();
        id = start();
        key = committeeKey();
    }

    /// when the committee signed
    /// - it should store round, root and payout, whoever relays
    /// - it should emit RoundSettled with every member
    /// - it should move no money
    function test_SettlesWhoeverRelays() external {
        Settlement memory s = settlement(id, 1);
        bytes memory signature = signSettlement(s);
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.RoundSettled(
            id, 1, 1, s.context, s.sums, s.scores, s.model, s.transcript, s.payoutsRoot, s.cumulativePayout
        );
        vm.prank(stranger);
        escrow.settleRound(s, signature, key);

        StudyView memory study = escrow.study(id);
        assertEq(study.lastRound, 1, "round");
        assertEq(study.cumulativePayout, 10e18, "cumulative");
        assertEq(study.payoutsRoot, s.payoutsRoot, "root");
        assertEq(study.paid, 0, "paid");
        assertEq(token.balanceOf(address(escrow)), BUDGET, "held");
    }

    /// when the committee signed: it should store round, root and payout, whoever relays
    function test_SettlesEveryRoundInTurn() external {
        for (uint64 round = 1; round <= 3; ++round) {
            settle(id, round);
            assertEq(escrow.study(id).cumulativePayout, uint256(round) * 10e18, "cumulative");
        }
    }

    /// when the committee signed: it should store round, root and payout, whoever relays
    function test_ARoundMayBeSkipped() external {
        settle(id, 3);
        assertEq(escrow.study(id).lastRound, 3, "round");
    }

    /// when the committee signed: it should store round, root and payout, whoever relays
    function test_SettlesInTheLastSecondUpToTheWholeBudget() external {
        Settlement memory s = settlement(id, 1);
        s.cumulativePayout = BUDGET;
        bytes memory signature = signSettlement(s);
        vm.warp(terms().settleBy);
        escrow.settleRound(s, signature, key);
        assertEq(escrow.study(id).cumulativePayout, BUDGET, "cumulative");
    }

    /// settlementDigest: it should be the EIP-712 digest of what the committee signs
    function test_DigestIsTheEip712One() external view {
        Settlement memory s = settlement(id, 2);
        bytes32 typehash = keccak256(
            "Settlement(bytes32 study,uint64 epoch,uint64 round,bytes32 context,bytes32 sums,bytes32 scores,bytes32 model,bytes32 transcript,bytes32 payoutsRoot,uint128 cumulativePayout)"
        );
        bytes memory head = abi.encode(typehash, s.study, s.epoch, s.round, s.context, s.sums);
        bytes memory tail = abi.encode(s.scores, s.model, s.transcript, s.payoutsRoot, s.cumulativePayout);
        assertEq(
            escrow.settlementDigest(s),
            keccak256(
                abi.encodePacked(hex"1901", escrow.domainSeparator(), keccak256(bytes.concat(head, tail)))
            ),
            "digest"
        );
    }

    // ------------------------------------------------------------------------------ thresholds of the committee

    /// when another key signed, or fewer members than the threshold combined: it should revert
    /// when the committee signed: it should store round, root and payout, whoever relays
    function test_AThresholdOfMembersSettlesAndAMinorityDoesNot() external {
        // Four members of whom three are needed: a polynomial of degree 2, its value at 0 the committee's secret.
        uint256[] memory polynomial = new uint256[](3);
        for (uint256 i = 0; i < 3; ++i) {
            polynomial[i] = uint256(keccak256(abi.encode("coefficient", i))) % BLSSigner.ORDER;
        }
        bytes memory thresholdKey = BLSSigner.publicKey(polynomial[0]);
        enrol(id, 0, "a new machine");
        register(id, 2, thresholdKey);
        Settlement memory s = settlement(id, 1);
        s.epoch = 2;

        _expectSignatureRefused(s, _combined(s, polynomial, _members(1, 4, 0)), thresholdKey);
        _expectSignatureRefused(s, _combined(s, polynomial, _members(2, 0, 0)), thresholdKey);
        escrow.settleRound(s, _combined(s, polynomial, _members(4, 1, 3)), thresholdKey);
        assertEq(escrow.study(id).lastRound, 1, "settled");
    }

    /// when the committee signed: it should store round, root and payout, whoever relays
    function test_AnyThresholdGivesTheSameSignature() external view {
        uint256[] memory polynomial = new uint256[](3);
        (polynomial[0], polynomial[1], polynomial[2]) = (COMMITTEE_SECRET, 5, 6);
        Settlement memory s = settlement(id, 1);
        bytes memory signature = signSettlement(s);
        assertEq(_combined(s, polynomial, _members(1, 2, 3)), signature, "1, 2, 3");
        assertEq(_combined(s, polynomial, _members(2, 3, 4)), signature, "2, 3, 4");
    }

    // ---------------------------------------------------------------------------------------- what was changed

    /// when any member of the settlement was changed: it should revert
    function test_RevertWhen_AMemberOfTheSettlementWasChanged() external {
        Settlement memory s = settlement(id, 1);
        bytes memory signature = signSettlement(s);
        Settlement memory changed = settlement(id, 1);
        changed.context = keccak256("changed");
        _expectSignatureRefused(changed, signature, key);
        changed = settlement(id, 1);
        changed.sums = keccak256("changed");
        _expectSignatureRefused(changed, signature, key);
        changed = settlement(id, 1);
        changed.scores = keccak256("changed");
        _expectSignatureRefused(changed, signature, key);
        changed = settlement(id, 1);
        changed.model = keccak256("changed");
        _expectSignatureRefused(changed, signature, key);
        changed = settlement(id, 1);
        changed.transcript = keccak256("changed");
        _expectSignatureRefused(changed, signature, key);
        changed = settlement(id, 1);
        changed.payoutsRoot = keccak256("changed");
        _expectSignatureRefused(changed, signature, key);
        changed = settlement(id, 1);
        changed.cumulativePayout += 1;
        _expectSignatureRefused(changed, signature, key);
        changed = settlement(id, 1);
        changed.round = 2;
        _expectSignatureRefused(changed, signature, key);
        escrow.settleRound(s, signature, key);
    }

    /// when the epoch is not the current one: it should revert
    /// when any member of the settlement was changed: it should revert
    function test_RevertWhen_TheEpochWasChanged() external {
        Settlement memory s = settlement(id, 1);
        bytes memory signature = signSettlement(s);
        s.epoch = 2;
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_EpochNotCurrent.selector, id, 2, 1));
        escrow.settleRound(s, signature, key);
        // The same committee under a new epoch: what it signed in the old one counts no more, in either form.
        enrol(id, 0, "a new machine");
        register(id, 2, key);
        _expectSignatureRefused(s, signature, key);
        s.epoch = 1;
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_EpochNotCurrent.selector, id, 1, 2));
        escrow.settleRound(s, signature, key);
    }

    /// when the signature is for another domain tag, study, contract or chain: it should revert
    function test_RevertWhen_SignedForAnotherStudy() external {
        Launch memory plan = terms();
        plan.salt = bytes32(uint256(1));
        bytes32 other = launch(plan);
        enrolAll(other);
        register(other, 1, key);
        Settlement memory s = settlement(id, 1);
        bytes memory signature = signSettlement(s);
        s.study = other;
        _expectSignatureRefused(s, signature, key);
    }

    /// when the signature is for another domain tag, study, contract or chain: it should revert
    function test_RevertWhen_SignedForAnotherContract() external {
        StudyEscrow first = escrow;
        escrow = new StudyEscrow(token, datasets, parameters);
        vm.prank(researcher);
        token.approve(address(escrow), BUDGET);
        bytes32 other = start();
        Settlement memory s = settlement(other, 1);
        bytes32 digest = first.settlementDigest(s);
        bytes memory signature = BLSSigner.sign(COMMITTEE_SECRET, bytes.concat(digest), SETTLEMENT_DOMAIN);
        _expectSignatureRefused(s, signature, key);
    }

    /// when the signature is for another domain tag, study, contract or chain: it should revert
    function test_RevertWhen_SignedForAnotherChain() external {
        Settlement memory s = settlement(id, 1);
        bytes memory signature = signSettlement(s);
        vm.chainId(block.chainid + 1);
        _expectSignatureRefused(s, signature, key);
    }

    /// when the signature is for another domain tag, study, contract or chain: it should revert
    function test_RevertWhen_SignedUnderAnotherDomainTag() external {
        Settlement memory s = settlement(id, 1);
        bytes memory digest = bytes.concat(escrow.settlementDigest(s));
        bytes memory signature =
            BLSSigner.sign(COMMITTEE_SECRET, digest, "TRIBUTARY-V1-CUT_BLS12381G2_XMD:SHA-256_SSWU_RO_");
        _expectSignatureRefused(s, signature, key);
    }

    /// when the key is not the registered one: it should revert
    /// when another key signed, or fewer members than the threshold combined: it should revert
    function test_RevertWhen_AnotherKeySigned() external {
        Settlement memory s = settlement(id, 1);
        bytes memory signature = signSettlement(s, COMMITTEE_SECRET + 1);
        _expectSignatureRefused(s, signature, key);
        bytes memory otherKey = BLSSigner.publicKey(COMMITTEE_SECRET + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_KeyMismatch.selector, id, keccak256(otherKey), keccak256(key)
            )
        );
        escrow.settleRound(s, signature, otherKey);
    }

    /// when another key signed, or fewer members than the threshold combined: it should revert
    function test_RevertWhen_TheCommitteeWasReplaced() external {
        Settlement memory s = settlement(id, 1);
        bytes memory next = BLSSigner.publicKey(99);
        enrol(id, 0, "a new machine");
        register(id, 2, next);
        s.epoch = 2;
        _expectSignatureRefused(s, signSettlement(s), next);
    }

    // -------------------------------------------------------------------------------------------------- replay

    /// when the settlement was settled before: it should revert
    function test_RevertWhen_SettledBefore() external {
        Settlement memory s = settlement(id, 1);
        bytes memory signature = signSettlement(s);
        escrow.settleRound(s, signature, key);
        _expectRoundInvalid(s, signature, 1);
        settle(id, 2);
        _expectRoundInvalid(s, signature, 2);
    }

    /// when the round is zero, settled, or above the study's rounds: it should revert
    function test_RevertWhen_ASecondSettlementOfARoundIsSigned() external {
        settle(id, 1);
        Settlement memory s = settlement(id, 1);
        s.cumulativePayout += 1;
        _expectRoundInvalid(s, signSettlement(s), 1);
    }

    // ----------------------------------------------------------------------------------------- what can't stand

    /// when the round is zero, settled, or above the study's rounds: it should revert
    function test_RevertWhen_RoundIsOutOfRange() external {
        Settlement memory s = settlement(id, 0);
        _expectRoundInvalid(s, signSettlement(s), 0);
        s = settlement(id, 4);
        _expectRoundInvalid(s, signSettlement(s), 0);
    }

    /// when the cumulative payout shrinks or exceeds the budget: it should revert
    function test_RevertWhen_PayoutShrinks() external {
        settle(id, 1);
        Settlement memory s = settlement(id, 2);
        s.cumulativePayout = 10e18 - 1;
        bytes memory signature = signSettlement(s);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_PayoutShrinks.selector, id, 10e18 - 1, 10e18)
        );
        escrow.settleRound(s, signature, key);
    }

    /// when the cumulative payout shrinks or exceeds the budget: it should revert
    function test_RevertWhen_PayoutIsAboveTheBudget() external {
        Settlement memory s = settlement(id, 1);
        s.cumulativePayout = BUDGET + 1;
        bytes memory signature = signSettlement(s);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_PayoutAboveBudget.selector, id, BUDGET + 1, BUDGET
            )
        );
        escrow.settleRound(s, signature, key);
    }

    /// when no committee is registered: it should revert
    function test_RevertWhen_NoCommitteeIsRegistered() external {
        Launch memory plan = terms();
        plan.salt = bytes32(uint256(1));
        bytes32 other = launch(plan);
        Settlement memory s = settlement(other, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_EpochNotCurrent.selector, other, 1, 0)
        );
        escrow.settleRound(s, new bytes(256), key);
        s.epoch = 0;
        bytes memory signature = signSettlement(s);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_KeyMismatch.selector, other, keccak256(key), bytes32(0)
            )
        );
        escrow.settleRound(s, signature, key);
    }

    /// when the study is unknown or closed: it should revert
    function test_RevertWhen_StudyIsUnknown() external {
        Settlement memory s = settlement(keccak256("unknown"), 1);
        bytes memory signature = signSettlement(s);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_StudyNotOpen.selector, s.study, Status.None)
        );
        escrow.settleRound(s, signature, key);
    }

    /// when the study is unknown or closed: it should revert
    function test_RevertWhen_StudyIsClosed() external {
        settle(id, 3);
        vm.prank(researcher);
        escrow.close(id);
        Settlement memory s = settlement(id, 3);
        bytes memory signature = signSettlement(s);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_StudyNotOpen.selector, id, Status.Closed)
        );
        escrow.settleRound(s, signature, key);
    }

    /// when settleBy has passed: it should revert
    function test_RevertWhen_SettleByHasPassed() external {
        Settlement memory s = settlement(id, 1);
        bytes memory signature = signSettlement(s);
        uint64 settleBy = terms().settleBy;
        vm.warp(settleBy + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_SettlementOver.selector, id, settleBy, settleBy + 1
            )
        );
        escrow.settleRound(s, signature, key);
    }

    /// when the signature is malformed, infinity, off the curve or outside the subgroup: it should revert
    function test_RevertWhen_TheSignatureIsNoPointOfG2() external {
        _expectPointRefused(
            "", abi.encodeWithSelector(BLS12381.BLS12381_SignatureLengthInvalid.selector, 0, 256)
        );
        _expectPointRefused(
            new bytes(255),
            abi.encodeWithSelector(BLS12381.BLS12381_SignatureLengthInvalid.selector, 255, 256)
        );
        _expectPointRefused(
            new bytes(257),
            abi.encodeWithSelector(BLS12381.BLS12381_SignatureLengthInvalid.selector, 257, 256)
        );
        _expectPointRefused(
            new bytes(256), abi.encodeWithSelector(BLS12381.BLS12381_PointAtInfinity.selector)
        );
        _expectPointRefused(
            bytes.concat(new bytes(192), OddPoints.MODULUS),
            abi.encodeWithSelector(BLS12381.BLS12381_FieldElementNotCanonical.selector, 3)
        );
        bytes memory failed =
            abi.encodeWithSelector(BLS12381.BLS12381_PrecompileFailed.selector, address(0x0f));
        _expectPointRefused(OddPoints.offCurve(4), failed);
        _expectPointRefused(OddPoints.G2_OUTSIDE_SUBGROUP, failed);
    }

    function _members(uint256 a, uint256 b, uint256 c) private pure returns (uint256[] memory indices) {
        indices = new uint256[](c > 0 ? 3 : b > 0 ? 2 : 1);
        indices[0] = a;
        if (b > 0) indices[1] = b;
        if (c > 0) indices[2] = c;
    }

    function _combined(Settlement memory s, uint256[] memory polynomial, uint256[] memory indices)
        private
        view
        returns (bytes memory)
    {
        bytes[] memory shares = new bytes[](indices.length);
        for (uint256 i = 0; i < indices.length; ++i) {
            shares[i] = signSettlement(s, BLSSigner.share(polynomial, indices[i]));
        }
        return BLSSigner.combine(indices, shares);
    }

    function _expectSignatureRefused(Settlement memory s, bytes memory signature, bytes memory key_) private {
        bytes32 digest = escrow.settlementDigest(s);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_CommitteeSignatureInvalid.selector, s.study, s.round, digest
            )
        );
        escrow.settleRound(s, signature, key_);
    }

    function _expectRoundInvalid(Settlement memory s, bytes memory signature, uint64 last) private {
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_RoundInvalid.selector, id, s.round, last, 3)
        );
        escrow.settleRound(s, signature, key);
    }

    function _expectPointRefused(bytes memory signature, bytes memory reason) private {
        Settlement memory s = settlement(id, 1);
        vm.expectRevert(reason);
        escrow.settleRound(s, signature, key);
    }
}
