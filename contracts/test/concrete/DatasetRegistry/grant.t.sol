// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {DatasetRegistry} from "../../../src/DatasetRegistry.sol";
import {IDatasetRegistry} from "../../../src/interfaces/IDatasetRegistry.sol";
import {GrantStatus} from "../../../src/types/Dataset.sol";
import {SmartWallet} from "../../mocks/SmartWallet.sol";
import {DatasetFixture} from "../../utils/DatasetFixture.sol";

contract GrantTest is DatasetFixture {
    bytes32 private constant SECOND = keccak256("second study");

    /// when none is
    /// - it should grant until the last second, whoever relays
    /// - it should count the dataset's open consents
    /// - it should emit ConsentGranted
    /// isGranted, when the owner consents: it should say yes, up to the last second
    /// isGranted, when it never did, or its consent is revoked or has run out: it should say no
    /// grantedUntil, when the owner consents: it should be the last second
    /// grantedUntil, when it never did, or its consent is revoked or has run out: it should be zero
    /// grantOf, when it did: it should show dataset, end, next nonce, how often it was given anew, and how it stands
    /// nonces, when the owner has signed nothing but consents: it should be zero
    function test_GrantsUntilTheLastSecondWhoeverRelays() external {
        bytes memory signature = signConsent(dataset, STUDY, UNTIL, 0);
        vm.expectEmit(address(registry));
        emit IDatasetRegistry.ConsentGranted(dataset, STUDY, alice, address(sink), UNTIL, 0);
        vm.prank(relayer);
        registry.grant(dataset, address(sink), STUDY, UNTIL, 0, signature);

        assertGrant(UNTIL, 1, GrantStatus.Granted);
        assertEq(registry.listing(dataset).openGrants, 1, "open");
        assertEq(registry.nonces(alice), 0, "the owner's own counter is another");
        assertTrue(!registry.isGranted(address(sink), SECOND, alice), "another study");
        assertTrue(!registry.isGranted(address(this), STUDY, alice), "another escrow");
        assertTrue(!registry.isGranted(address(sink), STUDY, bob), "another owner");
        vm.warp(UNTIL);
        assertTrue(granted(STUDY), "the last second");
        assertEq(registry.grantedUntil(address(sink), STUDY, alice), UNTIL, "until");
        vm.warp(UNTIL + 1);
        assertTrue(!granted(STUDY), "over");
        assertEq(registry.grantedUntil(address(sink), STUDY, alice), 0, "over");
    }

    /// when a consent is open, run out or not: it should prolong it
    function test_ProlongsAConsent() external {
        grant(STUDY, UNTIL);
        grant(STUDY, UNTIL);
        grant(STUDY, UNTIL + 5);
        assertGrant(UNTIL + 5, 3, GrantStatus.Granted);
        assertEq(registry.listing(dataset).openGrants, 1, "one, prolonged");
        vm.warp(UNTIL + 6);
        grant(STUDY, UNTIL + 9);
        assertTrue(granted(STUDY), "again, after it had run out");
        assertEq(registry.listing(dataset).openGrants, 1, "one still");
    }

    /// when none is: it should count the consents to this study
    function test_GrantsAfterARevocation() external {
        grant(STUDY, UNTIL);
        revoke(STUDY);
        grant(STUDY, UNTIL - 1);
        assertGrant(UNTIL - 1, 3, 2, GrantStatus.Granted);
    }

    /// when none is: it should count the dataset's open consents
    function test_SignaturesForSeveralStudiesDontWaitForEachOther() external {
        bytes memory held = signConsent(dataset, STUDY, UNTIL, 0);
        bytes memory relayed = signConsent(dataset, SECOND, UNTIL, 0);
        registry.grant(dataset, address(sink), SECOND, UNTIL, 0, relayed);
        registry.grant(dataset, address(sink), STUDY, UNTIL, 0, held);
        assertTrue(granted(STUDY) && granted(SECOND), "both");
        assertEq(registry.listing(dataset).openGrants, 2, "open");
    }

    /// when the owner is a wallet contract, when it accepts the signature: it should grant
    /// when the owner is a wallet contract, when it refuses: it should revert
    function test_AWalletContractGrants() external {
        SmartWallet wallet = new SmartWallet(alice);
        uint256 id = listAs(address(wallet));
        bytes32 digest = registry.consentDigest(address(wallet), id, address(sink), STUDY, UNTIL, 0);
        registry.grant(id, address(sink), STUDY, UNTIL, 0, ecdsa(ALICE_KEY, digest));
        assertTrue(registry.isGranted(address(sink), STUDY, address(wallet)), "granted");
        assertTrue(!granted(STUDY), "not by its key's own account");

        bytes32 later = registry.consentDigest(address(wallet), id, address(sink), STUDY, UNTIL, 1);
        bytes memory foreign = ecdsa(BOB_KEY, later);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDatasetRegistry.DatasetRegistry_SignatureInvalid.selector, address(wallet), later
            )
        );
        registry.grant(id, address(sink), STUDY, UNTIL, 1, foreign);
    }

    /// when there is no such dataset: it should revert
    function test_RevertWhen_TheDatasetIsUnknown() external {
        bytes memory signature = signConsent(9, STUDY, UNTIL, 0);
        vm.expectRevert(abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_Unknown.selector, 9));
        registry.grant(9, address(sink), STUDY, UNTIL, 0, signature);
    }

    /// when the escrow or the study is zero: it should revert
    function test_RevertWhen_EscrowOrStudyIsZero() external {
        vm.expectRevert(IDatasetRegistry.DatasetRegistry_EscrowZero.selector);
        registry.grant(dataset, address(0), STUDY, UNTIL, 0, "");
        vm.expectRevert(IDatasetRegistry.DatasetRegistry_StudyZero.selector);
        registry.grant(dataset, address(sink), 0, UNTIL, 0, "");
    }

    /// when until has passed: it should revert
    function test_RevertWhen_UntilHasPassed() external {
        grant(SECOND, uint64(START));
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_UntilPassed.selector, START - 1, START)
        );
        registry.grant(dataset, address(sink), STUDY, uint64(START - 1), 0, "");
        vm.expectPartialRevert(IDatasetRegistry.DatasetRegistry_UntilPassed.selector);
        registry.grant(dataset, address(sink), STUDY, 0, 0, "");
    }

    /// when the nonce is not the consent's next: it should revert
    function test_RevertWhen_TheNonceIsNotNext() external {
        bytes memory signature = signConsent(dataset, STUDY, UNTIL, 0);
        registry.grant(dataset, address(sink), STUDY, UNTIL, 0, signature);
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_NonceInvalid.selector, alice, 0, 1)
        );
        registry.grant(dataset, address(sink), STUDY, UNTIL, 0, signature);
    }

    /// when the owner's consent is open with another dataset: it should revert
    function test_RevertWhen_GivenWithAnotherDataset() external {
        grant(STUDY, UNTIL);
        uint256 second = listAs(alice);
        bytes memory signature = signConsent(second, STUDY, UNTIL, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_OtherDataset.selector, second, dataset)
        );
        registry.grant(second, address(sink), STUDY, UNTIL, 1, signature);
        revoke(STUDY);
        signature = signConsent(second, STUDY, UNTIL, 2);
        registry.grant(second, address(sink), STUDY, UNTIL, 2, signature);
        assertEq(registry.grantOf(address(sink), STUDY, alice).dataset, second, "after a revocation");
        assertEq(registry.listing(dataset).openGrants, 0, "first");
        assertEq(registry.listing(second).openGrants, 1, "second");
    }

    /// when a consent is open and until is before its end: it should revert
    function test_RevertWhen_ItWouldBeShortened() external {
        grant(STUDY, UNTIL);
        bytes memory signature = signConsent(dataset, STUDY, UNTIL - 1, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_UntilShortened.selector, UNTIL - 1, UNTIL)
        );
        registry.grant(dataset, address(sink), STUDY, UNTIL - 1, 1, signature);
    }

    /// when the signature is not the owner's, or covers something else, another contract or another chain
    /// - it should revert
    function test_RevertWhen_SomethingElseWasSigned() external {
        uint256 second = listAs(alice);
        bytes memory signature = signConsent(dataset, STUDY, UNTIL, 0);
        bytes4 refused = IDatasetRegistry.DatasetRegistry_SignatureInvalid.selector;
        vm.expectPartialRevert(refused);
        registry.grant(second, address(sink), STUDY, UNTIL, 0, signature);
        vm.expectPartialRevert(refused);
        registry.grant(dataset, address(this), STUDY, UNTIL, 0, signature);
        vm.expectPartialRevert(refused);
        registry.grant(dataset, address(sink), SECOND, UNTIL, 0, signature);
        vm.expectPartialRevert(refused);
        registry.grant(dataset, address(sink), STUDY, UNTIL + 1, 0, signature);
        bytes memory revocation = signRevoke(dataset, STUDY, 0);
        vm.expectPartialRevert(refused);
        registry.grant(dataset, address(sink), STUDY, UNTIL, 0, revocation);

        DatasetRegistry other = new DatasetRegistry();
        vm.prank(alice);
        other.list(COMMITMENT, URI, PRICE);
        vm.expectPartialRevert(refused);
        other.grant(dataset, address(sink), STUDY, UNTIL, 0, signature);
        vm.chainId(block.chainid + 1);
        vm.expectPartialRevert(refused);
        registry.grant(dataset, address(sink), STUDY, UNTIL, 0, signature);
    }

    /// when the signature is not the owner's, or covers something else, another contract or another chain
    /// - it should revert
    function test_RevertWhen_ItIsForItsNextOwner() external {
        bytes memory signature = signConsent(dataset, STUDY, UNTIL, 0);
        vm.prank(alice);
        registry.transferFrom(alice, bob, dataset);
        vm.expectPartialRevert(IDatasetRegistry.DatasetRegistry_SignatureInvalid.selector);
        registry.grant(dataset, address(sink), STUDY, UNTIL, 0, signature);
    }
}
