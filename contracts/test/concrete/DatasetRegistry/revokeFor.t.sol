// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IDatasetRegistry} from "../../../src/interfaces/IDatasetRegistry.sol";
import {DatasetFixture} from "../../utils/DatasetFixture.sol";

contract RevokeForTest is DatasetFixture {
    /// when it is the owner's: it should revoke, whoever relays, once
    /// when the nonce is not the consent's next: it should revert
    function test_WhoeverRelaysOnce() external {
        grant(STUDY, UNTIL);
        bytes memory signature = signRevoke(dataset, STUDY, 1);
        vm.prank(relayer);
        registry.revokeFor(dataset, address(sink), STUDY, 1, signature);
        assertTrue(!granted(STUDY), "revoked");
        assertEq(sink.heard(), 1, "told");
        grant(STUDY, UNTIL);
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_NonceInvalid.selector, alice, 1, 3)
        );
        registry.revokeFor(dataset, address(sink), STUDY, 1, signature);
        assertTrue(granted(STUDY), "an old revocation does not end a new consent");
    }

    /// when there is no such dataset: it should revert
    function test_RevertWhen_TheDatasetIsUnknown() external {
        vm.expectRevert(abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_Unknown.selector, 9));
        registry.revokeFor(9, address(sink), STUDY, 0, "");
    }

    /// when the signature is not the owner's, or covers something else: it should revert
    function test_RevertWhen_SomethingElseWasSigned() external {
        grant(STUDY, UNTIL);
        bytes4 refused = IDatasetRegistry.DatasetRegistry_SignatureInvalid.selector;
        bytes memory other = signRevoke(dataset, keccak256("other"), 1);
        vm.expectPartialRevert(refused);
        registry.revokeFor(dataset, address(sink), STUDY, 1, other);
        bytes memory consent = signConsent(dataset, STUDY, UNTIL, 1);
        vm.expectPartialRevert(refused);
        registry.revokeFor(dataset, address(sink), STUDY, 1, consent);
        bytes32 digest = registry.revokeDigest(alice, dataset, address(sink), STUDY, 1);
        bytes memory foreign = ecdsa(BOB_KEY, digest);
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_SignatureInvalid.selector, alice, digest)
        );
        registry.revokeFor(dataset, address(sink), STUDY, 1, foreign);
        assertTrue(granted(STUDY), "as before");
    }

    /// when the consent is open with another dataset: it should revert
    function test_RevertWhen_GivenWithAnotherDataset() external {
        grant(STUDY, UNTIL);
        uint256 second = listAs(alice);
        bytes memory signature = signRevoke(second, STUDY, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_OtherDataset.selector, second, dataset)
        );
        registry.revokeFor(second, address(sink), STUDY, 1, signature);
        assertTrue(granted(STUDY), "as before");
    }
}
