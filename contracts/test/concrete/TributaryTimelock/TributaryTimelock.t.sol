// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {TributaryTimelock} from "../../../src/TributaryTimelock.sol";
import {GovernedParameters} from "../../utils/GovernedParameters.sol";
import {Proposal} from "../../utils/GovernanceFixture.sol";

contract TributaryTimelockTest is GovernedParameters {
    bytes32 private constant ADMIN = 0;
    bytes32 private constant PROPOSER = keccak256("PROPOSER_ROLE");
    bytes32 private constant CANCELLER = keccak256("CANCELLER_ROLE");
    bytes32 private constant EXECUTOR = keccak256("EXECUTOR_ROLE");

    function _expectUnauthorized(address caller, bytes32 role) private {
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, caller, role)
        );
        vm.prank(caller);
    }

    /// constructor, when the admin is the zero address: it should revert
    function test_Constructor_RevertWhen_TheAdminIsTheZeroAddress() external {
        vm.expectRevert(TributaryTimelock.TributaryTimelock_AdminZero.selector);
        new TributaryTimelock(MIN_DELAY, address(0));
    }

    /// constructor, when all is given
    /// - it should appoint nobody to propose or to cancel
    /// - it should let everybody execute
    /// - it should set the delay
    function test_Constructor_WhenAllIsGiven() external {
        TributaryTimelock fresh = new TributaryTimelock(5 days, deployer);
        assertEq(fresh.getMinDelay(), 5 days, "delay");
        assertTrue(fresh.hasRole(ADMIN, deployer), "the admin");
        assertTrue(fresh.hasRole(ADMIN, address(fresh)), "itself");
        assertTrue(fresh.hasRole(EXECUTOR, address(0)), "everybody executes");
        address[3] memory others = [deployer, address(this), address(0)];
        for (uint256 i = 0; i < others.length; ++i) {
            assertTrue(!fresh.hasRole(PROPOSER, others[i]), "nobody proposes");
            assertTrue(!fresh.hasRole(CANCELLER, others[i]), "nobody cancels");
        }
    }

    /// grantRole, when the admin has not renounced: it should let the admin appoint, and nobody else
    function test_GrantRole_WhenTheAdminHasNotRenounced() external {
        timelock = new TributaryTimelock(MIN_DELAY, deployer);
        _expectUnauthorized(stranger, ADMIN);
        timelock.grantRole(PROPOSER, stranger);
        vm.prank(deployer);
        timelock.grantRole(PROPOSER, alice);
        assertTrue(timelock.hasRole(PROPOSER, alice), "appointed");
    }

    /// grantRole, when the admin has renounced: it should revert for everybody but the timelock
    function test_GrantRole_RevertWhen_TheAdminHasRenounced() external {
        address[4] memory callers = [deployer, address(governor), alice, stranger];
        for (uint256 i = 0; i < callers.length; ++i) {
            _expectUnauthorized(callers[i], ADMIN);
            timelock.grantRole(PROPOSER, callers[i]);
        }
    }

    /// grantRole, when the timelock decides it: it should appoint
    function test_GrantRole_WhenTheTimelockDecidesIt() external {
        pass(proposal(address(timelock), abi.encodeCall(timelock.grantRole, (CANCELLER, carol))));
        assertTrue(timelock.hasRole(CANCELLER, carol), "appointed");
    }

    /// scheduleBatch, when the caller is not the governor: it should revert
    function test_ScheduleBatch_RevertWhen_TheCallerIsNotTheGovernor() external {
        Proposal memory p = feeProposal();
        address[3] memory callers = [deployer, alice, stranger];
        for (uint256 i = 0; i < callers.length; ++i) {
            _expectUnauthorized(callers[i], PROPOSER);
            timelock.scheduleBatch(p.targets, p.values, p.calldatas, 0, 0, MIN_DELAY);
        }
    }

    /// scheduleBatch, when the delay is too short: it should revert
    function test_ScheduleBatch_RevertWhen_TheDelayIsTooShort() external {
        Proposal memory p = feeProposal();
        vm.expectRevert(
            abi.encodeWithSelector(
                TimelockController.TimelockInsufficientDelay.selector, MIN_DELAY - 1, MIN_DELAY
            )
        );
        vm.prank(address(governor));
        timelock.scheduleBatch(p.targets, p.values, p.calldatas, 0, 0, MIN_DELAY - 1);
    }

    /// updateDelay, when the caller is not the timelock: it should revert
    function test_UpdateDelay_RevertWhen_TheCallerIsNotTheTimelock() external {
        address[3] memory callers = [deployer, address(governor), alice];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(TimelockController.TimelockUnauthorizedCaller.selector, callers[i])
            );
            vm.prank(callers[i]);
            timelock.updateDelay(0);
        }
    }

    /// updateDelay, when governance decides it: it should set the delay of what is queued from then on
    function test_UpdateDelay_WhenGovernanceDecidesIt() external {
        pass(proposal(address(timelock), abi.encodeCall(timelock.updateDelay, (9 days))));
        assertEq(timelock.getMinDelay(), 9 days, "delay");
        uint256 id = succeed(feeProposal());
        queue(feeProposal());
        assertEq(governor.proposalEta(id), block.timestamp + 9 days, "from then on");
    }
}
