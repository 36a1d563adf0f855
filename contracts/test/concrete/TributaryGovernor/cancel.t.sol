// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {GovernedParameters} from "../../utils/GovernedParameters.sol";
import {Proposal} from "../../utils/GovernanceFixture.sol";

contract TributaryGovernorCancelTest is GovernedParameters {
    function _expectUnable(uint256 id, address caller) private {
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorUnableToCancel.selector, id, caller));
        vm.prank(caller);
        cancel(feeProposal());
    }

    /// when the caller is not the proposer: it should revert
    function test_RevertWhen_TheCallerIsNotTheProposer() external {
        uint256 id = propose(alice, feeProposal());
        _expectUnable(id, bob);
        _expectUnable(id, deployer);
        _expectUnable(id, address(timelock));
    }

    /// when the voting has begun: it should revert
    function test_RevertWhen_TheVotingHasBegun() external {
        uint256 id = begin(feeProposal());
        _expectUnable(id, alice);
        vote(alice, id, FOR);
        vm.warp(governor.proposalDeadline(id) + 1);
        _expectUnable(id, alice);
        queue(feeProposal());
        _expectUnable(id, alice);
    }

    /// when the proposer calls before that: it should end the proposal for good
    /// state, when it was cancelled, in the timelock too: it should be canceled
    function test_WhenTheProposerCallsBeforeThat() external {
        uint256 id = propose(alice, feeProposal());
        vm.prank(alice);
        cancel(feeProposal());
        assertState(id, IGovernor.ProposalState.Canceled, "canceled");
        vm.expectRevert(unexpectedState(id, IGovernor.ProposalState.Canceled, 0));
        propose(alice, feeProposal());
        vm.warp(governor.proposalSnapshot(id) + 1);
        vm.expectRevert(
            unexpectedState(id, IGovernor.ProposalState.Canceled, bitmap(IGovernor.ProposalState.Active))
        );
        vote(alice, id, FOR);
    }

    /// A first decision names a guardian; the guardian then stops a second one while it waits.
    /// when governance cancels what the timelock holds: it should never be executed
    /// state, when it was cancelled, in the timelock too: it should be canceled
    function test_WhenGovernanceCancelsWhatTheTimelockHolds() external {
        bytes32 role = timelock.CANCELLER_ROLE();
        pass(proposal(address(timelock), abi.encodeCall(timelock.grantRole, (role, carol))));

        Proposal memory p = feeProposal();
        uint256 id = ripen(p);
        bytes32 salt = bytes20(address(governor)) ^ keccak256(bytes(p.description));
        bytes32 operation = timelock.hashOperationBatch(p.targets, p.values, p.calldatas, 0, salt);
        vm.prank(carol);
        timelock.cancel(operation);
        assertState(id, IGovernor.ProposalState.Canceled, "canceled");
        vm.expectRevert(
            unexpectedState(id, IGovernor.ProposalState.Canceled, bitmap(IGovernor.ProposalState.Queued))
        );
        execute(p);
        assertEq(parameters.studyFeeBps(), STUDY_FEE, "nothing changed");
    }
}
