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

    /// updateFor, when it is the owner's: it should update, whoever relays, once
    /// updateFor, when the nonce is not the owner's next: it should revert
    function test_UpdateFor_WhoeverRelaysOnce() external {
        bytes memory signature = _sign(0);
        vm.expectEmit(address(registry));
        emit IDatasetRegistry.DatasetUpdated(dataset, alice, NEW, MOVED, 7);
        vm.prank(relayer);
        registry.updateFor(dataset, NEW, MOVED, 7, 0, signature);
        assertEq(registry.listing(dataset).commitment, NEW, "commitment");
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_NonceInvalid.selector, alice, 0, 1)
        );
        registry.updateFor(dataset, NEW, MOVED, 7, 0, signature);
    }

    /// updateFor, when there is no such dataset: it should revert
    function test_UpdateFor_RevertWhen_Unknown() external {
        bytes memory signature = _sign(0);
        vm.expectRevert(abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_Unknown.selector, 9));
        registry.updateFor(9, NEW, MOVED, 7, 0, signature);
    }

    /// updateFor, when the signature is not the owner's, or covers something else: it should revert
    function test_UpdateFor_RevertWhen_SomethingElseWasSigned() external {
        uint256 second = listAs(alice);
        bytes memory signature = _sign(0);
        bytes4 refused = IDatasetRegistry.DatasetRegistry_SignatureInvalid.selector;
        vm.expectPartialRevert(refused);
        registry.updateFor(second, NEW, MOVED, 7, 0, signature);
        vm.expectPartialRevert(refused);
        registry.updateFor(dataset, COMMITMENT, MOVED, 7, 0, signature);
        vm.expectPartialRevert(refused);
        registry.updateFor(dataset, NEW, URI, 7, 0, signature);
        vm.expectPartialRevert(refused);
        registry.updateFor(dataset, NEW, MOVED, 8, 0, signature);
        // The dataset's next owner is not bound by what the former signed.
        vm.prank(alice);
        registry.transferFrom(alice, bob, dataset);
        vm.expectPartialRevert(refused);
        registry.updateFor(dataset, NEW, MOVED, 7, 0, signature);
    }

    /// updateFor, when commitment or URI are invalid: it should revert
    function test_UpdateFor_RevertWhen_TheDescriptionIsInvalid() external {
        bytes memory signature = ecdsa(ALICE_KEY, registry.updateDigest(alice, dataset, 0, MOVED, 7, 0));
        vm.expectRevert(IDatasetRegistry.DatasetRegistry_CommitmentZero.selector);
        registry.updateFor(dataset, 0, MOVED, 7, 0, signature);
        signature = ecdsa(ALICE_KEY, registry.updateDigest(alice, dataset, NEW, "", 7, 0));
        vm.expectPartialRevert(IDatasetRegistry.DatasetRegistry_UriLengthInvalid.selector);
        registry.updateFor(dataset, NEW, "", 7, 0, signature);
        assertEq(registry.listing(dataset).commitment, COMMITMENT, "as before");
    }

    function _sign(uint64 nonce) private view returns (bytes memory) {
        return ecdsa(ALICE_KEY, registry.updateDigest(alice, dataset, NEW, MOVED, 7, nonce));
    }
}
