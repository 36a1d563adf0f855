// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {GovernedParameters} from "../../utils/GovernedParameters.sol";

contract TributaryGovernorStateTest is GovernedParameters {
    /// when there is no such proposal: it should revert
    function test_RevertWhen_ThereIsNoSuchProposal() external {
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorNonexistentProposal.selector, 7));
        governor.state(7);
    }

    /// when the voting has not begun: it should be pending
    /// when the voting goes on: it should be active
    /// when it was won: it should be succeeded
    /// when it waits in the timelock: it should be queued
    /// when it was executed, at the timelock too: it should be executed
    function test_GoesFromPendingToExecuted() external {
        uint256 id = propose(alice, feeProposal());
        vm.warp(governor.proposalSnapshot(id));
        assertState(id, IGovernor.ProposalState.Pending, "pending");
        vm.warp(block.timestamp + 1);
        assertState(id, IGovernor.ProposalState.Active, "active");
        vote(alice, id, FOR);
        vm.warp(governor.proposalDeadline(id));
        assertState(id, IGovernor.ProposalState.Active, "to the last second");
        vm.warp(block.timestamp + 1);
        assertState(id, IGovernor.ProposalState.Succeeded, "succeeded");
        queue(feeProposal());
        vm.warp(governor.proposalEta(id));
        assertState(id, IGovernor.ProposalState.Queued, "queued");
        execute(feeProposal());
        assertState(id, IGovernor.ProposalState.Executed, "executed");
    }

    /// when it was lost, or too few voted: it should be defeated
    function test_IsDefeatedWhenNobodyVotes() external {
        uint256 id = begin(feeProposal());
        vm.warp(governor.proposalDeadline(id) + 1);
        assertState(id, IGovernor.ProposalState.Defeated, "defeated");
    }
}
