// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ModelRegistry} from "../../../src/ModelRegistry.sol";
import {RoyaltySplitter} from "../../../src/RoyaltySplitter.sol";
import {IModelRegistry} from "../../../src/interfaces/IModelRegistry.sol";
import {IStudyEscrow} from "../../../src/interfaces/IStudyEscrow.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ModelFixture} from "../../utils/ModelFixture.sol";

contract ModelRegistryConstructorTest is ModelFixture {
    /// when the escrow is no contract: it should revert
    function test_RevertsWhenTheEscrowIsNoContract() external {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistry_EscrowInvalid.selector, stranger));
        new ModelRegistry(IStudyEscrow(stranger), address(implementation));
    }

    /// when the splitter is no contract, or moves another token than the escrow: it should revert
    function test_RevertsWhenTheSplitterDoesNotFit() external {
        IStudyEscrow fitting = IStudyEscrow(address(escrow));
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistry_SplitterInvalid.selector, stranger)
        );
        new ModelRegistry(fitting, stranger);

        address other = address(new RoyaltySplitter(new HookedToken()));
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistry_SplitterInvalid.selector, other));
        new ModelRegistry(fitting, other);
    }

    /// when both fit: it should keep them, for good
    function test_KeepsThem() external view {
        assertEq(address(registry.escrow()), address(escrow), "escrow");
        assertEq(registry.splitterImplementation(), address(implementation), "splitter");
        assertEq(bytes(registry.name()), "Tributary Model", "name");
        assertEq(bytes(registry.symbol()), "TRIB-M", "symbol");
    }
}
