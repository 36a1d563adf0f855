// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {
    GovernorVotesQuorumFraction
} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {TributaryGovernor} from "../../../src/TributaryGovernor.sol";
import {GovernedParameters} from "../../utils/GovernedParameters.sol";

contract TributaryGovernorConstructorTest is GovernedParameters {
    /// when the voting delay is zero: it should revert
    function test_RevertWhen_TheVotingDelayIsZero() external {
        vm.expectRevert(TributaryGovernor.TributaryGovernor_VotingDelayZero.selector);
        new TributaryGovernor(token, timelock, 0, VOTING_PERIOD, THRESHOLD, QUORUM_PERCENT);
    }

    /// when the voting period is zero: it should revert
    function test_RevertWhen_TheVotingPeriodIsZero() external {
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorInvalidVotingPeriod.selector, 0));
        new TributaryGovernor(token, timelock, VOTING_DELAY, 0, THRESHOLD, QUORUM_PERCENT);
    }

    /// when the quorum is zero: it should revert
    function test_RevertWhen_TheQuorumIsZero() external {
        vm.expectRevert(TributaryGovernor.TributaryGovernor_QuorumZero.selector);
        new TributaryGovernor(token, timelock, VOTING_DELAY, VOTING_PERIOD, THRESHOLD, 0);
    }

    /// when the quorum is above 100 per cent: it should revert
    function test_RevertWhen_TheQuorumIsAbove100PerCent() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                GovernorVotesQuorumFraction.GovernorInvalidQuorumFraction.selector, 101, 100
            )
        );
        new TributaryGovernor(token, timelock, VOTING_DELAY, VOTING_PERIOD, THRESHOLD, 101);
    }

    /// when all is given: it should count by the token's clock, with the given settings
    /// proposalThreshold: it should be the votes that a proposer needs now
    function test_WhenAllIsGiven() external view {
        assertEq(bytes(governor.name()), "Tributary", "name");
        assertEq(bytes(governor.version()), "1", "version");
        assertEq(address(governor.token()), address(token), "token");
        assertEq(governor.timelock(), address(timelock), "timelock");
        assertEq(governor.votingDelay(), VOTING_DELAY, "delay");
        assertEq(governor.votingPeriod(), VOTING_PERIOD, "period");
        assertEq(governor.proposalThreshold(), THRESHOLD, "threshold");
        assertEq(governor.quorum(block.timestamp - 1), token.totalSupply() / 4, "quorum");
        assertEq(governor.clock(), block.timestamp, "clock");
        assertEq(bytes(governor.CLOCK_MODE()), "mode=timestamp", "mode");
        assertEq(bytes(governor.COUNTING_MODE()), "support=bravo&quorum=for,abstain", "counting");
    }
}
