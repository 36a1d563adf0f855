// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Marketplace} from "../../../src/Marketplace.sol";
import {IMarketFunds} from "../../../src/interfaces/IMarketFunds.sol";
import {IProtocolParameters} from "../../../src/interfaces/IProtocolParameters.sol";
import {MarketFixture} from "../../utils/MarketFixture.sol";

contract ConstructorTest is MarketFixture {
    /// when the token has no code: it should revert
    function test_RevertWhen_TheTokenHasNoCode() external {
        vm.expectRevert(abi.encodeWithSelector(IMarketFunds.Market_TokenInvalid.selector, stranger));
        new Marketplace(IERC20(stranger), parameters);
    }

    /// when the parameters are the zero address: it should revert
    function test_RevertWhen_TheParametersAreZero() external {
        vm.expectRevert(IMarketFunds.Market_AddressZero.selector);
        new Marketplace(token, IProtocolParameters(address(0)));
    }

    /// when the addresses are acceptable: it should keep them
    function test_ItKeepsTheAddresses() external view {
        assertEq(address(market.token()), address(token), "token");
        assertEq(address(market.parameters()), address(parameters), "parameters");
    }
}
