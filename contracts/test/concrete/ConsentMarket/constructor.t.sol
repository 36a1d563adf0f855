// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ConsentMarket} from "../../../src/ConsentMarket.sol";
import {IDatasetRegistry} from "../../../src/interfaces/IDatasetRegistry.sol";
import {IMarketFunds} from "../../../src/interfaces/IMarketFunds.sol";
import {IProtocolParameters} from "../../../src/interfaces/IProtocolParameters.sol";
import {ConsentMarketFixture} from "../../utils/ConsentMarketFixture.sol";

contract ConsentMarketConstructorTest is ConsentMarketFixture {
    /// when token or parameters are refused as the marketplace refuses them: it should revert
    /// when the registry is the zero address: it should revert
    function test_RevertWhen_TheAddressesAreRefused() external {
        vm.expectRevert(abi.encodeWithSelector(IMarketFunds.Market_TokenInvalid.selector, stranger));
        new ConsentMarket(IERC20(stranger), datasets, parameters);
        vm.expectRevert(IMarketFunds.Market_AddressZero.selector);
        new ConsentMarket(token, datasets, IProtocolParameters(address(0)));
        vm.expectRevert(IMarketFunds.Market_AddressZero.selector);
        new ConsentMarket(token, IDatasetRegistry(address(0)), parameters);
    }

    /// when the addresses are acceptable: it should keep them
    function test_ItKeepsTheAddresses() external view {
        assertEq(address(market.token()), address(token), "token");
        assertEq(address(market.datasets()), address(datasets), "datasets");
        assertEq(address(market.parameters()), address(parameters), "parameters");
    }
}
