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

    function test_Constructor_RevertWhen_TheAdminIsTheZeroAddress() external {
        vm.expectRevert(TributaryTimelock.TributaryTimelock_AdminZero.selector);
        new TributaryTimelock(MIN_DELAY, address(0));
    }

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

    function test_GrantRole_WhenTheAdminHasNotRenounced() external {
        timelock = new TributaryTimelock(MIN_DELAY, deployer);
        _expectUnauthorized(stranger, ADMIN);
        timelock.grantRole(PROPOSER, stranger);
        vm.prank(deployer);
        timelock.grantRole(PROPOSER, alice);
        assertTrue(timelock.hasRole(PROPOSER, alice), "appointed");
    }

    function test_GrantRole_RevertWhen_TheAdminHasRenounced() external {
        address[4] memory callers = [deployer, address(governor), alice, stranger];
        for (uint256 i = 0; i < callers.length; ++i) {
            _expectUnauthorized(callers[i], ADMIN);
            timelock.grantRole(PROPOSER, callers[i]);
        }
    }

    function test_GrantRole_WhenTheTimelockDecidesIt() external {
        pass(proposal(address(timelock), abi.encodeCall(timelock.grantRole, (CANCELLER, carol))));
        assertTrue(timelock.hasRole(CANCELLER, carol), "appointed");
    }

    function test_ScheduleBatch_RevertWhen_TheCallerIsNotTheGovernor() external {
        Proposal memory p = feeProposal();
        address[3] memory callers = [deployer, alice, stranger];
        for (uint256 i = 0; i < callers.length; ++i) {
            _expectUnauthorized(callers[i], PROPOSER);
            timelock.scheduleBatch(p.targets, p.values, p.calldatas, 0, 0, MIN_DELAY);
        }
    }

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

    function test_UpdateDelay_WhenGovernanceDecidesIt() external {
        pass(proposal(address(timelock), abi.encodeCall(timelock.updateDelay, (9 days))));
        assertEq(timelock.getMinDelay(), 9 days, "delay");
        uint256 id = succeed(feeProposal());
        queue(feeProposal());
        assertEq(governor.proposalEta(id), block.timestamp + 9 days, "from then on");
    }
}
