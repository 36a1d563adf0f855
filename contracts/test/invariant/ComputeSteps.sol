// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {JobStatus, JobTerms, JobView, Outcome, ReplicaStatus, StakeView} from "../../src/types/Compute.sol";
import {ComputeFixture} from "../utils/ComputeFixture.sol";
import {moreVm} from "../utils/MoreVm.sol";

/// Single steps of a requester and five providers, honest, lying, silent or leaving, on several jobs, with books of their
/// own beside the contract's.
abstract contract ComputeSteps is ComputeFixture {
    // The books: everything that went in and out.
    uint256 public stakedIn;
    uint256 public unstakedOut;
    uint256 public postedIn;
    uint256 public withdrawnOut;
    uint256 public treasuryOut;
    bytes32[] public jobs;
    mapping(bytes32 => JobTerms) private _terms;
    mapping(bytes32 => mapping(address => bytes32)) private _committed;
    /// What each provider revealed in each job, and whether its part has ended.
    mapping(bytes32 => mapping(address => bytes32)) public revealedDigest;
    mapping(bytes32 => mapping(address => bool)) public wasReleased;

    constructor() {
        super.setUp();
        stakedIn = 5 * uint256(STAKE);
    }

    /// Set up already: forge calls every function of a handler.
    function setUp() public override {}

    // --------------------------------------------------------------------------------------------------- stake

    function stakeMore(uint256 who, uint256 amount) external {
        uint128 added = uint128(bound(amount, 1, 10e18));
        vm.prank(_provider(who));
        market.stake(added);
        stakedIn += added;
    }

    function unstakeSome(uint256 who, uint256 amount) external {
        address provider = _provider(who);
        StakeView memory before = market.stakeOf(provider);
        uint128 wanted = uint128(bound(amount, 1, uint256(before.free) + 5e18));
        vm.prank(provider);
        try market.unstake(wanted) {
            assertTrue(wanted <= before.free, "stake in a job left");
        } catch {
            assertTrue(wanted > before.free, "free stake could not leave");
        }
    }

    function withdrawStakeOf(uint256 who) external {
        address provider = _provider(who);
        StakeView memory before = market.stakeOf(provider);
        bool may = before.leaving > 0 && block.timestamp > before.leavesAt;
        try market.withdrawStake(provider) {
            assertTrue(may, "stake left too early");
            unstakedOut += before.leaving;
        } catch {
            assertTrue(!may, "stake could not leave");
        }
    }

    // ---------------------------------------------------------------------------------------------------- jobs

    function postOne(uint256 shape, uint256 reward, uint256 bond, uint256 slash) public {
        if (jobs.length >= 5) return;
        JobTerms memory t = terms();
        t.replicas = uint8(bound(shape, 1, 5));
        t.quorum = uint8(bound(shape >> 8, t.replicas / 2 + 1, t.replicas));
        t.reward = uint128(bound(reward, 1, 20e18));
        t.bond = uint128(bound(bond, 1, 40e18));
        t.slashBps = uint16(bound(slash, 1, 10_000));
        t.salt = bytes32(jobs.length);
        bytes32 id = post(t);
        jobs.push(id);
        _terms[id] = t;
        postedIn += uint256(t.reward) * t.replicas;
    }

    function offerFor(uint256 pick, uint256 who) public {
        bytes32 id = _job(pick);
        if (id == 0) return;
        address provider = _provider(who);
        JobView memory shown = market.job(id);
        bool may = shown.status == JobStatus.Offering && block.timestamp <= shown.offerBy
            && market.replica(id, provider).status == ReplicaStatus.None
            && market.stakeOf(provider).free >= shown.bond;
        vm.prank(provider);
        try market.offer(id) {
            assertTrue(may, "an offer that should fail");
        } catch {
            assertTrue(!may, "an offer was refused");
        }
    }

    function sealOne(uint256 pick) public {
        bytes32 id = _job(pick);
        if (id == 0) return;
        try market.sealOffers(id) {} catch {}
    }

    function drawOne(uint256 pick, bytes32 hash) public {
        bytes32 id = _job(pick);
        if (id == 0 || market.job(id).status != JobStatus.Sealed) return;
        uint256 sealedAt = market.job(id).sealedAt;
        if (block.number <= sealedAt || block.number > sealedAt + 256) return;
        moreVm.setBlockhash(sealedAt, hash == 0 ? bytes32(uint256(1)) : hash);
        try market.draw(id) {
            assertEq(drawnOf(id).length, _terms[id].replicas, "as many as replicas");
        } catch {
            assertTrue(block.timestamp > market.job(id).drawBy, "a draw was refused");
        }
    }

    function commitOne(uint256 pick, uint256 who, uint256 digest) external {
        bytes32 id = _job(pick);
        if (id != 0) _commit(id, _pickDrawn(id, who), digest);
    }

    function revealOne(uint256 pick, uint256 who, bool lie) external {
        bytes32 id = _job(pick);
        if (id != 0) _reveal(id, _pickDrawn(id, who), lie);
    }

    function concludeOne(uint256 pick) public {
        bytes32 id = _job(pick);
        if (id == 0) return;
        try market.conclude(id) {} catch {}
    }

    function expireOne(uint256 pick) external {
        bytes32 id = _job(pick);
        if (id == 0) return;
        try market.expire(id) {} catch {}
    }

    function releaseOne(uint256 pick, uint256 who) public {
        bytes32 id = _job(pick);
        if (id == 0) return;
        address provider = _provider(who);
        JobView memory shown = market.job(id);
        uint256 owed = market.owed(provider);
        uint256 free = market.stakeOf(provider).free;
        bool drawn = _wasDrawn(id, provider);
        try market.release(id, provider) returns (Outcome outcome) {
            assertTrue(!wasReleased[id][provider], "released twice");
            wasReleased[id][provider] = true;
            bytes32 digest = revealedDigest[id][provider];
            bool agreed = shown.status == JobStatus.Agreed;
            uint256 gained = market.owed(provider) - owed;
            uint256 freed = market.stakeOf(provider).free - free;
            uint256 slash = (uint256(shown.bond) * shown.slashBps + 9_999) / 10_000;
            bool paid = agreed && digest != 0 && digest == shown.result;
            bool slashed = drawn && (digest == 0 || (agreed && digest != shown.result));
            assertEq(gained, paid ? shown.reward : 0, "pay");
            assertEq(freed, slashed ? shown.bond - slash : shown.bond, "bond");
            assertTrue((outcome == Outcome.Paid) == paid, "outcome");
        } catch {}
    }

    // ----------------------------------------------------------------------------------------------------- out

    function withdrawOf(uint256 who) external {
        address account = who % 6 == 5 ? requester : _provider(who % 6);
        uint256 amount = market.owed(account);
        try market.withdraw(account) {
            withdrawnOut += amount;
        } catch {
            assertEq(amount, 0, "a debt was not paid");
        }
    }

    function payTreasury() external {
        uint256 amount = market.treasuryDue();
        try market.payTreasury() {
            treasuryOut += amount;
        } catch {
            assertEq(amount, 0, "the treasury was not paid");
        }
    }

    function pass(uint256 duration, uint256 blocks) external {
        vm.warp(block.timestamp + bound(duration, 1, 100 minutes));
        moreVm.roll(block.number + bound(blocks, 1, 40));
    }

    /// A long time goes by now and then.
    function passLong(uint256 duration) external {
        if (duration % 4 != 0) return;
        vm.warp(block.timestamp + bound(duration, 1, 8 days));
        moreVm.roll(block.number + 300);
    }

    // ----------------------------------------------------------------------------------------------- internals

    function _wasDrawn(bytes32 id, address provider) private view returns (bool) {
        ReplicaStatus status = market.replica(id, provider).status;
        return status == ReplicaStatus.Drawn || status == ReplicaStatus.Committed
            || status == ReplicaStatus.Revealed;
    }

    function _commit(bytes32 id, address provider, uint256 digest) internal {
        bytes32 result = digest % 3 == 0 ? WRONG : RIGHT;
        bytes32 commitment = commitmentOf(id, provider, result);
        JobView memory shown = market.job(id);
        bool may = shown.status == JobStatus.Running && block.timestamp <= shown.commitBy
            && market.replica(id, provider).status == ReplicaStatus.Drawn;
        vm.prank(provider);
        try market.commit(id, commitment) {
            assertTrue(may, "a commitment that should fail");
            _committed[id][provider] = result;
        } catch {
            assertTrue(!may, "a commitment was refused");
        }
    }

    function _reveal(bytes32 id, address provider, bool lie) internal {
        bytes32 result = _committed[id][provider];
        if (result == 0) return;
        JobView memory shown = market.job(id);
        bool inTime = block.timestamp > shown.commitBy || shown.committed == shown.replicas;
        bool may = !lie && shown.status == JobStatus.Running && inTime && block.timestamp <= shown.revealBy
            && market.replica(id, provider).status == ReplicaStatus.Committed;
        if (lie) result = result == RIGHT ? WRONG : RIGHT;
        vm.prank(provider);
        try market.reveal(id, result, saltOf(provider)) {
            assertTrue(may, "a reveal that should fail");
            revealedDigest[id][provider] = result;
        } catch {
            assertTrue(!may, "a reveal was refused");
        }
    }

    /// One of the drawn as often as anybody.
    function _pickDrawn(bytes32 id, uint256 who) private view returns (address) {
        if (market.job(id).status == JobStatus.Running && who % 4 != 0) {
            address[] memory drawn = drawnOf(id);
            return drawn[who % drawn.length];
        }
        return _provider(who);
    }

    function _provider(uint256 who) private view returns (address) {
        return providers[who % providers.length];
    }

    function _job(uint256 pick) internal view returns (bytes32) {
        return jobs.length == 0 ? bytes32(0) : jobs[pick % jobs.length];
    }
}
