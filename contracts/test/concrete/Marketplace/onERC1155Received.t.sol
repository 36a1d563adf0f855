// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IMarketLots} from "../../../src/interfaces/IMarketLots.sol";
import {AuctionOffer} from "../../../src/types/Market.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract ReceiveUnitsTest is MarketFixture {
    /// when the market did not fetch the units itself: it should revert
    function test_RevertWhen_UnitsAreSentUnasked() external {
        vm.prank(seller);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketLots.Marketplace_AssetUnsolicited.selector, address(editions), seller
            )
        );
        editions.safeTransferFrom(seller, address(market), EDITION, 1, "");
    }

    /// onERC1155BatchReceived: it should revert, for the market fetches no batches
    function test_RevertWhen_UnitsAreSentAsABatch() external {
        (uint256[] memory ids, uint256[] memory units) = (new uint256[](1), new uint256[](1));
        (ids[0], units[0]) = (EDITION, 1);
        vm.prank(seller);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketLots.Marketplace_AssetUnsolicited.selector, address(editions), seller
            )
        );
        editions.safeBatchTransferFrom(seller, address(market), ids, units, "");
    }

    /// when the market fetches them: it should take them
    function test_ItTakesUnitsThatItFetches() external {
        AuctionOffer memory it = auctionOffer();
        it.asset = editionAsset(4);
        startAuction(it);
        assertEq(unitsOf(address(market)), 4, "held");
        assertEq(unitsOf(seller), 6, "left");
    }
}
