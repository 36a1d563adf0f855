// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IComputeMarket} from "../../../src/interfaces/IComputeMarket.sol";
import {JobStatus, ReplicaStatus} from "../../../src/types/Compute.sol";
import {ComputeFixture} from "../../utils/ComputeFixture.sol";

contract CommitTest is ComputeFixture {
    bytes32 private id;
    address[] private drawn;

    function setUp() public override {
        super.setUp();
        id = start();
        drawn = drawnOf(id);
    }

    /// when the caller was drawn: it should keep the commitment and emit ResultCommitted
    /// commitmentOf: it should be the hash of chain, contract, job, provider, digest and salt
    /// replica, when it has: it should show its stage, and its commitment or the digest it revealed
    function test_KeepsTheCommitment() external {
        vm.warp(market.job(id).commitBy);
        bytes32 commitment = commitmentOf(id, drawn[0], RIGHT);
        vm.expectEmit(address(market));
        emit IComputeMarket.ResultCommitted(id, drawn[0], commitment);
        commit(id, drawn[0], RIGHT);
        assertReplica(id, drawn[0], ReplicaStatus.Committed);
        assertEq(market.replica(id, drawn[0]).word, commitment, "kept");
        assertEq(market.commitmentOf(id, drawn[0], RIGHT, saltOf(drawn[0])), commitment, "as the view says");
        assertEq(market.job(id).committed, 1, "count");
    }

    /// when the job is not running, or the time for commitments is over: it should revert
    function test_RevertWhen_TheJobIsNotRunning() external {
        expectStatusInvalid(0, JobStatus.None);
        market.commit(0, RIGHT);
        conclude(id);
        vm.prank(drawn[0]);
        expectStatusInvalid(id, JobStatus.Failed);
        market.commit(id, RIGHT);
    }

    /// when the job is not running, or the time for commitments is over: it should revert
    function test_RevertWhen_TheTimeIsOver() external {
        uint256 commitBy = market.job(id).commitBy;
        vm.warp(commitBy + 1);
        vm.prank(drawn[0]);
        vm.expectRevert(
            abi.encodeWithSelector(
                IComputeMarket.ComputeMarket_CommitOver.selector, id, commitBy, commitBy + 1
            )
        );
        market.commit(id, RIGHT);
    }

    /// when the commitment is zero: it should revert
    function test_RevertWhen_TheCommitmentIsZero() external {
        vm.prank(drawn[0]);
        vm.expectRevert(abi.encodeWithSelector(IComputeMarket.ComputeMarket_CommitmentZero.selector, id));
        market.commit(id, 0);
    }

    /// when the caller was not drawn, or has committed: it should revert
    function test_RevertWhen_TheCallerWasNotDrawn() external {
        address spare = spareOf(id)[0];
        vm.prank(spare);
        expectReplicaStatusInvalid(id, spare, ReplicaStatus.Offered);
        market.commit(id, RIGHT);
        vm.prank(stranger);
        expectReplicaStatusInvalid(id, stranger, ReplicaStatus.None);
        market.commit(id, RIGHT);
    }

    /// when the caller was not drawn, or has committed: it should revert
    function test_RevertWhen_TheCallerHasCommitted() external {
        commit(id, drawn[0], WRONG);
        vm.prank(drawn[0]);
        expectReplicaStatusInvalid(id, drawn[0], ReplicaStatus.Committed);
        market.commit(id, RIGHT);
    }
}
