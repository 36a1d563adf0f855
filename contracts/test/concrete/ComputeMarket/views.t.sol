// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReplicaView, StakeView} from "../../../src/types/Compute.sol";
import {ComputeFixture} from "../../utils/ComputeFixture.sol";

/// What is shown of jobs and providers that are not there.
contract ComputeViewsTest is ComputeFixture {
    /// offeredBy, when there is no offer of that number: it should be nobody
    /// offeredBy, when there is: it should be the provider
    function test_AnOfferThatNobodyMade() external {
        bytes32 id = post();
        offer(id, providers[3]);
        assertEq(market.offeredBy(id, 0), providers[3], "the first");
        assertEq(market.offeredBy(id, 1), address(0), "no second");
        assertEq(market.offeredBy(keccak256("nothing"), 0), address(0), "no job");
    }

    /// replica, when the provider has not offered: it should be empty
    function test_AReplicaOfAProviderThatDidNotOffer() external {
        bytes32 id = post();
        ReplicaView memory nothing;
        assertEq(abi.encode(market.replica(id, providers[0])), abi.encode(nothing), "no offer");
        assertEq(abi.encode(market.replica(0, providers[0])), abi.encode(nothing), "no job");
    }

    /// stakeOf, when the provider has no stake: it should be empty
    function test_AStakeThatIsNotThere() external view {
        StakeView memory nothing;
        assertEq(abi.encode(market.stakeOf(stranger)), abi.encode(nothing), "none");
    }
}
