// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IDatasetRegistry} from "../../../src/interfaces/IDatasetRegistry.sol";
import {GrantStatus} from "../../../src/types/Dataset.sol";
import {Sink} from "../../mocks/Sink.sol";
import {DatasetFixture} from "../../utils/DatasetFixture.sol";

contract RevokeTest is DatasetFixture {
    /// when a consent is open
    /// - it should revoke it and tell the escrow
    /// - it should emit ConsentRevoked
    /// isGranted, when it never did, or its consent is revoked or has run out: it should say no
    function test_RevokesAndTellsTheEscrow() external {
        grant(STUDY, UNTIL);
        vm.expectEmit(address(registry));
        emit IDatasetRegistry.ConsentRevoked(dataset, STUDY, alice, address(sink), 1);
        revoke(STUDY);
        assertGrant(UNTIL, 2, GrantStatus.Revoked);
        assertTrue(!granted(STUDY), "revoked");
        assertEq(registry.listing(dataset).openGrants, 0, "open");
        assertEq(sink.heard(), 1, "told");
        assertEq(sink.study(), STUDY, "of the study");
        assertEq(sink.owner(), alice, "and the owner");
    }

    /// when a consent is open: it should revoke it and tell the escrow
    function test_RevokesOneThatHasRunOut() external {
        grant(STUDY, UNTIL);
        vm.warp(UNTIL + 1);
        revoke(STUDY);
        assertEq(registry.listing(dataset).openGrants, 0, "open");
        assertEq(sink.heard(), 1, "told");
    }

    /// when nothing is open
    /// - it should void what was signed before
    /// - it should tell nobody
    function test_WithNothingOpenItVoidsWhatWasSigned() external {
        bytes memory held = signConsent(dataset, STUDY, UNTIL, 0);
        vm.expectEmit(address(registry));
        emit IDatasetRegistry.ConsentRevoked(dataset, STUDY, alice, address(sink), 0);
        revoke(STUDY);
        assertEq(sink.heard(), 0, "nobody is told");
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_NonceInvalid.selector, alice, 0, 1)
        );
        registry.grant(dataset, address(sink), STUDY, UNTIL, 0, held);
        revoke(STUDY);
        assertEq(nonceOf(alice, STUDY), 2, "as often as she likes");
    }

    /// when the escrow has no code: it should revoke
    function test_AnEscrowWithoutCode() external {
        address nobody = address(0xe0a);
        bytes32 digest = registry.consentDigest(alice, dataset, nobody, STUDY, UNTIL, 0);
        registry.grant(dataset, nobody, STUDY, UNTIL, 0, ecdsa(ALICE_KEY, digest));
        vm.prank(alice);
        registry.revoke(dataset, nobody, STUDY);
        assertTrue(!registry.isGranted(nobody, STUDY, alice), "revoked");
    }

    /// when the escrow refuses the notice
    /// - it should revoke all the same
    /// - it should emit NoticeFailed
    function test_WhateverTheEscrowDoes() external {
        for (uint8 manner = 1; manner <= 3; ++manner) {
            grant(STUDY, UNTIL);
            sink.behave(Sink.Manner(manner));
            vm.expectEmit(address(registry));
            emit IDatasetRegistry.NoticeFailed(address(sink), STUDY, alice);
            revoke(STUDY);
            assertTrue(!granted(STUDY), "revoked");
        }
        assertEq(sink.heard(), 0, "it did not listen");
    }

    /// when too little gas is left for the notice: it should revert
    function test_RevertWhen_TheGasDoesNotReachTheEscrow() external {
        grant(STUDY, UNTIL);
        uint64 nonce = 1;
        bytes memory signature = signRevoke(dataset, STUDY, nonce);
        bytes memory call =
            abi.encodeCall(IDatasetRegistry.revokeFor, (dataset, address(sink), STUDY, nonce, signature));
        // From far too little to more than enough: either nothing happens, or the escrow is told.
        bool sawLittle = false;
        for (uint256 gas_ = 60_000; gas_ < 420_000; gas_ += 7_000) {
            (bool done, bytes memory reason) = address(registry).call{gas: gas_}(call);
            if (done) break;
            assertTrue(granted(STUDY), "not revoked");
            sawLittle = sawLittle || bytes4(reason) == IDatasetRegistry.DatasetRegistry_GasTooLow.selector;
        }
        assertTrue(sawLittle, "the refusal says why");
        assertTrue(!granted(STUDY), "revoked in the end");
        assertEq(sink.heard(), 1, "told");
    }

    /// when there is no such dataset: it should revert
    function test_RevertWhen_TheDatasetIsUnknown() external {
        vm.expectRevert(abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_Unknown.selector, 9));
        vm.prank(alice);
        registry.revoke(9, address(sink), STUDY);
    }

    /// when the caller is not its owner: it should revert
    function test_RevertWhen_TheCallerIsNotTheOwner() external {
        grant(STUDY, UNTIL);
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_NotOwner.selector, dataset, bob, alice)
        );
        vm.prank(bob);
        registry.revoke(dataset, address(sink), STUDY);
    }

    /// when the consent is open with another dataset: it should revert
    function test_RevertWhen_GivenWithAnotherDataset() external {
        grant(STUDY, UNTIL);
        uint256 second = listAs(alice);
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_OtherDataset.selector, second, dataset)
        );
        vm.prank(alice);
        registry.revoke(second, address(sink), STUDY);
    }

    // ---------------------------------------------------------------------------------------------- revokeFor

    /// revokeFor, when it is the owner's: it should revoke, whoever relays, once
    /// revokeFor, when the nonce is not the consent's next: it should revert
    function test_RevokeFor_WhoeverRelaysOnce() external {
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

    /// revokeFor, when there is no such dataset: it should revert
    function test_RevokeFor_RevertWhen_TheDatasetIsUnknown() external {
        vm.expectRevert(abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_Unknown.selector, 9));
        registry.revokeFor(9, address(sink), STUDY, 0, "");
    }

    /// revokeFor, when the signature is not the owner's, or covers something else: it should revert
    function test_RevokeFor_RevertWhen_SomethingElseWasSigned() external {
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

    /// revokeFor, when the consent is open with another dataset: it should revert
    function test_RevokeFor_RevertWhen_GivenWithAnotherDataset() external {
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
