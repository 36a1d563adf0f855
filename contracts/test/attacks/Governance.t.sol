// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {TributaryGovernor} from "../../src/TributaryGovernor.sol";
import {FlashLender} from "../mocks/FlashLender.sol";
import {FlashVoter} from "../mocks/FlashVoter.sol";
import {Reenterer} from "../mocks/Reenterer.sol";
import {GovernedParameters} from "../utils/GovernedParameters.sol";
import {Proposal} from "../utils/GovernanceFixture.sol";

/// Somebody wants a decision that the token's holders did not make.
contract GovernanceAttacks is GovernedParameters {
    uint256 private constant LOAN = 4e26;

    FlashLender private lender;
    FlashVoter private voter;

    function setUp() public override {
        super.setUp();
        lender = new FlashLender(token);
        token.transfer(address(lender), LOAN);
        voter = new FlashVoter(token, lender);
        vm.warp(block.timestamp + 1);
    }

    /// To take all of the treasury.
    function _theft() private view returns (Proposal memory) {
        return proposal(address(token), abi.encodeCall(token.transfer, (stranger, 1)));
    }

    // ------------------------------------------------------------------------------------------ borrowed votes

    function test_BorrowedVotesDoNotPropose() external {
        Proposal memory p = _theft();
        bytes memory data =
            abi.encodeCall(IGovernor.propose, (p.targets, p.values, p.calldatas, p.description));
        voter.attack(LOAN, address(governor), data);
        assertEq(voter.votesInHand(), LOAN, "it had the votes");
        assertTrue(!voter.succeeded(), "proposed");
        assertEq(
            voter.returned(),
            abi.encodeWithSelector(
                IGovernor.GovernorInsufficientProposerVotes.selector, address(voter), 0, THRESHOLD
            ),
            "refusal"
        );
    }

    function test_BorrowedVotesDoNotDecide() external {
        uint256 id = propose(bob, _theft());
        bytes memory data = abi.encodeCall(IGovernor.castVote, (id, FOR));
        // In the second whose votes count nobody can vote yet, and afterwards that second is over.
        vm.warp(governor.proposalSnapshot(id));
        voter.attack(LOAN, address(governor), data);
        assertTrue(!voter.succeeded(), "voted in the very second");
        vm.warp(block.timestamp + 1);
        voter.attack(LOAN, address(governor), data);
        assertTrue(voter.succeeded(), "it may vote, with what it had");
        (, uint256 inFavour,) = governor.proposalVotes(id);
        assertEq(inFavour, 0, "nothing");
    }

    function test_TokensThatMoveOnVoteOnce() external {
        uint256 id = begin(_theft());
        vote(bob, id, FOR);
        vm.prank(bob);
        token.transfer(stranger, 2e26);
        vm.prank(stranger);
        token.delegate(stranger);
        vm.warp(block.timestamp + 1);
        vote(stranger, id, FOR);
        (, uint256 inFavour,) = governor.proposalVotes(id);
        assertEq(inFavour, 2e26, "once");
    }

    // -------------------------------------------------------------------------------------------- short cuts

    function test_NobodyProposesBelowTheThreshold() external {
        vm.expectPartialRevert(IGovernor.GovernorInsufficientProposerVotes.selector);
        propose(stranger, _theft());
    }

    function test_NothingIsExecutedWithoutTheQueue() external {
        Proposal memory p = feeProposal();
        uint256 id = succeed(p);
        vm.warp(block.timestamp + MIN_DELAY);
        vm.expectRevert(
            unexpectedState(id, IGovernor.ProposalState.Succeeded, bitmap(IGovernor.ProposalState.Queued))
        );
        execute(p);
        vm.expectPartialRevert(TimelockController.TimelockUnexpectedOperationState.selector);
        timelock.executeBatch(
            p.targets, p.values, p.calldatas, 0, bytes20(address(governor)) ^ keccak256(bytes(p.description))
        );
    }

    function test_NothingIsExecutedTwice() external {
        Proposal memory p = feeProposal();
        uint256 id = pass(p);
        bytes memory refusal =
            unexpectedState(id, IGovernor.ProposalState.Executed, bitmap(IGovernor.ProposalState.Queued));
        vm.expectRevert(refusal);
        execute(p);
        vm.expectPartialRevert(TimelockController.TimelockUnexpectedOperationState.selector);
        timelock.executeBatch(
            p.targets, p.values, p.calldatas, 0, bytes20(address(governor)) ^ keccak256(bytes(p.description))
        );
        vm.expectPartialRevert(IGovernor.GovernorUnexpectedProposalState.selector);
        queue(p);
        vm.expectPartialRevert(IGovernor.GovernorUnexpectedProposalState.selector);
        propose(alice, p);
    }

    /// A target of one proposal executes it again, or another that is ripe, while it is called.
    function test_ATargetThatReentersExecutesNothingTwice() external {
        Reenterer target = new Reenterer();
        Proposal memory p = proposal(address(target), abi.encodeCall(target.poke, ()));
        bytes32 hash = keccak256(bytes(p.description));
        target.prepare(
            address(governor), abi.encodeCall(IGovernor.execute, (p.targets, p.values, p.calldatas, hash))
        );
        pass(p);
        assertEq(target.calls(), 1, "calls");
        assertTrue(!target.succeeded(), "again");
    }

    /// What the timelock calls has no rights of the timelock.
    function test_ATargetThatReentersCannotCallAsTheTimelock() external {
        Reenterer target = new Reenterer();
        target.prepare(address(parameters), abi.encodeCall(parameters.setStudyFee, (0)));
        pass(proposal(address(target), abi.encodeCall(target.poke, ())));
        assertEq(target.calls(), 1, "calls");
        assertTrue(!target.succeeded(), "it changed a fee");
    }

    /// Calls that were decided together can't be executed apart, in another order, or with another value.
    function test_ADecisionIsExecutedAsItWasMadeOrNotAtAll() external {
        Proposal memory p =
            add(feeProposal(), address(parameters), abi.encodeCall(parameters.setSaleFee, (0)));
        ripen(p);
        vm.expectPartialRevert(IGovernor.GovernorNonexistentProposal.selector);
        execute(feeProposal());
        (p.calldatas[0], p.calldatas[1]) = (p.calldatas[1], p.calldatas[0]);
        vm.expectPartialRevert(IGovernor.GovernorNonexistentProposal.selector);
        execute(p);
        (p.calldatas[0], p.calldatas[1]) = (p.calldatas[1], p.calldatas[0]);
        p.values[0] = 1;
        vm.expectPartialRevert(IGovernor.GovernorNonexistentProposal.selector);
        execute(p);
        p.values[0] = 0;
        execute(p);
    }

    // ----------------------------------------------------------------------------------------- others' rights

    function test_NobodyButTheTimelockChangesAParameter() external {
        bytes[] memory calls = new bytes[](7);
        calls[0] = abi.encodeCall(parameters.setTreasury, (stranger));
        calls[1] = abi.encodeCall(parameters.setStudyFee, (0));
        calls[2] = abi.encodeCall(parameters.setSaleFee, (0));
        calls[3] = abi.encodeCall(parameters.allowScoringRule, ("mine"));
        calls[4] = abi.encodeCall(parameters.forbidScoringRule, ("group-shapley-1"));
        calls[5] = abi.encodeCall(Ownable.transferOwnership, (stranger));
        calls[6] = abi.encodeCall(Ownable.renounceOwnership, ());
        address[5] memory callers = [alice, deployer, stranger, address(governor), address(this)];
        for (uint256 i = 0; i < calls.length; ++i) {
            for (uint256 j = 0; j < callers.length; ++j) {
                vm.prank(callers[j]);
                (bool succeeded, bytes memory refusal) = address(parameters).call(calls[i]);
                assertTrue(!succeeded, "it was let in");
                bytes memory expected =
                    abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, callers[j]);
                assertEq(refusal, expected, "refusal");
            }
        }
    }

    function test_NobodyButTheProposerCancels() external {
        Proposal memory p = feeProposal();
        propose(alice, p);
        address[4] memory callers = [bob, deployer, stranger, address(timelock)];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectPartialRevert(IGovernor.GovernorUnableToCancel.selector);
            vm.prank(callers[i]);
            cancel(p);
        }
    }

    /// Nor does anybody stop it when it waits in the timelock, its proposer included.
    function test_NobodyStopsADecision() external {
        Proposal memory p = feeProposal();
        ripen(p);
        bytes32 salt = bytes20(address(governor)) ^ keccak256(bytes(p.description));
        bytes32 operation = timelock.hashOperationBatch(p.targets, p.values, p.calldatas, 0, salt);
        address[4] memory callers = [alice, bob, deployer, stranger];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectPartialRevert(IGovernor.GovernorUnableToCancel.selector);
            vm.prank(callers[i]);
            cancel(p);
            vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
            vm.prank(callers[i]);
            timelock.cancel(operation);
        }
        execute(p);
    }

    function test_TheDeployerKeepsNoPower() external {
        bytes32[4] memory roles = [
            timelock.DEFAULT_ADMIN_ROLE(),
            timelock.PROPOSER_ROLE(),
            timelock.CANCELLER_ROLE(),
            timelock.EXECUTOR_ROLE()
        ];
        for (uint256 i = 0; i < roles.length; ++i) {
            assertTrue(!timelock.hasRole(roles[i], deployer), "role");
            vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
            vm.prank(deployer);
            timelock.grantRole(roles[i], deployer);
        }
    }

    /// Another governor over the same timelock, which anybody can deploy, may do nothing there.
    function test_AnotherGovernorHasNoRights() external {
        address genuine = address(governor);
        governor = new TributaryGovernor(token, timelock, 1, 1, 0, 1);
        Proposal memory p = _theft();
        succeed(p);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControl.AccessControlUnauthorizedAccount.selector,
                address(governor),
                timelock.PROPOSER_ROLE()
            )
        );
        queue(p);
        assertTrue(genuine != address(governor), "another");
    }

    function test_TheGovernorTakesNoMoneyThatItCouldNotReturn() external {
        (bool sent,) = address(governor).call{value: 1}("");
        assertTrue(!sent, "taken");
    }
}
