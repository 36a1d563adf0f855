// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {ProtocolParameters} from "../../src/ProtocolParameters.sol";
import {TributaryGovernor} from "../../src/TributaryGovernor.sol";
import {TributaryTimelock} from "../../src/TributaryTimelock.sol";
import {TributaryToken} from "../../src/TributaryToken.sol";
import {GovernedParameters} from "../utils/GovernedParameters.sol";
import {Proposal} from "../utils/GovernanceFixture.sol";

/// Plays holders, proposers and intruders at random, and keeps its own books of what was decided and done.
contract GovernanceHandler is GovernedParameters {
    uint256 public constant ACTORS = 5;
    uint256 public constant MAX_PROPOSALS = 12;
    uint256 public constant TREASURY = 1e24;

    /// A proposal, either to set the fee or to spend the treasury, by the books.
    struct Book {
        uint256 id;
        Proposal proposal;
        uint16 fee;
        uint256 spends;
        address to;
        /// When it was queued, and how often executed.
        uint256 queuedAt;
        uint256 executions;
        uint256 executedAt;
        bool canceled;
    }

    Book[] private _books;
    address[] private _actors;
    /// What parameters should say, what the treasury should hold, and what intruders achieved.
    uint16 public fee = STUDY_FEE;
    uint256 public spent;
    uint256 public intrusions;

    constructor() {
        setUp();
        _actors.push(alice);
        _actors.push(bob);
        _actors.push(carol);
        _actors.push(deployer);
        _actors.push(stranger);
        token.transfer(address(timelock), TREASURY);
        for (uint256 i = 3; i < ACTORS; ++i) {
            fund(token, _actors[i], 5e25);
        }
        vm.warp(block.timestamp + 1);
    }

    /// Once: forge calls it at random too.
    function setUp() public override {
        if (address(token) == address(0)) super.setUp();
    }

    function theToken() external view returns (TributaryToken) {
        return token;
    }

    function theParameters() external view returns (ProtocolParameters) {
        return parameters;
    }

    function theGovernor() external view returns (TributaryGovernor) {
        return governor;
    }

    function theTimelock() external view returns (TributaryTimelock) {
        return timelock;
    }

    function proposalCount() external view returns (uint256) {
        return _books.length;
    }

    function book(uint256 index) external view returns (Book memory) {
        return _books[index];
    }

    // ------------------------------------------------------------------------------------------------- honest

    function transfer(uint256 from, uint256 to, uint256 amount) external {
        amount = bound(amount, 0, token.balanceOf(_actor(from)));
        vm.prank(_actor(from));
        token.transfer(_actor(to), amount);
    }

    function delegate(uint256 from, uint256 to) external {
        vm.prank(_actor(from));
        token.delegate(_actor(to));
    }

    function proposeFee(uint256 who, uint256 fee_) external {
        fee_ = bound(fee_, 0, parameters.MAX_FEE());
        Proposal memory p =
            proposal(address(parameters), abi.encodeCall(parameters.setStudyFee, (uint16(fee_))));
        _propose(who, p, uint16(fee_), 0, address(0));
    }

    function proposeSpending(uint256 who, uint256 to, uint256 amount) external {
        amount = bound(amount, 1, TREASURY / 4);
        Proposal memory p = proposal(address(token), abi.encodeCall(token.transfer, (_actor(to), amount)));
        _propose(who, p, 0, amount, _actor(to));
    }

    function castVote(uint256 who, uint256 which, uint256 support) external {
        if (_books.length == 0) return;
        // More often for than not, so that something is decided.
        uint8 kind = support % 4 == 0 ? AGAINST : support % 4 == 1 ? ABSTAIN : FOR;
        vm.prank(_actor(who));
        try governor.castVote(_books[which % _books.length].id, kind) {} catch {}
    }

    function queueOne(uint256 which) external {
        if (_books.length == 0) return;
        Book storage entry = _pick(which, IGovernor.ProposalState.Succeeded);
        Proposal memory p = entry.proposal;
        try governor.queue(p.targets, p.values, p.calldatas, keccak256(bytes(p.description))) {
            entry.queuedAt = block.timestamp;
        } catch {}
    }

    function executeOne(uint256 which, bool atTheTimelock) external {
        if (_books.length == 0) return;
        Book storage entry = _pick(which, IGovernor.ProposalState.Queued);
        Proposal memory p = entry.proposal;
        bytes32 hash = keccak256(bytes(p.description));
        vm.prank(_actor(which));
        if (atTheTimelock) {
            bytes32 salt = bytes20(address(governor)) ^ hash;
            try timelock.executeBatch(p.targets, p.values, p.calldatas, 0, salt) {
                _bookExecution(entry);
            } catch {}
        } else {
            try governor.execute(p.targets, p.values, p.calldatas, hash) {
                _bookExecution(entry);
            } catch {}
        }
    }

    function cancelOne(uint256 who, uint256 which) external {
        if (_books.length == 0) return;
        Book storage entry = _books[which % _books.length];
        Proposal memory p = entry.proposal;
        vm.prank(_actor(who));
        try governor.cancel(p.targets, p.values, p.calldatas, keccak256(bytes(p.description))) {
            entry.canceled = true;
        } catch {}
    }

    /// All that one proposal needs, in order; chance alone would hardly get so far.
    function decide(uint256 which, bool inFavour) external {
        if (_books.length == 0) return;
        Book storage entry = _pick(which, IGovernor.ProposalState.Pending);
        if (governor.state(entry.id) == IGovernor.ProposalState.Pending) {
            vm.warp(governor.proposalSnapshot(entry.id) + 1);
        }
        for (uint256 i = 0; i < ACTORS; ++i) {
            vm.prank(_actor(i));
            try governor.castVote(entry.id, inFavour ? FOR : AGAINST) {} catch {}
        }
        if (governor.state(entry.id) == IGovernor.ProposalState.Active) {
            vm.warp(governor.proposalDeadline(entry.id) + 1);
        }
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 3 days));
    }

    // ---------------------------------------------------------------------------------------------- intruders

    /// Everybody but the timelock tries everything that only the timelock may do.
    function intrude(uint256 who, uint256 what, uint16 value) external {
        address[7] memory callers;
        for (uint256 i = 0; i < ACTORS; ++i) {
            callers[i] = _actors[i];
        }
        (callers[5], callers[6]) = (address(governor), address(this));
        (address target, bytes memory data) = _forbidden(what % 8, value);
        vm.prank(callers[who % callers.length]);
        (bool succeeded,) = target.call(data);
        if (succeeded) ++intrusions;
    }

    function _forbidden(uint256 what, uint16 value) private view returns (address, bytes memory) {
        if (what == 0) return (address(parameters), abi.encodeCall(parameters.setStudyFee, (value)));
        if (what == 1) return (address(parameters), abi.encodeCall(parameters.setTreasury, (stranger)));
        if (what == 2) {
            return
                (
                    address(parameters),
                    abi.encodeCall(parameters.allowScoringRule, (bytes32(uint256(value) + 1)))
                );
        }
        if (what == 3) return (address(timelock), abi.encodeCall(timelock.updateDelay, (value)));
        if (what == 4) {
            return
                (address(timelock), abi.encodeCall(timelock.grantRole, (timelock.PROPOSER_ROLE(), stranger)));
        }
        if (what == 5) {
            return (address(governor), abi.encodeCall(governor.setVotingDelay, (uint48(value) + 1)));
        }
        if (what == 6) {
            return (address(token), abi.encodeCall(token.transferFrom, (address(timelock), stranger, 1)));
        }
        // Without its own admin role the timelock could never change a role again.
        return (address(timelock), abi.encodeCall(timelock.renounceRole, (0, address(timelock))));
    }

    // ----------------------------------------------------------------------------------------------- internals

    function _propose(uint256 who, Proposal memory p, uint16 fee_, uint256 spends, address to) private {
        if (_books.length == MAX_PROPOSALS) return;
        p.description = string(abi.encodePacked("Number ", bytes32(_books.length)));
        vm.prank(_actor(who));
        try governor.propose(p.targets, p.values, p.calldatas, p.description) returns (uint256 id) {
            Book storage entry = _books.push();
            (entry.id, entry.proposal, entry.fee) = (id, p, fee_);
            (entry.spends, entry.to) = (spends, to);
        } catch {}
    }

    function _bookExecution(Book storage entry) private {
        ++entry.executions;
        entry.executedAt = block.timestamp;
        if (entry.spends > 0) spent += entry.spends;
        else fee = entry.fee;
    }

    /// One in this state, if there is any; now and then another.
    function _pick(uint256 which, IGovernor.ProposalState state) private view returns (Book storage) {
        uint256 n = _books.length;
        for (uint256 i = 0; i < n && which % 5 > 0; ++i) {
            Book storage entry = _books[(which % n + i) % n];
            if (governor.state(entry.id) == state) return entry;
        }
        return _books[which % n];
    }

    function _actor(uint256 index) private view returns (address) {
        return _actors[index % ACTORS];
    }
}
