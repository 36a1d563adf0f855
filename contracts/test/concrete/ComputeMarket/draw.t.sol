// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IComputeMarket} from "../../../src/interfaces/IComputeMarket.sol";
import {JobStatus, JobTerms, JobView} from "../../../src/types/Compute.sol";
import {ComputeFixture} from "../../utils/ComputeFixture.sol";
import {moreVm} from "../../utils/MoreVm.sol";

contract DrawTest is ComputeFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = post();
    }

    /// when the hash is known: it should draw exactly the replicas, each of them once, by the hash
    function test_DrawsByTheHash() external {
        offerAll(id);
        seal(id);
        uint256 snapshot = moreVm.snapshotState();
        uint256[5] memory drawn;
        for (uint256 i = 0; i < 200; ++i) {
            draw(id, keccak256(abi.encode(i)));
            address[] memory picked = drawnOf(id);
            assertEq(picked.length, 3, "replicas");
            for (uint256 j = 0; j < 3; ++j) {
                for (uint256 k = 0; k < 5; ++k) {
                    if (picked[j] == providers[k]) ++drawn[k];
                }
            }
            moreVm.revertToState(snapshot);
        }
        // 120 of 200 on average; a fair draw leaves 90 to 150 once in a million.
        for (uint256 k = 0; k < 5; ++k) {
            assertTrue(drawn[k] > 90 && drawn[k] < 150, "nobody is favoured");
        }
    }

    /// when the hash is known: it should draw exactly the replicas, each of them once, by the hash
    function test_DrawsAllIfThereAreNoMore() external {
        JobTerms memory t = terms();
        (t.replicas, t.quorum) = (5, 3);
        id = post(t);
        offerAll(id);
        seal(id);
        draw(id);
        assertEq(drawnOf(id).length, 5, "all");
        assertEq(spareOf(id).length, 0, "none over");
    }

    /// when the hash is known
    /// - it should start the time for commitments
    /// - it should emit JobDrawn
    /// job, when it is: it should show the times, what it holds, and what has become of it
    function test_DrawStartsTheTimeForCommitments() external {
        offerAll(id);
        seal(id);
        vm.warp(START + 3 hours);
        moreVm.roll(FIRST_BLOCK + 1);
        vm.expectEmit(address(market));
        emit IComputeMarket.JobDrawn(id, uint64(START + 4 hours), uint64(START + 6 hours));
        vm.prank(stranger);
        market.draw(id);
        JobView memory shown = market.job(id);
        assertStatus(id, JobStatus.Running);
        assertEq(shown.commitBy, START + 4 hours, "commit by");
        assertEq(shown.revealBy, START + 6 hours, "reveal by");
        assertEq(shown.escrowed, 3 * REWARD, "escrowed");
    }

    /// when the hash is not known yet, or not any more, or the time for the draw is over: it should revert
    function test_RevertWhen_TheHashIsPending() external {
        offerAll(id);
        seal(id);
        vm.expectRevert(
            abi.encodeWithSelector(IComputeMarket.ComputeMarket_BlockHashPending.selector, id, FIRST_BLOCK)
        );
        market.draw(id);
    }

    /// when the hash is not known yet, or not any more, or the time for the draw is over: it should revert
    function test_RevertWhen_ItsTimeIsOver() external {
        offerAll(id);
        seal(id);
        moreVm.roll(FIRST_BLOCK + 1);
        vm.warp(START + 25 hours + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IComputeMarket.ComputeMarket_DrawOver.selector, id, START + 25 hours, START + 25 hours + 1
            )
        );
        market.draw(id);
        vm.warp(START + 25 hours);
        market.draw(id);
    }

    /// when the job is not sealed: it should revert
    function test_RevertWhen_TheJobIsNotSealed() external {
        offerAll(id);
        expectStatusInvalid(id, JobStatus.Offering);
        market.draw(id);
        seal(id);
        draw(id);
        expectStatusInvalid(id, JobStatus.Running);
        market.draw(id);
    }
}
