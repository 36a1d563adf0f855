// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ArtGallery} from "../../../src/ArtGallery.sol";
import {RoyaltySplitter} from "../../../src/RoyaltySplitter.sol";
import {IArtGallery} from "../../../src/interfaces/IArtGallery.sol";
import {IModelRegistry} from "../../../src/interfaces/IModelRegistry.sol";
import {IProtocolParameters} from "../../../src/interfaces/IProtocolParameters.sol";
import {HookedToken} from "../../mocks/HookedToken.sol";
import {ArtFixture} from "../../utils/ArtFixture.sol";

contract ArtGalleryConstructorTest is ArtFixture {
    /// when a contract is missing, or a splitter moves another token: it should revert
    function test_RefusesWhatDoesNotFit() external {
        HookedToken other = new HookedToken();
        address foreign = address(new RoyaltySplitter(other));
        address fitting = address(implementation);
        _expectSetupInvalid(address(token), address(registry), address(parameters), foreign);
        new ArtGallery(token, registry, parameters, foreign);
        _expectSetupInvalid(address(other), address(registry), address(parameters), foreign);
        new ArtGallery(other, registry, parameters, foreign);
        _expectSetupInvalid(address(token), stranger, address(parameters), fitting);
        new ArtGallery(token, IModelRegistry(stranger), parameters, fitting);
        _expectSetupInvalid(address(token), address(registry), stranger, fitting);
        new ArtGallery(token, registry, IProtocolParameters(stranger), fitting);
        _expectSetupInvalid(address(token), address(registry), address(parameters), stranger);
        new ArtGallery(token, registry, parameters, stranger);
    }

    /// when they fit: it should keep them, for good
    function test_KeepsWhatFits() external view {
        assertEq(address(gallery.token()), address(token), "token");
        assertEq(address(gallery.models()), address(registry), "models");
        assertEq(address(gallery.parameters()), address(parameters), "parameters");
        assertEq(gallery.splitterImplementation(), address(implementation), "splitter");
        assertEq(bytes(gallery.name()), "Tributary Art", "name");
        assertEq(bytes(gallery.symbol()), "TRIB-A", "symbol");
    }

    function _expectSetupInvalid(address token_, address models, address parameters_, address splitter)
        private
    {
        vm.expectRevert(
            abi.encodeWithSelector(
                IArtGallery.ArtGallery_SetupInvalid.selector, token_, models, parameters_, splitter
            )
        );
    }
}
