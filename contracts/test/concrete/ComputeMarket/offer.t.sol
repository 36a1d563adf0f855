// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IComputeMarket} from "../../../src/interfaces/IComputeMarket.sol";
import {JobStatus, JobTerms, ReplicaStatus} from "../../../src/types/Compute.sol";
import {ComputeFixture} from "../../utils/ComputeFixture.sol";

contract OfferTest is ComputeFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = post();
    }

    /// when it has enough
    /// - it should bond its stake
    /// - it should emit OfferMade
    /// offeredBy, when there is: it should be the provider
    function test_BondsStake() external {
        vm.expectEmit(address(market));
        emit IComputeMarket.OfferMade(id, providers[1]);
        offer(id, providers[1]);
        assertStake(providers[1], STAKE - BOND, BOND, 0);
        assertEq(market.job(id).offers, 1, "offers");
        assertEq(market.offeredBy(id, 0), providers[1], "by number");
        assertReplica(id, providers[1], ReplicaStatus.Offered);
    }

    /// when the time for offers is over: it should revert
    /// when it has enough: it should bond its stake
    function test_TakesOffersUntilTheLastSecond() external {
        vm.warp(START + 1 hours);
        offer(id, providers[0]);
        vm.warp(START + 1 hours + 1);
        _expect(
            providers[1],
            abi.encodeWithSelector(
                IComputeMarket.ComputeMarket_OffersOver.selector, id, START + 1 hours, START + 1 hours + 1
            )
        );
    }

    /// when there is no such job, or it is past offering: it should revert
    function test_RevertWhen_TheJobIsNotOffering() external {
        expectStatusInvalid(0, JobStatus.None);
        market.offer(0);
        offerAll(id);
        seal(id);
        expectStatusInvalid(id, JobStatus.Sealed);
        market.offer(id);
        draw(id);
        expectStatusInvalid(id, JobStatus.Running);
        market.offer(id);
    }

    /// when the job has as many offers as it may have: it should revert
    function test_RevertWhen_TheOffersAreFull() external {
        addProviders(60);
        for (uint256 i = 0; i < 64; ++i) {
            offer(id, providers[i]);
        }
        _expect(
            providers[64], abi.encodeWithSelector(IComputeMarket.ComputeMarket_OffersFull.selector, id, 64)
        );
    }

    /// when the provider has offered: it should revert
    function test_RevertWhen_TheProviderHasOffered() external {
        offer(id, providers[0]);
        _expect(
            providers[0],
            abi.encodeWithSelector(IComputeMarket.ComputeMarket_OfferExists.selector, id, providers[0])
        );
    }

    /// when the provider has too little free stake: it should revert
    function test_RevertWhen_TheStakeIsTooSmall() external {
        vm.prank(providers[0]);
        market.unstake(STAKE - BOND + 1);
        _expect(
            providers[0],
            abi.encodeWithSelector(
                IComputeMarket.ComputeMarket_StakeTooSmall.selector, providers[0], BOND, BOND - 1
            )
        );
    }

    /// when the provider has too little free stake: it should revert
    function test_RevertWhen_TheStakeIsInOtherJobs() external {
        JobTerms memory t = terms();
        for (uint256 i = 1; i < 5; ++i) {
            t.salt = bytes32(i);
            offer(post(t), providers[0]);
        }
        offer(id, providers[0]);
        t.salt = bytes32(uint256(5));
        id = post(t);
        _expect(
            providers[0],
            abi.encodeWithSelector(IComputeMarket.ComputeMarket_StakeTooSmall.selector, providers[0], BOND, 0)
        );
    }

    function _expect(address provider, bytes memory reason) private {
        vm.prank(provider);
        vm.expectRevert(reason);
        market.offer(id);
    }
}
