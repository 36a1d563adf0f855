// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {GovernedParameters} from "../../utils/GovernedParameters.sol";
import {Proposal} from "../../utils/GovernanceFixture.sol";

contract TributaryGovernorProposeTest is GovernedParameters {
    function _expectTooFewVotes(uint256 votes) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IGovernor.GovernorInsufficientProposerVotes.selector, stranger, votes, THRESHOLD
            )
        );
        propose(stranger, feeProposal());
    }

    /// when the proposer has fewer votes than the threshold: it should revert
    function test_RevertWhen_TheProposerHasFewerVotesThanTheThreshold() external {
        _expectTooFewVotes(0);
        fund(token, stranger, THRESHOLD - 1);
        vm.warp(block.timestamp + 1);
        _expectTooFewVotes(THRESHOLD - 1);
        fund(token, stranger, 1);
        vm.warp(block.timestamp + 1);
        propose(stranger, feeProposal());
    }

    /// when the proposer has got its votes in this very second: it should revert
    function test_RevertWhen_TheProposerHasGotItsVotesInThisVerySecond() external {
        fund(token, stranger, THRESHOLD);
        _expectTooFewVotes(0);
    }

    /// when the proposal has no call: it should revert
    function test_RevertWhen_TheProposalHasNoCall() external {
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorInvalidProposalLength.selector, 0, 0, 0));
        propose(alice, Proposal(new address[](0), new uint256[](0), new bytes[](0), "Nothing"));
    }

    /// when the same was proposed before: it should revert
    function test_RevertWhen_TheSameWasProposedBefore() external {
        uint256 id = propose(alice, feeProposal());
        vm.expectRevert(unexpectedState(id, IGovernor.ProposalState.Pending, 0));
        propose(bob, feeProposal());
    }

    /// Who copies a proposal from the queue of transactions and submits it first could cancel it.
    /// when the description names another proposer: it should revert
    function test_RevertWhen_TheDescriptionNamesAnotherProposer() external {
        Proposal memory p = feeProposal();
        p.description = string.concat("Do it #proposer=", Strings.toHexString(alice));
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorRestrictedProposer.selector, bob));
        propose(bob, p);
        assertEq(governor.proposalProposer(propose(alice, p)), alice, "proposer");
    }

    /// when all is right
    /// - it should wait for the voting delay
    /// - it should need queuing
    /// state, when the voting has not begun: it should be pending
    /// proposalNeedsQueuing: it should say yes
    function test_WhenAllIsRight() external {
        uint256 id = propose(alice, feeProposal());
        assertEq(id, idOf(feeProposal()), "id");
        assertState(id, IGovernor.ProposalState.Pending, "pending");
        assertEq(governor.proposalSnapshot(id), block.timestamp + VOTING_DELAY, "snapshot");
        assertEq(governor.proposalDeadline(id), block.timestamp + VOTING_DELAY + VOTING_PERIOD, "deadline");
        assertEq(governor.proposalProposer(id), alice, "proposer");
        assertTrue(governor.proposalNeedsQueuing(id), "needs queuing");
    }
}
