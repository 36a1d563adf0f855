// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IModelRegistry} from "../../../src/interfaces/IModelRegistry.sol";
import {Model} from "../../../src/types/Model.sol";
import {ModelFixture} from "../../utils/ModelFixture.sol";

contract SetMetadataTest is ModelFixture {
    bytes32 private constant NEW = keccak256("a new model card");

    /// when the model was not minted: it should revert
    function test_RevertsWhenTheModelWasNotMinted() external {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, MODEL));
        registry.setMetadata(MODEL, NEW);
    }

    /// when the caller does not own it: it should revert, also for the researcher who sold it
    function test_RevertsWhenTheCallerDoesNotOwnIt() external {
        mintModel();
        vm.prank(researcher);
        registry.transferFrom(researcher, stranger, MODEL);
        vm.expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.ModelRegistry_NotOwner.selector, MODEL, researcher, stranger
            )
        );
        vm.prank(researcher);
        registry.setMetadata(MODEL, NEW);
    }

    /// when the digest is missing: it should revert
    function test_RevertsWhenTheDigestIsMissing() external {
        mintModel();
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistry_DigestZero.selector, STUDY));
        vm.prank(researcher);
        registry.setMetadata(MODEL, 0);
    }

    /// when the owner calls
    /// - it should change the token's URI and nothing else
    /// - it should emit MetadataReplaced and MetadataUpdate
    function test_ChangesTheURIAndNothingElse() external {
        mintModel();
        Model memory before = registry.model(MODEL);
        bytes32 uri = keccak256(bytes(registry.tokenURI(MODEL)));
        vm.expectEmit(address(registry));
        emit IModelRegistry.MetadataReplaced(MODEL, NEW);
        vm.expectEmit(address(registry));
        emit IERC4906.MetadataUpdate(MODEL);
        vm.prank(researcher);
        registry.setMetadata(MODEL, NEW);
        assertTrue(keccak256(bytes(registry.tokenURI(MODEL))) != uri, "another URI");
        before.metadata = NEW;
        assertEq(abi.encode(registry.model(MODEL)), abi.encode(before), "nothing else");
    }
}
