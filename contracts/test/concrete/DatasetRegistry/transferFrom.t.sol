// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IDatasetRegistry} from "../../../src/interfaces/IDatasetRegistry.sol";
import {GrantStatus} from "../../../src/types/Dataset.sol";
import {DatasetFixture} from "../../utils/DatasetFixture.sol";

contract TransferDatasetTest is DatasetFixture {
    /// when none is
    /// - it should transfer
    /// - it should leave the former owner's revoked consents revoked
    /// safeTransferFrom, when none is: it should transfer
    function test_LeavesRevokedConsentsRevoked() external {
        grant(STUDY, UNTIL);
        revoke(STUDY);
        vm.prank(alice);
        registry.transferFrom(alice, bob, dataset);
        assertEq(registry.ownerOf(dataset), bob, "owner");
        vm.prank(bob);
        registry.safeTransferFrom(bob, alice, dataset);
        assertTrue(!granted(STUDY), "also when it comes back");
        assertGrant(UNTIL, 2, GrantStatus.Revoked);
    }

    /// when consents given with the dataset are open, run out ones among them: it should revert, for an operator too
    /// safeTransferFrom, when consents given with the dataset are open: it should revert
    function test_RevertWhen_ConsentsAreOpen() external {
        grant(STUDY, UNTIL);
        vm.warp(UNTIL + 1);
        bytes memory refused =
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_GrantsOpen.selector, dataset, 1);
        vm.expectRevert(refused);
        vm.prank(alice);
        registry.transferFrom(alice, bob, dataset);
        vm.expectRevert(refused);
        vm.prank(alice);
        registry.safeTransferFrom(alice, bob, dataset);
        // By an operator no more than by the owner.
        vm.prank(alice);
        registry.approve(bob, dataset);
        vm.expectRevert(refused);
        vm.prank(bob);
        registry.transferFrom(alice, bob, dataset);
    }
}
