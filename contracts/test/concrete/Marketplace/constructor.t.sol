// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC1155Receiver} from "@openzeppelin/contracts/token/ERC1155/IERC1155Receiver.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Marketplace} from "../../../src/Marketplace.sol";
import {IMarketFunds} from "../../../src/interfaces/IMarketFunds.sol";
import {IMarketLots} from "../../../src/interfaces/IMarketLots.sol";
import {IProtocolParameters} from "../../../src/interfaces/IProtocolParameters.sol";
import {AuctionOffer} from "../../../src/types/Market.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract ConstructorTest is MarketFixture {
    function test_RevertWhen_TheTokenHasNoCode() external {
        vm.expectRevert(abi.encodeWithSelector(IMarketFunds.Market_TokenInvalid.selector, stranger));
        new Marketplace(IERC20(stranger), parameters);
    }

    function test_RevertWhen_TheParametersAreZero() external {
        vm.expectRevert(IMarketFunds.Market_AddressZero.selector);
        new Marketplace(token, IProtocolParameters(address(0)));
    }

    function test_ItKeepsTheAddresses() external view {
        assertEq(address(market.token()), address(token), "token");
        assertEq(address(market.parameters()), address(parameters), "parameters");
    }

    function test_SupportsInterface() external view {
        assertTrue(market.supportsInterface(type(IERC165).interfaceId), "ERC-165");
        assertTrue(market.supportsInterface(type(IERC1155Receiver).interfaceId), "receiver");
        assertTrue(!market.supportsInterface(0xffffffff), "none");
        assertTrue(!market.supportsInterface(type(IERC1155).interfaceId), "not a token");
    }

    function test_RevertWhen_UnitsAreSentUnasked() external {
        vm.prank(seller);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketLots.Marketplace_AssetUnsolicited.selector, address(editions), seller
            )
        );
        editions.safeTransferFrom(seller, address(market), EDITION, 1, "");
    }

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

    function test_ItTakesUnitsThatItFetches() external {
        AuctionOffer memory it = auctionOffer();
        it.asset = editionAsset(4);
        startAuction(it);
        assertEq(unitsOf(address(market)), 4, "held");
        assertEq(unitsOf(seller), 6, "left");
    }
}
