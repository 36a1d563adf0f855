// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IComputeMarket} from "../../../src/interfaces/IComputeMarket.sol";
import {JobStatus, ReplicaStatus} from "../../../src/types/Compute.sol";
import {ComputeFixture} from "../../utils/ComputeFixture.sol";

contract RevealTest is ComputeFixture {
    bytes32 private id;
    address[] private drawn;

    function setUp() public override {
        super.setUp();
        id = start();
        drawn = drawnOf(id);
        commit(id, drawn[0], RIGHT);
        commit(id, drawn[1], RIGHT);
    }

    /// when they do
    /// - it should count the result, and keep the one that a quorum revealed
    /// - it should emit ResultRevealed
    /// replica, when it has: it should show its stage, and its commitment or the digest it revealed
    function test_CountsTheResult() external {
        vm.warp(market.job(id).commitBy + 1);
        vm.expectEmit(address(market));
        emit IComputeMarket.ResultRevealed(id, drawn[0], RIGHT);
        reveal(id, drawn[0], RIGHT);
        assertReplica(id, drawn[0], ReplicaStatus.Revealed);
        assertEq(market.replica(id, drawn[0]).word, RIGHT, "digest");
        assertEq(market.job(id).revealed, 1, "count");
        assertEq(market.job(id).result, 0, "no quorum yet");
        vm.warp(market.job(id).revealBy);
        reveal(id, drawn[1], RIGHT);
        assertEq(market.job(id).result, RIGHT, "agreed");
        assertEq(market.job(id).agreed, 2, "replicas");
    }

    /// when they do: it should do so as soon as all have committed
    function test_CountsAtOnceIfAllHaveCommitted() external {
        commit(id, drawn[2], RIGHT);
        for (uint256 i = 0; i < 3; ++i) {
            reveal(id, drawn[i], RIGHT);
        }
        assertEq(market.job(id).agreed, 3, "replicas");
    }

    /// when others may still commit: it should revert
    function test_RevertWhen_OthersMayStillCommit() external {
        uint256 commitBy = market.job(id).commitBy;
        vm.warp(commitBy);
        _expect(
            drawn[0],
            RIGHT,
            abi.encodeWithSelector(
                IComputeMarket.ComputeMarket_CommitStillOpen.selector, id, commitBy, commitBy
            )
        );
    }

    /// when the job is not running, or the time for reveals is over: it should revert
    function test_RevertWhen_TheTimeIsOver() external {
        uint256 revealBy = market.job(id).revealBy;
        vm.warp(revealBy + 1);
        _expect(
            drawn[0],
            RIGHT,
            abi.encodeWithSelector(
                IComputeMarket.ComputeMarket_RevealOver.selector, id, revealBy, revealBy + 1
            )
        );
    }

    /// when the digest is zero: it should revert
    function test_RevertWhen_TheDigestIsZero() external {
        vm.warp(market.job(id).commitBy + 1);
        _expect(drawn[0], 0, abi.encodeWithSelector(IComputeMarket.ComputeMarket_DigestZero.selector, id));
    }

    /// when digest and salt do not open the commitment: it should revert
    function test_RevertWhen_TheCommitmentDoesNotOpen() external {
        vm.warp(market.job(id).commitBy + 1);
        _expect(
            drawn[0],
            WRONG,
            abi.encodeWithSelector(
                IComputeMarket.ComputeMarket_CommitmentMismatch.selector,
                id,
                drawn[0],
                commitmentOf(id, drawn[0], WRONG),
                commitmentOf(id, drawn[0], RIGHT)
            )
        );
        vm.prank(drawn[0]);
        vm.expectPartialRevert(IComputeMarket.ComputeMarket_CommitmentMismatch.selector);
        market.reveal(id, RIGHT, 0);
    }

    /// when the caller has not committed, or has revealed: it should revert
    function test_RevertWhen_TheCallerHasNotCommittedOrHasRevealed() external {
        vm.warp(market.job(id).commitBy + 1);
        vm.prank(drawn[2]);
        expectReplicaStatusInvalid(id, drawn[2], ReplicaStatus.Drawn);
        market.reveal(id, RIGHT, 0);
        reveal(id, drawn[0], RIGHT);
        vm.prank(drawn[0]);
        expectReplicaStatusInvalid(id, drawn[0], ReplicaStatus.Revealed);
        market.reveal(id, RIGHT, 0);
        vm.prank(stranger);
        expectReplicaStatusInvalid(id, stranger, ReplicaStatus.None);
        market.reveal(id, RIGHT, 0);
    }

    /// when the job is not running, or the time for reveals is over: it should revert
    function test_RevertWhen_TheJobIsNotRunning() external {
        expectStatusInvalid(0, JobStatus.None);
        market.reveal(0, RIGHT, 0);
        conclude(id);
        vm.prank(drawn[0]);
        expectStatusInvalid(id, JobStatus.Failed);
        market.reveal(id, RIGHT, 0);
    }

    function _expect(address provider, bytes32 digest, bytes memory reason) private {
        vm.prank(provider);
        vm.expectRevert(reason);
        market.reveal(id, digest, saltOf(provider));
    }
}
