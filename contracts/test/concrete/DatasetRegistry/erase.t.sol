// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IDatasetRegistry} from "../../../src/interfaces/IDatasetRegistry.sol";
import {GrantStatus, Listing, Purpose} from "../../../src/types/Dataset.sol";
import {Sink} from "../../mocks/Sink.sol";
import {DatasetFixture} from "../../utils/DatasetFixture.sol";

contract EraseTest is DatasetFixture {
    bytes32 private constant SECOND = keccak256("second study");

    /// when all open consents are named
    /// - it should revoke them and tell the escrows
    /// - it should burn the token and delete what was kept
    /// - it should emit DatasetErased
    /// listing, when there is no such dataset, or it is erased: it should be empty
    /// tokenURI, when there is no such dataset, or it is erased: it should revert
    function test_Erase() external {
        grant(STUDY, UNTIL);
        grant(SECOND, uint64(START + 1));
        vm.warp(START + 2);
        vm.expectEmit(address(registry));
        emit IDatasetRegistry.ConsentRevoked(dataset, STUDY, alice, address(sink), 1);
        vm.expectEmit(address(registry));
        emit IDatasetRegistry.ConsentRevoked(dataset, SECOND, alice, address(sink), 1);
        vm.expectEmit(address(registry));
        emit IDatasetRegistry.DatasetErased(dataset, alice, RECEIPT);
        vm.prank(alice);
        registry.erase(dataset, RECEIPT, _both());

        Listing memory nothing;
        assertEq(abi.encode(registry.listing(dataset)), abi.encode(nothing), "nothing is kept");
        assertGrant(UNTIL, 2, GrantStatus.Revoked);
        assertTrue(!granted(STUDY) && !granted(SECOND), "revoked");
        assertEq(sink.heard(), 2, "told");
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, dataset));
        registry.tokenURI(dataset);
        assertEq(listAs(alice), dataset + 1, "its number is not given again");
    }

    /// when all open consents are named: it should burn the token and delete what was kept
    /// when there is no such dataset: it should revert
    function test_Erase_WithoutConsents() external {
        vm.prank(alice);
        registry.erase(dataset, RECEIPT, new Purpose[](0));
        assertEq(registry.balanceOf(alice), 0, "burnt");
        vm.expectRevert(abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_Unknown.selector, dataset));
        vm.prank(alice);
        registry.erase(dataset, RECEIPT, new Purpose[](0));
    }

    /// when an open consent is not named: it should revert
    function test_Erase_RevertWhen_AnOpenConsentIsNotNamed() external {
        grant(STUDY, UNTIL);
        grant(SECOND, UNTIL);
        Purpose[] memory one = new Purpose[](1);
        one[0] = Purpose(address(sink), SECOND);
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_GrantsOpen.selector, dataset, 1)
        );
        vm.prank(alice);
        registry.erase(dataset, RECEIPT, one);
        assertTrue(granted(SECOND), "as before");
    }

    /// when something else is named, or a consent twice: it should revert
    function test_Erase_RevertWhen_SomethingElseOrTheSameIsNamed() external {
        grant(STUDY, UNTIL);
        bytes memory refused = abi.encodeWithSelector(
            IDatasetRegistry.DatasetRegistry_NotGranted.selector, dataset, address(sink), SECOND
        );
        vm.expectRevert(refused);
        vm.prank(alice);
        registry.erase(dataset, RECEIPT, _both());
        Purpose[] memory twice = _both();
        twice[1] = twice[0];
        vm.expectRevert(
            abi.encodeWithSelector(
                IDatasetRegistry.DatasetRegistry_NotGranted.selector, dataset, address(sink), STUDY
            )
        );
        vm.prank(alice);
        registry.erase(dataset, RECEIPT, twice);
        // A consent that is given with another dataset of hers.
        uint256 second = listAs(alice);
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_OtherDataset.selector, second, dataset)
        );
        vm.prank(alice);
        registry.erase(second, RECEIPT, _both());
    }

    /// when the caller is not its owner: it should revert
    function test_Erase_RevertWhen_TheCallerIsNotTheOwner() external {
        vm.prank(alice);
        registry.approve(bob, dataset);
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_NotOwner.selector, dataset, bob, alice)
        );
        vm.prank(bob);
        registry.erase(dataset, RECEIPT, new Purpose[](0));
    }

    /// when the receipt is zero: it should revert
    function test_Erase_RevertWhen_TheReceiptIsZero() external {
        vm.expectRevert(IDatasetRegistry.DatasetRegistry_ReceiptZero.selector);
        vm.prank(alice);
        registry.erase(dataset, 0, new Purpose[](0));
    }

    /// when an escrow refuses the notice: it should erase all the same
    function test_Erase_WhateverTheEscrowDoes() external {
        for (uint8 manner = 1; manner <= 3; ++manner) {
            uint256 id = listAs(alice);
            dataset = id;
            grant(STUDY, UNTIL);
            sink.behave(Sink.Manner(manner));
            Purpose[] memory open = new Purpose[](1);
            open[0] = Purpose(address(sink), STUDY);
            vm.prank(alice);
            registry.erase(id, RECEIPT, open);
            assertEq(registry.listing(id).owner, address(0), "erased");
        }
    }

    function _both() private view returns (Purpose[] memory open) {
        open = new Purpose[](2);
        (open[0], open[1]) = (Purpose(address(sink), STUDY), Purpose(address(sink), SECOND));
    }
}
