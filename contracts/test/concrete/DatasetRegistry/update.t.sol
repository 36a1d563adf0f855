// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IDatasetRegistry} from "../../../src/interfaces/IDatasetRegistry.sol";
import {Listing} from "../../../src/types/Dataset.sol";
import {DatasetFixture} from "../../utils/DatasetFixture.sol";

contract UpdateTest is DatasetFixture {
    bytes32 private constant NEW = keccak256("another commitment");
    string private constant MOVED = "ipfs://bafkreic";

    /// when the caller is its owner
    /// - it should replace the description and the price
    /// - it should keep consents
    /// - it should emit DatasetUpdated and MetadataUpdate
    function test_Update() external {
        grant(STUDY, UNTIL);
        vm.expectEmit(address(registry));
        emit IERC4906.MetadataUpdate(dataset);
        vm.expectEmit(address(registry));
        emit IDatasetRegistry.DatasetUpdated(dataset, alice, NEW, MOVED, 7);
        vm.prank(alice);
        registry.update(dataset, NEW, MOVED, 7);
        Listing memory expected = Listing(alice, NEW, 7, 1, MOVED);
        assertEq(abi.encode(registry.listing(dataset)), abi.encode(expected), "listing");
        assertTrue(granted(STUDY), "consents stay");
    }

    /// when there is no such dataset: it should revert
    function test_Update_RevertWhen_Unknown() external {
        vm.expectRevert(abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_Unknown.selector, 9));
        registry.update(9, NEW, MOVED, 7);
    }

    /// when the caller is not its owner, be it an operator: it should revert
    function test_Update_RevertWhen_TheCallerIsNotTheOwner() external {
        vm.prank(alice);
        registry.setApprovalForAll(bob, true);
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_NotOwner.selector, dataset, bob, alice)
        );
        vm.prank(bob);
        registry.update(dataset, NEW, MOVED, 7);
    }

    /// when commitment or URI are invalid: it should revert
    function test_Update_RevertWhen_TheDescriptionIsInvalid() external {
        vm.expectRevert(IDatasetRegistry.DatasetRegistry_CommitmentZero.selector);
        vm.prank(alice);
        registry.update(dataset, 0, MOVED, 7);
        vm.expectPartialRevert(IDatasetRegistry.DatasetRegistry_UriLengthInvalid.selector);
        vm.prank(alice);
        registry.update(dataset, NEW, "", 7);
    }

    // ---------------------------------------------------------------------------------------------- updateFor
}
