// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {GovernedParameters} from "../utils/GovernedParameters.sol";

/// What a transaction costs, base fee and calldata included: each call runs as a transaction of its own.
/// forge-config: default.isolate = true
contract TributaryGovernorGasTest is GovernedParameters {
    function _record(string memory name) private {
        vm.snapshotGasLastCall("TributaryGovernor", name);
    }

    function test_AFee() external {
        uint256 id = propose(alice, feeProposal());
        _record("propose (one call)");
        vm.warp(governor.proposalSnapshot(id) + 1);
        vote(alice, id, FOR);
        _record("castVote (first)");
        vote(bob, id, FOR);
        _record("castVote");
        vm.warp(governor.proposalDeadline(id) + 1);
        queue(feeProposal());
        _record("queue (one call)");
        vm.warp(governor.proposalEta(id));
        execute(feeProposal());
        _record("execute (one call)");
    }
}
