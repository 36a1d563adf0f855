// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ComputeMarket} from "../../../src/ComputeMarket.sol";
import {IComputeMarket} from "../../../src/interfaces/IComputeMarket.sol";
import {IProtocolParameters} from "../../../src/interfaces/IProtocolParameters.sol";
import {ComputeFixture} from "../../utils/ComputeFixture.sol";

contract ComputeMarketConstructorTest is ComputeFixture {
    /// when both are contracts: it should keep them
    function test_KeepsTokenAndParameters() external view {
        assertEq(address(market.token()), address(token), "token");
        assertEq(address(market.parameters()), address(parameters), "parameters");
    }

    /// when the token or the parameters are no contract: it should revert
    function test_RevertWhen_TheyAreNoContracts() external {
        vm.expectRevert(abi.encodeWithSelector(IComputeMarket.ComputeMarket_TokenInvalid.selector, stranger));
        new ComputeMarket(IERC20(stranger), parameters);
        vm.expectRevert(
            abi.encodeWithSelector(IComputeMarket.ComputeMarket_ParametersInvalid.selector, stranger)
        );
        new ComputeMarket(token, IProtocolParameters(stranger));
    }
}
