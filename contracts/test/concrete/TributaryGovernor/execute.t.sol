// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IProtocolParameters} from "../../../src/interfaces/IProtocolParameters.sol";
import {GovernedParameters} from "../../utils/GovernedParameters.sol";
import {Proposal} from "../../utils/GovernanceFixture.sol";

contract TributaryGovernorExecuteTest is GovernedParameters {
    function _expectNotQueued(uint256 id, IGovernor.ProposalState current) private {
        vm.expectRevert(unexpectedState(id, current, bitmap(IGovernor.ProposalState.Queued)));
        execute(feeProposal());
    }

    /// when it was not queued: it should revert
    function test_RevertWhen_ItWasNotQueued() external {
        uint256 id = propose(alice, feeProposal());
        _expectNotQueued(id, IGovernor.ProposalState.Pending);
        vm.warp(governor.proposalSnapshot(id) + 1);
        vote(alice, id, FOR);
        _expectNotQueued(id, IGovernor.ProposalState.Active);
        vm.warp(governor.proposalDeadline(id) + 1 + MIN_DELAY);
        _expectNotQueued(id, IGovernor.ProposalState.Succeeded);
    }

    /// when the timelock's delay is not over: it should revert
    function test_RevertWhen_TheTimelocksDelayIsNotOver() external {
        uint256 id = succeed(feeProposal());
        queue(feeProposal());
        vm.warp(governor.proposalEta(id) - 1);
        vm.expectPartialRevert(TimelockController.TimelockUnexpectedOperationState.selector);
        execute(feeProposal());
        vm.warp(governor.proposalEta(id));
        execute(feeProposal());
    }

    /// when it was executed before: it should revert
    function test_RevertWhen_ItWasExecutedBefore() external {
        uint256 id = pass(feeProposal());
        _expectNotQueued(id, IGovernor.ProposalState.Executed);
    }

    /// when one of its calls fails: it should revert, undo the others, and leave it queued
    function test_RevertWhen_OneOfItsCallsFails() external {
        uint16 fee = parameters.MAX_FEE() + 1;
        Proposal memory p =
            add(feeProposal(), address(parameters), abi.encodeCall(parameters.setSaleFee, (fee)));
        uint256 id = ripen(p);
        vm.expectRevert(
            abi.encodeWithSelector(
                IProtocolParameters.ProtocolParameters_FeeAboveMaximum.selector, fee, fee - 1
            )
        );
        execute(p);
        assertEq(parameters.studyFeeBps(), STUDY_FEE, "undone");
        assertState(id, IGovernor.ProposalState.Queued, "still queued");
    }

    /// when all is right: it should do what was decided, whoever executes it
    function test_WhenAllIsRight() external {
        uint256 id = ripen(feeProposal());
        vm.prank(stranger);
        execute(feeProposal());
        assertEq(parameters.studyFeeBps(), 200, "done");
        assertState(id, IGovernor.ProposalState.Executed, "executed");
    }

    /// when somebody executes it at the timelock
    /// - it should do the same
    /// - it should count as executed
    /// state, when it was executed, at the timelock too: it should be executed
    function test_WhenSomebodyExecutesItAtTheTimelock() external {
        Proposal memory p = feeProposal();
        uint256 id = ripen(p);
        bytes32 salt = bytes20(address(governor)) ^ keccak256(bytes(p.description));
        vm.prank(stranger);
        timelock.executeBatch(p.targets, p.values, p.calldatas, 0, salt);
        assertEq(parameters.studyFeeBps(), 200, "done");
        assertState(id, IGovernor.ProposalState.Executed, "executed");
        _expectNotQueued(id, IGovernor.ProposalState.Executed);
    }
}
