// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {DatasetRegistry} from "../../../src/DatasetRegistry.sol";
import {IDatasetRegistry} from "../../../src/interfaces/IDatasetRegistry.sol";
import {Listing} from "../../../src/types/Dataset.sol";
import {SmartWallet} from "../../mocks/SmartWallet.sol";
import {DatasetFixture} from "../../utils/DatasetFixture.sol";

contract ListTest is DatasetFixture {
    /// when they are valid
    /// - it should give the caller the next dataset
    /// - it should store commitment, URI and price
    /// - it should emit DatasetListed and MetadataUpdate
    /// listing, when there is: it should show owner, commitment, price, open consents and URI
    /// tokenURI, when there is: it should be the one it was listed with
    function test_List() external {
        vm.expectEmit(address(registry));
        emit IERC4906.MetadataUpdate(2);
        vm.expectEmit(address(registry));
        emit IDatasetRegistry.DatasetListed(2, bob, COMMITMENT, URI, 0);
        vm.prank(bob);
        uint256 id = registry.list(COMMITMENT, URI, 0);
        assertEq(id, 2, "counted from 1");
        assertEq(registry.ownerOf(2), bob, "owner");
        assertEq(bytes(registry.tokenURI(2)), bytes(URI), "uri");
        Listing memory expected = Listing(bob, COMMITMENT, 0, 0, URI);
        assertEq(abi.encode(registry.listing(2)), abi.encode(expected), "listing");
    }

    /// when the commitment is zero: it should revert
    function test_List_RevertWhen_TheCommitmentIsZero() external {
        vm.expectRevert(IDatasetRegistry.DatasetRegistry_CommitmentZero.selector);
        registry.list(0, URI, PRICE);
    }

    /// when the URI is empty or longer than the most: it should revert
    function test_List_RevertWhen_TheUriHasNoOrTooManyBytes() external {
        registry.list(COMMITMENT, string(new bytes(200)), PRICE);
        _expectUriInvalid(0);
        registry.list(COMMITMENT, "", PRICE);
        _expectUriInvalid(201);
        registry.list(COMMITMENT, string(new bytes(201)), PRICE);
    }

    // ------------------------------------------------------------------------------------------------ listFor

    /// listFor, when the signature is the owner's
    /// - it should list for the owner, whoever relays
    /// - it should use the nonce up
    /// nonces, when a signature was used, or the nonce voided: it should be one more
    function test_ListFor_WhoeverRelays() external {
        bytes memory signature = _sign(registry, alice, 0);
        vm.expectEmit(address(registry));
        emit IDatasetRegistry.DatasetListed(2, alice, COMMITMENT, URI, PRICE);
        vm.prank(relayer);
        assertEq(registry.listFor(alice, COMMITMENT, URI, PRICE, 0, signature), 2, "number");
        assertEq(registry.ownerOf(2), alice, "owner");
        assertEq(registry.nonces(alice), 1, "nonce");
    }

    /// listFor, when the owner is a wallet contract, when it accepts the signature: it should list
    /// listFor, when the owner is a wallet contract, when it refuses: it should revert
    function test_ListFor_AWalletContract() external {
        SmartWallet wallet = new SmartWallet(alice);
        registry.listFor(address(wallet), COMMITMENT, URI, PRICE, 0, _sign(registry, address(wallet), 0));
        assertEq(registry.ownerOf(2), address(wallet), "owner");
        // One that accepts another key's signatures only.
        SmartWallet other = new SmartWallet(bob);
        bytes memory signature = _sign(registry, address(other), 0);
        _expectSignatureInvalid(address(other), 0);
        registry.listFor(address(other), COMMITMENT, URI, PRICE, 0, signature);
    }

    /// listFor, when the owner is zero: it should revert
    function test_ListFor_RevertWhen_TheOwnerIsZero() external {
        vm.expectRevert(IDatasetRegistry.DatasetRegistry_OwnerZero.selector);
        registry.listFor(address(0), COMMITMENT, URI, PRICE, 0, new bytes(65));
    }

    /// listFor, when the nonce is not the owner's next: it should revert
    function test_ListFor_RevertWhen_TheNonceIsNotNext() external {
        bytes memory signature = _sign(registry, alice, 0);
        registry.listFor(alice, COMMITMENT, URI, PRICE, 0, signature);
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_NonceInvalid.selector, alice, 0, 1)
        );
        registry.listFor(alice, COMMITMENT, URI, PRICE, 0, signature);
        _expectSignatureInvalid(alice, 1);
        registry.listFor(alice, COMMITMENT, URI, PRICE, 1, signature);
    }

    /// listFor, when the signature is not the owner's, or covers something else, another contract or another chain
    /// - it should revert
    function test_ListFor_RevertWhen_SomethingElseWasSigned() external {
        bytes memory signature = _sign(registry, alice, 0);
        vm.expectPartialRevert(IDatasetRegistry.DatasetRegistry_SignatureInvalid.selector);
        registry.listFor(bob, COMMITMENT, URI, PRICE, 0, signature);
        vm.expectPartialRevert(IDatasetRegistry.DatasetRegistry_SignatureInvalid.selector);
        registry.listFor(alice, RECEIPT, URI, PRICE, 0, signature);
        vm.expectPartialRevert(IDatasetRegistry.DatasetRegistry_SignatureInvalid.selector);
        registry.listFor(alice, COMMITMENT, "ipfs://other", PRICE, 0, signature);
        vm.expectPartialRevert(IDatasetRegistry.DatasetRegistry_SignatureInvalid.selector);
        registry.listFor(alice, COMMITMENT, URI, PRICE + 1, 0, signature);
        bytes memory elsewhere = _sign(new DatasetRegistry(), alice, 0);
        _expectSignatureInvalid(alice, 0);
        registry.listFor(alice, COMMITMENT, URI, PRICE, 0, elsewhere);
        vm.chainId(block.chainid + 1);
        vm.expectPartialRevert(IDatasetRegistry.DatasetRegistry_SignatureInvalid.selector);
        registry.listFor(alice, COMMITMENT, URI, PRICE, 0, signature);
    }

    /// listFor, when commitment or URI are invalid: it should revert
    function test_ListFor_RevertWhen_TheDescriptionIsInvalid() external {
        bytes memory signature = ecdsa(ALICE_KEY, registry.listDigest(alice, 0, URI, PRICE, 0));
        vm.expectRevert(IDatasetRegistry.DatasetRegistry_CommitmentZero.selector);
        registry.listFor(alice, 0, URI, PRICE, 0, signature);
        signature = ecdsa(ALICE_KEY, registry.listDigest(alice, COMMITMENT, "", PRICE, 0));
        _expectUriInvalid(0);
        registry.listFor(alice, COMMITMENT, "", PRICE, 0, signature);
    }

    // ---------------------------------------------------------------------------------------------- voidNonce

    /// voidNonce: it should void what the caller signed for its present nonce
    /// nonces, when a signature was used, or the nonce voided: it should be one more
    function test_VoidNonce() external {
        bytes memory signature = _sign(registry, alice, 0);
        vm.prank(alice);
        registry.voidNonce();
        assertEq(registry.nonces(alice), 1, "nonce");
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_NonceInvalid.selector, alice, 0, 1)
        );
        registry.listFor(alice, COMMITMENT, URI, PRICE, 0, signature);
    }

    // ----------------------------------------------------------------------------------------------- internals

    function _sign(DatasetRegistry where, address owner, uint64 nonce) private view returns (bytes memory) {
        return ecdsa(ALICE_KEY, where.listDigest(owner, COMMITMENT, URI, PRICE, nonce));
    }

    function _expectSignatureInvalid(address owner, uint64 nonce) private {
        bytes32 digest = registry.listDigest(owner, COMMITMENT, URI, PRICE, nonce);
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_SignatureInvalid.selector, owner, digest)
        );
    }

    function _expectUriInvalid(uint256 length) private {
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_UriLengthInvalid.selector, length, 200)
        );
    }
}
