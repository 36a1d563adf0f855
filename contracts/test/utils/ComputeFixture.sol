// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ComputeMarket} from "../../src/ComputeMarket.sol";
import {ProtocolParameters} from "../../src/ProtocolParameters.sol";
import {TributaryToken} from "../../src/TributaryToken.sol";
import {IComputeMarket} from "../../src/interfaces/IComputeMarket.sol";
import {JobStatus, JobTerms, JobView, Outcome, ReplicaStatus, StakeView} from "../../src/types/Compute.sol";
import {HookedToken} from "../mocks/HookedToken.sol";
import {Base} from "./Base.sol";
import {moreVm} from "./MoreVm.sol";

/// A token, the market, a requester with a job for three replicas of which two must agree, and five providers with stake.
abstract contract ComputeFixture is Base {
    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant FIRST_BLOCK = 1_000;
    uint256 internal constant FUNDS = 10_000e18;
    uint128 internal constant STAKE = 100e18;
    uint128 internal constant REWARD = 10e18;
    uint128 internal constant BOND = 20e18;
    bytes32 internal constant RIGHT = keccak256("right");
    bytes32 internal constant WRONG = keccak256("wrong");

    address internal requester = vm.addr(uint256(keccak256("requester")));
    address internal treasury = vm.addr(uint256(keccak256("treasury")));
    address internal stranger = vm.addr(uint256(keccak256("stranger")));
    address[] internal providers;
    TributaryToken internal token;
    ProtocolParameters internal parameters;
    ComputeMarket internal market;

    function setUp() public virtual {
        vm.warp(START);
        moreVm.roll(FIRST_BLOCK);
        token = new TributaryToken(address(this), address(this), 1_000_000e18);
        parameters = new ProtocolParameters(address(this), treasury, 0, 0, new bytes32[](0));
        market = new ComputeMarket(token, parameters);
        token.transfer(requester, FUNDS);
        vm.prank(requester);
        token.approve(address(market), type(uint256).max);
        addProviders(5);
    }

    function addProviders(uint256 count) internal {
        for (uint256 i = 0; i < count; ++i) {
            address provider = vm.addr(uint256(keccak256(abi.encode("provider", providers.length))));
            providers.push(provider);
            token.transfer(provider, FUNDS);
            vm.prank(provider);
            token.approve(address(market), type(uint256).max);
            vm.prank(provider);
            market.stake(STAKE);
        }
    }

    /// The same on a token that does what a test tells it; without providers.
    function useHookedToken() internal returns (HookedToken hooked) {
        hooked = new HookedToken();
        market = new ComputeMarket(hooked, parameters);
        hooked.mint(requester, FUNDS);
        hooked.approveFor(requester, address(market), type(uint256).max);
        hooked.mint(providers[0], FUNDS);
        hooked.approveFor(providers[0], address(market), type(uint256).max);
    }

    // ------------------------------------------------------------------------------------------------- course

    function terms() internal view returns (JobTerms memory) {
        return JobTerms({
            spec: keccak256("spec"),
            reward: REWARD,
            bond: BOND,
            replicas: 3,
            quorum: 2,
            slashBps: 5_000,
            offerBy: uint64(block.timestamp + 1 hours),
            commitSeconds: 1 hours,
            revealSeconds: 2 hours,
            salt: 0
        });
    }

    function post() internal returns (bytes32) {
        return post(terms());
    }

    function post(JobTerms memory t) internal returns (bytes32) {
        vm.prank(requester);
        return market.post(t);
    }

    function offer(bytes32 id, address provider) internal {
        vm.prank(provider);
        market.offer(id);
    }

    function offerAll(bytes32 id) internal {
        for (uint256 i = 0; i < providers.length; ++i) {
            offer(id, providers[i]);
        }
    }

    function seal(bytes32 id) internal {
        vm.warp(market.job(id).offerBy + 1);
        market.sealOffers(id);
    }

    /// Draws with a block hash of the test's choice.
    function draw(bytes32 id, bytes32 hash) internal {
        uint256 sealedAt = market.job(id).sealedAt;
        moreVm.roll(sealedAt + 1);
        moreVm.setBlockhash(sealedAt, hash);
        market.draw(id);
    }

    function draw(bytes32 id) internal {
        draw(id, keccak256("block"));
    }

    /// A job of which all have offered and three are drawn.
    function start() internal returns (bytes32) {
        return start(terms());
    }

    function start(JobTerms memory t) internal returns (bytes32 id) {
        id = post(t);
        offerAll(id);
        seal(id);
        draw(id);
    }

    function commit(bytes32 id, address provider, bytes32 digest) internal {
        bytes32 commitment = commitmentOf(id, provider, digest);
        vm.prank(provider);
        market.commit(id, commitment);
    }

    function reveal(bytes32 id, address provider, bytes32 digest) internal {
        vm.prank(provider);
        market.reveal(id, digest, saltOf(provider));
    }

    function conclude(bytes32 id) internal {
        vm.warp(market.job(id).revealBy + 1);
        market.conclude(id);
    }

    /// Commits and reveals for the first of the drawn: RIGHT for the first `right` of them, WRONG for the next `wrong`.
    function answer(bytes32 id, uint256 right, uint256 wrong) internal {
        address[] memory drawn = drawnOf(id);
        for (uint256 i = 0; i < right + wrong; ++i) {
            commit(id, drawn[i], i < right ? RIGHT : WRONG);
        }
        vm.warp(market.job(id).commitBy + 1);
        for (uint256 i = 0; i < right + wrong; ++i) {
            reveal(id, drawn[i], i < right ? RIGHT : WRONG);
        }
    }

    // -------------------------------------------------------------------------------------------------- views

    function saltOf(address provider) internal pure returns (bytes32) {
        return keccak256(abi.encode("salt", provider));
    }

    /// Written out, so that the contract's own is checked against it.
    function commitmentOf(bytes32 id, address provider, bytes32 digest) internal view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(market), id, provider, digest, saltOf(provider)));
    }

    /// Who was drawn, in order of offers.
    function drawnOf(bytes32 id) internal view returns (address[] memory drawn) {
        drawn = _offeredWith(id, true);
    }

    function spareOf(bytes32 id) internal view returns (address[] memory spare) {
        spare = _offeredWith(id, false);
    }

    function _offeredWith(bytes32 id, bool drawn) private view returns (address[] memory picked) {
        uint256 count = market.job(id).offers;
        picked = new address[](count);
        uint256 found = 0;
        for (uint256 i = 0; i < count; ++i) {
            address provider = market.offeredBy(id, i);
            bool isDrawn = market.replica(id, provider).status != ReplicaStatus.Offered;
            if (isDrawn == drawn) picked[found++] = provider;
        }
        assembly ("memory-safe") {
            mstore(picked, found)
        }
    }

    // --------------------------------------------------------------------------------------------- assertions

    function assertStatus(bytes32 id, JobStatus status) internal view {
        assertEq(uint8(market.job(id).status), uint8(status), "status");
    }

    function assertReplica(bytes32 id, address provider, ReplicaStatus status) internal view {
        assertEq(uint8(market.replica(id, provider).status), uint8(status), "replica");
    }

    function assertStake(address provider, uint256 free, uint256 bonded, uint256 leaving) internal view {
        StakeView memory shown = market.stakeOf(provider);
        assertEq(shown.free, free, "free");
        assertEq(shown.bonded, bonded, "bonded");
        assertEq(shown.leaving, leaving, "leaving");
    }

    /// Releases a provider and checks how it ends.
    function assertRelease(bytes32 id, address provider, Outcome outcome, uint256 paid, uint256 slashed)
        internal
    {
        vm.expectEmit(address(market));
        emit IComputeMarket.ReplicaReleased(id, provider, outcome, uint128(paid), uint128(slashed));
        assertEq(uint8(market.release(id, provider)), uint8(outcome), "outcome");
        assertReplica(id, provider, ReplicaStatus.Done);
    }

    /// All that the market holds is somebody's: stakes, escrow of these jobs, debts to accounts, the treasury's part.
    function assertConserved(bytes32[] memory jobs) internal view {
        uint256 due = market.treasuryDue() + market.owed(requester);
        for (uint256 i = 0; i < providers.length; ++i) {
            StakeView memory shown = market.stakeOf(providers[i]);
            due += uint256(shown.free) + shown.bonded + shown.leaving + market.owed(providers[i]);
        }
        for (uint256 i = 0; i < jobs.length; ++i) {
            due += market.job(jobs[i]).escrowed;
        }
        assertEq(token.balanceOf(address(market)), due, "held");
    }

    function assertConserved(bytes32 job) internal view {
        bytes32[] memory jobs = new bytes32[](1);
        jobs[0] = job;
        assertConserved(jobs);
    }

    function expectStatusInvalid(bytes32 id, JobStatus status) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IComputeMarket.ComputeMarket_StatusInvalid.selector, id, uint8(status))
        );
    }

    function expectReplicaStatusInvalid(bytes32 id, address provider, ReplicaStatus status) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IComputeMarket.ComputeMarket_ReplicaStatusInvalid.selector, id, provider, uint8(status)
            )
        );
    }
}
