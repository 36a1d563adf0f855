// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TributaryGovernor} from "../../../src/TributaryGovernor.sol";
import {TributaryTimelock} from "../../../src/TributaryTimelock.sol";
import {Proposal} from "../../utils/GovernanceFixture.sol";
import {GovernedParameters} from "../../utils/GovernedParameters.sol";

contract TributaryGovernorSettingsTest is GovernedParameters {
    function _calls() private view returns (bytes[] memory calls) {
        calls = new bytes[](6);
        calls[0] = abi.encodeCall(governor.setVotingDelay, (1));
        calls[1] = abi.encodeCall(governor.setVotingPeriod, (1));
        calls[2] = abi.encodeCall(governor.setProposalThreshold, (0));
        calls[3] = abi.encodeCall(governor.updateQuorumNumerator, (1));
        calls[4] = abi.encodeCall(governor.updateTimelock, (TributaryTimelock(payable(stranger))));
        calls[5] = abi.encodeCall(governor.relay, (address(token), 0, ""));
    }

    /// setVotingDelay, when the caller is not the timelock, or the timelock without a proposal: it should revert
    /// setVotingPeriod, when the caller is not the timelock, or the timelock without a proposal: it should revert
    /// setProposalThreshold, when the caller is not the timelock, or the timelock without a proposal
    /// - it should revert
    /// updateQuorumNumerator, when the caller is not the timelock, or the timelock without a proposal
    /// - it should revert
    /// updateTimelock, when the caller is not the timelock, or the timelock without a proposal: it should revert
    /// relay, when the caller is not the timelock, or the timelock without a proposal: it should revert
    function test_RevertWhen_TheCallerIsNotTheTimelock() external {
        address[4] memory callers = [alice, deployer, stranger, address(governor)];
        bytes[] memory calls = _calls();
        for (uint256 i = 0; i < calls.length; ++i) {
            for (uint256 j = 0; j < callers.length; ++j) {
                vm.prank(callers[j]);
                (bool succeeded, bytes memory refusal) = address(governor).call(calls[i]);
                assertTrue(!succeeded, "it was let in");
                bytes memory expected =
                    abi.encodeWithSelector(IGovernor.GovernorOnlyExecutor.selector, callers[j]);
                assertEq(refusal, expected, "refusal");
            }
        }
    }

    /// The governor itself must have asked for it: a call that found another way into the timelock is not enough.
    /// setVotingDelay, when the caller is not the timelock, or the timelock without a proposal: it should revert
    /// setVotingPeriod, when the caller is not the timelock, or the timelock without a proposal: it should revert
    /// setProposalThreshold, when the caller is not the timelock, or the timelock without a proposal
    /// - it should revert
    /// updateQuorumNumerator, when the caller is not the timelock, or the timelock without a proposal
    /// - it should revert
    /// updateTimelock, when the caller is not the timelock, or the timelock without a proposal: it should revert
    /// relay, when the caller is not the timelock, or the timelock without a proposal: it should revert
    function test_RevertWhen_TheTimelockCallsWithoutAProposal() external {
        bytes[] memory calls = _calls();
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(address(timelock));
            (bool succeeded,) = address(governor).call(calls[i]);
            assertTrue(!succeeded, "it was let in");
        }
    }

    /// setVotingDelay, when a proposal would set it to zero: it should revert
    function test_RevertWhen_AProposalWouldSetAVotingDelayOfZero() external {
        Proposal memory p = proposal(address(governor), abi.encodeCall(governor.setVotingDelay, (0)));
        ripen(p);
        vm.expectRevert(TributaryGovernor.TributaryGovernor_VotingDelayZero.selector);
        execute(p);
    }

    /// updateQuorumNumerator, when a proposal would set it to zero: it should revert
    function test_RevertWhen_AProposalWouldSetAQuorumOfZero() external {
        Proposal memory p = proposal(address(governor), abi.encodeCall(governor.updateQuorumNumerator, (0)));
        ripen(p);
        vm.expectRevert(TributaryGovernor.TributaryGovernor_QuorumZero.selector);
        execute(p);
    }

    /// setVotingDelay, when a proposal sets it: it should hold for proposals from then on
    /// setVotingPeriod, when a proposal sets it: it should hold for proposals from then on
    /// setProposalThreshold, when a proposal sets it: it should hold for proposals from then on
    /// updateQuorumNumerator, when a proposal sets it: it should hold for proposals from then on
    /// proposalThreshold: it should be the votes that a proposer needs now
    function test_WhenAProposalSetsThem() external {
        Proposal memory p = proposal(address(governor), abi.encodeCall(governor.setVotingDelay, (3 hours)));
        p = add(p, address(governor), abi.encodeCall(governor.setVotingPeriod, (4 hours)));
        p = add(p, address(governor), abi.encodeCall(governor.setProposalThreshold, (5e18)));
        p = add(p, address(governor), abi.encodeCall(governor.updateQuorumNumerator, (30)));
        p.description = "Be quick";
        uint256 running = propose(alice, feeProposal());
        pass(p);
        assertEq(governor.votingDelay(), 3 hours, "delay");
        assertEq(governor.votingPeriod(), 4 hours, "period");
        assertEq(governor.proposalThreshold(), 5e18, "threshold");
        assertEq(
            governor.proposalDeadline(running) - governor.proposalSnapshot(running),
            VOTING_PERIOD,
            "what was proposed before keeps its time"
        );
        uint256 moment = block.timestamp;
        vm.warp(moment + 1);
        assertEq(governor.quorum(moment), 3e26, "quorum now");
        assertEq(governor.quorum(governor.proposalSnapshot(running)), 25e25, "quorum then");
    }

    /// relay, when a proposal relays a call: it should call as the governor
    function test_WhenAProposalRelaysACall() external {
        token.transfer(address(governor), 7);
        bytes memory data = abi.encodeCall(token.transfer, (stranger, 7));
        pass(proposal(address(governor), abi.encodeCall(governor.relay, (address(token), 0, data))));
        assertEq(token.balanceOf(stranger), 7, "what was sent to the governor by mistake");
    }

    /// updateTimelock, when a proposal sets it: it should be the one that executes from then on
    function test_WhenAProposalNamesAnotherTimelock() external {
        TributaryTimelock other = new TributaryTimelock(MIN_DELAY, deployer);
        pass(proposal(address(governor), abi.encodeCall(governor.updateTimelock, (other))));
        assertEq(governor.timelock(), address(other), "timelock");
        // It did not make the governor one of its proposers, so nothing can be queued any more.
        succeed(feeProposal());
        vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
        queue(feeProposal());
    }
}
