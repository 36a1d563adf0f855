// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {StudyEscrow} from "../../../src/StudyEscrow.sol";
import {TributaryToken} from "../../../src/TributaryToken.sol";
import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {Launch, Settlement, StudyView} from "../../../src/types/Study.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {PayoutTree} from "../../utils/PayoutTree.sol";
import {StudyFixture} from "../../utils/StudyFixture.sol";

contract ClaimForTest is StudyFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = start();
    }

    /// when the proof is right
    /// - it should pay the owner the difference, whoever calls
    /// - it should emit PayoutClaimed
    function test_PaysTheDifferenceWhoeverCalls() external {
        settle(id, 1);
        bytes32[] memory proof = proofAfter(1, 2);
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.PayoutClaimed(id, owners[2], 3e18, 3e18);
        vm.prank(stranger);
        escrow.claimFor(id, owners[2], 3e18, proof);
        assertEq(token.balanceOf(owners[2]), 3e18, "first");
        assertEq(token.balanceOf(stranger), 0, "nothing to the caller");

        settle(id, 3);
        proof = proofAfter(3, 2);
        vm.expectEmit(address(escrow));
        emit IStudyEscrow.PayoutClaimed(id, owners[2], 6e18, 9e18);
        escrow.claimFor(id, owners[2], 9e18, proof);
        assertEq(token.balanceOf(owners[2]), 9e18, "both");
        assertEq(escrow.claimed(id, owners[2]), 9e18, "claimed");
        assertEq(escrow.study(id).paid, 9e18, "paid");
    }

    /// when the proof is right: it should pay the owner the difference, whoever calls
    function test_PaysEveryOwnerExactlyTheSettledSum() external {
        settle(id, 2);
        for (uint256 i = 0; i < owners.length; ++i) {
            claim(id, 2, i);
        }
        StudyView memory study = escrow.study(id);
        assertEq(study.paid, study.cumulativePayout, "all paid");
        assertEq(token.balanceOf(address(escrow)), BUDGET - study.paid, "held");
    }

    /// when the proof is right: it should pay after the owner has left or the study has closed
    function test_PaysAfterTheStudyIsClosed() external {
        settle(id, 3);
        vm.prank(researcher);
        escrow.close(id);
        claim(id, 3, 0);
        assertEq(token.balanceOf(owners[0]), 3e18, "paid");
    }

    /// when the proof is right: it should pay after the owner has left or the study has closed
    function test_PaysAfterARefund() external {
        settle(id, 1);
        vm.warp(terms().settleBy + 1);
        escrow.refund(id);
        for (uint256 i = 0; i < owners.length; ++i) {
            claim(id, 1, i);
        }
        assertEq(token.balanceOf(address(escrow)), 0, "nothing stays behind");
    }

    /// when the proof is right: it should pay the owner the difference, whoever calls
    function test_ATreeOfOneOwnerNeedsNoProof() external {
        Settlement memory s = settlement(id, 1);
        (s.payoutsRoot, s.cumulativePayout) = (PayoutTree.leaf(owners[1], 5e18), 5e18);
        escrow.settleRound(s, signSettlement(s), committeeKey());
        escrow.claimFor(id, owners[1], 5e18, new bytes32[](0));
        assertEq(token.balanceOf(owners[1]), 5e18, "paid");
    }

    /// when the proof is right: it should pay the owner the difference, whoever calls
    function test_TheTreeIsOpenZeppelinsStandardMerkleTree() external pure {
        // The example in the README of npm @openzeppelin/merkle-tree.
        address[] memory who = new address[](2);
        uint128[] memory amounts = new uint128[](2);
        (who[0], amounts[0]) = (0x1111111111111111111111111111111111111111, 5e18);
        (who[1], amounts[1]) = (0x2222222222222222222222222222222222222222, 25e17);
        assertEq(
            PayoutTree.root(who, amounts),
            0xd4dee0beab2d53f2cc83e567171bd2820e49898130a22622b10ead383e90bd77,
            "root"
        );
    }

    /// when the cumulative payout was claimed already: it should revert
    function test_RevertWhen_ClaimedAlready() external {
        settle(id, 2);
        claim(id, 2, 1);
        bytes32[] memory proof = proofAfter(2, 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_NothingToClaim.selector, id, owners[1], 4e18, 4e18
            )
        );
        escrow.claimFor(id, owners[1], 4e18, proof);
    }

    /// when the cumulative payout was claimed already: it should revert
    function test_RevertWhen_ALaterTreeGrantsLess() external {
        settle(id, 1);
        claim(id, 1, 3);
        Settlement memory s = settlement(id, 2);
        (s.payoutsRoot, s.cumulativePayout) = (PayoutTree.leaf(owners[3], 1e18), 10e18);
        escrow.settleRound(s, signSettlement(s), committeeKey());
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_NothingToClaim.selector, id, owners[3], 1e18, 4e18
            )
        );
        escrow.claimFor(id, owners[3], 1e18, new bytes32[](0));
    }

    /// when no round has settled: it should revert
    function test_RevertWhen_NoRoundHasSettled() external {
        _expectProofInvalid(id, 0, 1e18, proofAfter(1, 0));
        _expectProofInvalid(id, 0, 0, new bytes32[](0));
    }

    /// when the proof is for another owner, amount, round or study: it should revert
    function test_RevertWhen_TheProofIsForeign() external {
        settle(id, 1);
        // Another owner's proof, another amount, a node dropped or added.
        _expectProofInvalid(id, 0, 2e18, proofAfter(1, 1));
        _expectProofInvalid(id, 0, 1e18, proofAfter(1, 1));
        _expectProofInvalid(id, 0, 1e18 + 1, proofAfter(1, 0));
        _expectProofInvalid(id, 0, 1e18, new bytes32[](0));
        _expectProofInvalid(id, 0, 1e18, proofWith(proofAfter(1, 0)[0]));
    }

    /// when the proof is for another owner, amount, round or study: it should revert
    function test_RevertWhen_TheProofIsOfAnEarlierRound() external {
        settle(id, 1);
        settle(id, 2);
        _expectProofInvalid(id, 0, 1e18, proofAfter(1, 0));
    }

    /// when the proof is for another owner, amount, round or study: it should revert
    function test_RevertWhen_TheProofIsOfAnotherStudy() external {
        settle(id, 1);
        Launch memory plan = terms();
        plan.salt = bytes32(uint256(1));
        bytes32 other = launch(plan);
        enrolAll(other);
        register(other, 1, committeeKey());
        settle(other, 2);
        _expectProofInvalid(other, 0, 1e18, proofAfter(1, 0));
    }

    /// when the owner has never been on the roster: it should revert
    function test_RevertWhen_TheOwnerIsNotEnrolled() external {
        Settlement memory s = settlement(id, 1);
        (s.payoutsRoot, s.cumulativePayout) = (PayoutTree.leaf(stranger, 5e18), 5e18);
        escrow.settleRound(s, signSettlement(s), committeeKey());
        vm.expectRevert(abi.encodeWithSelector(IStudyEscrow.StudyEscrow_NotEnrolled.selector, id, stranger));
        escrow.claimFor(id, stranger, 5e18, new bytes32[](0));
    }

    /// when the tree grants more than its settlement: it should pay up to the settled sum and then revert
    function test_ClaimsStopAtTheSettledSum() external {
        // A second study's money lies in the same escrow; a tree that grants too much must not reach it.
        Launch memory plan = terms();
        plan.salt = bytes32(uint256(1));
        launch(plan);
        Settlement memory s = settlement(id, 1);
        s.cumulativePayout = 4e18;
        escrow.settleRound(s, signSettlement(s), committeeKey());
        claim(id, 1, 0);
        claim(id, 1, 2);
        bytes32[] memory proof = proofAfter(1, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IStudyEscrow.StudyEscrow_ClaimsAboveSettled.selector, id, 6e18, 4e18)
        );
        escrow.claimFor(id, owners[1], 2e18, proof);
        assertEq(token.balanceOf(address(escrow)), 2 * BUDGET - 4e18, "held");
    }

    /// when the token calls back: it should refuse the inner call and pay once
    function test_RefusesToBeReentered() external {
        HookedToken hooked = new HookedToken();
        (token, escrow) = (TributaryToken(address(hooked)), new StudyEscrow(hooked, datasets, parameters));
        hooked.mint(researcher, BUDGET);
        hooked.approveFor(researcher, address(escrow), BUDGET);
        id = start();
        settle(id, 3);
        hooked.callOnTransfer(
            address(escrow), abi.encodeCall(IStudyEscrow.claimFor, (id, owners[1], 6e18, proofAfter(3, 1)))
        );
        claim(id, 3, 0);

        assertEq(hooked.calls(), 1, "called back");
        assertTrue(!hooked.succeeded(), "refused");
        assertEq(
            hooked.returned(),
            abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "reason"
        );
        assertEq(hooked.balanceOf(owners[0]), 3e18, "paid once");
        assertEq(hooked.balanceOf(owners[1]), 0, "nothing through the back door");
        assertEq(escrow.study(id).paid, 3e18, "counted once");
    }

    function _expectProofInvalid(bytes32 study, uint256 index, uint128 cumulative, bytes32[] memory proof)
        private
    {
        vm.expectRevert(
            abi.encodeWithSelector(
                IStudyEscrow.StudyEscrow_ProofInvalid.selector, study, owners[index], cumulative
            )
        );
        escrow.claimFor(study, owners[index], cumulative, proof);
    }
}
