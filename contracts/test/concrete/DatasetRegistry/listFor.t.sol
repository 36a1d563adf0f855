// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {DatasetRegistry} from "../../../src/DatasetRegistry.sol";
import {IDatasetRegistry} from "../../../src/interfaces/IDatasetRegistry.sol";
import {SmartWallet} from "../../mocks/SmartWallet.sol";
import {DatasetFixture} from "../../utils/DatasetFixture.sol";

contract ListForTest is DatasetFixture {
    /// when the signature is the owner's
    /// - it should list for the owner, whoever relays
    /// - it should use the nonce up
    /// nonces, when a signature was used, or the nonce voided: it should be one more
    function test_WhoeverRelays() external {
        bytes memory signature = _sign(registry, alice, 0);
        vm.expectEmit(address(registry));
        emit IDatasetRegistry.DatasetListed(2, alice, COMMITMENT, URI, PRICE);
        vm.prank(relayer);
        assertEq(registry.listFor(alice, COMMITMENT, URI, PRICE, 0, signature), 2, "number");
        assertEq(registry.ownerOf(2), alice, "owner");
        assertEq(registry.nonces(alice), 1, "nonce");
    }

    /// when the owner is a wallet contract, when it accepts the signature: it should list
    /// when the owner is a wallet contract, when it refuses: it should revert
    function test_AWalletContract() external {
        SmartWallet wallet = new SmartWallet(alice);
        registry.listFor(address(wallet), COMMITMENT, URI, PRICE, 0, _sign(registry, address(wallet), 0));
        assertEq(registry.ownerOf(2), address(wallet), "owner");
        // One that accepts another key's signatures only.
        SmartWallet other = new SmartWallet(bob);
        bytes memory signature = _sign(registry, address(other), 0);
        _expectSignatureInvalid(address(other), 0);
        registry.listFor(address(other), COMMITMENT, URI, PRICE, 0, signature);
    }

    /// when the owner is zero: it should revert
    function test_RevertWhen_TheOwnerIsZero() external {
        vm.expectRevert(IDatasetRegistry.DatasetRegistry_OwnerZero.selector);
        registry.listFor(address(0), COMMITMENT, URI, PRICE, 0, new bytes(65));
    }

    /// when the nonce is not the owner's next: it should revert
    function test_RevertWhen_TheNonceIsNotNext() external {
        bytes memory signature = _sign(registry, alice, 0);
        registry.listFor(alice, COMMITMENT, URI, PRICE, 0, signature);
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.DatasetRegistry_NonceInvalid.selector, alice, 0, 1)
        );
        registry.listFor(alice, COMMITMENT, URI, PRICE, 0, signature);
        _expectSignatureInvalid(alice, 1);
        registry.listFor(alice, COMMITMENT, URI, PRICE, 1, signature);
    }

    /// when the signature is not the owner's, or covers something else, another contract or another chain
    /// - it should revert
    function test_RevertWhen_SomethingElseWasSigned() external {
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

    /// when commitment or URI are invalid: it should revert
    function test_RevertWhen_TheDescriptionIsInvalid() external {
        bytes memory signature = ecdsa(ALICE_KEY, registry.listDigest(alice, 0, URI, PRICE, 0));
        vm.expectRevert(IDatasetRegistry.DatasetRegistry_CommitmentZero.selector);
        registry.listFor(alice, 0, URI, PRICE, 0, signature);
        signature = ecdsa(ALICE_KEY, registry.listDigest(alice, COMMITMENT, "", PRICE, 0));
        _expectUriInvalid(0);
        registry.listFor(alice, COMMITMENT, "", PRICE, 0, signature);
    }

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
