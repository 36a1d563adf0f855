// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IDatasetRegistry} from "../../../src/interfaces/IDatasetRegistry.sol";
import {Purpose} from "../../../src/types/Dataset.sol";
import {DatasetFixture} from "../../utils/DatasetFixture.sol";

contract EraseForTest is DatasetFixture {
    /// when it is the owner's
    /// - it should erase, whoever relays
    /// - it should use the nonce up
    /// when there is no such dataset: it should revert
    function test_WhoeverRelays() external {
        grant(STUDY, UNTIL);
        Purpose[] memory open = new Purpose[](1);
        open[0] = Purpose(address(sink), STUDY);
        bytes memory signature = ecdsa(ALICE_KEY, registry.eraseDigest(alice, dataset, RECEIPT, 0));
        vm.prank(relayer);
        registry.eraseFor(dataset, RECEIPT, open, 0, signature);
        assertEq(registry.listing(dataset).owner, address(0), "erased");
        assertEq(registry.nonces(alice), 1, "nonce");
        vm.expectRevert(abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_Unknown.selector, dataset));
        registry.eraseFor(dataset, RECEIPT, open, 1, signature);
    }

    /// when the nonce is not the owner's next: it should revert
    /// when the signature is not the owner's, or covers something else: it should revert
    function test_RevertWhen_TheNonceOrTheSignatureIsWrong() external {
        bytes memory signature = ecdsa(ALICE_KEY, registry.eraseDigest(alice, dataset, RECEIPT, 0));
        Purpose[] memory none = new Purpose[](0);
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_NonceInvalid.selector, alice, 1, 0)
        );
        registry.eraseFor(dataset, RECEIPT, none, 1, signature);
        vm.expectPartialRevert(IDatasetRegistry.DatasetRegistry_SignatureInvalid.selector);
        registry.eraseFor(dataset, COMMITMENT, none, 0, signature);
        uint256 second = listAs(alice);
        vm.expectPartialRevert(IDatasetRegistry.DatasetRegistry_SignatureInvalid.selector);
        registry.eraseFor(second, RECEIPT, none, 0, signature);
        vm.prank(alice);
        registry.transferFrom(alice, bob, dataset);
        vm.expectPartialRevert(IDatasetRegistry.DatasetRegistry_SignatureInvalid.selector);
        registry.eraseFor(dataset, RECEIPT, none, 0, signature);
    }

    /// when erase would revert: it should revert
    function test_RevertWhen_EraseWouldRevert() external {
        Purpose[] memory none = new Purpose[](0);
        bytes memory signature = ecdsa(ALICE_KEY, registry.eraseDigest(alice, dataset, 0, 0));
        vm.expectRevert(IDatasetRegistry.DatasetRegistry_ReceiptZero.selector);
        registry.eraseFor(dataset, 0, none, 0, signature);

        grant(STUDY, UNTIL);
        signature = ecdsa(ALICE_KEY, registry.eraseDigest(alice, dataset, RECEIPT, 0));
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_GrantsOpen.selector, dataset, 1)
        );
        registry.eraseFor(dataset, RECEIPT, none, 0, signature);
        assertEq(registry.nonces(alice), 0, "and may be sent again");
    }
}
