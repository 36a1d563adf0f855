// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IDatasetRegistry} from "../../../src/interfaces/IDatasetRegistry.sol";
import {DatasetFixture} from "../../utils/DatasetFixture.sol";

contract UpdateForTest is DatasetFixture {
    bytes32 private constant NEW = keccak256("another commitment");
    string private constant MOVED = "ipfs://bafkreic";

    /// when it is the owner's: it should update, whoever relays, once
    /// when the nonce is not the owner's next: it should revert
    function test_WhoeverRelaysOnce() external {
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

    /// when there is no such dataset: it should revert
    function test_RevertWhen_Unknown() external {
        bytes memory signature = _sign(0);
        vm.expectRevert(abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_Unknown.selector, 9));
        registry.updateFor(9, NEW, MOVED, 7, 0, signature);
    }

    /// when the signature is not the owner's, or covers something else: it should revert
    function test_RevertWhen_SomethingElseWasSigned() external {
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

    /// when commitment or URI are invalid: it should revert
    function test_RevertWhen_TheDescriptionIsInvalid() external {
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
