// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TributaryGovernor} from "../../src/TributaryGovernor.sol";
import {TributaryTimelock} from "../../src/TributaryTimelock.sol";
import {TributaryToken} from "../../src/TributaryToken.sol";
import {Base} from "./Base.sol";

/// What a proposal is made of.
struct Proposal {
    address[] targets;
    uint256[] values;
    bytes[] calldatas;
    string description;
}

/// A governor and its timelock, set up as a deployment does it, and three who vote: Alice alone makes a quorum, Bob and
/// Carol do together.
abstract contract GovernanceFixture is Base {
    uint48 internal constant VOTING_DELAY = 1 days;
    uint32 internal constant VOTING_PERIOD = 7 days;
    uint256 internal constant MIN_DELAY = 2 days;
    uint256 internal constant THRESHOLD = 1_000_000e18;
    uint256 internal constant QUORUM_PERCENT = 25;
    uint256 internal constant ALICE_KEY = uint256(keccak256("alice"));

    uint8 internal constant AGAINST = 0;
    uint8 internal constant FOR = 1;
    uint8 internal constant ABSTAIN = 2;

    TributaryTimelock internal timelock;
    TributaryGovernor internal governor;
    address internal alice = vm.addr(ALICE_KEY);
    address internal bob = vm.addr(uint256(keccak256("bob")));
    address internal carol = vm.addr(uint256(keccak256("carol")));
    address internal deployer = vm.addr(uint256(keccak256("deployer")));

    /// Needs a supply of 1e27 with the test itself; 40 % of it stays there, and votes for nobody.
    function deployGovernance(TributaryToken token) internal {
        timelock = new TributaryTimelock(MIN_DELAY, deployer);
        governor =
            new TributaryGovernor(token, timelock, VOTING_DELAY, VOTING_PERIOD, THRESHOLD, QUORUM_PERCENT);
        appoint(address(governor));
        fund(token, alice, 3e26);
        fund(token, bob, 2e26);
        fund(token, carol, 1e26);
        vm.warp(block.timestamp + 1);
    }

    /// What the deployer does last: it gives the governor its roles, and keeps none.
    function appoint(address proposer) internal {
        (bytes32 propose_, bytes32 cancel_, bytes32 admin) =
            (timelock.PROPOSER_ROLE(), timelock.CANCELLER_ROLE(), timelock.DEFAULT_ADMIN_ROLE());
        vm.prank(deployer);
        timelock.grantRole(propose_, proposer);
        vm.prank(deployer);
        timelock.grantRole(cancel_, proposer);
        vm.prank(deployer);
        timelock.renounceRole(admin, deployer);
    }

    function fund(TributaryToken token, address voter, uint256 amount) internal {
        token.transfer(voter, amount);
        vm.prank(voter);
        token.delegate(voter);
    }

    /// A proposal of one call.
    function proposal(address target, bytes memory data) internal pure returns (Proposal memory) {
        return add(Proposal(new address[](0), new uint256[](0), new bytes[](0), "Do it"), target, data);
    }

    /// The same and one call more.
    function add(Proposal memory p, address target, bytes memory data)
        internal
        pure
        returns (Proposal memory longer)
    {
        uint256 n = p.targets.length;
        longer = Proposal(new address[](n + 1), new uint256[](n + 1), new bytes[](n + 1), p.description);
        for (uint256 i = 0; i < n; ++i) {
            (longer.targets[i], longer.calldatas[i]) = (p.targets[i], p.calldatas[i]);
        }
        (longer.targets[n], longer.calldatas[n]) = (target, data);
    }

    function idOf(Proposal memory p) internal view returns (uint256) {
        return governor.getProposalId(p.targets, p.values, p.calldatas, keccak256(bytes(p.description)));
    }

    function propose(address proposer, Proposal memory p) internal returns (uint256) {
        vm.prank(proposer);
        return governor.propose(p.targets, p.values, p.calldatas, p.description);
    }

    function vote(address voter, uint256 id, uint8 support) internal {
        vm.prank(voter);
        governor.castVote(id, support);
    }

    function queue(Proposal memory p) internal {
        governor.queue(p.targets, p.values, p.calldatas, keccak256(bytes(p.description)));
    }

    function execute(Proposal memory p) internal {
        governor.execute(p.targets, p.values, p.calldatas, keccak256(bytes(p.description)));
    }

    function cancel(Proposal memory p) internal {
        governor.cancel(p.targets, p.values, p.calldatas, keccak256(bytes(p.description)));
    }

    /// Proposed by Alice, and its voting begun.
    function begin(Proposal memory p) internal returns (uint256 id) {
        id = propose(alice, p);
        vm.warp(governor.proposalSnapshot(id) + 1);
    }

    /// Voted for by Alice, and its voting over.
    function succeed(Proposal memory p) internal returns (uint256 id) {
        id = begin(p);
        vote(alice, id, FOR);
        vm.warp(governor.proposalDeadline(id) + 1);
    }

    /// Queued, and its delay over.
    function ripen(Proposal memory p) internal returns (uint256 id) {
        id = succeed(p);
        queue(p);
        vm.warp(governor.proposalEta(id));
    }

    /// The whole way.
    function pass(Proposal memory p) internal returns (uint256 id) {
        id = ripen(p);
        execute(p);
    }

    function assertState(uint256 id, IGovernor.ProposalState expected, string memory what) internal view {
        assertEq(uint256(governor.state(id)), uint256(expected), what);
    }

    /// What the governor says if a proposal is not in the state that a call needs.
    function unexpectedState(uint256 id, IGovernor.ProposalState current, bytes32 expected)
        internal
        pure
        returns (bytes memory)
    {
        return
            abi.encodeWithSelector(IGovernor.GovernorUnexpectedProposalState.selector, id, current, expected);
    }

    function bitmap(IGovernor.ProposalState state) internal pure returns (bytes32) {
        return bytes32(1 << uint8(state));
    }
}
