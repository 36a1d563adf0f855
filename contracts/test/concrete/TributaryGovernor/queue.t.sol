// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {GovernedParameters} from "../../utils/GovernedParameters.sol";

contract TributaryGovernorQueueTest is GovernedParameters {
    function _expectNotSucceeded(uint256 id, IGovernor.ProposalState current) private {
        vm.expectRevert(unexpectedState(id, current, bitmap(IGovernor.ProposalState.Succeeded)));
        queue(feeProposal());
    }

    /// when the voting is not over: it should revert
    function test_RevertWhen_TheVotingIsNotOver() external {
        uint256 id = propose(alice, feeProposal());
        _expectNotSucceeded(id, IGovernor.ProposalState.Pending);
        vm.warp(governor.proposalSnapshot(id) + 1);
        vote(alice, id, FOR);
        vm.warp(governor.proposalDeadline(id));
        _expectNotSucceeded(id, IGovernor.ProposalState.Active);
    }

    /// when fewer votes than the quorum were cast: it should revert
    function test_RevertWhen_FewerVotesThanTheQuorumWereCast() external {
        uint256 id = begin(feeProposal());
        vote(bob, id, FOR);
        vm.warp(governor.proposalDeadline(id) + 1);
        _expectNotSucceeded(id, IGovernor.ProposalState.Defeated);
    }

    /// when no more are for it than against: it should revert
    /// state, when it was lost, or too few voted: it should be defeated
    function test_RevertWhen_NoMoreAreForItThanAgainst() external {
        uint256 id = begin(feeProposal());
        vote(alice, id, AGAINST);
        vote(bob, id, FOR);
        vote(carol, id, FOR);
        vm.warp(governor.proposalDeadline(id) + 1);
        _expectNotSucceeded(id, IGovernor.ProposalState.Defeated); // A tie.
    }

    /// when it was queued before: it should revert
    function test_RevertWhen_ItWasQueuedBefore() external {
        uint256 id = succeed(feeProposal());
        queue(feeProposal());
        _expectNotSucceeded(id, IGovernor.ProposalState.Queued);
    }

    /// when abstentions make up the quorum: it should queue
    function test_WhenAbstentionsMakeUpTheQuorum() external {
        uint256 id = begin(feeProposal());
        vote(alice, id, ABSTAIN);
        vote(carol, id, FOR);
        vm.warp(governor.proposalDeadline(id) + 1);
        queue(feeProposal());
        assertState(id, IGovernor.ProposalState.Queued, "queued");
    }

    /// when it succeeded: it should wait in the timelock, whoever queues it
    function test_WhenItSucceeded() external {
        uint256 id = succeed(feeProposal());
        assertState(id, IGovernor.ProposalState.Succeeded, "succeeded");
        queue(feeProposal());
        assertState(id, IGovernor.ProposalState.Queued, "queued");
        assertEq(governor.proposalEta(id), block.timestamp + MIN_DELAY, "when");
        assertEq(parameters.studyFeeBps(), STUDY_FEE, "nothing has changed yet");
    }
}
