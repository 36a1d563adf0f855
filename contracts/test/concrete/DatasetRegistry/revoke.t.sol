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
}
