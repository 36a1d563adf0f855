// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IComputeMarket} from "../../../src/interfaces/IComputeMarket.sol";
import {JobStatus, Outcome} from "../../../src/types/Compute.sol";
import {ComputeFixture} from "../../utils/ComputeFixture.sol";

contract ExpireTest is ComputeFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = post();
    }

    /// when offers are too few, or the time to draw is over
    /// - it should owe the requester all of its pay
    /// - it should emit JobExpired
    function test_EndsAJobWithTooFewOffers() external {
        offer(id, providers[0]);
        offer(id, providers[1]);
        vm.warp(START + 1 hours + 1);
        vm.expectEmit(address(market));
        emit IComputeMarket.JobExpired(id, 2, 3 * REWARD);
        vm.prank(stranger);
        market.expire(id);
        assertStatus(id, JobStatus.Expired);
        assertEq(market.owed(requester), 3 * REWARD, "owed");
        assertEq(market.job(id).escrowed, 0, "nothing kept");
        assertRelease(id, providers[0], Outcome.Unpaid, 0, 0);
        assertStake(providers[0], STAKE, 0, 0);
        assertConserved(id);
    }

    /// when there are enough offers and time to draw: it should revert
    /// when offers are too few, or the time to draw is over: it should owe the requester all of its pay
    function test_EndsAJobThatNobodyDrew() external {
        offerAll(id);
        vm.warp(START + 25 hours);
        _expectStillOpen();
        vm.warp(START + 25 hours + 1);
        market.expire(id);
        assertStatus(id, JobStatus.Expired);
    }

    /// when there are enough offers and time to draw: it should revert
    /// when offers are too few, or the time to draw is over: it should owe the requester all of its pay
    function test_EndsAJobThatNobodyDrewAfterItsSeal() external {
        offerAll(id);
        seal(id);
        _expectStillOpen();
        vm.warp(START + 25 hours + 1);
        market.expire(id);
        assertStatus(id, JobStatus.Expired);
    }

    /// when offers are still open: it should revert
    function test_RevertWhen_OffersAreOpen() external {
        vm.warp(START + 1 hours);
        vm.expectRevert(
            abi.encodeWithSelector(
                IComputeMarket.ComputeMarket_OffersStillOpen.selector, id, START + 1 hours, START + 1 hours
            )
        );
        market.expire(id);
    }

    /// when there is no such job, or it is drawn or over: it should revert
    function test_RevertWhen_TheJobIsUnknownDrawnOrOver() external {
        expectStatusInvalid(0, JobStatus.None);
        market.expire(0);
        offerAll(id);
        seal(id);
        draw(id);
        vm.warp(START + 365 days);
        expectStatusInvalid(id, JobStatus.Running);
        market.expire(id);
        market.conclude(id);
        expectStatusInvalid(id, JobStatus.Failed);
        market.expire(id);
    }

    function _expectStillOpen() private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IComputeMarket.ComputeMarket_DrawStillOpen.selector, id, START + 25 hours, block.timestamp
            )
        );
        market.expire(id);
    }
}
