// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IMarketLots} from "../../../src/interfaces/IMarketLots.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract HandOverTest is MarketFixture {
    /// when the caller is not the market itself: it should revert, in a multicall too
    function test_RevertWhen_SomebodyElseHandsOver() external {
        uint256 id = startAuction();
        vm.prank(seller);
        vm.expectRevert(abi.encodeWithSelector(IMarketLots.Marketplace_OnlySelf.selector, seller));
        market.handOver(id, seller);
    }

    /// when the caller is not the market itself: it should revert, in a multicall too
    function test_RevertWhen_ItIsHandedOverByMulticall() external {
        uint256 id = startAuction();
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(market.handOver, (id, seller));
        vm.prank(seller);
        vm.expectRevert(abi.encodeWithSelector(IMarketLots.Marketplace_OnlySelf.selector, seller));
        market.multicall(calls);
    }
}
