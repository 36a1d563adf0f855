// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IComputeMarket} from "../../../src/interfaces/IComputeMarket.sol";
import {JobStatus} from "../../../src/types/Compute.sol";
import {ComputeFixture} from "../../utils/ComputeFixture.sol";

contract ConcludeTest is ComputeFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = start();
    }

    /// when a quorum revealed the same
    /// - it should keep the pay of the others
    /// - it should emit JobAgreed
    /// job, when it is: it should show the times, what it holds, and what has become of it
    function test_AllAgree() external {
        answer(id, 3, 0);
        vm.expectEmit(address(market));
        emit IComputeMarket.JobAgreed(id, RIGHT, 3, 3, 0);
        vm.prank(stranger);
        market.conclude(id);
        assertStatus(id, JobStatus.Agreed);
        assertEq(market.job(id).result, RIGHT, "result");
        _assertMoney(0, 0, 3 * REWARD);
    }

    /// when a quorum revealed the same
    /// - it should leave the treasury the pay of the wrong
    /// - it should emit JobAgreed
    function test_OneIsWrong() external {
        answer(id, 2, 1);
        vm.expectEmit(address(market));
        emit IComputeMarket.JobAgreed(id, RIGHT, 2, 3, 0);
        market.conclude(id);
        _assertMoney(0, REWARD, 2 * REWARD);
    }

    /// when a quorum revealed the same
    /// - it should owe the requester the pay of the silent
    /// - it should emit JobAgreed
    function test_OneIsSilent() external {
        answer(id, 2, 0);
        vm.expectEmit(address(market));
        emit IComputeMarket.JobAgreed(id, RIGHT, 2, 2, REWARD);
        market.conclude(id);
        _assertMoney(REWARD, 0, 2 * REWARD);
    }

    /// when none did
    /// - it should owe the requester all of its pay
    /// - it should emit JobFailed
    function test_NoneAgree() external {
        answer(id, 1, 1);
        vm.expectEmit(address(market));
        emit IComputeMarket.JobFailed(id, 2, 3 * REWARD);
        market.conclude(id);
        assertStatus(id, JobStatus.Failed);
        assertEq(market.job(id).result, 0, "no result");
        _assertMoney(3 * REWARD, 0, 0);
    }

    /// when somebody may still commit or reveal: it should revert
    /// when none did
    /// - it should owe the requester all of its pay
    /// - it should emit JobFailed
    function test_NobodyCommits() external {
        uint256 commitBy = market.job(id).commitBy;
        vm.warp(commitBy);
        _expectStillOpen();
        vm.warp(commitBy + 1);
        vm.expectEmit(address(market));
        emit IComputeMarket.JobFailed(id, 0, 3 * REWARD);
        market.conclude(id);
        _assertMoney(3 * REWARD, 0, 0);
    }

    /// when somebody may still commit or reveal: it should revert
    function test_WaitsForWhoHasCommitted() external {
        address[] memory drawn = drawnOf(id);
        commit(id, drawn[0], RIGHT);
        commit(id, drawn[1], RIGHT);
        vm.warp(market.job(id).commitBy + 1);
        reveal(id, drawn[0], RIGHT);
        _expectStillOpen();
        vm.warp(market.job(id).revealBy);
        _expectStillOpen();
        vm.warp(market.job(id).revealBy + 1);
        market.conclude(id);
        assertStatus(id, JobStatus.Failed);
    }

    /// when somebody may still commit or reveal: it should revert
    /// when a quorum revealed the same: it should keep the pay of the others
    function test_EndsAtOnceIfAllHaveRevealed() external {
        address[] memory drawn = drawnOf(id);
        for (uint256 i = 0; i < 3; ++i) {
            commit(id, drawn[i], RIGHT);
        }
        for (uint256 i = 0; i < 3; ++i) {
            _expectStillOpen();
            reveal(id, drawn[i], RIGHT);
        }
        market.conclude(id);
        assertStatus(id, JobStatus.Agreed);
    }

    /// when the job is not running: it should revert
    function test_RevertWhen_TheJobIsNotRunning() external {
        expectStatusInvalid(0, JobStatus.None);
        market.conclude(0);
        conclude(id);
        expectStatusInvalid(id, JobStatus.Failed);
        market.conclude(id);
    }

    function _expectStillOpen() private {
        uint256 revealBy = market.job(id).revealBy;
        vm.expectRevert(
            abi.encodeWithSelector(
                IComputeMarket.ComputeMarket_RevealStillOpen.selector, id, revealBy, block.timestamp
            )
        );
        market.conclude(id);
    }

    function _assertMoney(uint256 toRequester, uint256 toTreasury, uint256 escrowed) private view {
        assertEq(market.owed(requester), toRequester, "the requester's");
        assertEq(market.treasuryDue(), toTreasury, "the treasury's");
        assertEq(market.job(id).escrowed, escrowed, "kept");
        assertConserved(id);
    }
}
