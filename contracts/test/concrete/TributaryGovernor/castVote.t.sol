// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {GovernedParameters} from "../../utils/GovernedParameters.sol";

contract TributaryGovernorCastVoteTest is GovernedParameters {
    bytes32 private constant ACTIVE = bytes32(uint256(1 << uint8(IGovernor.ProposalState.Active)));

    /// when the voting has not begun: it should revert
    function test_RevertWhen_TheVotingHasNotBegun() external {
        uint256 id = propose(alice, feeProposal());
        vm.warp(governor.proposalSnapshot(id));
        vm.expectRevert(unexpectedState(id, IGovernor.ProposalState.Pending, ACTIVE));
        vote(alice, id, FOR);
    }

    /// when the voting is over: it should revert
    function test_RevertWhen_TheVotingIsOver() external {
        uint256 id = begin(feeProposal());
        vm.warp(governor.proposalDeadline(id));
        vote(alice, id, FOR);
        vm.warp(governor.proposalDeadline(id) + 1);
        vm.expectRevert(unexpectedState(id, IGovernor.ProposalState.Succeeded, ACTIVE));
        vote(bob, id, AGAINST);
    }

    /// when the voter has voted: it should revert
    function test_RevertWhen_TheVoterHasVoted() external {
        uint256 id = begin(feeProposal());
        vote(alice, id, FOR);
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorAlreadyCastVote.selector, alice));
        vote(alice, id, AGAINST);
    }

    /// when the kind of vote is none of the three: it should revert
    function test_RevertWhen_TheKindOfVoteIsNoneOfTheThree() external {
        uint256 id = begin(feeProposal());
        vm.expectRevert(IGovernor.GovernorInvalidVoteType.selector);
        vote(alice, id, 3);
    }

    /// when the voting goes on: it should count what was delegated to the voter when it began
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
}
