// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TributaryGovernor} from "../../../src/TributaryGovernor.sol";
import {GovernedParameters} from "../../utils/GovernedParameters.sol";

contract TributaryGovernorCastVoteTest is GovernedParameters {
    bytes32 private constant ACTIVE = bytes32(uint256(1 << uint8(IGovernor.ProposalState.Active)));

    function test_RevertWhen_TheVotingHasNotBegun() external {
        uint256 id = propose(alice, feeProposal());
        vm.warp(governor.proposalSnapshot(id));
        vm.expectRevert(unexpectedState(id, IGovernor.ProposalState.Pending, ACTIVE));
        vote(alice, id, FOR);
    }

    function test_RevertWhen_TheVotingIsOver() external {
        uint256 id = begin(feeProposal());
        vm.warp(governor.proposalDeadline(id));
        vote(alice, id, FOR);
        vm.warp(governor.proposalDeadline(id) + 1);
        vm.expectRevert(unexpectedState(id, IGovernor.ProposalState.Succeeded, ACTIVE));
        vote(bob, id, AGAINST);
    }

    function test_RevertWhen_TheVoterHasVoted() external {
        uint256 id = begin(feeProposal());
        vote(alice, id, FOR);
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorAlreadyCastVote.selector, alice));
        vote(alice, id, AGAINST);
    }

    function test_RevertWhen_TheKindOfVoteIsNoneOfTheThree() external {
        uint256 id = begin(feeProposal());
        vm.expectRevert(IGovernor.GovernorInvalidVoteType.selector);
        vote(alice, id, 3);
    }

    function test_WhenTheVotingGoesOn() external {
        uint256 id = propose(alice, feeProposal());
        uint256 snapshot = governor.proposalSnapshot(id);
        vm.warp(snapshot);
        vm.prank(bob);
        token.transfer(carol, 5); // Still counts.
        vm.warp(snapshot + 1);
        vm.prank(alice);
        token.transfer(carol, 1e26); // Comes too late to count.
        vote(alice, id, FOR);
        vote(bob, id, AGAINST);
        vote(carol, id, ABSTAIN);
        (uint256 against, uint256 inFavour, uint256 abstained) = governor.proposalVotes(id);
        assertEq(inFavour, 3e26, "for");
        assertEq(against, 2e26 - 5, "against");
        assertEq(abstained, 1e26 + 5, "abstained");
    }

    // ------------------------------------------------------------------------------------------ by signature

    function _sign(uint256 key, uint256 id, uint8 support) private view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Tributary"),
                keccak256("1"),
                block.chainid,
                address(governor)
            )
        );
        bytes32 ballot = keccak256("Ballot(uint256 proposalId,uint8 support,address voter,uint256 nonce)");
        bytes32 content = keccak256(abi.encode(ballot, id, support, alice, governor.nonces(alice)));
        return ecdsa(key, keccak256(abi.encodePacked(hex"1901", domain, content)));
    }

    function _expectRefused(uint256 id, uint8 support, bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorInvalidSignature.selector, alice));
        governor.castVoteBySig(id, support, alice, signature);
    }

    function test_BySig_RevertWhen_TheSignatureIsAnothers() external {
        uint256 id = begin(feeProposal());
        _expectRefused(id, FOR, _sign(1, id, FOR));
    }

    function test_BySig_RevertWhen_ItIsOverAnotherVoteChainOrGovernor() external {
        uint256 id = begin(feeProposal());
        bytes memory signature = _sign(ALICE_KEY, id, FOR);
        _expectRefused(id, AGAINST, signature);
        _expectRefused(id + 1, FOR, signature);
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        _expectRefused(id, FOR, signature);
        vm.chainId(here);
        governor =
            new TributaryGovernor(token, timelock, VOTING_DELAY, VOTING_PERIOD, THRESHOLD, QUORUM_PERCENT);
        _expectRefused(begin(feeProposal()), FOR, signature);
    }

    function test_BySig_WhenItIsTheVoters() external {
        uint256 id = begin(feeProposal());
        bytes memory signature = _sign(ALICE_KEY, id, FOR);
        vm.prank(stranger);
        governor.castVoteBySig(id, FOR, alice, signature);
        assertTrue(governor.hasVoted(id, alice), "voted");
        _expectRefused(id, FOR, signature); // The nonce is used up.
    }
}
